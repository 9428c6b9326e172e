//! The shipped program as a child process, and how much memory it takes.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::world::DEPLOYMENT;

/// A running `pfo serve`. Dropped, it is killed.
pub(super) struct Service {
    child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

impl Service {
    /// Starts it on a migrated database, speaking to a GitHub at `github_url`.
    pub(super) async fn start(database_url: &str, config_dir: &Path, github_url: &str) -> Result<Self> {
        let program =
            std::env::var_os("PFO_BIN").context("PFO_BIN names no program: use `cargo xtask bench`")?;
        let mut command = Command::new(program);
        command
            .arg("serve")
            .env("PFO_CONFIG_DIR", config_dir)
            .env("PANGEO_FORGE_DEPLOYMENT", DEPLOYMENT)
            .env("GITHUB_API_URL", github_url)
            .env("PFO_LISTEN", "127.0.0.1:0")
            .env("RUST_LOG", "orchestrator::cli=info");
        Self::spawn(command, database_url).await
    }

    /// Starts the bare program that is measured beside it.
    pub(super) async fn floor(database_url: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("floor");
        Self::spawn(command, database_url).await
    }

    async fn spawn(mut command: Command, database_url: &str) -> Result<Self> {
        let mut child = command
            .env("DATABASE_URL", database_url)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the program cannot be started")?;
        let stderr = child.stderr.take().context("the service has no log")?;
        let mut lines = BufReader::new(stderr).lines();
        while let Some(line) = lines.next_line().await? {
            let address = serde_json::from_str::<serde_json::Value>(&line).ok();
            let address = address.and_then(|fields| fields["address"].as_str()?.parse().ok());
            if let Some(address) = address {
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { child, address });
            }
        }
        bail!("the service ended without listening: {}", child.wait().await?)
    }

    /// The memory that it holds now, in MiB. Linux tells.
    pub(super) fn resident_mib(&self) -> Result<f64> {
        let id = self.child.id().context("the service has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("Linux does not tell the memory")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib / 1024.0)
    }
}
