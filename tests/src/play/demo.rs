//! `cargo xtask demo`: the main job, once, on real parts. The service, the action and the recipe runner are the shipped ones, the
//! data is real; only GitHub is a stand-in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use tokio_util::sync::CancellationToken;

use super::console::Console;
use super::folder::{self, Folder};
use super::machine::RealMachine;
use super::merge::{self, Patience, Released};
use super::plot::{BROKEN, LOOPED, RELEASE, RELEASED, TINY};
use super::service::Service;
use super::stage::{Stage, told_to_end};
use super::story::{Manner, Told, tell};
use super::{actions, data, queue, summary};

/// How long the watcher is let wait for anything. A bake takes about fifteen seconds.
const MANNER: Manner = Manner {
    service: Duration::from_secs(30),
    run: Duration::from_mins(3),
    looks_for: Duration::ZERO,
    refusals: 0,
};
/// The same, for what follows a merge.
const PATIENCE: Patience = Patience { service: Duration::from_mins(1), run: Duration::from_mins(3) };
/// How many days a test keeps, and how many production has.
const TEST_DAYS: u32 = 2;
const ALL_DAYS: u32 = 4;
/// How soon after the last story nothing may be left to do.
const REST_WITHIN: Duration = Duration::from_secs(30);

/// Plays a recipe's way from pull request to dataset, against a stand-in for GitHub.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask demo")]
pub struct Demo {
    /// End after the play; the exit code tells whether everything went as it should.
    #[arg(long)]
    exit: bool,
    /// Play the recipe that works, and leave the others out.
    #[arg(long)]
    quick: bool,
    /// Where data and logs go; emptied at the start [default: `demo` in the build folder].
    #[arg(long)]
    dir: Option<PathBuf>,
}

impl Demo {
    /// Plays it all.
    pub async fn run(self) -> Result<()> {
        let console = Arc::new(Console::new());
        let python = std::env::var_os("PFR_ENVIRONMENT").map(PathBuf::from);
        let python = python.context("PFR_ENVIRONMENT names no Python environment; use `cargo xtask demo`")?;
        let folder = Folder::prepare(&match self.dir.clone() {
            Some(dir) => dir,
            None => folder::usual("demo")?,
        })?;
        let (stage, mut service) = Stage::set(folder, &console).await?;
        let log = stage.folder.join("service.log");
        console.plain(&format!("data and logs  {}", stage.folder.path().display()));
        console.plain(&format!("GitHub         {} (a stand-in)", stage.github.url()));
        console.plain(&format!("service        its log is {}\n", log.display()));

        let play = Play { stage: &stage, console: &console, python: &python, is_quick: self.quick };
        let mut played = play.perform(&mut service).await;
        if let Ok(performance) = &played {
            play.sum_up(performance);
            if !self.exit
                && let Err(error) = play.serve_on(&mut service, performance).await
            {
                played = Err(error);
            }
        }
        if played.is_err() {
            console.plain(&format!("\nThe end of the service's log:\n{}", service.tail()));
        }
        let stopped = if service.is_running() { service.stop().await } else { Ok(()) };
        stage.store.close().await;
        played?;
        stopped
    }
}

/// What the play came to.
struct Performance {
    /// The stories, the one that works first.
    stories: Vec<Told>,
    /// What the first has written.
    dataset: PathBuf,
    /// What was merged, and what production has written.
    released: Option<(Released, PathBuf)>,
}

/// The play on its stage.
struct Play<'a> {
    stage: &'a Stage,
    console: &'a Arc<Console>,
    python: &'a Path,
    is_quick: bool,
}

