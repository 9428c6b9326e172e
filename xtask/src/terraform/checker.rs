//! What runs Terraform: the checker beside the project, or Terraform itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::files;
use crate::process::read;
use crate::workspace::Workspace;

const BESIDE: &str = "../shared/tools/terraform/check";
/// A step that failed, in the words of the checker.
const FAILED: &str = "FAILED: ";

/// What checks every folder of a tree: that it is well formed, valid, and passes its tests.
pub(crate) enum Checker {
    /// The program beside the project, and where it keeps what it needs.
    Beside(PathBuf, PathBuf),
    /// `terraform`, which works on copies in this folder.
    Terraform(PathBuf),
}

impl Checker {
    /// The one that works here. The error says why none does.
    pub(crate) fn find(workspace: &Workspace) -> Result<Self> {
        let beside = workspace.root().join(BESIDE);
        if beside.is_file() {
            return Ok(Self::Beside(beside, workspace.target().join("terraform-checker")));
        }
        let copies = workspace.target().join("terraform-copies");
        let copy = copies.join("probe");
        read(Command::new("terraform").arg("version"))
            .with_context(|| format!("there is neither {BESIDE} nor a program `terraform`"))?;
        copy_to(&workspace.root().join("terraform/modules/dataflow-status"), &copy)?;
        read(&mut init(&copy)).context("`terraform init` does not get the provider")?;
        Ok(Self::Terraform(copies))
    }

    /// The steps that fail for a tree, as command lines. Several may run at once, each under a name of its own.
    pub(super) fn failures(&self, tree: &Path, name: &str) -> Result<Vec<String>> {
        match self {
            Self::Beside(program, home) => {
                let home = home.join(name);
                fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
                // Not `process::read`: for a planted mistake a failure is what is hoped for.
                let output = Command::new(program).arg(tree).env("TF_CHECK_HOME", home).output();
                let output = output.context("cannot start the checker")?;
                let said = String::from_utf8_lossy(&output.stderr);
                let failures: Vec<String> = said
                    .lines()
                    .filter_map(|line| line.strip_prefix(FAILED))
                    .map(ToOwned::to_owned)
                    .collect();
                if failures.is_empty() && !output.status.success() {
                    bail!("the checker ended with {}: {said}", output.status);
                }
                Ok(failures)
            }
            Self::Terraform(copies) => plainly(tree, &copies.join(name)),
        }
    }
}

/// Every step for every folder, on a copy: Terraform writes beside what it reads.
fn plainly(tree: &Path, copy: &Path) -> Result<Vec<String>> {
    copy_to(tree, copy)?;
    let mut failures = Vec::new();
    let mut step = |command: &mut Command| -> bool {
        let failed = read(command).err();
        failures.extend(failed.as_ref().map(|error| format!("{error:#}")));
        failed.is_none()
    };
    let mut format = Command::new("terraform");
    step(format.args(["fmt", "-check", "-recursive"]).arg(copy));
    let folders: BTreeSet<PathBuf> = files(copy)?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "tf"))
        .filter_map(|file| Some(copy.join(file.parent()?)))
        .collect();
    for folder in folders {
        if !step(&mut init(&folder)) {
            continue;
        }
        step(in_folder(&folder, "validate").arg("-no-color"));
        if folder.join("tests").is_dir() {
            step(in_folder(&folder, "test").arg("-no-color"));
        }
    }
    Ok(failures)
}

fn in_folder(folder: &Path, command: &str) -> Command {
    let mut terraform = Command::new("terraform");
    terraform.arg(format!("-chdir={}", folder.display())).arg(command);
    terraform
}

fn init(folder: &Path) -> Command {
    let mut init = in_folder(folder, "init");
    init.args(["-backend=false", "-input=false", "-no-color"]);
    init
}

/// Makes `to` a copy of `from`, in place of whatever it was.
fn copy_to(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot empty {}", to.display()))?;
    }
    for file in files(from)? {
        let target = to.join(&file);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::copy(from.join(&file), &target).with_context(|| format!("cannot write {}", target.display()))?;
    }
    Ok(())
}
