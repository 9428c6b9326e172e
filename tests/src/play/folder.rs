//! The folder that a play keeps its data and logs in: emptied at the start, and never somebody else's.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Marks a folder as ours; locked while a play goes on in it.
const MARK: &str = ".pangeo-forge-play";

/// A folder of our own.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Held for its lock.
    _mark: File,
}

impl Folder {
    /// Empties the folder at `path`, or makes it. One that holds files and was never a play's is refused.
    pub(super) fn prepare(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("{} cannot be made", path.display()))?;
        let path = path.canonicalize()?;
        let is_empty = fs::read_dir(&path)?.next().is_none();
        if !is_empty && !path.join(MARK).exists() {
            bail!("{} holds files of somebody else; name a folder that is empty or absent", path.display());
        }
        let mark = File::create(path.join(MARK))?;
        if mark.try_lock().is_err() {
            bail!("another play goes on in {}; end it, or name another folder with --dir", path.display());
        }
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            if entry.file_name() == MARK {
                continue;
            }
            let removed = if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())
            } else {
                fs::remove_file(entry.path())
            };
            removed.with_context(|| format!("{} cannot be removed", entry.path().display()))?;
        }
        make_shared(&path)?;
        Ok(Self { path, _mark: mark })
    }

    /// Where something of this name is.
    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a folder inside that other users may enter.
    pub(super) fn make_shared(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        make_shared(&path)?;
        Ok(path)
    }

    /// Makes a folder inside that other users may write in.
    pub(super) fn make_writable(&self, name: &str) -> Result<PathBuf> {
        let path = self.make_shared(name)?;
        fs::set_permissions(&path, Permissions::from_mode(0o777))?;
        Ok(path)
    }
}

/// Makes a folder that other users may enter, whatever the umask: recipes run as somebody else where the action is root.
pub(super) fn make_shared(path: &Path) -> Result<()> {
    let made =
        fs::create_dir_all(path).and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o755)));
    made.with_context(|| format!("{} cannot be made", path.display()))
}

/// Where a play's own folder goes unless told otherwise: where `cargo xtask` says, else in the build folder that this program lies in.
pub(super) fn usual(name: &str) -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("PFO_PLAY_FOLDER").filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).context("this program lies in no build folder")?;
    Ok(target.join(name))
}
