//! A merged recipe is put into production: the recipes of the merged commit each get a deployment and a run. One that fails stops no
//! other. A comment can ask for the same at the tip of the default branch, so that nobody has to push a commit that changes nothing.

use runner_contract::{Command, Request, RunResult};

use super::synchronize::check_files;
use super::{Context, Result, audience, enqueue, publish, queue_production};
use crate::domain::fault::Fault;
use crate::domain::id::{FeedstockId, Sha};
use crate::domain::job::{Job, ProductionOrder};
use crate::domain::meta::{Checked, Meta, Recipes};
use crate::domain::report::{Content, production};
use crate::github::Repository;
use crate::store::workflow_run::{self, NewWorkflowRun, WorkflowRun};
use crate::store::{self, Tx};

/// The directory of the recipe in a feedstock.
pub(super) const FEEDSTOCK: &str = "feedstock";

/// A commit of a branch.
struct Commit {
    sha: Sha,
    git_ref: String,
}

pub(super) async fn run(job: Context<'_>, order: &ProductionOrder) -> Result<()> {
    let repository = job.github(order.installation, &order.repository);
    let commit = if order.asked.is_none() {
        merged_commit(job, &repository, order).await?
    } else {
        default_tip(&repository, order).await?
    };
    let Some(commit) = commit else { return job.done().await };
    // Somebody who removes a recipe for good wants nothing deployed.
    if repository.directory(FEEDSTOCK, &commit.sha).await?.is_none() {
        return job.done().await;
    }
    let Checked { meta, findings } = check_files(job, &repository, FEEDSTOCK, &commit.sha).await?;
    let mut tx = job.write().await?;
    match meta {
        None => say(job, &mut tx, order, &commit.sha, production::wrong(&commit.sha, &findings)).await?,
        Some(meta) => {
            let feedstock = store::feedstock::register(&mut tx, &order.repository).await?;
            deploy_in(job, &mut tx, order, (feedstock, &commit), &meta).await?;
        }
    }
    job.finish(tx).await
}

/// The commit that a pull request was merged as, if it brought a recipe to the default branch and touched nothing else.
async fn merged_commit(
    job: Context<'_>,
    repository: &Repository<'_>,
    order: &ProductionOrder,
) -> Result<Option<Commit>> {
    let pull = repository.pull(order.conversation).await?;
    // What we proposed ourselves, when we made the feedstock, is ours without a label. Whoever asks by a comment was asked for it there.
    if pull.author != *job.app.bot_login().await? && !audience::is_ours(job, &order.place()).await? {
        return Ok(None);
    }
    let Some(sha) = pull.merge_commit.filter(|_| pull.base_ref == pull.default_branch) else {
        return Ok(None);
    };
    let files = repository.changed_files(order.conversation).await?;
    let is_recipe = |path: &str| path.starts_with("feedstock/");
    if files.is_empty() || !files.iter().all(|file| is_recipe(&file.filename)) {
        return Ok(None);
    }
    Ok(Some(Commit { sha, git_ref: format!("refs/heads/{}", pull.base_ref) }))
}

/// The tip of the default branch; none of a repository that is gone, or empty.
async fn default_tip(repository: &Repository<'_>, order: &ProductionOrder) -> Result<Option<Commit>> {
    let Some(facts) = repository.look_up(&order.repository).await? else { return Ok(None) };
    let tip = repository.branch_tip(&facts.default_branch).await?;
    Ok(tip.map(|sha| Commit { sha, git_ref: format!("refs/heads/{}", facts.default_branch) }))
}

async fn deploy_in(
    job: Context<'_>,
    tx: &mut Tx,
    order: &ProductionOrder,
    (feedstock, commit): (FeedstockId, &Commit),
    meta: &Meta,
) -> Result<()> {
    let bakery = meta.bakery.as_str();
    match &meta.recipes {
        Recipes::Listed(entries) => {
            let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
            let place = queue_production::Place {
                order,
                feedstock,
                sha: &commit.sha,
                git_ref: &commit.git_ref,
                bakery,
            };
            queue_production::queue_in(job, tx, &place, &ids).await
        }
        Recipes::Dict(_) => list_recipes_in(job, tx, order, (feedstock, commit), bakery).await,
    }
}

/// Asks a workflow run for the recipes that `recipe.py` makes, once for an order.
async fn list_recipes_in(
    job: Context<'_>,
    tx: &mut Tx,
    order: &ProductionOrder,
    (feedstock, commit): (FeedstockId, &Commit),
    bakery: &str,
) -> Result<()> {
    let context = workflow_run::Context::DeployProduction { bakery: bakery.to_owned(), order: order.clone() };
    let known = store::workflow_run::find_expansion(tx, feedstock, order.conversation).await?;
    if known.is_some_and(|known| known.request.sha == commit.sha.as_str() && known.context.0 == context) {
        return Ok(());
    }
    let request = Request {
        dispatch_id: job.app.fresh_dispatch_id(),
        command: Command::ExpandMeta,
        repository: order.repository.to_string(),
        git_ref: commit.git_ref.clone(),
        sha: commit.sha.to_string(),
        feedstock_subdir: FEEDSTOCK.to_owned(),
        recipe_id: String::new(),
        bakery: String::new(),
        deployment: job.app.config.deployment.name().to_owned(),
        job_name: String::new(),
        subpath: String::new(),
        prune: false,
    };
    let run = NewWorkflowRun {
        feedstock,
        pull_request: Some(order.conversation),
        recipe_run: None,
        installation: order.installation,
        request: &request,
        context: &context,
    };
    let workflow_run = store::workflow_run::insert(tx, run, job.now()).await?;
    enqueue(tx, &Job::DispatchWorkflow { workflow_run }, job.now()).await?;
    say(job, tx, order, &commit.sha, production::listing(&commit.sha)).await
}

/// What follows when the workflow run that lists the recipes has ended.
pub(super) async fn expanded_in(
    job: Context<'_>,
    tx: &mut Tx,
    run: &WorkflowRun,
    (bakery, order): (&str, &ProductionOrder),
    result: std::result::Result<RunResult, Fault>,
) -> Result<()> {
    let sha = Sha(run.request.sha.clone());
    let fault = match result {
        Ok(RunResult::Expanded { recipe_ids }) => {
            let ids: Vec<&str> = recipe_ids.iter().map(String::as_str).collect();
            let place = queue_production::Place {
                order,
                feedstock: run.feedstock_id,
                sha: &sha,
                git_ref: &run.request.git_ref,
                bakery,
            };
            return queue_production::queue_in(job, tx, &place, &ids).await;
        }
        Ok(_) => Fault::BadOutcome { why: "not an answer to what was asked".into() },
        Err(fault) => fault,
    };
    say(job, tx, order, &sha, production::not_listed(&sha, &fault)).await
}

/// Says something about a commit's production where the order came from. The runs, once there are some, take its place.
async fn say(job: Context<'_>, tx: &mut Tx, order: &ProductionOrder, sha: &Sha, body: String) -> Result<()> {
    let key = production::comment_key(&order.repository, sha, order.conversation);
    let content = Content::Comment { pull_request: order.conversation, body };
    publish(tx, &key, (&order.repository, order.installation), &content, job.now()).await
}
