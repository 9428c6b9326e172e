//! Whether the service has anything left to do, as its own database tells.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use chrono::{TimeDelta, Utc};
use orchestrator::store::{self, Store};

use super::console::Console;
use super::postman::Mail;
use crate::github::FakeGithub;

const LOOK_EVERY: Duration = Duration::from_millis(250);
const NEWS_EVERY: Duration = Duration::from_secs(4);
/// More work than this is not listed.
const LISTED: i64 = 20;

/// Waits until every webhook is delivered, every job is done and every report is shown, at two looks in a row. A job that was given
/// up is an error at once.
pub(super) async fn rest(
    console: &Console,
    store: &Store,
    github: &FakeGithub,
    mail: &Mail,
    within: Duration,
) -> Result<()> {
    let begun = Instant::now();
    let mut is_second_look = false;
    loop {
        let mut left = unfinished(store).await?;
        let webhooks = github.hooks_len() + mail.under_way.load(Ordering::Relaxed);
        if webhooks > 0 {
            left.push(format!("{webhooks} webhooks are under way"));
        }
        if left.is_empty() && is_second_look {
            return Ok(());
        }
        is_second_look = left.is_empty();
        if begun.elapsed() >= within {
            bail!("this is left to do after {} s:\n{}", within.as_secs(), left.join("\n"));
        }
        if console.silence() >= NEWS_EVERY {
            console.step(&format!("… waiting until the service is at rest; {} things are left", left.len()));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What is left to do, a line for each.
async fn unfinished(store: &Store) -> Result<Vec<String>> {
    let mut tx = store.read().await?;
    let dead = store::job::list(&mut tx, Some("dead"), LISTED).await?;
    if !dead.is_empty() {
        bail!("jobs were given up: {dead:#?}");
    }
    let mut left = Vec::new();
    for state in ["ready", "running"] {
        for job in store::job::list(&mut tx, Some(state), LISTED).await? {
            left.push(format!(
                "{state}: {} {} (attempt {}) {:?}",
                job.kind, job.id, job.attempt, job.last_error
            ));
        }
    }
    let later = Utc::now() + TimeDelta::days(1);
    let unpublished = store::report::list_unpublished(&mut tx, later).await?;
    left.extend(unpublished.into_iter().map(|report| format!("not shown: {}", report.key)));
    Ok(left)
}
