//! `cargo xtask terraform`: the Terraform tree is sound, its environments are alike, and its tests notice mistakes.
//!
//! The checker is a program beside the project: it checks the tree without Google and without a registry. Where it is not, the
//! step is left out, with the reason.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::process::run;
use crate::workspace::Workspace;

const CHECKER: &str = "../shared/tools/terraform/check";
const ENVIRONMENTS: [&str; 3] = ["dev", "pangeo-forge-staging", "pangeo-forge"];
/// What an environment consists of. The first ones are the same in all; the last two hold what differs.
const SAME: [&str; 4] = ["main.tf", "variables.tf", "outputs.tf", "tests/environment.tftest.hcl"];
const OWN: [&str; 2] = ["terraform.tfvars", "backend.hcl"];
const MODULE: &str = "modules/dataflow-status";

/// A mistake that the module's tests have to notice.
struct Mistake {
    what: &'static str,
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
}

const MISTAKES: [Mistake; 9] = [
    Mistake {
        what: "an audience that the service does not believe",
        file: "push.tf",
        right: "audience              = \"${each.value.url}/dataflow/status\"",
        wrong: "audience              = each.value.url",
    },
    Mistake {
        what: "an agent that may not publish dead letters",
        file: "push.tf",
        right: "role    = \"roles/pubsub.publisher\"",
        wrong: "role    = \"roles/pubsub.viewer\"",
    },
    Mistake {
        what: "an agent that may not take dead letters",
        file: "push.tf",
        right: "for_each = google_pubsub_subscription.push\n",
        wrong: "for_each = {}\n",
    },
    Mistake {
        what: "a subscription without a filter",
        file: "push.tf",
        right: "  filter                     = local.filter\n",
        wrong: "",
    },
    Mistake {
        what: "a filter that forgets cancelled jobs",
        file: "push.tf",
        right: "\"CANCELLED\", ",
        wrong: "",
    },
    Mistake {
        what: "dead letters that come round again",
        file: "push.tf",
        right: "dead_letter_topic     = google_pubsub_topic.dead.id",
        wrong: "dead_letter_topic     = google_pubsub_topic.status.id",
    },
    Mistake {
        what: "a relay that may do more than it needs",
        file: "relay.tf",
        right: "\"roles/workflows.invoker\"]",
        wrong: "\"roles/workflows.invoker\", \"roles/editor\"]",
    },
    Mistake {
        what: "a message of another form",
        file: "status.yaml",
        right: "job_id: $${job.id}\n              job_name",
        wrong: "id: $${job.id}\n              job_name",
    },
    Mistake {
        what: "an account's id above 30 characters",
        file: "variables.tf",
        right: "{1,20}$\", var.environment",
        wrong: "{1,40}$\", var.environment",
    },
];

/// The checker. The error says that it is not here.
pub(crate) fn checker(workspace: &Workspace) -> Result<PathBuf> {
    let checker = workspace.root().join(CHECKER);
    ensure!(checker.is_file(), "there is no {CHECKER}");
    Ok(checker)
}

/// Checks the tree, compares the environments and plants the mistakes.
pub(crate) fn terraform(workspace: &Workspace) -> Result<()> {
    let checker = checker(workspace)?;
    let tree = workspace.root().join("terraform");
    alike(&tree)?;
    run(Command::new(&checker).arg(&tree))?;
    plant(&checker, &tree, &workspace.target().join("terraform-mistakes"))
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

/// Makes a copy of the module for each mistake and lets the checker test them all: each has to fail, and by its tests.
fn plant(checker: &Path, tree: &Path, into: &Path) -> Result<()> {
    if into.exists() {
        fs::remove_dir_all(into).with_context(|| format!("cannot empty {}", into.display()))?;
    }
    for (number, mistake) in MISTAKES.iter().enumerate() {
        let (from, to) = (tree.join(MODULE), into.join(folder(number)));
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
    // Not `process::read`: here a failure is what is hoped for.
    let output = Command::new(checker).arg(into).output().context("cannot start the checker")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let missed: Vec<&str> = MISTAKES
        .iter()
        .enumerate()
        .filter(|(number, _)| !failed_its_tests(&said, &folder(*number)))
        .map(|(_, mistake)| mistake.what)
        .collect();
    if !missed.is_empty() {
        bail!("the tests of {MODULE} do not notice: {}\n{said}", missed.join("; "));
    }
    println!("{} planted mistakes were noticed", MISTAKES.len());
    Ok(())
}

impl Mistake {
    /// The text with the mistake in it. An error if its place is not there exactly once.
    fn made_in(&self, text: &str) -> Result<String> {
        let times = text.matches(self.right).count();
        ensure!(times == 1, "{} has `{}` {times} times, not once", self.file, self.right);
        Ok(text.replace(self.right, self.wrong))
    }
}

fn folder(number: usize) -> String {
    format!("mistake-{number}")
}

/// Whether the checker says that the tests failed in this folder; one that is not even valid proves nothing about its tests.
fn failed_its_tests(said: &str, folder: &str) -> bool {
    let of_folder = |line: &&str| line.starts_with("FAILED:") && line.contains(&format!("/{folder} "));
    let mut failures = said.lines().filter(of_folder).peekable();
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
        let said = "FAILED: terraform -chdir=/t/mistake-1 test -no-color\n\
                    FAILED: terraform -chdir=/t/mistake-2 validate -no-color\n\
                    FAILED: terraform -chdir=/t/mistake-2 test -no-color\n";
        assert!(failed_its_tests(said, "mistake-1"));
        assert!(!failed_its_tests(said, "mistake-2"));
        assert!(!failed_its_tests(said, "mistake-3"));
    }

    #[test]
    fn the_environments_are_alike_and_each_mistake_has_its_place() {
        let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../terraform");
        alike(&tree).expect("the environments differ in variables only");
        for mistake in &MISTAKES {
            let right = text(&tree.join(MODULE).join(mistake.file)).expect("the module has the file");
            mistake.made_in(&right).expect(mistake.what);
        }
    }
}
