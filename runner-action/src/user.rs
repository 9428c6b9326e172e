//! The account that recipe code runs as.
//!
//! In the image the action is root, as GitHub demands, and hands everything that came from a repository to the account
//! `recipe`. Outside an image it may already be an ordinary user; then nothing is handed over and the job log says so.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The accounts that are looked for, best first: the image's own, then the one that every system has.
const ACCOUNTS: [&str; 2] = ["recipe", "nobody"];

/// Numbers of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// The user's number; never 0.
    pub uid: u32,
    /// The number of the user's own group.
    pub gid: u32,
}

/// Who runs code that nobody has reviewed.
#[derive(Debug, Clone)]
pub struct User {
    /// What the job log says about it.
    pub description: String,
    /// The account to change to; `None` when the action itself is not root and stays who it is.
    pub ids: Option<Ids>,
}

/// Root, but no account to change to.
#[derive(Debug, Error)]
#[error(
    "the action runs as root and found no account to run recipe code as: /etc/passwd has none of {ACCOUNTS:?}"
)]
pub struct NoAccount;

impl User {
    /// The account for this process.
    pub fn choose() -> Result<Self, NoAccount> {
        let own = rustix::process::geteuid();
        if !own.is_root() {
            let description =
                format!("the action's own user (uid {}), for the action is not root", own.as_raw());
            return Ok(Self { description, ids: None });
        }
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let (name, ids) =
            ACCOUNTS.iter().find_map(|name| Some((name, find(&accounts, name)?))).ok_or(NoAccount)?;
        Ok(Self { description: format!("{name} (uid {})", ids.uid), ids: Some(ids) })
    }

    /// Makes a folder that only this account (and root) can enter.
    pub fn private_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)?;
        self.seal_dir(path)
    }

    /// Hands an existing folder to this account, closed to all others.
    pub fn seal_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
        self.give(path)
    }

    /// Writes a new file that only this account (and root) can read. An existing file is an error: it could be a trap.
    pub fn private_file(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(content)?;
        self.give(path)
    }

    /// The first folder on the way to `path` (and to what it links to) that this account cannot enter.
    pub fn closed_folder(&self, path: &Path) -> Option<PathBuf> {
        let ids = self.ids?;
        let behind = path.canonicalize().ok();
        let ways = [Some(path), behind.as_deref()];
        let mut folders: Vec<&Path> = ways.into_iter().flatten().flat_map(Path::ancestors).collect();
        folders.sort_by_key(|folder| folder.as_os_str().len());
        let closed = folders.into_iter().find(|folder| {
            std::fs::metadata(folder).is_ok_and(|data| {
                let needed = match () {
                    () if data.uid() == ids.uid => 0o100,
                    () if data.gid() == ids.gid => 0o010,
                    () => 0o001,
                };
                data.is_dir() && data.mode() & needed == 0
            })
        });
        closed.map(Path::to_owned)
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        match self.ids {
            Some(ids) => chown(path, Some(ids.uid), Some(ids.gid)),
            None => Ok(()),
        }
    }
}

/// The numbers of an account in the text of `/etc/passwd`, unless it is root by another name.
fn find(accounts: &str, name: &str) -> Option<Ids> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2).map_while(|field| field.parse().ok());
    let ids = Ids { uid: numbers.next()?, gid: numbers.next()? };
    (ids.uid != 0).then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_is_root_by_another_name_is_not_taken() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\nrecipe:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n";
        assert_eq!(find(accounts, "recipe"), None);
        assert_eq!(find(accounts, "nobody"), Some(Ids { uid: 65534, gid: 65533 }));
        assert_eq!(find(accounts, "absent"), None);
    }
}
