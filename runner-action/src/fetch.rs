//! Gets exactly one commit of a repository onto the disk.
//!
//! `git` runs as the unprivileged user too, since what it reads was written by strangers: with a configuration of its own, no
//! credentials, no hooks, no submodules, and no protocol but the server's. What is in the commit is not looked at here, except
//! for links that point out of it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::process::{self, Captured, Ending, Program};
use crate::surroundings::Surroundings;
use crate::user::User;

/// How long one call of git may take.
const TIME: Duration = Duration::from_mins(15);

/// Why the commit is not on the disk.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The address of the server is not one that we fetch from.
    #[error("GITHUB_SERVER_URL is {0:?}, but must start with https://, http:// or file:///")]
    Server(String),
    /// `git` is not installed or cannot be started.
    #[error("git could not be started: {0}")]
    Git(#[source] io::Error),
    /// The server has neither the commit nor the ref, or cannot be reached.
    #[error(
        "commit {sha} could not be fetched from {repository}, neither by its name nor from {git_ref}: {reason}"
    )]
    Unreachable {
        /// `owner/name`.
        repository: String,
        /// The ref that was tried after the commit.
        git_ref: String,
        /// The commit that was asked for.
        sha: String,
        /// What git said last.
        reason: String,
    },
    /// The ref is there, but the commit is not in its history.
    #[error("commit {sha} is not part of {git_ref} of {repository}; a force push may have removed it")]
    NotInRef {
        /// `owner/name`.
        repository: String,
        /// The ref that was fetched.
        git_ref: String,
        /// The commit that was asked for.
        sha: String,
    },
    /// The files could not be written, or are not those of the commit.
    #[error("commit {sha} could not be checked out: {reason}")]
    Checkout {
        /// The commit that was asked for.
        sha: String,
        /// What git said.
        reason: String,
    },
    /// A symbolic link leads out of the repository.
    #[error("{0} is a symbolic link that leads out of the repository, which is not allowed")]
    Link(String),
    /// The disk failed.
    #[error("the checkout could not be made: {0}")]
    Disk(#[from] io::Error),
}

/// One commit to fetch.
#[derive(Debug, Clone, Copy)]
pub struct Commit<'a> {
    /// `owner/name`.
    pub repository: &'a str,
    /// `refs/heads/…` or `refs/pull/…`, tried when the server does not give a commit by its name.
    pub git_ref: &'a str,
    /// 40 hexadecimal digits.
    pub sha: &'a str,
}

/// Fetches `commit` into the new folder `private/checkout` and returns that folder.
pub async fn fetch(
    commit: Commit<'_>,
    around: &Surroundings,
    user: &User,
    private: &Path,
) -> Result<PathBuf, FetchError> {
    let scheme = match around.server_url.split_once("://") {
        Some((scheme @ ("https" | "http"), host)) if !host.is_empty() => scheme,
        Some(("file", path)) if path.is_empty() || path.starts_with('/') => "file",
        _ => return Err(FetchError::Server(around.server_url.clone())),
    };
    let checkout = private.join("checkout");
    user.private_dir(&checkout)?;
    let configuration = private.join("gitconfig");
    user.private_file(&configuration, git_configuration(scheme).as_bytes())?;
    let git = Git { around, user, checkout: &checkout, configuration: &configuration };
    let url = format!("{}/{}", around.server_url, commit.repository);
    let sha = commit.sha;

    git.expect(&["init", "--quiet"], sha).await?;
    let by_name = git.call(&["fetch", "--quiet", "--no-tags", "--depth=1", &url, sha]).await?;
    if by_name.ending != Ending::Exited(0) {
        let by_ref = git.call(&["fetch", "--quiet", "--no-tags", &url, commit.git_ref]).await?;
        let (repository, git_ref, sha) = (commit.repository.into(), commit.git_ref.into(), sha.into());
        if by_ref.ending != Ending::Exited(0) {
            let reason = last_words(&by_ref);
            return Err(FetchError::Unreachable { repository, git_ref, sha, reason });
        }
        let reachable = git.call(&["merge-base", "--is-ancestor", commit.sha, "FETCH_HEAD"]).await?;
        if reachable.ending != Ending::Exited(0) {
            return Err(FetchError::NotInRef { repository, git_ref, sha });
        }
    }
    git.expect(&["checkout", "--quiet", "--force", "--detach", sha], sha).await?;
    let head = git.expect(&["rev-parse", "--verify", "HEAD"], sha).await?;
    if head.trim() != sha {
        let reason = format!("the checkout is at {}", head.trim());
        return Err(FetchError::Checkout { sha: sha.into(), reason });
    }
    refuse_outward_links(&checkout, &checkout)?;
    Ok(checkout)
}

