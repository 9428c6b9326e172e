//! A pull request's newest commit is checked, without running anything of it.
//!
//! The event is a hint: the head that is checked is the one GitHub names now. Doing it twice changes nothing, so a redelivery, a
//! reopening and a restart all come through here.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Context, Result, audience, enqueue, publish, replace_runs, timeline};
use crate::domain::command::PullRequest;
use crate::domain::creation;
use crate::domain::id::{FeedstockId, Sha};
use crate::domain::job::Job;
use crate::domain::meta::layout::{self, FileStatus, Layout, RepositoryKind};
use crate::domain::meta::{self, Checked, FeedstockFiles, Finding, META_YAML, Meta, Recipes};
use crate::domain::report::check::{self, Ready};
use crate::domain::report::{CheckRun, Content};
use crate::domain::timeline::{Happening, Origin};
use crate::github::{self, EntryKind, Repository};
use crate::store::recipe_run::NewRecipeRun;
use crate::store::workflow_run::{self, NewWorkflowRun};
use crate::store::{self, Tx};

/// So many Python files beside `meta.yaml` are looked into for the names that it uses; a recipe has one.
const MAX_MODULES: usize = 8;

/// How a head is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Because of an event: what is there and in order stays untouched.
    Once,
    /// Because somebody asked: the check is opened again, and recipes are listed again.
    Anew,
}

pub(super) async fn run(job: Context<'_>, pull_request: &PullRequest) -> Result<()> {
    look(job, pull_request, Manner::Once).await
}

/// Checks the head that a pull request has now.
pub(super) async fn look(job: Context<'_>, pull_request: &PullRequest, manner: Manner) -> Result<()> {
    if !audience::is_ours(job, pull_request).await? {
        return job.done().await;
    }
    let repository = job.github(pull_request.installation, &pull_request.repository);
    let pull = repository.pull(pull_request.number).await?;
    if !pull.is_open {
        return job.done().await;
    }
    let sha = pull.head_sha;
    let (feedstock, opening) = begin(job, pull_request, &sha, manner).await?;

    if creation::is_our_title(&pull.title) && pull.author == *job.app.bot_login().await? {
        return show(job, pull_request, check::our_own(opening, &pull.title, job.now())).await;
    }
    let Some(kind) = RepositoryKind::of(pull_request.repository.name()) else { return job.done().await };
    let files = repository.changed_files(pull_request.number).await?;
    let changed: Vec<_> = files.into_iter().map(changed_file).collect();
    let subdir = match layout::layout(kind, &changed) {
        Layout::Recipe { subdir } => subdir,
        Layout::NothingToCheck => {
            return show(job, pull_request, check::nothing_to_check(opening, job.now())).await;
        }
        Layout::Wrong(findings) => {
            return show(job, pull_request, check::wrong(opening, &findings, job.now())).await;
        }
    };
    let Checked { meta, findings } = check_files(job, &repository, &subdir, &sha).await?;
    let Some(meta) = meta else {
        return show(job, pull_request, check::wrong(opening, &findings, job.now())).await;
    };
    let head = Head { pull_request, feedstock, sha: &sha, subdir: &subdir, manner };
    accept(job, head, opening, &meta, &findings).await
}

/// A head whose files are in order.
struct Head<'a> {
    pull_request: &'a PullRequest,
    feedstock: FeedstockId,
    sha: &'a Sha,
    subdir: &'a str,
    manner: Manner,
}

/// Notes the head and says on GitHub that it is being checked, unless its check is up already.
async fn begin(
    job: Context<'_>,
    pull_request: &PullRequest,
    sha: &Sha,
    manner: Manner,
) -> Result<(FeedstockId, CheckRun)> {
    let now = job.now();
    let key = check::key(&pull_request.repository, sha);
    let mut tx = job.write().await?;
    let feedstock = store::feedstock::register(&mut tx, &pull_request.repository).await?;
    store::pull_request_head::see(&mut tx, feedstock, pull_request.number, sha, now).await?;
    replace_runs::replace_in(job, &mut tx, pull_request, feedstock, sha).await?;
    let mut opening = check::checking(sha, now);
    let known = store::report::find(&mut tx, &key).await?.map(|report| report.content.0);
    if let (Some(Content::CheckRun(known)), Manner::Once) = (known, manner) {
        opening.started_at = known.started_at;
    } else {
        let place = (&pull_request.repository, pull_request.installation);
        publish(&mut tx, &key, place, &Content::CheckRun(opening.clone()), now).await?;
    }
    job.hold(tx).await?;
    Ok((feedstock, opening))
}

