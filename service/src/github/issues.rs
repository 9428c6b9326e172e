//! Issues, and pull requests as the issues that they are too: <https://docs.github.com/rest/issues/issues>

use serde::Deserialize;

use super::call::GET_ISSUE;
use super::{Repository, Result};
use crate::domain::id::PullNumber;

impl Repository<'_> {
    /// The names of the labels of a pull request or an issue; none when it is gone.
    pub async fn labels(&self, number: PullNumber) -> Result<Option<Vec<String>>> {
        #[derive(Deserialize)]
        struct Issue {
            labels: Vec<Label>,
        }
        /// GitHub describes a label as a name alone, too.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Label {
            Name(String),
            Whole { name: Option<String> },
        }
        let issue: Issue = match self.get(GET_ISSUE, &format!("/issues/{number}")).await {
            Ok(issue) => issue,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let names = issue.labels.into_iter().filter_map(|label| match label {
            Label::Name(name) => Some(name),
            Label::Whole { name } => name,
        });
        Ok(Some(names.collect()))
    }
}
