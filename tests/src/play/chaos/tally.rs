//! Compares every story with the undisturbed one of its plot, and says the figures.

use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result, bail};

use super::Played;
use super::end_state::{difference, end_state};
use crate::play::console::Console;
use crate::play::stage::Stage;

/// So many stories are described when they differ.
const DESCRIBED: usize = 5;

/// Prints the figures. Anything lost or doubled is an error, and a story that did not come to its end has lost it.
pub(super) async fn judge(stage: &Stage, console: &Console, played: &Played, kills: u64) -> Result<()> {
    let mut expected = Vec::new();
    for story in &played.undisturbed {
        expected.push((story.plot.title, end_state(&stage.store, story).await?));
    }
    let (mut lost, mut doubled, mut described) = (played.broken.len(), 0, 0);
    for error in &played.broken {
        console.plain(&format!("\na story did not come to its end: {error:#}"));
    }
    for story in &played.told {
        let known = expected.iter().find(|(title, _)| *title == story.plot.title);
        let (_, known) = known.context("every plot was played undisturbed")?;
        let (missing, surplus) = difference(known, &end_state(&stage.store, story).await?);
        lost += missing.len();
        doubled += surplus.len();
        if !(missing.is_empty() && surplus.is_empty()) && described < DESCRIBED {
            described += 1;
            console.plain(&format!("\n#{} differs from the undisturbed story:", story.pull.number));
            for line in &missing {
                console.plain(&format!("- {line}"));
            }
            for line in &surplus {
                console.plain(&format!("+ {line}"));
            }
        }
    }

    let mail = stage.postman.mail();
    let (attempts, refused) = (mail.attempts.load(Ordering::Relaxed), mail.refused.load(Ordering::Relaxed));
    let refusals: usize = played.told.iter().map(|story| story.refusals).sum();
    let lines: usize = expected.iter().map(|(_, lines)| lines.len()).sum();
    console.plain(&format!(
        "\n{attempts} deliveries, {refused} of them repeated; {} requests to GitHub",
        stage.github.request_count()
    ));
    console.plain(&format!("{refusals} commands came too soon after a kill and were asked for again"));
    console.plain(&format!(
        "compared by {lines} lines for {} plots, in {:.0} s",
        expected.len(),
        console.elapsed().as_secs_f64()
    ));
    let stories = played.told.len() + played.broken.len();
    console.plain(&format!("chaos: {kills} kills, {stories} stories, {lost} lost, {doubled} doubled"));

    let unhandled = stage.github.unhandled();
    if !unhandled.is_empty() {
        bail!("the service asked the stand-in for what it does not know:\n{}", unhandled.join("\n"));
    }
    if lost + doubled > 0 {
        bail!("the end is not that of the undisturbed stories");
    }
    Ok(())
}