/// Shows the end of a check, unless GitHub shows the same already.
async fn show(job: Context<'_>, pull_request: &PullRequest, check: CheckRun) -> Result<()> {
    let mut tx = job.write().await?;
    show_in(job, &mut tx, pull_request, check).await?;
    job.finish(tx).await
}

async fn show_in(job: Context<'_>, tx: &mut Tx, pull_request: &PullRequest, check: CheckRun) -> Result<()> {
    let key = check::key(&pull_request.repository, &check.head_sha);
    if let Some(report) = store::report::find(tx, &key).await? {
        let known = report.content.0;
        if matches!(&known, Content::CheckRun(run) if check == CheckRun { completed_at: check.completed_at, ..run.clone() })
        {
            return Ok(());
        }
    }
    let place = (&pull_request.repository, pull_request.installation);
    publish(tx, &key, place, &Content::CheckRun(check), job.now()).await
}

fn changed_file(file: github::ChangedFile) -> layout::ChangedFile {
    let status = match file.status.as_str() {
        "removed" => FileStatus::Removed,
        "renamed" => FileStatus::Renamed,
        _ => FileStatus::Present,
    };
    layout::ChangedFile { path: file.filename, status, previous_path: file.previous_filename }
}

/// Reads the recipe's files under `directory` at a commit and checks them.
pub(super) async fn check_files(
    job: Context<'_>,
    repository: &Repository<'_>,
    directory: &str,
    sha: &Sha,
) -> Result<Checked> {
    let entries = repository.directory(directory, sha).await?.unwrap_or_default();
    let names: Vec<String> =
        entries.into_iter().filter(|entry| entry.kind == EntryKind::File).map(|entry| entry.name).collect();
    let Some(text) = repository.file(&format!("{directory}/{META_YAML}"), sha).await? else {
        return Ok(Checked { meta: None, findings: vec![layout::missing_meta(directory, &names)] });
    };
    let mut modules = BTreeMap::new();
    for name in names.iter().filter(|name| is_python(name)).take(MAX_MODULES) {
        if let Some(source) = repository.file(&format!("{directory}/{name}"), sha).await? {
            modules.insert(name.clone(), String::from_utf8_lossy(&source).into_owned());
        }
    }
    let files = FeedstockFiles { directory, meta_yaml: &text, names: &names, modules: &modules };
    Ok(meta::check(&files, &job.app.config.bakeries.names()))
}

fn is_python(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "py")
}

/// The files are in order: the recipes are queued, or a workflow run is asked to list them.
async fn accept(
    job: Context<'_>,
    head: Head<'_>,
    opening: CheckRun,
    meta: &Meta,
    warnings: &[Finding],
) -> Result<()> {
    let now = job.now();
    let mut tx = job.write().await?;
    match &meta.recipes {
        Recipes::Listed(entries) => {
            let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
            let ready = queue_runs(job, &mut tx, &head, meta.bakery.as_str(), &ids).await?;
            show_in(job, &mut tx, head.pull_request, check::ready(opening, &ready, warnings, now)).await?;
        }
        Recipes::Dict(_) => {
            let number = head.pull_request.number;
            let known = store::workflow_run::find_expansion(&mut tx, head.feedstock, number).await?;
            // One expansion for one head: what it found, or why it found nothing, is on GitHub or will be. Who asks again gets another,
            // unless the one that goes on will answer.
            let is_missing = known.is_none_or(|run| {
                run.request.sha != head.sha.as_str()
                    || (head.manner == Manner::Anew && run.state == "concluded")
            });
            if is_missing {
                let request = expansion(job, &head);
                let context = workflow_run::Context::Synchronize { bakery: meta.bakery.as_str().to_owned() };
                let run = NewWorkflowRun {
                    feedstock: head.feedstock,
                    pull_request: Some(number),
                    recipe_run: None,
                    installation: head.pull_request.installation,
                    request: &request,
                    context: &context,
                };
                let workflow_run = store::workflow_run::insert(&mut tx, run, now).await?;
                enqueue(&mut tx, &Job::DispatchWorkflow { workflow_run }, now).await?;
            }
            if is_missing || head.manner == Manner::Anew {
                let listing = check::listing(opening, warnings);
                show_in(job, &mut tx, head.pull_request, listing).await?;
            }
        }
    }
    job.finish(tx).await
}

