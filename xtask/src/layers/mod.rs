//! `cargo xtask layers`: imports point one way, and each kind of line stays in its room.
//!
//! The rules are in `rules.rs` and nowhere else. This file only finds the sources and prints what is wrong with them.

mod check;
mod paths;
mod rules;
mod source;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use self::source::Source;
use crate::workspace::Workspace;

/// The sources whose imports are checked.
const SERVICE: &str = "service/src";

/// The folders whose files are measured.
const MEASURED: [&str; 5] = [SERVICE, "runner-action", "tests/src", "tests/it", "xtask/src"];

/// Prints every violation as `file:line: what: why; where it belongs`, and fails if there is one.
pub(crate) fn layers(workspace: &Workspace) -> Result<()> {
    let mut wrong = Vec::new();
    let service = workspace.root().join(SERVICE);
    let sources = read(&service)?;
    let tests = test_files(&sources);
    for (path, source) in &sources {
        if !tests.iter().any(|test| path == &test.with_extension("rs") || path.starts_with(test)) {
            let found = check::check(path, source);
            wrong.extend(found.iter().map(|violation| format!("{SERVICE}/{}:{violation}", path.display())));
        }
    }
    for folder in MEASURED {
        wrong.extend(measure(workspace.root(), folder)?);
    }
    for line in &wrong {
        println!("{line}");
    }
    if !wrong.is_empty() {
        bail!("{} lines are in the wrong room or files too long", wrong.len());
    }
    println!("{} files of the service keep to their rooms", sources.len());
    Ok(())
}

/// Every source below `folder`, by its path relative to it.
fn read(folder: &Path) -> Result<BTreeMap<PathBuf, Source>> {
    let mut sources = BTreeMap::new();
    for file in rust_files(folder)? {
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let relative = file.strip_prefix(folder).unwrap_or(&file).to_path_buf();
        sources.insert(relative, Source::new(&text));
    }
    Ok(sources)
}

/// The files, without extension, of modules that are declared for tests only.
fn test_files(sources: &BTreeMap<PathBuf, Source>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (path, source) in sources {
        let is_root =
            ["mod.rs", "lib.rs", "main.rs"].map(OsStr::new).contains(&path.file_name().unwrap_or_default());
        let folder = if is_root { path.with_file_name("") } else { path.with_extension("") };
        files.extend(source.test_modules.iter().map(|name| folder.join(name)));
    }
    files
}

/// Prints a warning for each long file of a folder; gives those that are too long.
fn measure(root: &Path, folder: &str) -> Result<Vec<String>> {
    let mut too_long = Vec::new();
    for file in rust_files(&root.join(folder))? {
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let (lines, path) = (text.lines().count(), file.strip_prefix(root).unwrap_or(&file).display());
        if lines > rules::TOO_LONG {
            too_long.push(format!(
                "{path}:{lines}: {lines} lines: a file is one thing and has at most {}; split it by what it holds",
                rules::TOO_LONG
            ));
        } else if lines > rules::LONG {
            println!("warning: {path} has {lines} lines; a file should stay under {}", rules::LONG);
        }
    }
    Ok(too_long)
}

/// The `.rs` files below a folder, sorted.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Some(OsStr::new("rs")) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
