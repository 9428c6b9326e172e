//! What happens to a feedstock's `requirements.txt`.
//!
//! `bake` makes a fresh environment from it every time, for minutes. When all that it asks for is installed already, and nothing
//! runs elsewhere, the runner gets a copy with a comment only and its workers are shown the packages that are here.

use std::io;
use std::path::{Path, PathBuf};

use crate::python::{Environment, PythonError, Script};
use crate::user::User;

/// The pinned set of the action's own environment, and what pip may not contradict.
pub const PINNED: &str = include_str!("../requirements.txt");

const SCRIPT: Script = Script { name: "requirements.py", text: include_str!("../python/requirements.py") };

/// What the copy says.
const NOTHING_TO_INSTALL: &str = "# Everything that this file asked for is installed already.\n";

/// The largest file that is looked at, in bytes; a larger one is left to pip.
const MAX_BYTES: u64 = 256 * 1024;

/// How the packages of a recipe come to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packages {
    /// They are installed here; workers find them through `PYTHONPATH`.
    Here,
    /// pip installs them, within the pinned set.
    Install,
}

/// Looks at the file in `feedstock` and, when nothing has to be installed, replaces it in this checkout.
///
/// `local` says that the bake runs nowhere but here: a bakery elsewhere installs the same file on its own machines.
pub async fn prepare(
    feedstock: &Path,
    local: bool,
    environment: &Environment,
    user: &User,
    cwd: &Path,
) -> Result<Packages, PythonError> {
    let file = feedstock.join("requirements.txt");
    // Whatever keeps it from being read here, the runner has its own message for.
    let Ok(text) = read(&file) else { return Ok(Packages::Here) };
    let answer: String = environment.ask(SCRIPT, &[], text, user, cwd).await?;
    Ok(match answer.as_str() {
        "empty" => Packages::Here,
        "satisfied" if local && replace(&file, user).is_ok() => Packages::Here,
        _ => Packages::Install,
    })
}

fn read(file: &Path) -> io::Result<String> {
    if std::fs::metadata(file)?.len() > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    std::fs::read_to_string(file)
}

/// A new file in the old one's place: were the old one a link, what it leads to stays as it is.
fn replace(file: &Path, user: &User) -> io::Result<()> {
    std::fs::remove_file(file)?;
    user.private_file(file, NOTHING_TO_INSTALL.as_bytes())
}

/// Writes the pinned set where pip can be told to look.
pub fn write_constraints(private: &Path, user: &User) -> io::Result<PathBuf> {
    let file = private.join("constraints.txt");
    user.private_file(&file, PINNED.as_bytes())?;
    Ok(file)
}
