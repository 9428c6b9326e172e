//! `pfo migrate`

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::print;
use crate::store::Store;

/// Bring the database's schema to what this program needs.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Print one JSON document instead of a line.
    #[arg(long)]
    json: bool,
}

impl Migrate {
    pub(super) async fn run(self, store: &Store) -> anyhow::Result<ExitCode> {
        store.migrate().await?;
        if self.json {
            print(json!({ "up_to_date": true }));
        } else {
            print("the schema is up to date");
        }
        Ok(ExitCode::SUCCESS)
    }
}
