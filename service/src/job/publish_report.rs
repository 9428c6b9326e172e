//! GitHub is brought to what a report says: changed by id where the id is known, else looked for by the report's key, else made.
//!
//! GitHub makes another check run or comment each time it is asked. So the attempt is recorded before it is made, and once there was
//! one, what it may have made is looked for first; lists lag behind writes, so "not there" is believed only after a while.

use chrono::TimeDelta;

use super::{Context, Error, Result, timeline};
use crate::domain::id::{GithubObjectId, PullNumber, ReportId};
use crate::domain::report::{Annotation, CheckRun, Content, Deployment, check, marker};
use crate::domain::run::Conclusion;
use crate::github::{self, CheckOutput, Repository, Retry};
use crate::store;
use crate::store::report::Report;

/// GitHub takes this many annotations in one call.
const ANNOTATIONS_PER_CALL: usize = 50;
/// For so long after an attempt whose answer was lost, "not there" may only mean "not yet to be seen".
const LISTS_LAG: TimeDelta = TimeDelta::seconds(15);
/// Two clocks may differ by this much.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

pub(super) async fn run(job: Context<'_>, id: ReportId) -> Result<()> {
    let mut tx = job.read().await?;
    let report = store::report::get(&mut tx, id).await?;
    drop(tx);
    if report.published_version >= report.version || report.undeliverable.is_some() {
        return job.done().await;
    }
    let repository = job.app.github.repository(report.installation, &report.repository, job.now());
    match deliver(job, &repository, &report).await {
        Ok(github_id) => published(job, &report, github_id).await,
        Err(Undelivered::GitHub(error)) if error.retry() == Retry::Never => {
            // A locked conversation, a commit that is gone, an App that was removed: nobody will ever see it, and nothing else waits.
            tracing::warn!(report = report.key, %error, "a report cannot be delivered");
            let mut tx = job.write().await?;
            timeline::add_not_shown(job, &mut tx, &report, &error.to_string()).await?;
            store::report::set_undeliverable(&mut tx, id, &error.to_string()).await?;
            job.finish(tx).await
        }
        Err(Undelivered::GitHub(error)) => Err(error.into()),
        Err(Undelivered::Job(error)) => Err(error),
    }
}

enum Undelivered {
    GitHub(github::Error),
    Job(Error),
}

impl From<github::Error> for Undelivered {
    fn from(error: github::Error) -> Self {
        Self::GitHub(error)
    }
}

impl From<Error> for Undelivered {
    fn from(error: Error) -> Self {
        Self::Job(error)
    }
}

type Delivered = std::result::Result<Option<GithubObjectId>, Undelivered>;

async fn published(job: Context<'_>, report: &Report, github_id: Option<GithubObjectId>) -> Result<()> {
    let mut tx = job.write().await?;
    // The run before the report, as everybody takes them who changes both.
    timeline::add_shown(job, &mut tx, report).await?;
    if let Some(github_id) = github_id {
        store::report::set_github_id(&mut tx, report.id, github_id).await?;
    }
    store::report::set_published(&mut tx, report.id, report.version).await?;
    if let Content::CheckRun(run) = &report.content.0
        && run.name == check::NAME
        && let Some(feedstock) = store::feedstock::find(&mut tx, &report.repository).await?
    {
        store::pull_request_head::set_shown(&mut tx, feedstock, &run.head_sha, job.now()).await?;
    }
    job.finish(tx).await
}

/// What GitHub may see of a report: everything but secrets. Whatever we show there comes through here.
fn shown(job: Context<'_>, report: &Report) -> Result<Content> {
    let broken = |error: serde_json::Error| Error::Fail(format!("a report cannot be read: {error}"));
    let mut content = serde_json::to_value(&report.content.0).map_err(broken)?;
    job.app.redactor.mask_json(&mut content);
    serde_json::from_value(content).map_err(broken)
}

async fn deliver(job: Context<'_>, repository: &Repository<'_>, report: &Report) -> Delivered {
    match &shown(job, report)? {
        // GitHub keeps one reaction of a kind for each user: asking twice is asking once.
        Content::Reaction { comment, reaction } => Ok(Some(repository.react(*comment, *reaction).await?)),
        Content::CheckRun(run) => Ok(Some(deliver_check_run(job, repository, report, run).await?)),
        Content::Comment { pull_request, body } => {
            let body = format!("{body}\n\n{}", marker(&report.key));
            if let Some(id) = find_comment(job, repository, report, *pull_request).await? {
                repository.update_comment(id, &body).await?;
                return Ok(Some(id));
            }
            attempt(job, report).await?;
            Ok(Some(repository.create_comment(*pull_request, &body).await?))
        }
        Content::Deployment(deployment) => {
            Ok(Some(deliver_deployment(job, repository, report, deployment).await?))
        }
        Content::NoComment { pull_request } => {
            if let Some(id) = find_comment(job, repository, report, *pull_request).await? {
                repository.delete_comment(id).await?;
            }
            Ok(None)
        }
    }
}

