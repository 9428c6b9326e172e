//! `cargo xtask chaos`: the demo's stories again and again, while the service is killed with SIGKILL at random moments and started
//! again on the same file. At the end every story must have left exactly what an undisturbed one leaves: nothing lost, nothing
//! doubled.

mod chance;
mod end_state;
mod instant;
mod killer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Parser;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::chance::Chance;
use self::end_state::{difference, end_state};
use self::instant::InstantMachine;
use self::killer::Killer;
use super::console::Console;
use super::folder::{self, Folder};
use super::plot::{BROKEN, LOOPED, Plot, TINY};
use super::service::Service;
use super::stage::{Stage, told_to_end};
use super::story::{Patience, Told, tell};
use super::{actions, queue};

/// What is played, in turn.
const PLOTS: [&Plot; 3] = [&TINY, &BROKEN, &LOOPED];
/// A story that is killed at several bad moments waits for GitHub's lists each time, and for growing retries.
const PATIENCE: Patience = Patience { service: Duration::from_mins(12), run: Duration::from_mins(12) };
const REST_WITHIN: Duration = Duration::from_mins(12);
/// So many stories are described when they differ.
const DESCRIBED: usize = 5;

/// Kills the service at random moments of the demo and compares how it ends.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask chaos")]
pub struct Chaos {
    /// How often the service is killed.
    #[arg(long, default_value_t = 200)]
    kills: u64,
    /// What the moments are chosen by; another one each time unless given.
    #[arg(long)]
    seed: Option<u64>,
    /// How many stories go on at a time.
    #[arg(long, default_value_t = 8)]
    at_once: usize,
    /// Where data and logs go; emptied at the start [default: `chaos` in the build folder].
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// How a run went, as far as its stories themselves could tell.
struct Played {
    /// One undisturbed story of each plot.
    undisturbed: Vec<Told>,
    /// The others that came to their end.
    told: Vec<Told>,
    /// Why the rest did not.
    broken: Vec<anyhow::Error>,
}

impl Chaos {
    /// Plays, kills, compares.
    pub async fn run(self) -> Result<()> {
        let console = Arc::new(Console::new());
        let folder = Folder::prepare(&match self.dir.clone() {
            Some(dir) => dir,
            None => folder::target()?.join("chaos"),
        })?;
        let seed = self.seed.unwrap_or_else(|| u64::from(std::process::id()));
        let (stage, mut service) = Stage::set(folder, &console).await?;
        console.plain(&format!("data and logs  {}", stage.folder.path().display()));
        console.plain(&format!(
            "chances        --kills {} --seed {seed} --at-once {}",
            self.kills, self.at_once
        ));
        console.plain(
            "jobs           end at once with the outcome that they should have: no Python runs here\n",
        );

        let played = self.perform(&stage, &mut service, &console, seed).await;
        if played.is_err() {
            console.plain(&format!("\nThe end of the service's log:\n{}", service.tail()));
        }
        let stopped = if service.is_running() { service.stop().await } else { Ok(()) };
        let played = played?;
        stopped?;
        let verdict = self.judge(&stage, &console, &played).await;
        stage.store.close().await;
        verdict
    }

    /// Plays, while the machines around the stories work.
    async fn perform(
        &self,
        stage: &Stage,
        service: &mut Service,
        console: &Arc<Console>,
        seed: u64,
    ) -> Result<Played> {
        let stop = CancellationToken::new();
        let machine = InstantMachine { github: stage.github.clone() };
        tokio::select! {
            played = self.play(stage, service, console, seed) => played,
            failed = stage.postman.clone().work() => failed.map(|never| match never {}),
            ended = actions::work(stage.github.clone(), machine, stop) => ended.and_then(|()| bail!("GitHub Actions has ended")),
            told = told_to_end() => told.and_then(|()| bail!("interrupted")),
        }
    }

