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

/// What the reply says to a command that came before the check was known to be up.
pub(super) const ASKS_AGAIN: &str = "write the comment again";

/// How people behave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// How long they wait for what the service does by itself.
    pub(super) service: Duration,
    /// How long they wait where a workflow run has to be waited for, too.
    pub(super) run: Duration,
    /// How long the maintainer looks at the green check before the command.
    pub(super) looks_for: Duration,
    /// How often the maintainer lets the service ask for the same comment again.
    pub(super) refusals: usize,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Started,
    Refused,
}

impl Answer {
    /// Reads it from the reactions, once they are all there.
    fn of(reactions: &[String]) -> Option<Self> {
        let has = |content| reactions.iter().any(|reaction| reaction.starts_with(content));
        match (has("eyes"), has("rocket"), has("-1")) {
            (true, true, _) => Some(Self::Started),
            (true, _, true) => Some(Self::Refused),
            _ => None,
        }
    }
}

/// A story that came to its end.
#[derive(Debug)]
pub(super) struct Told {
    /// What was played.
    pub(super) plot: &'static Plot,
    /// Where.
    pub(super) pull: Pull,
    /// The maintainer's comment that was followed.
    pub(super) comment: u64,
    /// How many comments before it were not.
    pub(super) refusals: usize,
}

/// Plays a plot in a new pull request.
pub(super) async fn tell(
    github: &FakeGithub,
    console: &Console,
    manner: Manner,
    plot: &'static Plot,
    title: &str,
) -> Result<Told> {
    let pull = Pull::open(github, plot, title);
    let number = pull.number;
    console.step(&format!(
        "{CONTRIBUTOR} opens {STAGED}#{number} “{title}” ({}): {}",
        plot.feedstock, plot.about
    ));

    match live(console, manner, plot, &pull).await {
        Ok((comment, refusals)) => Ok(Told { plot, pull, comment, refusals }),
        Err(error) => bail!("{error:#}\n{}", pull.portrait()),
    }
}

/// Everything after the opening. Answers with the comment that was followed, and how many before it were not.
async fn live(console: &Console, manner: Manner, plot: &Plot, pull: &Pull) -> Result<(u64, usize)> {
    let number = pull.number;
    // An expansion is a workflow run; a list is read at once.
    let within = if plot.expands_to.is_empty() { manner.service } else { manner.run };
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

    tokio::time::sleep(manner.looks_for).await;
    let command = format!("/run {}", plot.recipe_id);
    let mut refusals = 0;
    let comment = loop {
        let comment = pull.comment(&command);
        console.step(&format!("{MAINTAINER} comments {command} on #{number}"));
        let what = format!("the App has reacted to the comment on #{number} with 👀, and with 🚀 or 👎");
        let answer = until(console, &what, manner.service, || Answer::of(&pull.reactions(comment))).await?;
        if answer == Answer::Started {
            break comment;
        }
        let what = format!("the App has said on #{number} why it did not start the run");
        let reply = until(console, &what, manner.service, || pull.app_comments().pop()).await?;
        if refusals == manner.refusals || !reply.contains(ASKS_AGAIN) {
            bail!("the command on #{number} was refused:\n{reply}");
        }
        refusals += 1;
    };
    console.step(&format!("the App reacts with 👀 and 🚀 on #{number}"));

    let what = format!("the check run {} of #{number} has ended", plot.recipe_id);
    let check = until(console, &what, manner.run, || pull.ended_check(plot.recipe_id)).await?;
    tell_check(console, number, &check);
    demand(&check, plot.ending.conclusion())?;
    if let Ending::Fails { line, .. } = plot.ending {
        let path = format!("{}/recipe.py", plot.directory);
        let is_there = |remark: &Value| remark["path"] == path.as_str() && remark["start_line"] == line;
        // Remarks come after the check itself, fifty at a time.
        let what =
            format!("the check run {} of #{number} has a remark on line {line} of {path}", plot.recipe_id);
        let look = || pull.check(plot.recipe_id)?.annotations.iter().any(is_there).then_some(());
        until(console, &what, manner.service, look).await?;
    }

    let what = format!("the App has commented the result on #{number}");
    let result = || pull.app_comments().into_iter().rfind(|body| !body.contains(ASKS_AGAIN));
    let body = until(console, &what, manner.service, result).await?;
    console.step(&format!("the App comments on #{number}"));
    if !body.contains(plot.ending.token()) {
        bail!("the comment on #{number} does not say {:?}:\n{body}", plot.ending.token());
    }
    Ok((comment, refusals))
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
