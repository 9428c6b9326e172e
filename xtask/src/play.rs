//! `cargo xtask demo`, `chaos` and `bench`: build what they need, then become the program of that name.
//!
//! The programs themselves are binaries of the package `pangeo-forge-tests`. They find what they drive by environment:
//! `PFO_BIN` (the service), `RUNNER_ACTION_BIN` (the action) and `PFR_ENVIRONMENT` (the runner's Python environment).

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::postgres::Postgres;
use crate::process::run;
use crate::provision::python;
use crate::workspace::Workspace;

/// One of the programs.
#[derive(Clone, Copy)]
pub(crate) enum Play {
    /// Debug build, with the runner.
    Demo,
    /// Debug build; bakes nothing and so needs no runner.
    Chaos,
    /// Release build; bakes nothing and so needs no runner.
    Bench,
}

/// Builds, provisions, and replaces this process by the program: its exit code is the command's.
pub(crate) fn play(workspace: &Workspace, play: Play, arguments: &[OsString]) -> Result<()> {
    let (name, profile) = match play {
        Play::Demo => ("demo", "debug"),
        Play::Chaos => ("chaos", "debug"),
        Play::Bench => ("bench", "release"),
    };
    let mut build = workspace.cargo();
    build.args([
        "build",
        "-p",
        "pangeo-forge-orchestrator",
        "-p",
        "runner-action",
        "-p",
        "pangeo-forge-tests",
    ]);
    if profile == "release" {
        build.arg("--release");
    }
    run(&mut build)?;

    let binaries = workspace.target().join(profile);
    let mut program = Command::new(binaries.join(name));
    program
        .args(arguments)
        .env("PFO_BIN", binaries.join("pfo"))
        .env("RUNNER_ACTION_BIN", binaries.join("runner-action"))
        .env("PFO_PLAY_FOLDER", workspace.open_to_all().join(name));
    if matches!(play, Play::Bench) {
        // Not replaced: the database that was started for it has to end with it.
        let postgres = Postgres::provide_durable()?;
        println!("Postgres: {}", postgres.described());
        return run(program.envs(postgres.environment()));
    }
    if matches!(play, Play::Demo) {
        program.env("PFR_ENVIRONMENT", python::runner(workspace)?);
    }
    // `exec` comes back only when it failed.
    Err(program.exec()).with_context(|| format!("cannot start {}", binaries.join(name).display()))
}
