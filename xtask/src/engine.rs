//! Whether a container engine answers here, and whether it has the images that tests ask for.

use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// Asks the engine for its version. The error says why there is none.
pub(crate) fn answers() -> Result<()> {
    process::read(Command::new("docker").args(["version", "--format", "{{.Server.Version}}"]))
        .map(drop)
        .context("no container engine answers")
}

/// Makes sure that the engine has `image`, pulling it if it is not there. The error says why it cannot be had.
pub(crate) fn has_image(image: &str) -> Result<()> {
    if process::read(Command::new("docker").args(["image", "inspect", image])).is_ok() {
        return Ok(());
    }
    process::read(Command::new("docker").args(["pull", "--quiet", image]))
        .map(drop)
        .with_context(|| format!("the container engine has no image {image} and cannot pull it"))
}
