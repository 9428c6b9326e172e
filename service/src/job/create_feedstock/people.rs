//! Who wrote the recipe may push to its feedstock. That it does not work for one of them stops nothing, and is told.

use super::{Stepped, Work};
use crate::domain::creation::{MAX_PEOPLE, Person, people};
use crate::github::Retry;

/// So often GitHub's failures are waited out before somebody is left to the maintainers.
const PATIENCE: i64 = 3;

impl Work<'_> {
    pub(super) async fn ask_people(&mut self) -> Stepped {
        let authors = self.staged.authors(self.creation.pull_request).await?;
        let all = people(self.creation.progress.author.as_ref(), &authors);
        self.progress().people_left_out = all.len().saturating_sub(MAX_PEOPLE);
        for login in all.into_iter().take(MAX_PEOPLE) {
            if self.creation.progress.people.iter().any(|asked| asked.login == login) {
                continue;
            }
            let refused = match self.feedstock.let_push(&login).await {
                Ok(()) => None,
                Err(error) if matches!(error.retry(), Retry::At(_)) || error.is_no_token() => {
                    return Err(error.into());
                }
                Err(error) if error.retry() == Retry::Later && self.job.claim.attempt < PATIENCE => {
                    return Err(error.into());
                }
                Err(error) => Some(error.to_string()),
            };
            self.progress().people.push(Person { login, refused });
            self.record().await?;
        }
        self.progress().people_asked = true;
        Ok(())
    }
}
