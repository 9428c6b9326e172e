//! `cargo xtask bench <what>`: measures the service as it is shipped, next to the bare database, in one run. Speed and memory are
//! looked at here and nowhere else: a test that measures time fails on a busy machine.

use std::process::ExitCode;

use clap::Parser;
use harness::bench::{api, floor, intake};

/// Measures the service.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask bench")]
enum Bench {
    /// Signed deliveries at the door, next to bare single-row commits.
    Intake(intake::Intake),
    /// The reads of the public API, next to bare axum, sqlx and `serde_json` with the same rows.
    Api(api::Api),
    /// The bare program that `api` measures beside the service.
    #[command(hide = true)]
    Floor(floor::Floor),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Bench::parse() {
        Bench::Intake(intake) => intake.run().await,
        Bench::Api(api) => api.run().await,
        Bench::Floor(floor) => floor.run().await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
