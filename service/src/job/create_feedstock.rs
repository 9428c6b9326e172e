//! A merged recipe becomes a repository of its own.
//!
//! The steps and their order are in `domain/creation.rs`. Each is recorded before the next one begins, and each can be done twice: what
//! is made is found again by a name that only one thing can have. Killed or refused anywhere, the creation goes on where it stood. What
//! is there and not ours is never changed; then the creation waits for somebody, and the merged pull request says for what.

mod begin;
mod change;
mod cleanup;
mod files;
mod people;
mod repository;

use chrono::TimeDelta;

use super::{Context, Error, Result, audience, enqueue, show_creation};
use crate::domain::command::PullRequest;
use crate::domain::creation::{self, Progress, Step};
use crate::domain::job::Job;
use crate::domain::report::obstacle;
use crate::github::{self, Repository};
use crate::store;
use crate::store::feedstock_creation::FeedstockCreation;

/// For so long GitHub may not let us work yet in a repository that it has just made.
const SETTLES_WITHIN: TimeDelta = TimeDelta::minutes(30);

pub(super) async fn run(job: Context<'_>, merged: &PullRequest) -> Result<()> {
    if !audience::is_ours(job, merged).await? {
        return job.done().await;
    }
    let Some(creation) = begin::begin(job, merged).await? else { return job.done().await };
    let feedstock = creation.feedstock.clone();
    let mut work = Work {
        job,
        staged: job.github(merged.installation, &merged.repository),
        feedstock: job.github(merged.installation, &feedstock),
        creation,
    };
    while let Some(step) = work.creation.progress.next() {
        match work.take(step).await {
            Ok(Taken::Done) => work.record().await?,
            Ok(Taken::Part) => return work.pause().await,
            Err(Stop::Blocked(problem)) => return work.block(&problem).await,
            Err(Stop::Job(error)) => return Err(error),
            Err(Stop::GitHub(error)) => return work.refused(error).await,
        }
    }
    work.end().await
}

/// A creation that this job works on.
struct Work<'a> {
    job: Context<'a>,
    /// Where the recipe was merged.
    staged: Repository<'a>,
    /// The new repository.
    feedstock: Repository<'a>,
    creation: FeedstockCreation,
}

/// How far a step went.
enum Taken {
    /// To its end.
    Done,
    /// There is more of it than one attempt has time for.
    Part,
}

/// Why a step did not end.
enum Stop {
    /// GitHub would not.
    GitHub(github::Error),
    /// Not now.
    Job(Error),
    /// Somebody has to decide; with the reason that people read.
    Blocked(String),
}

impl From<github::Error> for Stop {
    fn from(error: github::Error) -> Self {
        Self::GitHub(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Job(error)
    }
}

type Stepped<T = ()> = std::result::Result<T, Stop>;

impl Work<'_> {
    fn progress(&mut self) -> &mut Progress {
        &mut self.creation.progress.0
    }

    async fn take(&mut self, step: Step) -> Stepped<Taken> {
        match step {
            Step::Repository => self.make_repository().await?,
            Step::Files => return self.copy_files().await,
            Step::Branch | Step::CleanupBranch => self.make_branch(step).await?,
            Step::PullRequest | Step::CleanupPullRequest => self.propose(step).await?,
            Step::Register => self.progress().registered = true,
            Step::People => self.ask_people().await?,
            Step::Merge | Step::CleanupMerge => self.merge(step).await?,
            Step::DeleteBranch | Step::CleanupDeleteBranch => self.delete_branch(step).await?,
            Step::CleanupFiles => self.remove_files().await?,
        }
        Ok(Taken::Done)
    }

    /// Records how far the creation has come, and goes on.
    async fn record(&mut self) -> Result<()> {
        let mut tx = self.job.write().await?;
        self.record_in(&mut tx).await?;
        self.job.hold(tx).await
    }

    async fn record_in(&self, tx: &mut store::Tx) -> Result<()> {
        let (creation, now) = (&self.creation, self.job.now());
        if creation.progress.registered {
            store::feedstock::register(tx, &creation.feedstock).await?;
        }
        store::feedstock_creation::set_progress(tx, creation.id, &creation.progress, now).await?;
        // An operator may have ended it meanwhile. The comment says so already, and the next attempt stops there.
        let known = store::feedstock_creation::get(tx, creation.id).await?;
        if known.is_some_and(|known| known.is_open()) {
            show_creation::show(tx, creation, now).await?;
        } else {
            let why = format!("feedstock creation {} is not open any more", creation.id);
            return Err(Error::look_again(why, TimeDelta::zero()));
        }
        Ok(())
    }

    /// Goes on in a job of its own, since one attempt may only take so long.
    async fn pause(&self) -> Result<()> {
        let mut tx = self.job.write().await?;
        self.record_in(&mut tx).await?;
        enqueue(&mut tx, &Job::CreateFeedstock { pull_request: self.creation.merged() }, self.job.now())
            .await?;
        self.job.finish(tx).await
    }

    async fn block(&self, problem: &str) -> Result<()> {
        tracing::warn!(creation = %self.creation.id, problem, "a feedstock cannot be made by itself");
        let mut tx = self.job.write().await?;
        self.record_in(&mut tx).await?;
        show_creation::block(&mut tx, &self.creation, problem, self.job.now()).await?;
        self.job.finish(tx).await
    }

    /// What a refusal of GitHub means depends on how old the new repository is.
    async fn refused(&self, error: github::Error) -> Result<()> {
        let made_at = self.creation.progress.repository.as_ref().map(|made| made.at);
        let is_new = made_at.is_some_and(|at| self.job.now() < at + SETTLES_WITHIN);
        if is_new && error.is_out_of_reach() {
            return Err(Error::Retry { why: error.to_string(), after: None });
        }
        if made_at.is_some() && error.is_no_token() {
            return self.block(&obstacle::not_covered(&self.creation.feedstock)).await;
        }
        Err(error.into())
    }

    async fn end(&self) -> Result<()> {
        let now = self.job.now();
        let id = self.creation.id;
        let mut tx = self.job.write().await?;
        if store::feedstock_creation::set_state(&mut tx, id, ("open", "done"), None, now).await? {
            let done = FeedstockCreation { state: "done".into(), ..self.creation.clone() };
            show_creation::show(&mut tx, &done, now).await?;
        }
        tracing::info!(creation = %id, feedstock = %self.creation.feedstock, "a feedstock was made");
        self.job.finish(tx).await
    }

    /// The names that belong to a step: repository, branch.
    fn place(&self, step: Step) -> (Repository<'_>, String) {
        if step.is_cleanup() {
            (self.staged, creation::cleanup_branch(self.creation.pull_request))
        } else {
            (self.feedstock, creation::BRANCH.to_owned())
        }
    }
}
