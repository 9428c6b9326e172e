//! The command line: one file for each command. A command says what it did on standard output, with `--json` for machines; the log
//! goes to standard error.

mod delivery;
mod feedstock_creation;
mod job;
mod migrate;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::store::Store;

/// The GitHub App that turns a pull request with a data recipe into a published, analysis-ready dataset.
#[derive(Debug, Parser)]
#[command(name = "pfo", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// The database: `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite:pangeo-forge.sqlite",
        hide_env_values = true,
        global = true
    )]
    database_url: String,
    /// What to log, in the form of `RUST_LOG`.
    #[arg(long, env = "RUST_LOG", default_value = "info", global = true)]
    log: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take in webhooks and do the work.
    Serve(serve::Serve),
    /// Bring the database's schema to what this program needs.
    Migrate,
    /// Look at the work that waits, and revive what was given up.
    #[command(subcommand)]
    Job(job::JobCommand),
    /// Look at the webhooks that came, and read them again.
    #[command(subcommand)]
    Delivery(delivery::DeliveryCommand),
    /// Look at merged recipes that become feedstocks, and decide about those that cannot go on by themselves.
    #[command(subcommand)]
    FeedstockCreation(feedstock_creation::FeedstockCreationCommand),
}

impl Cli {
    /// Does what the command line asks for.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        crate::telemetry::start(&self.log);
        let store = Store::open(&self.database_url).await?;
        let code = match self.command {
            Command::Serve(serve) => serve.run(store.clone()).await,
            Command::Migrate => migrate::run(&store).await,
            Command::Job(command) => command.run(&store).await,
            Command::Delivery(command) => command.run(&store).await,
            Command::FeedstockCreation(command) => command.run(&store).await,
        };
        store.close().await;
        code
    }
}

/// Prints a line for whoever asked.
#[expect(clippy::print_stdout, reason = "a command's answer goes to standard output")]
fn print(line: impl std::fmt::Display) {
    println!("{line}");
}
