//! `cargo xtask chaos`: kills the service at random moments of the demo. The play is in `harness::play`.

use std::process::ExitCode;

use clap::Parser;
use harness::play::chaos::Chaos;

#[tokio::main]
async fn main() -> ExitCode {
    match Chaos::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nchaos: {error:#}");
            ExitCode::FAILURE
        }
    }
}
