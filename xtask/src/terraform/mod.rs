//! `cargo xtask terraform`: the Terraform tree is sound, its environments are alike, and its tests notice mistakes.
//!
//! The checker is a program beside the project, which needs neither Google nor a registry, or else Terraform itself, which fetches the
//! provider. Where there is neither, the step is left out, with the reason.

mod checker;
mod mistakes;

use std::fs;
use std::path::{Path, PathBuf};
use std::{mem, thread};

use anyhow::{Context, Result, bail, ensure};

pub(crate) use self::checker::Checker;
use self::mistakes::MISTAKES;
use crate::workspace::Workspace;

/// The folders that mistakes are spread over.
const PARTS: [&str; 2] = ["one", "other"];
const ENVIRONMENTS: [&str; 3] = ["dev", "pangeo-forge-staging", "pangeo-forge"];
/// What an environment consists of. The first ones are the same in all; the last two hold what differs.
const SAME: [&str; 4] = ["main.tf", "variables.tf", "outputs.tf", "tests/environment.tftest.hcl"];
const OWN: [&str; 2] = ["terraform.tfvars", "backend.hcl"];
/// Checks the tree, compares the environments and plants the mistakes.
pub(crate) fn terraform(workspace: &Workspace) -> Result<()> {
    let checker = Checker::find(workspace)?;
    let tree = workspace.root().join("terraform");
    alike(&tree)?;
    let mistakes = workspace.target().join("terraform-mistakes");
    plant(&tree, &mistakes)?;
    // At once, because most of the time each of them waits for one program that reads a large schema.
    let (sound, mut said) = thread::scope(|scope| {
        let tree = scope.spawn(|| checker.failures(&tree, "tree"));
        let parts = PARTS.map(|part| {
            scope.spawn({
                let (checker, mistakes) = (&checker, &mistakes);
                move || checker.failures(&mistakes.join(part), part)
            })
        });
        (joined(tree), parts.map(joined))
    });
    let failures = sound?;
    ensure!(failures.is_empty(), "{} of Terraform's steps failed:\n{}", failures.len(), failures.join("\n"));
    let said = said.iter_mut().map(|said| mem::replace(said, Ok(Vec::new()))).collect::<Result<Vec<_>>>()?;
    noticed(&said.concat())
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|_| bail!("a thread has panicked"))
}

/// The environments have the same files, and only the variables in them differ.
fn alike(tree: &Path) -> Result<()> {
    let [first, others @ ..] = ENVIRONMENTS;
    for environment in others {
        for file in SAME {
            let (one, other) = (tree.join(first).join(file), tree.join(environment).join(file));
            ensure!(
                text(&one)? == text(&other)?,
                "{} and {} differ; what differs belongs in {}",
                one.display(),
                other.display(),
                OWN.join(" or ")
            );
        }
    }
    for environment in ENVIRONMENTS {
        for entry in files(&tree.join(environment))? {
            let known = SAME.iter().chain(&OWN).any(|file| Path::new(file) == entry);
            ensure!(known, "{environment} has a file that the others need not have: {}", entry.display());
        }
    }
    Ok(())
}

/// Makes a copy of its module for each mistake.
fn plant(tree: &Path, into: &Path) -> Result<()> {
    if into.exists() {
        fs::remove_dir_all(into).with_context(|| format!("cannot empty {}", into.display()))?;
    }
    for (number, mistake) in MISTAKES.iter().enumerate() {
        let (from, to) = (
            tree.join("modules").join(mistake.module),
            into.join(PARTS[number % PARTS.len()]).join(folder(number)),
        );
        for file in files(&from)? {
            let (from, to) = (from.join(&file), to.join(&file));
            let text = text(&from)?;
            let text = if Path::new(mistake.file) == file { mistake.made_in(&text)? } else { text };
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            }
            fs::write(&to, text).with_context(|| format!("cannot write {}", to.display()))?;
        }
    }
    Ok(())
}

/// Each mistake has to fail, and by the tests of its module.
fn noticed(said: &[String]) -> Result<()> {
    let missed: Vec<&str> = MISTAKES
        .iter()
        .enumerate()
        .filter(|(number, _)| !failed_its_tests(said, &folder(*number)))
        .map(|(_, mistake)| mistake.what)
        .collect();
    if !missed.is_empty() {
        bail!("the tests of the modules do not notice: {}", missed.join("; "));
    }
    println!("{} planted mistakes were noticed", MISTAKES.len());
    Ok(())
}

fn folder(number: usize) -> String {
    format!("mistake-{number}")
}

/// Whether the checker says that the tests failed in this folder; one that is not even valid proves nothing about its tests.
fn failed_its_tests(said: &[String], folder: &str) -> bool {
    let of_folder = |line: &&String| line.contains(&format!("/{folder} "));
    let mut failures = said.iter().filter(of_folder).peekable();
    failures.peek().is_some() && failures.all(|line| line.contains(" test "))
}

/// The files below a folder, named from there; what Terraform itself puts there is left out.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let path = folder.join(&below);
        let entries = fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", path.display()))?;
            let name = below.join(entry.file_name());
            if entry.file_name().to_string_lossy().starts_with(".terraform") {
                continue;
            }
            if entry.path().is_dir() {
                folders.push(name);
            } else {
                found.push(name);
            }
        }
    }
    Ok(found)
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failed_tests_count_as_noticed() {
        let said = [
            "terraform -chdir=/t/mistake-1 test -no-color",
            "terraform -chdir=/t/mistake-2 validate -no-color",
            "terraform -chdir=/t/mistake-2 test -no-color",
        ]
        .map(ToOwned::to_owned);
        assert!(failed_its_tests(&said, "mistake-1"));
        assert!(!failed_its_tests(&said, "mistake-2"));
        assert!(!failed_its_tests(&said, "mistake-3"));
    }

    #[test]
    fn the_environments_are_alike_and_each_mistake_has_its_place() {
        let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../terraform");
        alike(&tree).expect("the environments differ in variables only");
        for mistake in &MISTAKES {
            let file = tree.join("modules").join(mistake.module).join(mistake.file);
            let right = text(&file).expect("the module has the file");
            mistake.made_in(&right).expect(mistake.what);
        }
    }
}