impl Play<'_> {
    /// Plays the stories, while the machines around them work.
    async fn perform(&self, service: &mut Service) -> Result<Performance> {
        let (github, stop) = (&self.stage.github, CancellationToken::new());
        let machine = RealMachine::new(
            github.clone(),
            Arc::clone(self.console),
            &self.stage.folder,
            &self.stage.config_dir,
            self.python.to_owned(),
            stop.clone(),
        )?;
        let mut actions = tokio::spawn(actions::work(github.clone(), machine, stop.clone()));
        let performance = tokio::select! {
            performance = self.tell_all() => performance,
            failed = self.stage.postman.clone().work() => failed.map(|never| match never {}),
            ended = &mut actions => {
                ended??;
                bail!("GitHub Actions has ended")
            }
            ended = service.ended() => ended.and_then(|status| bail!("the service ended by itself: {status}")),
            told = told_to_end() => told.and_then(|()| bail!("interrupted")),
        };
        // A job that is under way ends what it has started before it goes.
        stop.cancel();
        actions.await??;
        performance
    }

    async fn tell_all(&self) -> Result<Performance> {
        let (github, console) = (&self.stage.github, self.console);
        let tiny = tell(github, console, MANNER, &TINY, TINY.title).await?;
        let dataset = self.open_dataset(&tiny).await?;
        let mut stories = vec![tiny];
        for plot in [&BROKEN, &LOOPED] {
            if !self.is_quick {
                stories.push(tell(github, console, MANNER, plot, plot.title).await?);
            }
        }
        let released = if self.is_quick { None } else { Some(self.release(&mut stories).await?) };
        queue::rest(console, &self.stage.store, github, &self.stage.postman.mail(), REST_WITHIN).await?;
        let unhandled = github.unhandled();
        if !unhandled.is_empty() {
            bail!("the service asked the stand-in for what it does not know:\n{}", unhandled.join("\n"));
        }
        console.step("the service has nothing left to do");
        Ok(Performance { stories, dataset, released })
    }

    /// The second half: a pull request is tested and merged, becomes a feedstock, and goes into production.
    async fn release(&self, stories: &mut Vec<Told>) -> Result<(Released, PathBuf)> {
        let (github, console) = (&self.stage.github, self.console);
        let told = tell(github, console, MANNER, &RELEASED, RELEASED.title).await?;
        let released = merge::release(github, console, PATIENCE, &told.pull, &RELEASE).await?;
        stories.push(told);
        let run = merge::production_run(github, &released.feedstock, RELEASED.recipe_id);
        let run = run.context("no production run was started")?;
        let dataset = data::store_of(&self.stage.folder, &self.stage.data, &run)?;
        console.step(&format!("the published dataset is {}", dataset.display()));
        console.detail(&data::open(self.python, &dataset, ALL_DAYS).await?);
        Ok((released, dataset))
    }

    /// Opens what the run wrote, and demands that the pull request tells where that is.
    async fn open_dataset(&self, story: &Told) -> Result<PathBuf> {
        let Some(run) = story.pull.workflow_runs().pop() else { bail!("no workflow run was started") };
        let dataset = data::store_of(&self.stage.folder, &self.stage.data, &run)?;
        let path = dataset.display().to_string();
        if !story.pull.app_comments().iter().any(|body| body.contains(&path)) {
            bail!("no comment tells the dataset's address, which ends with {path}");
        }
        self.console.step(&format!("the dataset is {path}"));
        self.console.detail(&data::open(self.python, &dataset, TEST_DAYS).await?);
        Ok(dataset)
    }

    fn sum_up(&self, performance: &Performance) {
        let Performance { stories, dataset, released } = performance;
        summary::print(
            self.console,
            &self.stage.github,
            stories,
            released.as_ref().map(|(released, _)| released),
        );
        self.console.plain(&format!("\nThe dataset of the first test: {}", dataset.display()));
        if let Some((_, published)) = released {
            self.console.plain(&format!("The published dataset: {}", published.display()));
        }
        self.console.plain(&format!(
            "demo: {} pull requests, {} webhooks, {} requests to GitHub, in {:.0} s",
            stories.len(),
            self.stage.postman.mail().attempts.load(Ordering::Relaxed),
            self.stage.github.request_count(),
            self.console.elapsed().as_secs_f64()
        ));
    }

    /// Goes on until somebody ends it.
    async fn serve_on(&self, service: &mut Service, performance: &Performance) -> Result<()> {
        let address = service.listening().await?;
        if let Some(story) = performance.stories.first() {
            summary::where_to_look(self.console, &self.stage.github, address, story);
        }
        tokio::select! {
            told = told_to_end() => told,
            failed = self.stage.postman.clone().work() => failed.map(|never| match never {}),
            ended = service.ended() => ended.and_then(|status| bail!("the service ended by itself: {status}")),
        }
    }
}
