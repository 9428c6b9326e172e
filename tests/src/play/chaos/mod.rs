//! `cargo xtask chaos`: the demo's stories again and again, while the service is killed with SIGKILL at random moments and started
//! again on the same file. At the end every story must have left exactly what an undisturbed one leaves: nothing lost, nothing
//! doubled.

mod chance;
mod end_state;
mod killer;
mod tally;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Parser;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::chance::Chance;
use self::killer::Killer;
use super::console::Console;
use super::folder::{self, Folder};
use super::instant::InstantMachine;
use super::plot::PLOTS;
use super::service::Service;
use super::stage::{Stage, told_to_end};
use super::story::{Manner, Told, tell};
use super::{actions, queue};

/// A story that is met by several kills waits for GitHub's lists each time.
///
/// A kill may fall between GitHub's showing of a check and the service's note that it is up. A command of that moment is refused, with
/// the request to write it again: the service cannot know what its author saw. People are slower than that, so here they are too;
/// where they are not slow enough they do as they are asked, and it is counted.
const MANNER: Manner = Manner {
    service: Duration::from_mins(5),
    run: Duration::from_mins(5),
    looks_for: Duration::from_secs(3),
    refusals: 1,
};
/// The undisturbed stories need neither.
const UNDISTURBED: Manner = Manner { looks_for: Duration::ZERO, refusals: 0, ..MANNER };
const REST_WITHIN: Duration = Duration::from_mins(5);
/// A watcher is not left without a word for longer.
const NEWS_EVERY: Duration = Duration::from_secs(10);

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
    #[arg(long, default_value_t = 12)]
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
            None => folder::usual("chaos")?,
        })?;
        let seed = self.seed.unwrap_or_else(|| u64::from(std::process::id()));
        // So many webhooks that a line for each would be noise.
        let (stage, mut service) = Stage::set(folder, &Arc::new(Console::quiet())).await?;
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
        let verdict = tally::judge(&stage, &console, &played, self.kills).await;
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
            undisturbed.push(tell(github, console, UNDISTURBED, plot, plot.title).await?);
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
            let (told, broken) = self.tell_stories(stage, console, &is_over).await?;
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
        console: &Console,
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
                stories.spawn(async move { tell(&github, &silent, MANNER, plot, &title).await });
            }
            tokio::select! {
                story = stories.join_next() => match story {
                    Some(Ok(Ok(story))) => told.push(story),
                    Some(Ok(Err(error))) => broken.push(error),
                    Some(Err(panic)) => return Err(panic.into()),
                    None => return Ok((told, broken)),
                },
                () = tokio::time::sleep(NEWS_EVERY) => {
                    console.step(&format!("… {} stories are told, {} go on", told.len(), stories.len()));
                }
            }
        }
    }
}
