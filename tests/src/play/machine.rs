//! A machine of GitHub Actions that runs the shipped action: a workspace, a git server, the environment that GitHub would set, and
//! nothing else of this process's own.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use runner_contract::{OUTCOME_FILE, Outcome};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::actions::Machine;
use super::console::Console;
use super::folder::{Folder, make_shared};
use super::service::terminate;
use crate::github::{FakeGithub, WorkflowRun};

/// A job that bakes a few numbers and takes longer than this hangs. Less than the story waits, so that the action can say so.
const TIME_LIMIT_MINUTES: &str = "2";

/// Runs the action.
#[derive(Debug)]
pub(super) struct RealMachine {
    github: FakeGithub,
    console: Arc<Console>,
    action: PathBuf,
    python: PathBuf,
    git: PathBuf,
    jobs: PathBuf,
    bakeries: PathBuf,
    stop: CancellationToken,
}

impl RealMachine {
    /// A machine that keeps its things below `folder` and has the bakeries of `config_dir`.
    pub(super) fn new(
        github: FakeGithub,
        console: Arc<Console>,
        folder: &Folder,
        config_dir: &Path,
        python: PathBuf,
        stop: CancellationToken,
    ) -> Result<Self> {
        let action = std::env::var_os("RUNNER_ACTION_BIN");
        let action = action.context("RUNNER_ACTION_BIN names no program; use `cargo xtask`")?.into();
        let git = folder.make_shared("git")?;
        let jobs = folder.make_shared("jobs")?;
        let bakeries = config_dir.join("bakeries");
        Ok(Self { github, console, action, python, git, jobs, bakeries, stop })
    }

    /// The folder of a run's job.
    pub(super) fn job(folder: &Folder, run: u64) -> PathBuf {
        folder.join("jobs").join(run.to_string())
    }

    /// What the environment of the job has, and no more.
    fn environment(&self, run: &WorkflowRun, job: &Path) -> Vec<(String, OsString)> {
        let inputs =
            run.inputs.iter().map(|(name, value)| (format!("INPUT_{}", name.to_uppercase()), value.into()));
        let server = format!("file://{}", self.git.display());
        let around: [(&str, OsString); 10] = [
            ("GITHUB_ACTIONS", "true".into()),
            ("GITHUB_OUTPUT", job.join("output").into()),
            ("GITHUB_RUN_ID", run.id.to_string().into()),
            ("GITHUB_SERVER_URL", server.into()),
            ("GITHUB_STEP_SUMMARY", job.join("summary.md").into()),
            ("GITHUB_WORKSPACE", job.join("workspace").into()),
            ("INPUT_TIME_LIMIT_MINUTES", TIME_LIMIT_MINUTES.into()),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
            ("PFR_ENVIRONMENT", self.python.clone().into()),
            ("RUNNER_TEMP", job.join("temp").into()),
        ];
        inputs.chain(around.map(|(name, value)| (name.to_owned(), value))).collect()
    }

    fn furnish(&self, job: &Path) -> Result<()> {
        let bakeries = job.join("workspace/bakeries");
        for path in [job, &job.join("temp"), &job.join("workspace"), &bakeries] {
            make_shared(path)?;
        }
        for entry in fs::read_dir(&self.bakeries)? {
            let entry = entry?;
            fs::copy(entry.path(), bakeries.join(entry.file_name()))?;
        }
        Ok(())
    }
}

impl Machine for RealMachine {
    async fn execute(&self, run: &WorkflowRun) -> Result<()> {
        let begun = Instant::now();
        let console = &self.console;
        let job = self.jobs.join(run.id.to_string());
        self.furnish(&job).with_context(|| format!("{} cannot be furnished", job.display()))?;
        self.github.materialize_git(&run.inputs["repository"], &self.git)?;
        console.step(&format!("GitHub Actions takes up run {}: {}", run.id, run.title));

        let mut child = Command::new(&self.action)
            .env_clear()
            .envs(self.environment(run, &job))
            .current_dir(job.join("workspace"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.action.display()))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let log = File::create(job.join("log.txt"))?;
        let shown = tokio::spawn(show(stdout.context("no output")?, log.try_clone()?, Arc::clone(console)));
        let said = tokio::spawn(show(stderr.context("no error output")?, log, Arc::clone(console)));
        let status = tokio::select! {
            status = child.wait() => status?,
            // The action must end what it has started itself.
            () = self.stop.cancelled() => {
                terminate(&child).await?;
                child.wait().await?
            }
        };
        shown.await?;
        said.await?;

        // An action that wrote none has left none: what follows from that is the service's matter.
        let outcome = fs::read(job.join("workspace").join(OUTCOME_FILE)).ok();
        let conclusion = if status.success() { "success" } else { "failure" };
        let took = begun.elapsed().as_secs_f64();
        console.step(&format!("run {} ends: {conclusion}, in {took:.1} s ({status})", run.id));
        self.github.finish_run(run.id, conclusion, outcome.as_deref());
        Ok(())
    }
}

/// What the action of a run wrote down.
pub(super) fn outcome(folder: &Folder, run: u64) -> Result<Outcome> {
    let path = RealMachine::job(folder, run).join("workspace").join(OUTCOME_FILE);
    let text = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no outcome", path.display()))
}

/// Shows a job's output as the Actions tab does, and keeps all of it.
async fn show(output: impl AsyncRead + Unpin, mut log: File, console: Arc<Console>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        // The file is for later; the watcher's lines come without it too.
        _ = writeln!(log, "{line}");
        if let Some(shown) = as_shown(&line) {
            console.log(&shown);
        }
    }
}

/// GitHub takes commands out of a log, or puts signs in their place.
fn as_shown(line: &str) -> Option<String> {
    let Some(command) = line.strip_prefix("::") else { return Some(line.to_owned()) };
    match command.split_once("::") {
        Some(("group", title)) => Some(format!("▾ {title}")),
        Some(("error", message)) => Some(format!("✗ {message}")),
        _ => None,
    }
}
