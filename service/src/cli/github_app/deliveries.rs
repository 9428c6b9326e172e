//! `pfo github-app deliveries`

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::super::print;
use super::{Client, Of};
use crate::domain::id::HookAttemptId;

/// GitHub's list has so many a page, and whoever looks for one that failed has to read a few.
const SEARCHED: usize = 1000;

/// Show what GitHub delivered to the App in the last three days and what was answered, newest first; or ask for some of it again.
///
/// This is GitHub's side; `pfo delivery list` shows what came here. The service asks by itself for deliveries that it missed, when it
/// starts.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pfo github-app deliveries --failed
  pfo github-app deliveries --limit 1 --json
  pfo github-app deliveries --redeliver 12345678 --redeliver 12345679
")]
pub(in crate::cli) struct Deliveries {
    #[command(flatten)]
    of: Of,
    /// Only those that were not answered with success.
    #[arg(long)]
    failed: bool,
    /// How many at most.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Ask GitHub to deliver this one again, by the number that the list shows. Several are allowed.
    #[arg(long, value_name = "ID", conflicts_with_all = ["failed", "limit"])]
    redeliver: Vec<i64>,
}

impl Deliveries {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = Client::open(&self.of.sources).await?;
        if !self.redeliver.is_empty() {
            return self.redeliver(&client).await;
        }
        let limit = usize::from(self.limit);
        let searched = if self.failed { SEARCHED } else { limit };
        let log = client.github.as_app(client.now).delivery_log(searched).await?;
        let wanted = log.into_iter().filter(|entry| !self.failed || !is_good(entry)).take(limit);
        for entry in wanted {
            if self.of.json {
                print(entry);
            } else {
                print(line(&entry));
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn redeliver(&self, client: &Client) -> anyhow::Result<ExitCode> {
        let mut code = ExitCode::SUCCESS;
        for id in &self.redeliver {
            let is_known = client.github.as_app(client.now).redeliver(HookAttemptId(*id)).await?;
            if !is_known {
                code = ExitCode::FAILURE;
            }
            if self.of.json {
                print(serde_json::json!({ "id": id, "redelivered": is_known }));
            } else if is_known {
                print(format_args!("{id} will be delivered again"));
            } else {
                print(format_args!("GitHub does not have {id} any more: it keeps deliveries for three days"));
            }
        }
        Ok(code)
    }
}

fn is_good(entry: &Value) -> bool {
    entry["status_code"].as_i64().is_some_and(|status| (200..300).contains(&status))
}

fn line(entry: &Value) -> String {
    let text = |field: &str| entry[field].as_str().unwrap_or("-");
    let event = match entry["action"].as_str() {
        Some(action) => format!("{}.{action}", text("event")),
        None => text("event").to_owned(),
    };
    let again = if entry["redelivery"] == true { "  again" } else { "" };
    format!(
        "{:>12}  {}  {:<32} {:>3} {}  {}{again}",
        entry["id"],
        text("delivered_at"),
        event,
        entry["status_code"],
        text("status"),
        text("guid")
    )
}
