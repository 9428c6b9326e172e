//! The entry point of the container action; everything is in the library.

use std::process::ExitCode;

use anyhow::Context as _;

fn main() -> anyhow::Result<ExitCode> {
    runner_action::harden().context("this process could not be closed to its children")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no thread could be started")?;
    Ok(runtime.block_on(runner_action::act(&runner_action::surroundings::variables())))
}
