//! The project's own commands, run as `cargo xtask <command>`.
//!
//! This file is the table of their names and what each is for; every command has a file of its own. The crate depends on
//! nothing of the project, so that it compiles in seconds on a fresh machine and still runs when the service does not build.

mod emulator;
mod engine;
mod fix;
mod images;
mod layers;
mod linters;
mod migration;
mod play;
mod postgres;
mod process;
mod provision;
mod summary;
mod terraform;
mod test;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::play::Play;
use crate::workspace::Workspace;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "The project's own commands", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check everything that CI checks; what needs a container engine runs when one answers
    Test,
    /// What `.ci/run` runs: the same as `test`
    Ci,
    /// Format the code and apply the repairs that clippy knows
    Fix,
    /// Check that imports point one way and that each kind of line stays in its room
    Layers,
    /// Check the Terraform tree, and that its tests notice planted mistakes
    Terraform,
    /// Build both images, tell their sizes, and try the service's against a stand-in for GitHub, alone and in the stack of docker-compose.yml
    Images,
    /// Create the next migration: one file for each database, and one of sample rows
    Migration {
        /// What the migration does, in `snake_case`, for example `add_bakery_owner`
        name: String,
    },
    /// Play a recipe's way from pull request to dataset, against a stand-in for GitHub
    #[command(disable_help_flag = true)]
    Demo(Rest),
    /// Kill the service at random moments of the demo and compare how it ends
    #[command(disable_help_flag = true)]
    Chaos(Rest),
    /// Measure the service, next to the bare database
    #[command(disable_help_flag = true)]
    Bench(Rest),
}

/// What follows the command's name; handed on untouched, `--help` too.
#[derive(clap::Args)]
struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    rest: Vec<OsString>,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not returned from here, because then a backtrace would bury what was found.
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let workspace = Workspace::find()?;
    match command {
        Command::Test | Command::Ci => test::test(&workspace),
        Command::Fix => fix::fix(&workspace),
        Command::Layers => layers::layers(&workspace),
        Command::Terraform => terraform::terraform(&workspace),
        Command::Images => images::images(&workspace),
        Command::Migration { name } => migration::migration(&workspace, &name),
        Command::Demo(Rest { rest }) => play::play(&workspace, Play::Demo, &rest),
        Command::Chaos(Rest { rest }) => play::play(&workspace, Play::Chaos, &rest),
        Command::Bench(Rest { rest }) => play::play(&workspace, Play::Bench, &rest),
    }
}
