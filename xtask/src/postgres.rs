//! A Postgres for the tests.
//!
//! In this order: the server that `TEST_POSTGRES_URL` names; the tests' own container, where an engine answers and has the
//! image; a throw-away cluster of the installed server. If none can be had, the error says how to get one.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Error, Result, anyhow, bail};

use crate::{engine, process};

/// The image that the tests' container is made from.
const IMAGE: &str = "postgres:15";

/// Where Debian puts the server's programs, one folder per version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Waits until the other end of its input is closed, then stops the server and removes its folder.
const GUARDIAN: &str = r#"trap '' INT HUP TERM
cat >/dev/null
"$1" -D "$2/data" -m immediate -w stop >/dev/null 2>&1
rm -rf "$2""#;

/// Where the tests get their Postgres from.
pub(crate) enum Postgres {
    /// `TEST_POSTGRES_URL` was set by whoever started us.
    Given,
    /// The tests start a container of their own.
    Container(Container),
    /// A server that ends with this value.
    Cluster(Cluster),
}

impl Postgres {
    /// Finds the first that can be had.
    pub(crate) fn provide() -> Result<Self> {
        if env::var_os("TEST_POSTGRES_URL").is_some_and(|url| !url.is_empty()) {
            return Ok(Self::Given);
        }
        let no_container = match engine::answers().and_then(|()| engine::has_image(IMAGE)) {
            Ok(()) => return Ok(Self::Container(Container::default())),
            Err(error) => error,
        };
        println!("no Postgres container ({no_container:#}); looking for an installed server");
        installed()
            .ok_or_else(|| anyhow!("no initdb in {DEBIAN}/*/bin or on the path"))
            .and_then(|programs| Cluster::start(&programs, Durability::None))
            .map(Self::Cluster)
            .map_err(|error| nowhere(error, &no_container))
    }

    /// The same for measuring: a server that flushes what it commits, and no container in between.
    pub(crate) fn provide_durable() -> Result<Self> {
        if env::var_os("TEST_POSTGRES_URL").is_some_and(|url| !url.is_empty()) {
            return Ok(Self::Given);
        }
        let programs = installed().context(
            "the benchmark needs a Postgres: set TEST_POSTGRES_URL, or install the server (on Debian: apt-get install postgresql)",
        )?;
        Cluster::start(&programs, Durability::Full).map(Self::Cluster)
    }

    /// What to set for the tests.
    pub(crate) fn environment(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Given => Vec::new(),
            Self::Container(container) => {
                vec![("TEST_POSTGRES", "container"), ("TEST_POSTGRES_LABEL", &container.label)]
            }
            Self::Cluster(cluster) => vec![("TEST_POSTGRES_URL", &cluster.url)],
        }
    }

    /// For the summary. An address that was given is not shown, since it may hold a password.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::Given => "the server of TEST_POSTGRES_URL".to_owned(),
            Self::Container(_) => format!("a container of {IMAGE}, started by the tests"),
            Self::Cluster(cluster) => format!("a throw-away cluster, {}", cluster.url),
        }
    }
}

fn nowhere(no_cluster: Error, no_container: &Error) -> Error {
    no_cluster.context(format!(
        "the tests need a Postgres and found none: set TEST_POSTGRES_URL, or start a container engine that can get \
         {IMAGE}, or install the server (on Debian: apt-get install postgresql)\n  container: {no_container:#}"
    ))
}

/// The containers that the tests start in this run, by the label that they give them. Dropping it removes them.
pub(crate) struct Container {
    label: String,
}

impl Default for Container {
    fn default() -> Self {
        Self { label: format!("xtask-{}", std::process::id()) }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let filter = format!("label=org.pangeo-forge.tests={}", self.label);
        let found =
            process::read(Command::new("docker").args(["ps", "--all", "--quiet", "--filter", &filter]));
        let removed = found.and_then(|ids| {
            let ids: Vec<&str> = ids.split_whitespace().collect();
            if ids.is_empty() {
                return Ok(String::new());
            }
            process::read(Command::new("docker").args(["rm", "--force", "--volumes"]).args(ids))
        });
        if let Err(error) = removed {
            eprintln!("the Postgres container of the tests may still run: {error:#}");
        }
    }
}

