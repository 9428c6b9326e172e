//! A stand-in for GitHub for a service that runs elsewhere. The play is in `harness::play::world`.

use std::process::ExitCode;

use clap::Parser;
use harness::play::world::Elsewhere;

#[tokio::main]
async fn main() -> ExitCode {
    match Elsewhere::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nworld: {error:#}");
            ExitCode::FAILURE
        }
    }
}
