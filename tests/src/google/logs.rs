//! Cloud Logging, as far as it is asked: entries of Dataflow's logs, and a filter of a few clauses that are all met.
//! <https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list>

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shares;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::server::{Refusal, enter, refusal};
use super::{FakeGoogle, PROJECT, Shared};

/// Entries on a page: few, so that there is a second one.
const PER_PAGE: usize = 2;
/// Cloud Logging's words in their order.
const SEVERITIES: [&str; 9] =
    ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"];

/// An entry.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// The job's id.
    pub job_id: String,
    /// `worker`, `job-message` …
    pub log: String,
    /// Cloud Logging's word.
    pub severity: &'static str,
    /// The text.
    pub message: String,
    /// When it was written.
    pub at: DateTime<Utc>,
}

impl FakeGoogle {
    /// A part of a job writes a line.
    pub fn write_log(&self, job_id: &str, log: &str, severity: &'static str, message: &str) {
        let at = self.now();
        let (job_id, log, message) = (job_id.to_owned(), log.to_owned(), message.to_owned());
        self.lock().logs.push(LogLine { job_id, log, severity, message, at });
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Listing {
    resource_names: Vec<String>,
    filter: String,
    order_by: String,
    page_size: usize,
    page_token: Option<String>,
}

pub(super) async fn list(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Json(asked): Json<Listing>,
) -> Result<Response, Refusal> {
    let state = enter(&shared, "POST", &headers)?;
    let bad = |why: &str| refusal(StatusCode::BAD_REQUEST, why);
    if asked.resource_names != [format!("projects/{PROJECT}")] {
        return Err(refusal(StatusCode::FORBIDDEN, "Permission 'logging.logEntries.list' denied"));
    }
    if asked.order_by != "timestamp desc" || !(1..=1000).contains(&asked.page_size) {
        return Err(bad("the service asks for the newest entries, a page at a time"));
    }
    let clauses: Option<Vec<Clause>> = asked.filter.split(" AND ").map(Clause::parse).collect();
    let clauses = clauses.ok_or_else(|| bad("Unparseable filter"))?;
    let fits = |line: &&LogLine| clauses.iter().all(|clause| clause.is_met_by(line));
    let mut found: Vec<&LogLine> = state.logs.iter().filter(fits).collect();
    // Entries of one moment stand in the order in which they came.
    found.reverse();
    found.sort_by_key(|line| std::cmp::Reverse(line.at));
    let from: usize = match asked.page_token {
        Some(token) => token.parse().map_err(|_| bad("page_token is invalid"))?,
        None => 0,
    };
    let size = asked.page_size.min(PER_PAGE);
    let shown: Vec<Value> = found.iter().skip(from).take(size).map(|line| line.json()).collect();
    let mut page = json!({ "entries": shown });
    if found.len() > from + size {
        page["nextPageToken"] = json!((from + size).to_string());
    }
    Ok(Json(page).into_response())
}

struct Clause {
    key: String,
    at_least: bool,
    value: String,
}

impl Clause {
    fn parse(text: &str) -> Option<Self> {
        let (left, value) = text.split_once("=\"")?;
        let value = value.strip_suffix('"')?.replace("\\\"", "\"").replace("\\\\", "\\");
        let (key, at_least) = left.strip_suffix('>').map_or((left, false), |key| (key, true));
        Some(Self { key: key.to_owned(), at_least, value })
    }

    fn is_met_by(&self, line: &LogLine) -> bool {
        let rank = |word: &str| SEVERITIES.iter().position(|known| *known == word);
        match (self.key.as_str(), self.at_least) {
            ("resource.type", false) => self.value == "dataflow_step",
            ("resource.labels.job_id", false) => self.value == line.job_id,
            ("logName", false) => self.value == line.log_name(),
            ("timestamp", true) => self.value.parse().is_ok_and(|since: DateTime<Utc>| since <= line.at),
            ("severity", true) => rank(&self.value).is_some_and(|least| rank(line.severity) >= Some(least)),
            _ => false,
        }
    }
}

impl LogLine {
    fn log_name(&self) -> String {
        format!("projects/{PROJECT}/logs/dataflow.googleapis.com%2F{}", self.log)
    }

    fn json(&self) -> Value {
        let mut entry = json!({
            "logName": self.log_name(),
            "resource": {"type": "dataflow_step", "labels": {"job_id": self.job_id, "project_id": PROJECT}},
            "timestamp": self.at.to_rfc3339_opts(SecondsFormat::Nanos, true),
            "severity": self.severity,
            "insertId": "1",
        });
        if self.log == "worker" {
            entry["jsonPayload"] = json!({"message": self.message, "worker": "vm-1"});
            entry["labels"] = json!({"compute.googleapis.com/resource_name": "vm-1"});
        } else {
            entry["textPayload"] = json!(self.message);
        }
        entry
    }
}
