//! What tests and demo need beside the code: Python environments and a few files from npm.
//!
//! Each thing is a folder below `<target>/provision`, made once and made anew only when what it is made from changes.

pub(crate) mod npm;
pub(crate) mod python;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

/// Gives the folder `name` in the folder of `all` provisions, made by `build` unless it is there and was made from the same `inputs`.
///
/// The inputs are kept word for word beside the result, and written last: a folder whose making was cut short is made
/// again. A lock makes a second command wait, since several clones may share one target folder.
fn ensure(all: &Path, name: &str, inputs: &str, build: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let folder = all.join(name);
    fs::create_dir_all(all).with_context(|| format!("cannot create {}", all.display()))?;
    let lock = File::create(all.join(".lock")).context("cannot create the lock of the provision folder")?;
    lock.lock().context("cannot lock the provision folder")?;

    let stamp = folder.join(".made-from");
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == inputs) {
        return Ok(folder);
    }
    println!("making {}", folder.display());
    let started = Instant::now();
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    build(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(&stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))?;
    println!("made {} in {:.0?}", folder.display(), started.elapsed());
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_folder_is_made_again_only_when_its_inputs_change_or_its_making_failed() {
        let all = std::env::temp_dir().join(format!("xtask-provision-{}", std::process::id()));
        let made = Cell::new(0);
        let build = |_: &Path| {
            made.set(made.get() + 1);
            Ok(())
        };

        ensure(&all, "thing", "one", build).unwrap();
        ensure(&all, "thing", "one", build).unwrap();
        assert_eq!(made.get(), 1);
        ensure(&all, "thing", "two", build).unwrap();
        assert_eq!(made.get(), 2);

        ensure(&all, "thing", "three", |_| anyhow::bail!("no network")).unwrap_err();
        ensure(&all, "thing", "two", build).unwrap();
        assert_eq!(made.get(), 3);
        fs::remove_dir_all(&all).unwrap();
    }
}