/// A running server with its data in a temporary folder. Dropping it stops the server and removes the folder.
///
/// The end must come even if this process is killed, so it is not left to this process: a small shell in a process group of
/// its own holds the reading end of a pipe, and acts when the writing end, which only we hold, is closed for whatever reason.
pub(crate) struct Cluster {
    url: String,
    guardian: Child,
}

impl Cluster {
    fn start(programs: &Path, durability: Durability) -> Result<Self> {
        let user = User::current()?;
        // Not in `TMPDIR`: it may be one that only root can enter, and the path of a socket has some hundred bytes at most.
        let made = process::read(user.command("mktemp").args(["-d", "/tmp/pangeo-forge-postgres.XXXXXXXX"]))?;
        let folder = PathBuf::from(made.trim());
        let guardian = user
            .command("sh")
            .args(["-c", GUARDIAN, "guardian"])
            .arg(programs.join("pg_ctl"))
            .arg(&folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start the shell that ends the Postgres cluster")?;
        let port = free_port()?;
        // From here on, an early return drops the value and so removes what was made.
        let cluster = Self { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), guardian };

        let data = folder.join("data");
        process::read(user.command(programs.join("initdb")).arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]))?;
        let flushes = match durability {
            Durability::None => "-c fsync=off -c full_page_writes=off",
            Durability::Full => "-c fsync=on",
        };
        // Each test keeps a few connections.
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} {flushes} -c max_connections=300",
            folder.display()
        );
        let log = folder.join("log");
        process::read(
            user.command(programs.join("pg_ctl"))
                .arg("-D")
                .arg(&data)
                .arg("-l")
                .arg(&log)
                .args(["-w", "-o", &options, "start"]),
        )
        .with_context(|| {
            format!("Postgres wrote: {}", fs::read_to_string(&log).unwrap_or_default().trim())
        })?;
        Ok(cluster)
    }
}

/// Whether a commit is on the disk when it is answered.
#[derive(Clone, Copy)]
enum Durability {
    /// No: of no use to a cluster whose content is thrown away.
    None,
    /// Yes, as in production.
    Full,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guardian.stdin.take());
        if let Err(error) = self.guardian.wait() {
            eprintln!("cannot wait for the end of the Postgres cluster: {error}");
        }
    }
}

/// Whose name the server runs under: it refuses root.
enum User {
    Own,
    Postgres,
}

impl User {
    fn current() -> Result<Self> {
        if process::read(Command::new("id").arg("-u"))?.trim() != "0" {
            return Ok(Self::Own);
        }
        process::read(Command::new("id").args(["-u", "postgres"]))
            .context("Postgres refuses to run as root, and there is no user `postgres` to run it as")?;
        Ok(Self::Postgres)
    }

    /// The program, to be run by this user from a folder that every user can enter.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = match self {
            Self::Own => Command::new(program),
            Self::Postgres => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
                command
            }
        };
        command.current_dir("/");
        command
    }
}

/// The folder of the newest installed server's programs.
fn installed() -> Option<PathBuf> {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let debian = fs::read_dir(DEBIAN).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<PathBuf> = debian.collect();
    folders.sort_by_key(|path| std::cmp::Reverse(version(path)));
    let on_path =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    folders.into_iter().map(|path| path.join("bin")).chain(on_path).find(|bin| bin.join("initdb").is_file())
}

/// A port that was free a moment ago: Postgres cannot choose one by itself.
fn free_port() -> Result<u16> {
    let address = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    match address {
        Ok(address) => Ok(address.port()),
        Err(error) => bail!("no free port on 127.0.0.1: {error}"),
    }
}
