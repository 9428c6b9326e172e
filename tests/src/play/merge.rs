//! What happens after the test: a maintainer merges the pull request, and the recipes become a feedstock and go into production.
//!
//! As in [`super::story`], nothing touches the service: what people would see on GitHub is waited for.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::console::Console;
use super::plot::{Ending, Release};
use super::pull::Pull;
use super::wait::until;
use crate::github::{Deployment, FakeGithub, WorkflowRun};
use crate::world::{HUB, MAINTAINER, STAGED};

/// What a merge has come to.
#[derive(Debug)]
pub(super) struct Released {
    /// The feedstock's repository.
    pub(super) feedstock: String,
    /// The pull request that brought the recipe there.
    pub(super) pull: u64,
    /// Its deployments, oldest first.
    pub(super) deployments: Vec<Deployment>,
}

impl Released {
    /// The comments of the App on the feedstock's pull request, oldest first.
    pub(super) fn comments(&self, github: &FakeGithub) -> Vec<String> {
        comments(github, &self.feedstock, self.pull)
    }
}

/// How long the watcher is let wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For what the service does by itself.
    pub(super) service: Duration,
    /// For a production run.
    pub(super) run: Duration,
}

/// Merges a pull request that has been tested, and waits until everything that follows has come to its end.
pub(super) async fn release(
    github: &FakeGithub,
    console: &Console,
    patience: Patience,
    pull: &Pull,
    release: &Release,
) -> Result<Released> {
    github.merge(STAGED, pull.number, MAINTAINER);
    console.step(&format!("{MAINTAINER} merges {STAGED}#{}", pull.number));
    let feedstock = release.feedstock.to_owned();

    let what = format!("the repository {feedstock} has the recipe on its default branch");
    let number = until(console, &what, patience.service, || merged_pull(github, &feedstock)).await?;
    console.step(&format!("the App has made {feedstock} and merged its first pull request, #{number}"));
    let what = format!("{STAGED} is cleaned up");
    until(console, &what, patience.service, || is_gone(github, release.directory).then_some(())).await?;
    console.step(&format!("the App has removed {} from {STAGED}", release.directory));
    let what = format!("the checklist on {STAGED}#{} names the feedstock", pull.number);
    let named = || pull.app_comments().into_iter().rfind(|body| body.contains(&feedstock));
    until(console, &what, patience.service, named).await?;

    for (recipe, ending) in release.production {
        let what = format!("the deployment {recipe} of {feedstock} has ended");
        let ended = || ended_deployment(github, &feedstock, recipe);
        let deployment = until(console, &what, patience.run, ended).await?;
        let status = deployment.statuses.last().context("a deployment without a status")?;
        let words = status.description.as_deref().unwrap_or_default();
        console.step(&format!("deployment {recipe}: {} – {words}", status.state));
        if status.state != ending.conclusion() {
            bail!(
                "the deployment {recipe} ended with {}, not {}: {words}",
                status.state,
                ending.conclusion()
            );
        }
        let what = format!("the comment on {feedstock}#{number} says {:?}", ending.token());
        let said =
            || comments(github, &feedstock, number).into_iter().rfind(|body| body.contains(ending.token()));
        until(console, &what, patience.service, said).await?;
        if let Ending::Fails { error, .. } = ending
            && !words.contains(error)
        {
            bail!("the status of the deployment {recipe} does not say why it failed: {words}");
        }
    }
    let deployments =
        github.read(|world| world.repositories[&feedstock].deployments.values().cloned().collect());
    Ok(Released { feedstock, pull: number, deployments })
}

/// The production run of a recipe.
pub(super) fn production_run(github: &FakeGithub, feedstock: &str, recipe: &str) -> Option<WorkflowRun> {
    github.read(|world| {
        let runs = world.repositories[HUB].workflow_runs.values();
        let mut ours = runs.filter(|run| {
            run.inputs.get("repository").is_some_and(|name| name == feedstock)
                && run.inputs.get("recipe_id").is_some_and(|id| id == recipe)
                && run.inputs.get("prune").is_some_and(|word| word == "false")
        });
        ours.next_back().cloned()
    })
}

fn merged_pull(github: &FakeGithub, feedstock: &str) -> Option<u64> {
    github.read(|world| {
        let pulls = world.repositories.get(feedstock)?.pulls.values();
        pulls.filter(|pull| pull.merge_commit.is_some()).map(|pull| pull.number).next()
    })
}

fn is_gone(github: &FakeGithub, directory: &str) -> bool {
    github.read(|world| {
        let repository = &world.repositories[STAGED];
        let tip = &repository.branches[&repository.default_branch];
        !world.commits[tip].files.keys().any(|path| path.starts_with(&format!("{directory}/")))
    })
}

fn ended_deployment(github: &FakeGithub, feedstock: &str, recipe: &str) -> Option<Deployment> {
    github.read(|world| {
        let mut deployments = world.repositories.get(feedstock)?.deployments.values();
        let ended = |deployment: &&Deployment| {
            let newest = deployment.statuses.last();
            newest.is_some_and(|status| matches!(status.state.as_str(), "success" | "failure"))
        };
        deployments.rfind(|deployment| deployment.environment == recipe && ended(deployment)).cloned()
    })
}

fn comments(github: &FakeGithub, repository: &str, number: u64) -> Vec<String> {
    github.read(|world| {
        let comments = world.repositories[repository].comments.values();
        let ours = comments.filter(|comment| comment.by_app && comment.number == number);
        ours.map(|comment| comment.body.clone()).collect()
    })
}
