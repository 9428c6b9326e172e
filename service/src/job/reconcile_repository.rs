//! A repository is compared with GitHub: what was opened, pushed, merged or said there while nobody listened is taken for what it is, by
//! the same rules as if it had just been told.

use chrono::{DateTime, Utc};

use super::{Context, Result, interpret_delivery};
use crate::domain::command::{Command, CommentCommand, PullRequest};
use crate::domain::id::{DeliveryId, FeedstockId, InstallationId, RepoName};
use crate::domain::report::{Content, check};
use crate::domain::run::Status;
use crate::github::{self, ListedPull, RepositoryComment};
use crate::intake;
use crate::intake::slash::Place;
use crate::store::{self, Tx};

pub(super) async fn run(
    job: Context<'_>,
    (repository, installation): (&RepoName, InstallationId),
    since: DateTime<Utc>,
) -> Result<()> {
    let found = match look(job, repository, installation, since).await {
        Ok(found) => found,
        // It was deleted, or taken from us, after it was listed.
        Err(error) if error.is_not_found() => return job.done().await,
        Err(error) => return Err(error.into()),
    };
    let told_by = DeliveryId(format!("reconcile/{repository}"));
    let place = |number| PullRequest { repository: repository.clone(), number, installation };
    let mut commands = Vec::new();
    let mut tx = job.write().await?;
    let feedstock = store::feedstock::find(&mut tx, repository).await?;
    for pull in &found.open {
        if !is_checked(&mut tx, repository, feedstock, pull).await? {
            commands.push(Command::Synchronize(place(pull.number)));
        }
    }
    // Merged before, and changed since in some other way: that merge was told in its time.
    for pull in found.closed.iter().filter(|pull| pull.merged_at.is_some_and(|at| at >= since)) {
        commands.push(Command::Merge(place(pull.number)));
    }
    for pull in &found.closed {
        commands.push(Command::Close(place(pull.number)));
    }
    for comment in found.comments.into_iter().filter(|comment| comment.created_at >= since) {
        let is_by_bot = comment.author_kind.as_deref() == Some("Bot");
        let spoken = intake::spoken_to_us(is_by_bot, &comment.body, Place::of(repository, comment.on_issue));
        if let (Ok(line), Some(author)) = (spoken, comment.author) {
            commands.push(Command::Answer(CommentCommand {
                pull_request: place(comment.number),
                comment: comment.id,
                author,
                created_at: comment.created_at,
                line,
                on_issue: comment.on_issue,
            }));
        }
    }
    tracing::info!(%repository, %since, commands = commands.len(), "compared with GitHub");
    for command in &commands {
        interpret_delivery::queue_in(job, &mut tx, command, &told_by).await?;
    }
    job.finish(tx).await
}

/// What GitHub has of a repository.
struct Found {
    open: Vec<ListedPull>,
    closed: Vec<ListedPull>,
    comments: Vec<RepositoryComment>,
}

async fn look(
    job: Context<'_>,
    repository: &RepoName,
    installation: InstallationId,
    since: DateTime<Utc>,
) -> github::Result<Found> {
    let github = job.app.github.repository(installation, repository, job.now());
    Ok(Found {
        open: github.open_pulls().await?,
        closed: github.closed_pulls_since(since).await?,
        comments: github.all_comments_since(since).await?,
    })
}

/// Whether a pull request's head is known, and its check is over.
async fn is_checked(
    tx: &mut Tx,
    repository: &RepoName,
    feedstock: Option<FeedstockId>,
    pull: &ListedPull,
) -> Result<bool> {
    let Some(feedstock) = feedstock else { return Ok(false) };
    let newest = store::pull_request_head::newest(tx, feedstock, pull.number).await?;
    if newest.as_ref() != Some(&pull.head_sha) {
        return Ok(false);
    }
    let report = store::report::find(tx, &check::key(repository, &pull.head_sha)).await?;
    Ok(report.is_some_and(
        |report| matches!(report.content.0, Content::CheckRun(check) if check.status == Status::Completed),
    ))
}
