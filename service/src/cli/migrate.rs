//! `pfo migrate`

use std::process::ExitCode;

use super::print;
use crate::store::Store;

pub(super) async fn run(store: &Store) -> anyhow::Result<ExitCode> {
    store.migrate().await?;
    print("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
