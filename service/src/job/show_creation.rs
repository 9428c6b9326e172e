//! What the merged pull request shows of a feedstock's creation is made anew from its row; and what an operator may do to it.

use chrono::{DateTime, Utc};

use super::{Result, enqueue, publish};
use crate::domain::id::FeedstockCreationId;
use crate::domain::job::Job;
use crate::domain::report::{Content, creation as report};
use crate::store::feedstock_creation::FeedstockCreation;
use crate::store::{self, Tx};

/// Says on GitHub what is recorded of a creation.
pub(super) async fn show(tx: &mut Tx, creation: &FeedstockCreation, now: DateTime<Utc>) -> Result<()> {
    let place = (&creation.repository, creation.installation);
    let body = report::comment(&facts(creation));
    let content = Content::Comment { pull_request: creation.pull_request, body };
    publish(tx, &report::key(&creation.repository, creation.pull_request), place, &content, now).await
}

/// A creation in the form that its sentences are made of.
pub fn facts(creation: &FeedstockCreation) -> report::Creation<'_> {
    report::Creation {
        id: creation.id,
        repository: &creation.repository,
        pull_request: creation.pull_request,
        directory: &creation.directory,
        feedstock: &creation.feedstock,
        state: &creation.state,
        progress: &creation.progress,
        problem: creation.problem.as_deref(),
    }
}

/// Stops an open creation until an operator lets it go on.
pub(super) async fn block(
    tx: &mut Tx,
    creation: &FeedstockCreation,
    problem: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    if store::feedstock_creation::set_state(tx, creation.id, ("open", "blocked"), Some(problem), now).await? {
        show_by_id(tx, creation.id, now).await?;
    }
    Ok(())
}

/// Lets a creation that has stopped go on where it stood. Answers false when it has not stopped.
pub async fn resume(tx: &mut Tx, creation: &FeedstockCreation, now: DateTime<Utc>) -> Result<bool> {
    if !store::feedstock_creation::set_state(tx, creation.id, ("blocked", "open"), None, now).await? {
        return Ok(false);
    }
    enqueue(tx, &Job::CreateFeedstock { pull_request: creation.merged() }, now).await?;
    show_by_id(tx, creation.id, now).await?;
    Ok(true)
}

/// Ends a creation that is not done. What it has made stays. Answers false when it has ended.
pub async fn abandon(tx: &mut Tx, creation: &FeedstockCreation, now: DateTime<Utc>) -> Result<bool> {
    let problem = creation.problem.as_deref();
    for from in ["blocked", "open"] {
        if store::feedstock_creation::set_state(tx, creation.id, (from, "abandoned"), problem, now).await? {
            show_by_id(tx, creation.id, now).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

async fn show_by_id(tx: &mut Tx, id: FeedstockCreationId, now: DateTime<Utc>) -> Result<()> {
    match store::feedstock_creation::get(tx, id).await? {
        Some(creation) => show(tx, &creation, now).await,
        None => Ok(()),
    }
}
