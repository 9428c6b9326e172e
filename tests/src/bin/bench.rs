//! `cargo xtask bench <what>`: measures the service as it is shipped, next to the bare database, in one run. Speed and memory are
//! looked at here and nowhere else: a test that measures time fails on a busy machine.

use std::process::ExitCode;

use clap::Parser;
use harness::bench::intake;

/// Measures the service.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask bench")]
enum Bench {
    /// Signed deliveries at the door, next to bare single-row commits.
    Intake(intake::Intake),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Bench::parse() {
        Bench::Intake(intake) => intake.run().await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
