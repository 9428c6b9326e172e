//! Calls `pangeo-forge-runner` once: the command line, the environment, the folders.
//!
//! The child gets a local directory, so that it fetches nothing; a configuration file always, since without one it would read one
//! from the working directory; an empty working directory; and an environment of a few names, so that no token and no input of the
//! action reaches recipe code.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use runner_contract::Request;
use serde_json::Value;

use crate::process::{self, Ending, Limits, Program, Stop, Stream};
use crate::python::Environment;
use crate::requirements::Packages;
use crate::user::User;

/// One call.
#[derive(Debug)]
pub struct Call<'a> {
    /// The private folder of this run, owned by `user`.
    pub private: &'a Path,
    /// The fetched commit.
    pub checkout: &'a Path,
    /// Recipe code's account.
    pub user: &'a User,
    /// Where the runner is installed.
    pub environment: &'a Environment,
    /// The request.
    pub request: &'a Request,
    /// The content of the configuration file.
    pub config: &'a Value,
    /// A Google credentials file for the bakery.
    pub google_credentials: Option<&'a str>,
    /// How the recipe's packages come to be there.
    pub packages: Packages,
    /// The pinned set, for pip.
    pub constraints: &'a Path,
    /// When to give up.
    pub limits: Limits,
}

impl Call<'_> {
    /// Runs the runner and hands each line to `hear`. The files with secrets are gone when this returns.
    pub async fn run(
        &self,
        hear: &mut (dyn FnMut(Stream, String) -> Option<Stop> + Send),
    ) -> io::Result<Ending> {
        let secrets = self.folder("config")?;
        let config = secrets.join("config.json");
        self.user.private_file(&config, self.config.to_string().as_bytes())?;
        let credentials = secrets.join("google.json");
        if let Some(text) = self.google_credentials {
            self.user.private_file(&credentials, text.as_bytes())?;
        }
        let mut env = self.env()?;
        if self.google_credentials.is_some() {
            env.push(("GOOGLE_APPLICATION_CREDENTIALS".into(), credentials.into()));
        }
        let program = Program {
            path: self.environment.runner.clone(),
            args: self.args(&config),
            env,
            cwd: &self.folder("work")?,
            user: self.user,
            stdin: None,
        };
        let ending = process::run(&program, self.limits, hear).await;
        std::fs::remove_dir_all(&secrets)?;
        ending
    }

    fn args(&self, config: &Path) -> Vec<OsString> {
        let with = |name: &str, value: &Path| {
            let mut argument = OsString::from(name);
            argument.push(value);
            argument
        };
        vec![
            self.request.command.as_str().into(),
            with("--repo=", self.checkout),
            with("--feedstock-subdir=", Path::new(&self.request.feedstock_subdir)),
            "--json".into(),
            with("-f=", config),
        ]
    }

    /// Everything that recipe code finds in its environment, but for credentials of the bakery.
    fn env(&self) -> io::Result<Vec<(String, OsString)>> {
        let bin = self.environment.runner.parent().unwrap_or(Path::new("/usr/bin"));
        let mut path = bin.as_os_str().to_owned();
        path.push(":/usr/local/bin:/usr/bin:/bin");
        let mut env: Vec<(String, OsString)> = vec![
            ("PATH".into(), path),
            ("HOME".into(), self.folder("home")?.into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("TMPDIR".into(), self.folder("tmp")?.into()),
            ("PIP_QUIET".into(), "1".into()),
            ("PIP_DISABLE_PIP_VERSION_CHECK".into(), "1".into()),
            ("PIP_CONSTRAINT".into(), self.constraints.into()),
        ];
        if self.packages == Packages::Here {
            // The bake's workers start in an empty environment of their own and would not find Beam.
            env.push(("PYTHONPATH".into(), self.environment.site_packages.clone().into()));
        }
        Ok(env)
    }

    fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.private.join(name);
        self.user.private_dir(&folder)?;
        Ok(folder)
    }
}
