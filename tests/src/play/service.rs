//! The shipped program as a child process: started, killed, started again on the same database, told to stop.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::world::DEPLOYMENT;

/// A debug build on a busy machine listens well within this.
const LISTENS_WITHIN: Duration = Duration::from_secs(30);
/// What Cloud Run, systemd and GitHub Actions have in common: who is told to stop has this long.
const STOPS_WITHIN: Duration = Duration::from_secs(25);
/// How many lines of its log explain a failure.
const TAIL_LINES: usize = 25;

/// `pfo serve`. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct Service {
    program: PathBuf,
    variables: Vec<(&'static str, String)>,
    log: PathBuf,
    address: watch::Sender<Option<SocketAddr>>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    log: JoinHandle<()>,
}

impl Service {
    /// A service that has not been started yet; its log goes to the end of the file `log`.
    pub(super) fn new(database_url: &str, config_dir: &Path, github_url: &str, log: PathBuf) -> Result<Self> {
        let program = std::env::var_os("PFO_BIN").context("PFO_BIN names no program; use `cargo xtask`")?;
        let variables = vec![
            ("DATABASE_URL", database_url.to_owned()),
            ("PFO_CONFIG_DIR", config_dir.display().to_string()),
            ("PANGEO_FORGE_DEPLOYMENT", DEPLOYMENT.to_owned()),
            ("GITHUB_API_URL", github_url.to_owned()),
            // Any free port: the log tells which.
            ("PFO_LISTEN", "127.0.0.1:0".to_owned()),
            ("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned())),
        ];
        Ok(Self { program: program.into(), variables, log, address: watch::Sender::new(None), running: None })
    }

    /// Where it listens; none while it does not.
    pub(super) fn address(&self) -> watch::Receiver<Option<SocketAddr>> {
        self.address.subscribe()
    }

    /// Starts it, and does not wait until it listens.
    pub(super) fn start(&mut self) -> Result<()> {
        let mut child = Command::new(&self.program)
            .arg("serve")
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // Ctrl-C is for the play, which then stops its service in good order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.program.display()))?;
        let stderr = child.stderr.take().context("the service has no log")?;
        let file = File::options().create(true).append(true).open(&self.log)?;
        let log = tokio::spawn(keep_log(stderr, file, self.address.clone()));
        self.running = Some(Running { child, log });
        Ok(())
    }

    /// Waits until it listens.
    pub(super) async fn listening(&mut self) -> Result<SocketAddr> {
        let mut address = self.address.subscribe();
        let heard = async { address.wait_for(Option::is_some).await.ok().and_then(|address| *address) };
        tokio::select! {
            heard = timeout(LISTENS_WITHIN, heard) => match heard {
                Ok(Some(address)) => Ok(address),
                _ => bail!("the service does not listen after {} s", LISTENS_WITHIN.as_secs()),
            },
            status = self.ended() => bail!("the service ended before it listened: {}", status?),
        }
    }

    /// Whether it was started and not ended by us since.
    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Waits until it ends by itself.
    pub(super) async fn ended(&mut self) -> Result<ExitStatus> {
        let running = self.running.as_mut().context("the service does not run")?;
        Ok(running.child.wait().await?)
    }

    /// How it ended, if it has ended by itself.
    pub(super) fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        let running = self.running.as_mut().context("the service does not run")?;
        Ok(running.child.try_wait()?)
    }

    /// Ends it in the middle of whatever it does.
    pub(super) async fn kill(&mut self) -> Result<()> {
        if let Some(status) = self.exit_status()? {
            bail!("the service had ended by itself: {status}");
        }
        let Running { mut child, log } = self.running.take().context("the service does not run")?;
        child.kill().await?;
        // Its log ends with it, and with that its address is gone.
        Ok(log.await?)
    }

    /// Tells it to stop, and demands that it does so in time and in peace.
    pub(super) async fn stop(&mut self) -> Result<()> {
        let Running { mut child, log } = self.running.take().context("the service does not run")?;
        terminate(&child).await?;
        let Ok(status) = timeout(STOPS_WITHIN, child.wait()).await else {
            child.kill().await?;
            bail!("the service did not stop within {} s of SIGTERM", STOPS_WITHIN.as_secs());
        };
        log.await?;
        let status = status?;
        if !status.success() {
            bail!("the service was told to stop and ended with {status}, not 0");
        }
        Ok(())
    }

    /// The last lines of its log.
    pub(super) fn tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }
}

/// Sends SIGTERM. By way of the shell, since the standard library knows no signal but SIGKILL.
pub(super) async fn terminate(child: &Child) -> Result<()> {
    let Some(id) = child.id() else { return Ok(()) };
    let status = Command::new("/bin/sh").args(["-c", "kill -TERM \"$0\"", &id.to_string()]).status().await?;
    if !status.success() {
        bail!("process {id} could not be sent SIGTERM: {status}");
    }
    Ok(())
}

/// Writes the log to its file, and reads from it where the service listens.
async fn keep_log(stderr: ChildStderr, mut file: File, address: watch::Sender<Option<SocketAddr>>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        // A full disk must not keep the service from being heard.
        _ = writeln!(file, "{line}");
        if let Some(listening) = listening_address(&line) {
            address.send_replace(Some(listening));
        }
    }
    address.send_replace(None);
}

fn listening_address(line: &str) -> Option<SocketAddr> {
    let fields: Value = serde_json::from_str(line).ok()?;
    fields["address"].as_str().filter(|_| fields["message"] == "listening")?.parse().ok()
}
