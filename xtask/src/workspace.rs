//! Where things are: the work tree, cargo's target folder, and cargo itself.
//!
//! Everything that a command makes goes below the target folder, so that a clone stays clean and `cargo clean` forgets it all.

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The bit of a folder's mode that lets users other than its owner pass.
const OTHERS_MAY_ENTER: u32 = 0o001;

/// Where root puts what other users need when the target folder is closed to them.
const OPEN_FOLDER: &str = "/var/tmp/pangeo-forge-orchestrator";

/// The work tree and the target folder, both absolute.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Reads both from what cargo says about this run.
    ///
    /// The folder of the manifest is asked for at run time first: a target folder can be shared by several clones, and then
    /// the path that was compiled in may be another clone's.
    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("the folder of xtask has no parent")?.to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            // Cargo reads a relative folder from where it was started, and so do we.
            Some(folder) => env::current_dir().context("the current folder is gone")?.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The folder of what tests and demo need beside the code.
    pub(crate) fn provision(&self) -> PathBuf {
        self.open_to_all().join("provision")
    }

    /// The target folder, or a folder of its own where other users cannot enter that one.
    ///
    /// Root runs recipes as another user, who must reach the runner's environment and the data: not in a clone below `/root`, nor
    /// below what `mktemp -d` has made.
    pub(crate) fn open_to_all(&self) -> PathBuf {
        let is_closed = |folder: &Path| {
            fs::metadata(folder).is_ok_and(|folder| folder.permissions().mode() & OTHERS_MAY_ENTER == 0)
        };
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        if is_root && self.target.ancestors().any(is_closed) {
            return PathBuf::from(OPEN_FOLDER);
        }
        self.target.clone()
    }

    /// Cargo, in the root of the workspace, with the same target folder.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        cargo
    }
}
