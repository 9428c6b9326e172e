//! `cargo xtask fix`: what a machine can repair.

use anyhow::Result;

use crate::process::run;
use crate::workspace::Workspace;

/// Applies clippy's repairs, then formats: a repair is not always formatted.
pub(crate) fn fix(workspace: &Workspace) -> Result<()> {
    run(workspace.cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--fix",
        "--allow-dirty",
        "--allow-staged",
    ]))?;
    run(workspace.cargo().args(["fmt", "--all"]))
}
