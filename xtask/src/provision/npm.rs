//! Two files from npm: GitHub's published API description, and real webhook payloads.
//!
//! Only those files are unpacked: the package of the description alone is 385 MB on disk, and no code of either is run.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::ensure;
use crate::process;
use crate::workspace::Workspace;

/// One file of one version of a package.
struct Published {
    /// Name and version, as npm writes them.
    package: &'static str,
    /// The file's path inside the package.
    file: &'static str,
    /// The folder to unpack it into, below the one for npm.
    folder: &'static str,
}

const OPENAPI: Published = Published {
    package: "@octokit/openapi@23.0.2",
    file: "generated/api.github.com.json",
    folder: "openapi",
};

const WEBHOOK_EXAMPLES: Published = Published {
    package: "@octokit/webhooks-examples@7.6.1",
    file: "api.github.com/index.json",
    folder: "webhooks-examples",
};

/// The two files, as the tests look for them.
pub(crate) struct Files {
    /// GitHub's OpenAPI description; the value of `GITHUB_OPENAPI`.
    pub(crate) openapi: PathBuf,
    /// Every webhook payload with its event; the value of `GITHUB_WEBHOOK_EXAMPLES`.
    pub(crate) webhook_examples: PathBuf,
}

/// Fetches both files unless they are there.
pub(crate) fn files(workspace: &Workspace) -> Result<Files> {
    let all = [OPENAPI, WEBHOOK_EXAMPLES];
    let inputs = all.each_ref().map(|one| format!("{} {}", one.package, one.file)).join("\n");
    let folder = ensure(&workspace.provision(), "npm", &inputs, |folder| {
        process::read(Command::new("npm").arg("--version"))
            .context("npm is needed to fetch GitHub's API description; on Debian: apt-get install npm")?;
        all.iter().try_for_each(|one| fetch(one, folder))
    })?;
    Ok(Files {
        openapi: folder.join(OPENAPI.folder).join(OPENAPI.file),
        webhook_examples: folder.join(WEBHOOK_EXAMPLES.folder).join(WEBHOOK_EXAMPLES.file),
    })
}

fn fetch(published: &Published, folder: &Path) -> Result<()> {
    let into = folder.join(published.folder);
    fs::create_dir_all(&into).with_context(|| format!("cannot create {}", into.display()))?;
    // `npm pack` checks the archive against the registry's digest and runs no script of the package.
    process::run(Command::new("npm").current_dir(&into).args([
        "pack",
        "--silent",
        "--ignore-scripts",
        published.package,
    ]))?;
    let archive = archive(&into)?;
    process::run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&into).args([
        "--strip-components=1",
        "--no-same-owner",
        &format!("package/{}", published.file),
    ]))?;
    fs::remove_file(&archive).with_context(|| format!("cannot remove {}", archive.display()))
}

/// The only archive in the folder: npm derives its name from the package's by rules of its own.
fn archive(folder: &Path) -> Result<PathBuf> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        if path.extension() == Some(OsStr::new("tgz")) {
            return Ok(path);
        }
    }
    bail!("npm pack left no .tgz in {}", folder.display())
}
