//! `pfo release`: what a platform runs once before it starts a new version.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::check::finding::Level;
use super::check::findings;
use super::print;
use crate::clock::{Clock, SystemClock};
use crate::config::Sources;
use crate::store::Store;

/// Make ready for a new version: check the configuration, then bring the schema up to date.
///
/// A platform runs it once before it starts the new version (Heroku's release phase, a job of Cloud Run). Nothing is changed where the new version
/// could not start with what it would be told, so that the old one goes on.
#[derive(Debug, Args)]
#[command(after_help = "\
Exits with 0 when the new version may start, and with 1 when it must not.
")]
pub(super) struct Release {
    #[command(flatten)]
    sources: Sources,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
}

impl Release {
    pub(super) async fn run(self, database_url: &str) -> anyhow::Result<ExitCode> {
        let mut findings = findings(&self.sources, database_url, SystemClock.now()).await;
        findings.sort();
        let may_start = findings.iter().all(|finding| finding.level != Level::Error);
        if !self.json {
            findings.iter().for_each(print);
        }
        if may_start {
            let store = Store::open(database_url).await?;
            let migrated = store.migrate().await;
            store.close().await;
            migrated?;
        }
        if self.json {
            print(json!({ "ok": may_start, "findings": findings }));
        } else if may_start {
            print("the configuration is sound and the schema is up to date");
        } else {
            print("the configuration is not sound; nothing was changed");
        }
        Ok(if may_start { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