async fn queue_runs(
    job: Context<'_>,
    tx: &mut Tx,
    head: &Head<'_>,
    bakery: &str,
    recipe_ids: &[&str],
) -> Result<Vec<Ready>> {
    let place = TestPlace {
        feedstock: head.feedstock,
        pull_request: head.pull_request.number,
        installation: head.pull_request.installation,
        head_sha: head.sha,
        subdir: head.subdir,
        bakery,
    };
    queue_test_runs(job, tx, &place, recipe_ids).await
}

/// Where queued test runs belong.
pub(super) struct TestPlace<'a> {
    pub(super) feedstock: FeedstockId,
    pub(super) pull_request: crate::domain::id::PullNumber,
    pub(super) installation: crate::domain::id::InstallationId,
    pub(super) head_sha: &'a Sha,
    pub(super) subdir: &'a str,
    pub(super) bakery: &'a str,
}

/// Queues a run for every recipe that has none at this head.
pub(super) async fn queue_test_runs(
    job: Context<'_>,
    tx: &mut Tx,
    place: &TestPlace<'_>,
    recipe_ids: &[&str],
) -> Result<Vec<Ready>> {
    let facts = job.app.config.bakeries.get(place.bakery).map(|bakery| &bakery.config);
    let region = facts.and_then(|facts| facts.region.as_deref()).unwrap_or_default();
    let description = facts.and_then(|facts| facts.description.as_deref()).unwrap_or_default();
    let bakery = store::bakery::register(tx, place.bakery, region, description).await?;
    let known =
        store::recipe_run::list_by_head(tx, place.feedstock, place.pull_request, place.head_sha).await?;
    let mut ready = Vec::new();
    for recipe_id in recipe_ids {
        let id = if let Some(run) = known.iter().find(|run| run.recipe_id == *recipe_id) {
            run.id
        } else {
            let run = NewRecipeRun {
                recipe_id,
                bakery,
                feedstock: place.feedstock,
                head_sha: place.head_sha,
                pull_request: Some(place.pull_request),
                feedstock_subdir: place.subdir,
                is_test: true,
                version: "",
                attempt: 1,
                requested_by: None,
                installation: place.installation,
                git_ref: &format!("refs/pull/{}/head", place.pull_request),
            };
            let id = store::recipe_run::insert(tx, run, job.now()).await?;
            let queued = Happening::Queued(Origin::Proposed(place.pull_request, place.head_sha));
            timeline::add_told(job, tx, id, &[queued]).await?;
            id
        };
        let url = job.app.config.links.recipe_run(id, place.feedstock);
        ready.push(Ready { recipe_id: (*recipe_id).to_owned(), url });
    }
    Ok(ready)
}

fn expansion(job: Context<'_>, head: &Head<'_>) -> runner_contract::Request {
    runner_contract::Request {
        dispatch_id: job.app.fresh_dispatch_id(),
        command: runner_contract::Command::ExpandMeta,
        repository: head.pull_request.repository.to_string(),
        git_ref: format!("refs/pull/{}/head", head.pull_request.number),
        sha: head.sha.to_string(),
        feedstock_subdir: head.subdir.to_owned(),
        recipe_id: String::new(),
        bakery: String::new(),
        deployment: job.app.config.deployment.name().to_owned(),
        job_name: String::new(),
        subpath: String::new(),
        prune: false,
    }
}
