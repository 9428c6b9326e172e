//! The Python environment of the action, and our own short scripts that run in it.
//!
//! The scripts never run or import a recipe. They run as the unprivileged user, isolated from the working directory and from
//! `PYTHONPATH`, and answer with one JSON value.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::process::{self, Ending, Program};
use crate::surroundings::Surroundings;
use crate::user::User;

/// How long a script may take; listing a bucket is the slow one.
const TIME: Duration = Duration::from_mins(5);

/// A Python environment that the unprivileged user can run.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The interpreter.
    pub interpreter: PathBuf,
    /// `pangeo-forge-runner`.
    pub runner: PathBuf,
    /// Where its packages are.
    pub site_packages: PathBuf,
}

/// Why a script gave no answer.
#[derive(Debug, Error)]
pub enum PythonError {
    /// The interpreter could not be started by the user that recipes run as.
    #[error(
        "the Python environment {environment} cannot be used by {user}: {reason}. PFR_ENVIRONMENT names the environment; it, its \
         interpreter behind any link, and every folder on the way must be open to that user"
    )]
    Unusable {
        /// The environment's folder.
        environment: String,
        /// Who tried.
        user: String,
        /// What went wrong.
        reason: String,
    },
    /// The script failed; the last line of its standard error.
    #[error("{script} failed: {reason}")]
    Failed {
        /// The script's name.
        script: &'static str,
        /// The last line of its standard error.
        reason: String,
    },
}

/// One of our scripts.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    /// Its file name, for messages.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

impl Environment {
    /// Looks whether the user can start the environment's interpreter, and asks it where its packages are.
    pub async fn open(around: &Surroundings, user: &User, cwd: &Path) -> Result<Self, PythonError> {
        const SCRIPT: Script = Script {
            name: "site-packages",
            text: "import json, sysconfig; print(json.dumps(sysconfig.get_path('purelib')))",
        };
        let folder = &around.environment;
        let mut environment = Self {
            interpreter: folder.join("bin/python"),
            runner: folder.join("bin/pangeo-forge-runner"),
            site_packages: PathBuf::new(),
        };
        let unusable = |reason: String| {
            let closed =
                [&environment.interpreter, cwd].into_iter().find_map(|path| user.closed_folder(path));
            PythonError::Unusable {
                environment: folder.display().to_string(),
                user: user.description.clone(),
                reason: closed
                    .map_or(reason, |folder| format!("the folder {} is closed to it", folder.display())),
            }
        };
        let answer: Result<PathBuf, _> = environment.ask(SCRIPT, &[], String::new(), user, cwd).await;
        let site_packages = answer.map_err(|error| match error {
            PythonError::Failed { reason, .. } => unusable(reason),
            other @ PythonError::Unusable { .. } => other,
        })?;
        environment.site_packages = site_packages;
        Ok(environment)
    }

    /// Runs a script with `input` on its standard input and reads its answer.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        script: Script,
        args: &[&str],
        input: String,
        user: &User,
        cwd: &Path,
    ) -> Result<T, PythonError> {
        let failed = |reason: String| PythonError::Failed { script: script.name, reason };
        let program = Program {
            path: self.interpreter.clone(),
            args: ["-I", "-W", "ignore", "-c", script.text].iter().chain(args).map(Into::into).collect(),
            env: vec![
                ("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()),
                ("HOME".into(), cwd.into()),
                ("LANG".into(), "C.UTF-8".into()),
                ("TMPDIR".into(), cwd.into()),
            ],
            cwd,
            user,
            stdin: Some(input.into_bytes()),
        };
        let captured = process::capture(&program, TIME).await.map_err(|error| failed(error.to_string()))?;
        if captured.ending != Ending::Exited(0) {
            let last = captured.stderr.lines().rev().find(|line| !line.trim().is_empty());
            return Err(failed(last.map_or_else(|| format!("{:?}", captured.ending), str::to_owned)));
        }
        let answer = captured.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(answer).map_err(|error| failed(format!("its answer cannot be read: {error}")))
    }
}