/// The comment that the report became, or that an attempt whose answer was lost may have made.
async fn find_comment(
    job: Context<'_>,
    repository: &Repository<'_>,
    report: &Report,
    pull_request: PullNumber,
) -> Delivered {
    let (None, Some(attempted_at)) = (report.github_id, report.attempted_at) else {
        return Ok(report.github_id);
    };
    let bot = job.app.bot_login().await?;
    let marker = marker(&report.key);
    let written = repository.comments_since(pull_request, attempted_at - CLOCK_SKEW).await?;
    let ours = written.into_iter().find(|comment| comment.author == *bot && comment.body.contains(&marker));
    if ours.is_none() {
        not_too_early(job, report)?;
    }
    Ok(ours.map(|comment| comment.id))
}

async fn deliver_check_run(
    job: Context<'_>,
    repository: &Repository<'_>,
    report: &Report,
    run: &CheckRun,
) -> std::result::Result<GithubObjectId, Undelivered> {
    let known = match (report.github_id, report.attempted_at) {
        (Some(id), _) => Some(id),
        (None, Some(_)) => {
            let found = repository.find_check_run(&run.head_sha, &report.key).await?;
            if found.is_none() {
                not_too_early(job, report)?;
            }
            found
        }
        (None, None) => None,
    };
    let id = if let Some(id) = known {
        repository.update_check_run(id, &on_the_wire(run, &report.key, false, &[])).await?;
        id
    } else {
        attempt(job, report).await?;
        repository.create_check_run(&on_the_wire(run, &report.key, true, &[])).await?
    };
    if !run.annotations.is_empty() {
        // An update adds annotations to those that are there, and an earlier attempt may have added some.
        let there = repository.count_annotations(id).await?;
        let missing = run.annotations.get(there..).unwrap_or_default();
        for some in missing.chunks(ANNOTATIONS_PER_CALL) {
            repository.update_check_run(id, &on_the_wire(run, &report.key, false, some)).await?;
        }
    }
    Ok(id)
}

async fn deliver_deployment(
    job: Context<'_>,
    repository: &Repository<'_>,
    report: &Report,
    deployment: &Deployment,
) -> std::result::Result<GithubObjectId, Undelivered> {
    let known = match (report.github_id, report.attempted_at) {
        (Some(id), _) => Some(id),
        (None, Some(_)) => {
            let found = repository.find_deployment(deployment, &report.key).await?;
            if found.is_none() {
                not_too_early(job, report)?;
            }
            found
        }
        (None, None) => None,
    };
    let id = if let Some(id) = known {
        id
    } else {
        attempt(job, report).await?;
        repository.create_deployment(deployment, &report.key).await?
    };
    // Every status stays on GitHub: one that is the newest already is not added again.
    let newest = repository.deployment_status(id).await?;
    let log_url = deployment.log_url.as_deref().unwrap_or_default();
    let is_there = newest.is_some_and(|newest| {
        newest.state == deployment.state.as_str()
            && newest.description == deployment.status
            && newest.environment_url == deployment.environment_url
            && newest.log_url == log_url
    });
    if !is_there {
        repository.create_deployment_status(id, deployment).await?;
    }
    Ok(id)
}

/// Records that something is about to be made.
async fn attempt(job: Context<'_>, report: &Report) -> Result<()> {
    let mut tx = job.write().await?;
    store::report::set_attempted(&mut tx, report.id, job.now()).await?;
    job.hold(tx).await
}

fn not_too_early(job: Context<'_>, report: &Report) -> Result<()> {
    match report.attempted_at {
        Some(at) if job.now() < at + LISTS_LAG => {
            Err(Error::look_again("whether the earlier attempt worked is not known yet", LISTS_LAG))
        }
        _ => Ok(()),
    }
}

fn on_the_wire<'a>(
    run: &'a CheckRun,
    key: &'a str,
    is_new: bool,
    annotations: &'a [Annotation],
) -> github::CheckRun<'a> {
    github::CheckRun {
        name: &run.name,
        head_sha: is_new.then_some(&run.head_sha),
        external_id: key,
        details_url: run.details_url.as_deref(),
        status: run.status.as_str(),
        conclusion: run.conclusion.map(Conclusion::as_str),
        started_at: run.started_at,
        completed_at: run.completed_at,
        output: CheckOutput { title: &run.title, summary: &run.summary, text: &run.text, annotations },
    }
}
