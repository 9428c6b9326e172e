//! `world`: GitHub, its webhooks and its machines for a service that runs elsewhere, in a container mostly. Three pull requests are
//! lived through; then the world stays, to be looked at, unless it was told to end.
//!
//! The machines run nothing, as in `chaos`: what is looked at here is the service on its production stack.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::actions;
use super::console::Console;
use super::instant::InstantMachine;
use super::plot::PLOTS;
use super::postman::Postman;
use super::stage::told_to_end;
use super::story::{Manner, tell};
use crate::files::write_config;
use crate::github::FakeGithub;
use crate::world;

/// A service in a container may be built before it starts, and waits for its database.
const READY_WITHIN: Duration = Duration::from_mins(10);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Somebody who looks on with a debugger is not hurried.
const MANNER: Manner = Manner {
    service: Duration::from_mins(5),
    run: Duration::from_mins(5),
    looks_for: Duration::from_secs(3),
    refusals: 1,
};

/// A stand-in for GitHub for a service that runs elsewhere.
#[derive(Debug, Parser)]
#[command(name = "world")]
pub struct Elsewhere {
    /// Where GitHub's REST API is.
    #[arg(long, env = "WORLD_LISTEN", default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// The same as the service sees it [default: that address].
    #[arg(long, env = "WORLD_URL")]
    url: Option<String>,
    /// The service's host and port.
    #[arg(long, env = "WORLD_SERVICE", default_value = "127.0.0.1:8000")]
    service: String,
    /// Where the files of the deployment are put, before anything listens: `secrets/` and `bakeries/`.
    #[arg(long, env = "WORLD_CONFIG", required_unless_present = "check")]
    config: Option<PathBuf>,
    /// End when the play is over; the exit code says whether everything came to its end.
    #[arg(long, env = "WORLD_EXIT")]
    exit: bool,
    /// Only say, by the exit code, whether a world listens.
    #[arg(long)]
    check: bool,
}

impl Elsewhere {
    /// Plays until somebody ends it.
    pub async fn run(self) -> Result<()> {
        if self.check {
            TcpStream::connect(("127.0.0.1", self.listen.port())).await.context("no world listens")?;
            return Ok(());
        }
        let console = Arc::new(Console::new());
        let config = self.config.clone().context("--config names no folder")?;
        write_config(&config, "/tmp/pangeo-forge");
        let github =
            FakeGithub::builder().without_contract().system_clock().address(self.listen).start().await?;
        if let Some(url) = &self.url {
            github.change(|world| world.base_url.clone_from(url));
        }
        world::furnish(&github);
        console
            .plain(&format!("GitHub         {} (a stand-in)", self.url.as_deref().unwrap_or(github.url())));
        console.plain(&format!("service        http://{}", self.service));
        console.plain(&format!(
            "deployment     {}, its files are in {}\n",
            world::DEPLOYMENT,
            config.display()
        ));

        let (address, known) = watch::channel(None);
        let postman = Postman::new(github.clone(), known, Arc::clone(&console))?;
        let machine = InstantMachine { github: github.clone() };
        tokio::select! {
            played = self.play(&github, &console) => played,
            never = deliver(&postman, &console) => match never {},
            never = self.look_up(address) => match never {},
            ended = actions::work(github.clone(), machine, CancellationToken::new()) => {
                ended.and_then(|()| bail!("GitHub Actions has ended"))
            }
            told = told_to_end() => told,
        }
    }

    /// Lives through the pull requests, and stays if it may.
    async fn play(&self, github: &FakeGithub, console: &Console) -> Result<()> {
        self.ready(console).await?;
        for plot in PLOTS {
            tell(github, console, MANNER, plot, plot.title).await?;
        }
        if self.exit {
            console.step("every pull request has come to its end");
            return Ok(());
        }
        console.step("every pull request has come to its end; the world stays until it is ended");
        std::future::pending().await
    }

    /// Waits until the service can take webhooks.
    async fn ready(&self, console: &Console) -> Result<()> {
        let client = reqwest::Client::builder().no_proxy().timeout(LOOK_EVERY).build()?;
        let url = format!("http://{}/readyz", self.service);
        let look = async {
            loop {
                if client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                    return;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let waited = tokio::time::timeout(READY_WITHIN, look).await;
        waited.with_context(|| format!("{url} does not answer after {} s", READY_WITHIN.as_secs()))?;
        console.step("the service is ready");
        Ok(())
    }

    /// Keeps the service's address up to date: a container that was started again has another one.
    async fn look_up(&self, address: watch::Sender<Option<SocketAddr>>) -> Infallible {
        loop {
            if let Ok(mut found) = lookup_host(&self.service).await
                && let Some(found) = found.next()
            {
                address.send_if_modified(|known| known.replace(found) != Some(found));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Brings webhooks. One that was not taken at many attempts is left, as GitHub leaves it: the service asks for it when it is back.
async fn deliver(postman: &Postman, console: &Console) -> Infallible {
    loop {
        let Err(error) = postman.clone().work().await;
        console.step(&format!("{error:#}"));
    }
}
