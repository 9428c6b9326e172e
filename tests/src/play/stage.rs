//! What every play stands on: the stand-in for GitHub with the usual world in it, the configuration, and the service beside it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use orchestrator::store::Store;
use tokio::signal::unix::{SignalKind, signal};

use super::console::Console;
use super::folder::Folder;
use super::postman::Postman;
use super::service::Service;
use crate::files::write_config;
use crate::github::FakeGithub;
use crate::world;

/// A stage that is set: nothing has happened yet.
pub(super) struct Stage {
    /// GitHub.
    pub(super) github: FakeGithub,
    /// Whoever brings the webhooks.
    pub(super) postman: Postman,
    /// The service's database, to look into.
    pub(super) store: Store,
    /// Where everything is kept.
    pub(super) folder: Folder,
    /// Where the bakeries and secrets are.
    pub(super) config_dir: PathBuf,
    /// Where datasets go.
    pub(super) data: PathBuf,
}

impl Stage {
    /// Sets the stage in a folder, with a service that listens beside it. The postman tells `console` of every webhook.
    pub(super) async fn set(folder: Folder, console: &Arc<Console>) -> Result<(Self, Service)> {
        let github = FakeGithub::builder().without_contract().system_clock().start().await?;
        world::furnish(&github);
        let config_dir = folder.make_shared("config")?;
        let data = folder.make_writable("data")?;
        write_config(&config_dir, &data.display().to_string());
        let database_url = format!("sqlite:{}", folder.join("pangeo-forge.sqlite").display());
        let log = folder.join("service.log");
        let mut service = Service::new(&database_url, &config_dir, github.url(), log)?;
        service.start()?;
        if let Err(error) = service.listening().await {
            bail!("{error:#}\n{}", service.tail());
        }
        let postman = Postman::new(github.clone(), service.address(), Arc::clone(console))?;
        let store =
            Store::open(&database_url).await.context("the service's database cannot be looked into")?;
        Ok((Self { github, postman, store, folder, config_dir, data }, service))
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub(super) async fn told_to_end() -> Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