struct Git<'a> {
    around: &'a Surroundings,
    user: &'a User,
    checkout: &'a Path,
    configuration: &'a Path,
}

impl Git<'_> {
    async fn call(&self, args: &[&str]) -> Result<Captured, FetchError> {
        let mut env: Vec<(String, OsString)> = vec![
            ("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()),
            ("HOME".into(), self.checkout.into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
            ("GIT_CONFIG_GLOBAL".into(), self.configuration.into()),
            ("GIT_TERMINAL_PROMPT".into(), "0".into()),
        ];
        env.extend(self.around.network.iter().map(|(name, value)| (name.clone(), value.into())));
        let program = Program {
            // Found through PATH, in the child's own environment.
            path: "git".into(),
            args: args.iter().map(OsString::from).collect(),
            env,
            cwd: self.checkout,
            user: self.user,
            stdin: None,
        };
        process::capture(&program, TIME).await.map_err(FetchError::Git)
    }

    async fn expect(&self, args: &[&str], sha: &str) -> Result<String, FetchError> {
        let captured = self.call(args).await?;
        if captured.ending == Ending::Exited(0) {
            return Ok(captured.stdout);
        }
        Err(FetchError::Checkout { sha: sha.into(), reason: last_words(&captured) })
    }
}

fn git_configuration(scheme: &str) -> String {
    // `safe.directory` is for a server that is a folder of somebody else; git asks for it even to read.
    format!(
        "[core]\n\thooksPath = /dev/null\n[credential]\n\thelper =\n[safe]\n\tdirectory = *\n\
         [protocol]\n\tallow = never\n[protocol \"{scheme}\"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n"
    )
}

fn last_words(captured: &Captured) -> String {
    let words = captured.stderr.lines().rev().find(|line| !line.trim().is_empty());
    words.map_or_else(|| format!("git ended with {:?} and said nothing", captured.ending), str::to_owned)
}

/// Links inside the repository are common (one requirements.txt for several recipes); a link out of it could make the action,
/// which may be root, read a file of the machine in the repository's place.
fn refuse_outward_links(folder: &Path, checkout: &Path) -> Result<(), FetchError> {
    let top = checkout.canonicalize()?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_symlink() {
            let inside = match path.canonicalize() {
                Ok(end) => end.starts_with(&top),
                // A link to nothing reads nothing; nobody can fill it from outside of the checkout.
                Err(error) => error.kind() == io::ErrorKind::NotFound && stays_below(&path, &top),
            };
            if !inside {
                let name = path.strip_prefix(checkout).unwrap_or(&path).display().to_string();
                return Err(FetchError::Link(name));
            }
        } else if kind.is_dir() && entry.file_name() != ".git" {
            refuse_outward_links(&path, checkout)?;
        }
    }
    Ok(())
}

/// Whether the text of a broken link, read from the link's own folder, names a place below `top`.
fn stays_below(link: &Path, top: &Path) -> bool {
    let Ok(target) = std::fs::read_link(link) else { return false };
    let climbs = target.components().any(|part| matches!(part, std::path::Component::ParentDir));
    !climbs && (target.is_relative() || target.starts_with(top))
}
