//! A commit is put on a branch, proposed, merged, and its branch removed: once in the new feedstock, and once in staged-recipes.
//!
//! Before each write GitHub is asked what is there, and each is one that GitHub does once: a branch and an open pull request from it
//! cannot be made a second time, and a merge names the commit that it is for.

use chrono::TimeDelta;

use super::super::Error;
use super::{Step, Stepped, Stop, Work};
use crate::domain::creation::{self, Change};
use crate::domain::id::{PullNumber, RepoName, Sha};
use crate::domain::report::{creation as report, obstacle};
use crate::github;

/// When something should be there and is not to be seen yet.
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(15);

impl Work<'_> {
    /// The change that a step belongs to.
    pub(super) fn change(&mut self, step: Step) -> &mut Change {
        let progress = self.progress();
        if step.is_cleanup() { &mut progress.cleanup } else { &mut progress.feedstock }
    }

    fn change_of(&self, step: Step) -> &Change {
        let progress = &self.creation.progress;
        if step.is_cleanup() { &progress.cleanup } else { &progress.feedstock }
    }

    fn name(&self, step: Step) -> &RepoName {
        if step.is_cleanup() { &self.creation.repository } else { &self.creation.feedstock }
    }

    fn commit_of(&self, step: Step) -> Stepped<Sha> {
        let commit = self.change_of(step).commit.clone();
        commit.ok_or_else(|| Error::Fail(format!("{step:?} comes before there is a commit")).into())
    }

    pub(super) async fn make_branch(&mut self, step: Step) -> Stepped {
        let (repository, branch) = self.place(step);
        let commit = self.commit_of(step)?;
        match repository.branch_tip(&branch).await? {
            Some(tip) if tip == commit => {}
            Some(tip) if self.change_of(step).earlier.contains(&tip) => {
                repository.move_branch(&branch, &commit).await?;
            }
            Some(_) => return Err(Stop::Blocked(obstacle::branch_taken(self.name(step), &branch))),
            None => or_look_again(repository.create_branch(&branch, &commit).await)?,
        }
        self.change(step).is_on_branch = true;
        Ok(())
    }

    pub(super) async fn propose(&mut self, step: Step) -> Stepped {
        let (repository, branch) = self.place(step);
        let bot = self.job.app.bot_login().await?;
        let known = repository.pulls_from(&branch).await?;
        let living = known.iter().find(|pull| pull.is_open || pull.is_merged);
        let number = match living {
            Some(pull) if pull.author == *bot => pull.number,
            Some(pull) if pull.is_open => {
                return Err(Stop::Blocked(obstacle::proposal_taken(self.name(step), &branch)));
            }
            _ => {
                let (base, title, text) = self.proposal(step);
                or_look_again(repository.create_pull(&branch, &base, &title, &text).await)?
            }
        };
        self.change(step).pull_request = Some(number);
        Ok(())
    }

    fn proposal(&self, step: Step) -> (String, String, String) {
        let creation = &self.creation;
        let (feedstock, number) = (&creation.feedstock, creation.pull_request);
        if step.is_cleanup() {
            let text = report::cleanup_text(feedstock, number);
            return (creation.progress.base.clone(), creation::cleanup_title(feedstock), text);
        }
        let base = creation.progress.repository.as_ref().map(|made| made.default_branch.clone());
        let text = report::create_text(&creation.repository, number);
        (base.unwrap_or_default(), creation::create_title(feedstock), text)
    }

    pub(super) async fn merge(&mut self, step: Step) -> Stepped {
        let (repository, _) = self.place(step);
        let commit = self.commit_of(step)?;
        let number = self.change_of(step).pull_request.unwrap_or(PullNumber(0));
        let pull = repository.pull(number).await?;
        if pull.merge_commit.is_none() {
            if !pull.is_open {
                return Err(Stop::Blocked(obstacle::proposal_closed(self.name(step), number)));
            }
            if self.change_of(step).earlier.contains(&pull.head_sha) {
                let why = format!("{}#{number} does not show its newest commit yet", self.name(step));
                return Err(Error::look_again(why, LOOK_EVERY).into());
            }
            if pull.head_sha != commit {
                return Err(Stop::Blocked(obstacle::branch_changed(self.name(step), number)));
            }
            match repository.merge_pull(number, &commit).await {
                Ok(()) => {}
                Err(error) if error.is_unmergeable() && step.is_cleanup() => {
                    return self.clean_up_anew(&error).await;
                }
                // GitHub may not have found out yet whether it can, or checks or reviews are demanded.
                Err(error) if error.is_unmergeable() => {
                    return Err(Error::Retry { why: error.to_string(), after: None }.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.change(step).is_merged = true;
        Ok(())
    }

    pub(super) async fn delete_branch(&mut self, step: Step) -> Stepped {
        let (repository, branch) = self.place(step);
        // Somebody may have pushed to it after the merge; that would be lost.
        if repository.branch_tip(&branch).await? == Some(self.commit_of(step)?) {
            repository.delete_branch(&branch).await?;
        }
        self.change(step).is_branch_gone = true;
        Ok(())
    }
}

/// GitHub says that what we make is there. We did not see it when we looked; it may show soon.
fn or_look_again<T>(made: github::Result<T>) -> Stepped<T> {
    made.map_err(|error| {
        if error.is_unprocessable() {
            Error::look_again(error.to_string(), LOOK_EVERY).into()
        } else {
            error.into()
        }
    })
}
