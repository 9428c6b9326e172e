//! One pull request from start to end, as the people in it live it: open, wait for the check, ask for a run, wait for the result.
//!
//! Nothing here touches the service. What people would see on GitHub is waited for, and what they would be puzzled by is an error.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::console::Console;
use super::plot::{Ending, Plot};
use super::pull::Pull;
use super::wait::until;
use crate::github::{CheckRun, FakeGithub};
use crate::world::{CONTRIBUTOR, MAINTAINER, STAGED};

/// How long each wait may last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For what the service does by itself.
    pub(super) service: Duration,
    /// For what a workflow run has to be waited for, too.
    pub(super) run: Duration,
}

/// A story that came to its end.
#[derive(Debug)]
pub(super) struct Told {
    /// What was played.
    pub(super) plot: &'static Plot,
    /// Where.
    pub(super) pull: Pull,
    /// The maintainer's comment.
    pub(super) comment: u64,
}

/// Plays a plot in a new pull request.
pub(super) async fn tell(
    github: &FakeGithub,
    console: &Console,
    patience: Patience,
    plot: &'static Plot,
    title: &str,
) -> Result<Told> {
    let pull = Pull::open(github, plot, title);
    let number = pull.number;
    console.step(&format!(
        "{CONTRIBUTOR} opens {STAGED}#{number} “{title}” ({}): {}",
        plot.feedstock, plot.about
    ));

    // An expansion is a workflow run; a list is read at once.
    let within = if plot.expands_to.is_empty() { patience.service } else { patience.run };
    let what = format!("the check run synchronize of #{number} has ended");
    let check = until(console, &what, within, || pull.ended_check("synchronize")).await?;
    tell_check(console, number, &check);
    demand(&check, "success")?;
    let summary = check.summary.unwrap_or_default();
    for recipe_id in plot.expands_to.iter().chain([&plot.recipe_id]) {
        if !summary.contains(recipe_id) {
            bail!("the check run synchronize of #{number} does not name the recipe {recipe_id}:\n{summary}");
        }
    }

    let command = format!("/run {}", plot.recipe_id);
    let comment = pull.comment(&command);
    console.step(&format!("{MAINTAINER} comments {command} on #{number}"));
    let what = format!("the comment on #{number} has the reactions 👀 and 🚀");
    until(console, &what, patience.service, || {
        let reactions = pull.reactions(comment);
        let has = |content| reactions.iter().any(|reaction| reaction.starts_with(content));
        (has("eyes") && has("rocket")).then_some(())
    })
    .await?;
    console.step(&format!("the App reacts with 👀 and 🚀 on #{number}"));

    let what = format!("the check run {} of #{number} has ended", plot.recipe_id);
    let check = until(console, &what, patience.run, || pull.ended_check(plot.recipe_id)).await?;
    tell_check(console, number, &check);
    demand(&check, plot.ending.conclusion())?;
    if let Ending::Fails { line, .. } = plot.ending {
        let path = format!("{}/recipe.py", plot.directory);
        let is_there = |remark: &Value| remark["path"] == path.as_str() && remark["start_line"] == line;
        if !check.annotations.iter().any(is_there) {
            bail!(
                "the check run {} has no remark on line {line} of {path}: {:?}",
                check.name,
                check.annotations
            );
        }
    }

    let what = format!("the App has commented the result on #{number}");
    let body = until(console, &what, patience.service, || pull.app_comments().pop()).await?;
    console.step(&format!("the App comments on #{number}"));
    if !body.contains(plot.ending.token()) {
        bail!("the comment on #{number} does not say {:?}:\n{body}", plot.ending.token());
    }
    Ok(Told { plot, pull, comment })
}

fn tell_check(console: &Console, number: u64, check: &CheckRun) {
    let conclusion = check.conclusion.as_deref().unwrap_or("no conclusion");
    let title = check.title.as_deref().unwrap_or_default();
    console.step(&format!("check run {} of #{number}: {conclusion} – {title}", check.name));
}

fn demand(check: &CheckRun, conclusion: &str) -> Result<()> {
    let found = check.conclusion.as_deref().context("a check run has ended without a conclusion")?;
    if found != conclusion {
        let summary = check.summary.as_deref().unwrap_or_default();
        bail!("the check run {} ended with {found}, not {conclusion}:\n{summary}", check.name);
    }
    Ok(())
}
