//! `cargo xtask demo`: plays a recipe's way from pull request to dataset for whoever watches. The play is in `harness::play`.

use std::process::ExitCode;

use clap::Parser;
use harness::play::demo::Demo;

#[tokio::main]
async fn main() -> ExitCode {
    match Demo::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\ndemo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
