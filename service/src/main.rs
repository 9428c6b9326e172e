//! `pfo`: reads the command line and calls one function.

use std::process::ExitCode;

use clap::Parser;
use orchestrator::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pfo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
