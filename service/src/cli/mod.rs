//! The command line: one file for each command. A command says what it did on standard output, with `--json` for machines; the log
//! goes to standard error.

mod api_key;
pub mod check;
mod delivery;
mod feedstock_creation;
mod forward;
mod github_app;
pub mod import;
mod job;
mod manual;
mod migrate;
mod openapi;
mod release;
mod secrets;
mod seed;
mod serve;

use std::io::Write as _;
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
    /// Where traces are sent: the address of a collector that speaks OTLP over HTTP, without `/v1/traces`. Needs the feature `otlp`.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", global = true)]
    otlp_endpoint: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    OnDatabase(OnDatabase),
    #[command(flatten)]
    Alone(Alone),
}

/// What reads or changes the database.
#[derive(Debug, Subcommand)]
enum OnDatabase {
    /// Take in webhooks and do the work.
    Serve(serve::Serve),
    Migrate(migrate::Migrate),
    Seed(seed::Seed),
    /// Make, show and take back the keys of the API.
    #[command(subcommand)]
    ApiKey(api_key::ApiKeyCommand),
    /// Take over the database of the old Python service into an empty one. Without `--apply`, only say what would happen.
    Import(import::Import),
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

/// What needs no database.
#[derive(Debug, Subcommand)]
enum Alone {
    Check(check::Check),
    #[command(subcommand)]
    GithubApp(github_app::GithubAppCommand),
    Forward(forward::Forward),
    #[command(subcommand)]
    Secrets(secrets::SecretsCommand),
    Release(release::Release),
    /// Print the API's OpenAPI document.
    Openapi,
    Completions(manual::Completions),
    Man(manual::Man),
}

impl Cli {
    /// Does what the command line asks for.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let _telemetry = crate::telemetry::start(&self.log, self.otlp_endpoint.as_deref());
        match self.command {
            Command::OnDatabase(command) => {
                let store = Store::open(&self.database_url).await?;
                let code = command.run(&self.database_url, &store).await;
                store.close().await;
                code
            }
            Command::Alone(command) => command.run(&self.database_url).await,
        }
    }
}

impl OnDatabase {
    async fn run(self, database_url: &str, store: &Store) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve(serve) => serve.run(database_url, store.clone()).await,
            Self::Migrate(migrate) => migrate.run(store).await,
            Self::Seed(seed) => seed.run(store).await,
            Self::ApiKey(command) => command.run(store).await,
            Self::Import(import) => import.run(store).await,
            Self::Job(command) => command.run(store).await,
            Self::Delivery(command) => command.run(store).await,
            Self::FeedstockCreation(command) => command.run(store).await,
        }
    }
}

impl Alone {
    async fn run(self, database_url: &str) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check(check) => check.run(database_url).await,
            Self::GithubApp(command) => Box::pin(command.run()).await,
            Self::Forward(forward) => Box::pin(forward.run()).await,
            Self::Secrets(command) => command.run().await,
            Self::Release(release) => release.run(database_url).await,
            Self::Openapi => openapi::run(),
            Self::Completions(completions) => completions.run(),
            Self::Man(man) => man.run(),
        }
    }
}

/// Prints a line for whoever asked. One that nobody reads any more (`pfo … | head`) is let go; where it cannot be kept, a full disk say, the
/// command has not done what it was asked for.
fn print(line: impl std::fmt::Display) {
    let Err(error) = writeln!(std::io::stdout().lock(), "{line}") else { return };
    if error.kind() != std::io::ErrorKind::BrokenPipe {
        eprintln!("pfo: nothing can be printed: {error}");
        std::process::exit(1);
    }
}