    async fn play(
        &self,
        stage: &Stage,
        service: &mut Service,
        console: &Arc<Console>,
        seed: u64,
    ) -> Result<Played> {
        let (github, mail) = (&stage.github, stage.postman.mail());
        let mut undisturbed = Vec::new();
        for plot in PLOTS {
            undisturbed.push(tell(github, console, PATIENCE, plot, plot.title).await?);
        }
        queue::rest(console, &stage.store, github, &mail, REST_WITHIN).await?;
        console.step("so much for the undisturbed stories; now the killing begins");

        let is_over = CancellationToken::new();
        let mut killer = Killer {
            github: github.clone(),
            mail: Arc::clone(&mail),
            console: Arc::clone(console),
            chance: Chance::new(seed),
        };
        let killing = async {
            killer.kill(service, self.kills).await?;
            console.step("the killing is over; what has begun is played to its end");
            is_over.cancel();
            let status = service.ended().await?;
            bail!("the service ended by itself: {status}")
        };
        let telling = async {
            let (told, broken) = self.tell_stories(stage, &is_over).await?;
            queue::rest(console, &stage.store, github, &mail, REST_WITHIN).await?;
            Ok(Played { undisturbed, told, broken })
        };
        tokio::select! {
            failed = killing => failed,
            played = telling => played,
        }
    }

    /// Keeps the wanted number of stories going until it is over, and ends those that have begun.
    async fn tell_stories(
        &self,
        stage: &Stage,
        is_over: &CancellationToken,
    ) -> Result<(Vec<Told>, Vec<anyhow::Error>)> {
        let silent = Arc::new(Console::quiet());
        let (mut stories, mut told, mut broken) = (JoinSet::new(), Vec::new(), Vec::new());
        let mut plots = PLOTS.into_iter().cycle().zip(1..);
        loop {
            while stories.len() < self.at_once.max(1) && !is_over.is_cancelled() {
                let Some((plot, serial)) = plots.next() else { break };
                let (github, silent) = (stage.github.clone(), Arc::clone(&silent));
                let title = format!("{} ({serial})", plot.title);
                stories.spawn(async move { tell(&github, &silent, PATIENCE, plot, &title).await });
            }
            match stories.join_next().await {
                Some(story) => match story? {
                    Ok(story) => told.push(story),
                    Err(error) => broken.push(error),
                },
                None => return Ok((told, broken)),
            }
        }
    }

    /// Compares every story with the undisturbed one of its plot, and says the figures.
    async fn judge(&self, stage: &Stage, console: &Console, played: &Played) -> Result<()> {
        let mut expected = Vec::new();
        for story in &played.undisturbed {
            expected.push((story.plot.title, end_state(&stage.store, story).await?));
        }
        let (mut lost, mut doubled, mut described) = (played.broken.len(), 0, 0);
        for error in &played.broken {
            console.plain(&format!("\na story did not come to its end: {error:#}"));
        }
        for story in &played.told {
            let found = end_state(&stage.store, story).await?;
            let known = expected.iter().find(|(title, _)| *title == story.plot.title);
            let (missing, surplus) = difference(known.map_or(&[], |(_, lines)| lines), &found);
            lost += missing.len();
            doubled += surplus.len();
            if !(missing.is_empty() && surplus.is_empty()) && described < DESCRIBED {
                described += 1;
                console.plain(&format!("\n#{} differs from the undisturbed story:", story.pull.number));
                missing.iter().for_each(|line| console.plain(&format!("- {line}")));
                surplus.iter().for_each(|line| console.plain(&format!("+ {line}")));
            }
        }
        let mail = stage.postman.mail();
        console.plain(&format!(
            "\n{} webhooks brought, {} attempts not answered; {} requests to GitHub; {:.0} s",
            mail.attempts.load(Ordering::Relaxed) - mail.refused.load(Ordering::Relaxed),
            mail.refused.load(Ordering::Relaxed),
            stage.github.request_count(),
            console.elapsed().as_secs_f64()
        ));
        let stories = played.told.len() + played.broken.len();
        console.plain(&format!(
            "chaos: {} kills, {stories} stories, {lost} lost, {doubled} doubled",
            self.kills
        ));
        let unhandled = stage.github.unhandled();
        if !unhandled.is_empty() {
            bail!("the service asked the stand-in for what it does not know:\n{}", unhandled.join("\n"));
        }
        if lost + doubled > 0 {
            bail!("the end is not that of the undisturbed stories");
        }
        Ok(())
    }
}
