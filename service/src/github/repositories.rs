//! Repositories themselves: <https://docs.github.com/rest/repos/repos>

use serde::Deserialize;
use serde_json::json;

use super::call::{CREATE_REPOSITORY, GET_REPOSITORY, Grant};
use super::{Repository, Result};
use crate::domain::id::RepoName;

/// A repository as everybody sees it.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Its page.
    pub html_url: String,
    /// The branch that pull requests aim at.
    pub default_branch: String,
    /// One line about it; empty for none.
    pub description: String,
    /// Whether an organisation owns it, and not a person.
    pub is_of_organisation: bool,
}

#[derive(Deserialize)]
struct Body {
    full_name: String,
    html_url: String,
    default_branch: String,
    description: Option<String>,
    owner: Owner,
}

#[derive(Deserialize)]
struct Owner {
    #[serde(rename = "type")]
    kind: String,
}

impl From<Body> for Facts {
    fn from(body: Body) -> Self {
        Self {
            html_url: body.html_url,
            default_branch: body.default_branch,
            description: body.description.unwrap_or_default(),
            is_of_organisation: body.owner.kind == "Organization",
        }
    }
}

impl Repository<'_> {
    /// GitHub's number for this repository.
    pub async fn id(&self) -> Result<u64> {
        #[derive(Deserialize)]
        struct Numbered {
            id: u64,
        }
        let body: Numbered = self.get(GET_REPOSITORY, "").await?;
        Ok(body.id)
    }

    /// The repository of that name, as it is seen with the token for this one, which reads whatever is public. One that has another
    /// name by now, to which GitHub points from its old one, is not it.
    pub async fn look_up(&self, name: &RepoName) -> Result<Option<Facts>> {
        const MOVED: [u16; 3] = [301, 307, 308];
        let answer = match self.send_to(GET_REPOSITORY, &format!("/repos/{name}"), None::<&()>).await {
            Ok(answer) => answer,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        if MOVED.contains(&answer.status) {
            return Ok(None);
        }
        let body: Body = answer.json(GET_REPOSITORY)?;
        Ok(body.full_name.eq_ignore_ascii_case(name.as_str()).then(|| body.into()))
    }

    /// Makes a public repository beside this one, in the same organisation, with a first commit. GitHub lets no second one have the
    /// name.
    ///
    /// A token cannot name a repository that is not there yet. The one that is sent first names this repository; where GitHub wants
    /// more for an act on the organisation, one for the whole installation is made for this single call, and not kept.
    pub async fn create_sibling(&self, name: &RepoName, description: &str, homepage: &str) -> Result<Facts> {
        let path = format!("/orgs/{}/repos", name.owner());
        let body = json!({
            "name": name.name(),
            "description": description,
            "homepage": homepage,
            "private": false,
            "has_issues": true,
            "has_projects": false,
            "has_wiki": false,
            "auto_init": true,
            "gitignore_template": "Python",
            "license_template": "apache-2.0",
        });
        let answer = match self.send_to(CREATE_REPOSITORY, &path, Some(&body)).await {
            Err(error) if error.is_forbidden() => {
                let github = self.github;
                let token = github.token_for_all(self.installation, Grant::Administer, self.now).await?;
                let answer =
                    github.exchange((self.installation, &token), CREATE_REPOSITORY, &path, Some(&body)).await;
                github.limits.note(self.installation, answer, self.now)
            }
            answer => answer,
        };
        let made: Body = answer?.json(CREATE_REPOSITORY)?;
        Ok(made.into())
    }
}
