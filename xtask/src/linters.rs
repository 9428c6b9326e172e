//! The linters of what is not Rust: workflows, the action, and secrets that slipped in.
//!
//! Each is a program from the tools' environment, runs without a network, and ends with an error at its first finding.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::{read, run};
use crate::summary::Summary;
use crate::workspace::Workspace;

/// What zizmor reads. The action is named beside the workflows, because it does not lie in `.github`.
const ZIZMOR_INPUTS: [&str; 2] = [".github", "runner-action/action.yml"];

/// Files that follow a public schema: the schema's name in check-jsonschema, and the file.
const SCHEMAS: [(&str, &str); 7] = [
    ("vendor.github-workflows", ".github/workflows/ci.yml"),
    ("vendor.github-workflows", ".github/workflows/release.yml"),
    ("vendor.github-workflows", ".github/workflows/review-app.yml"),
    ("vendor.github-workflows", ".github/workflows/run-recipe.yaml"),
    ("vendor.github-actions", "runner-action/action.yml"),
    ("vendor.compose-spec", "docker-compose.yml"),
    ("vendor.dependabot", ".github/dependabot.yml"),
];

/// Runs each linter as a step of its own. `bin` is the folder of the tools' programs.
///
/// # Errors
///
/// The first linter that finds something, or that cannot be run.
pub(crate) fn linters(workspace: &Workspace, bin: &Path, summary: &mut Summary) -> Result<()> {
    let tool = |name: &str| {
        let mut command = Command::new(bin.join(name));
        command.current_dir(workspace.root());
        command
    };
    summary.step("zizmor", || {
        run(tool("zizmor").args(["--offline", "--no-progress", "--persona=auditor"]).args(ZIZMOR_INPUTS))
    })?;
    // Without file names it reads all workflows.
    summary.step("actionlint", || run(&mut tool("actionlint")))?;
    summary.step("schemas", || {
        SCHEMAS.iter().try_for_each(|(schema, file)| {
            run(tool("check-jsonschema").args(["--builtin-schema", schema, file]))
        })
    })?;
    // With the checks that are built in: others would be fetched. What is let pass is said, with its reason, where it stands.
    summary.step("trivy", || {
        let arguments = ["config", "--skip-check-update", "--exit-code", "1", "--quiet", "terraform"];
        run(tool("trivy").args(arguments))
    })?;
    summary.step("encrypted secrets", || {
        let files = committed_secrets(workspace)?;
        run(tool("python").args(["-m", "pre_commit_hook_ensure_sops"]).args(files))
    })?;
    // The tree and not the history: a checkout of CI holds but one commit.
    summary.step("gitleaks", || run(tool("gitleaks").args(["dir", "--redact", "--no-banner", "."])))
}

/// The files of secrets that git knows, or would take.
fn committed_secrets(workspace: &Workspace) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(workspace.root());
    let files = read(git.args(["ls-files", "--cached", "--others", "--exclude-standard", "secrets"]))?;
    let is_secret = |file: &&str| [".yaml", ".yml", ".json"].iter().any(|ending| file.ends_with(ending));
    Ok(files.lines().filter(is_secret).map(ToOwned::to_owned).collect())
}
