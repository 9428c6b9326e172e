//! `pfo serve`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::app::{self, App, Sockets};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Sources};
use crate::job::sweep;
use crate::store::Store;

/// Take in webhooks and do the work.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    sources: Sources,
    /// Where to listen: an address and a port. Without it and without a port: 127.0.0.1:8000.
    #[arg(long, env = "PFO_LISTEN")]
    listen: Option<String>,
    /// The port on which to listen, on every address, where `--listen` does not say it all: platforms that run containers tell it so.
    #[arg(long, env = "PORT")]
    port: Option<u16>,
    /// Where to listen for operators: /metrics, /livez, /readyz and /version, without a token. Not for the public.
    #[arg(long, env = "PFO_METRICS_LISTEN")]
    metrics_listen: Option<String>,
}

impl Serve {
    pub(super) async fn run(self, database_url: &str, store: Store) -> anyhow::Result<ExitCode> {
        let config = Config::read(&self.sources, SystemClock.now()).await?;
        if let Some(problem) = config.deployment.database_problem(database_url) {
            anyhow::bail!("{problem}");
        }
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        // A file of one's own is brought up to date in passing; a shared database is changed only when somebody says so.
        if matches!(store, Store::Sqlite { .. }) {
            store.migrate().await?;
        }
        store.check_schema().await?;
        let alone = store.work_alone()?;
        let app = Arc::new(App::build(config, store, Arc::new(SystemClock))?);
        if alone.is_some() {
            // Whoever worked on this file before has ended, perhaps in the middle of something: there is no lease to wait for.
            sweep::return_all_leases(&app).await?;
        }
        let main = bind(&listen_address(self.listen, self.port)).await?;
        let operators = match &self.metrics_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        if let Some(operators) = &operators {
            tracing::info!(metrics_address = %operators.local_addr()?, "listening for operators");
        }
        tracing::info!(address = %main.local_addr()?, deployment = app.config.deployment.name(), "listening");
        let stop = CancellationToken::new();
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let serving = app::serve(app, Sockets { main, operators }, stop.clone());
        let told = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("told to stop; finishing what has begun");
            stop.cancel();
            // Told twice: at once.
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        tokio::select! {
            served = serving => served?,
            () = told => tracing::warn!("told twice to stop; stopping at once"),
        }
        drop(alone);
        Ok(ExitCode::SUCCESS)
    }
}

/// The whole address wins over the port alone. A port that a platform tells is asked for from outside, hence on every address.
fn listen_address(listen: Option<String>, port: Option<u16>) -> String {
    match (listen, port) {
        (Some(address), _) => address,
        (None, Some(port)) => format!("0.0.0.0:{port}"),
        (None, None) => "127.0.0.1:8000".into(),
    }
}

async fn bind(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_tells_the_port_and_an_operator_the_whole_address() {
        assert_eq!(listen_address(None, None), "127.0.0.1:8000");
        assert_eq!(listen_address(None, Some(5000)), "0.0.0.0:5000");
        assert_eq!(listen_address(Some("[::1]:80".into()), Some(5000)), "[::1]:80");
    }
}
