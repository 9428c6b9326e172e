//! The repository itself. GitHub lets only one have a name, and ours is known by its description, which it has from its first moment.

use chrono::TimeDelta;

use super::super::Error;
use super::{Stepped, Stop, Work};
use crate::domain::creation::{Made, description};
use crate::domain::report::obstacle;
use crate::github::Facts;

/// The page that a new repository names as its own.
const HOMEPAGE: &str = "https://pangeo-forge.org";
/// For so long a name may be taken by a repository that is not to be seen yet.
const SEEN_WITHIN: TimeDelta = TimeDelta::minutes(2);
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(15);

impl Work<'_> {
    pub(super) async fn make_repository(&mut self) -> Stepped {
        if let Some(found) = self.staged.look_up(&self.creation.feedstock).await? {
            return self.adopt(&found);
        }
        let now = self.job.now();
        let first_attempt = if let Some(at) = self.creation.progress.attempted_at {
            at
        } else {
            self.demand_an_organisation().await?;
            self.progress().attempted_at = Some(now);
            self.record().await?;
            now
        };
        let text = self.description();
        match self.staged.create_sibling(&self.creation.feedstock, &text, HOMEPAGE).await {
            Ok(made) => self.adopt(&made),
            Err(error) if error.is_unprocessable() => {
                // Somebody has the name: an attempt of ours whose answer was lost, or somebody else.
                match self.staged.look_up(&self.creation.feedstock).await? {
                    Some(found) => self.adopt(&found),
                    None if now < first_attempt + SEEN_WITHIN => {
                        Err(Error::look_again(error.to_string(), LOOK_EVERY).into())
                    }
                    None => Err(Stop::Blocked(obstacle::name_hidden(
                        &self.creation.feedstock,
                        &error.to_string(),
                    ))),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a repository for ours if it says that it was made for this very pull request.
    fn adopt(&mut self, found: &Facts) -> Stepped {
        if found.description != self.description() {
            return Err(Stop::Blocked(obstacle::name_taken(&self.creation.feedstock, &found.html_url)));
        }
        let (url, default_branch) = (found.html_url.clone(), found.default_branch.clone());
        let at = self.job.now();
        self.progress().repository = Some(Made { url, default_branch, at });
        Ok(())
    }

    fn description(&self) -> String {
        let creation = &self.creation;
        description(&creation.directory, &creation.repository, creation.pull_request)
    }

    async fn demand_an_organisation(&self) -> Stepped {
        let staged = &self.creation.repository;
        match self.staged.look_up(staged).await? {
            Some(facts) if !facts.is_of_organisation => {
                Err(Stop::Blocked(obstacle::not_an_organisation(staged.owner())))
            }
            _ => Ok(()),
        }
    }
}
