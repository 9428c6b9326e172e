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

/// A command of Compose, as the engine's own `docker compose` or as the program of version 1. The error says that there is neither.
pub(crate) fn compose() -> Result<Command> {
    if process::read(Command::new("docker").args(["compose", "version"])).is_ok() {
        let mut command = Command::new("docker");
        command.arg("compose");
        return Ok(command);
    }
    process::read(Command::new("docker-compose").arg("version"))
        .context("Compose is needed: `docker compose`, or docker-compose 1.29")?;
    Ok(Command::new("docker-compose"))
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
