//! `cargo xtask images`: builds both images by their ordinary Dockerfiles, tells how large they are, and tries the service's: by itself, and
//! in the production stack of `docker-compose.yml`.
//!
//! It is no part of `cargo xtask test`: a release build of the service takes longer than all the rest of the checks. CI does it in a job
//! of its own. The action's image is also built, and used, by the container tests of `cargo xtask test`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::engine;
use crate::process::{read, run};
use crate::workspace::Workspace;

const SERVICE: &str = "pangeo-forge/service";
const ACTION: &str = "pangeo-forge/runner-action";
/// What picks the tests of the service's image: they are `#[ignore]`d, and have this in their names.
const TESTS: &str = "the_service_image";
/// Where Debian keeps the certificates that a machine trusts beyond what everybody does: a proxy's, mostly. The action's image
/// fetches Python packages while it is built, and has to come through the same proxy.
const CERTIFICATES: &str = "/usr/local/share/ca-certificates";

/// Builds, measures and tries the images.
///
/// # Errors
///
/// No engine or no Compose answers, an image cannot be built, or the service's is not as it has to be.
pub(crate) fn images(workspace: &Workspace) -> Result<()> {
    engine::answers().context("images are built by a container engine")?;
    let commit = read(Command::new("git").current_dir(workspace.root()).args(["rev-parse", "HEAD"]))?;
    build(workspace, SERVICE, &["--build-arg", &format!("PFO_COMMIT={}", commit.trim()), "."])?;
    let certificates = format!("EXTRA_CA={}", certificates(Path::new(CERTIFICATES))?);
    build(workspace, ACTION, &["--build-arg", &certificates, "runner-action"])?;
    for image in [SERVICE, ACTION] {
        println!("{image}: {:.1} MB", size(image)? / 1e6);
    }
    run(workspace
        .cargo()
        .args(["test", "--locked", "--workspace", "--test", "it", "--"])
        .args([TESTS, "--ignored", "--nocapture"])
        .env("PFO_SERVICE_IMAGE", SERVICE))?;
    stack(workspace)
}

/// Brings the production stack up and lives through its play; then nothing is left of it.
fn stack(workspace: &Workspace) -> Result<()> {
    // A play of its own, so that a stack that somebody looks at on this machine is not taken for it.
    let compose = |arguments: &[&str]| -> Result<Command> {
        let mut command = engine::compose()?;
        command.current_dir(workspace.root()).args(["--project-name", "pfo-images"]).args(arguments);
        command.env("WORLD_EXIT", "true");
        Ok(command)
    };
    let played = || -> Result<()> {
        // Not `up --build`: the service's image is the one that was looked at.
        run(builder(&mut compose(&["build", "world"])?))?;
        run(&mut compose(&["up", "--detach"])?)?;
        run(&mut compose(&["logs", "--follow", "world"])?)?;
        let world = read(&mut compose(&["ps", "--all", "--quiet", "world"])?)?;
        let code = read(Command::new("docker").args(["wait", world.trim()]))?;
        if code.trim() != "0" {
            bail!("the world of docker-compose.yml ended with {}", code.trim());
        }
        Ok(())
    };
    let result = played();
    if result.is_err() {
        // The reason may be anybody's.
        run(&mut compose(&["logs", "migrate", "service"])?)?;
    }
    run(&mut compose(&["down", "--volumes"])?)?;
    result
}

fn build(workspace: &Workspace, image: &str, arguments: &[&str]) -> Result<()> {
    // Not shown: a certificate among the arguments is longer than a screen.
    println!("$ docker build --tag {image}");
    let mut command = Command::new("docker");
    command.current_dir(workspace.root()).args(["build", "--tag", image]).args(arguments);
    let status = builder(&mut command).status().context("cannot start docker")?;
    if !status.success() {
        bail!("the image {image} cannot be built: {status}");
    }
    Ok(())
}

/// The same, told to use the builder that is there: without the extra program that `BuildKit` wants, clients fall back only when told.
fn builder(command: &mut Command) -> &mut Command {
    if read(Command::new("docker").args(["buildx", "version"])).is_err() {
        command.env("DOCKER_BUILDKIT", "0").env("COMPOSE_DOCKER_CLI_BUILD", "0");
    }
    command
}

/// The size of an image in bytes.
fn size(image: &str) -> Result<f64> {
    let size = read(Command::new("docker").args(["image", "inspect", "--format", "{{.Size}}", image]))?;
    size.trim().parse().with_context(|| format!("the engine tells no size of {image}"))
}

/// The text of all certificates in a folder; empty where there is none.
fn certificates(folder: &Path) -> Result<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(String::new()) };
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "crt"));
    files.sort();
    files
        .iter()
        .map(|file| fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display())))
        .collect()
}
