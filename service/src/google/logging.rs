//! What Cloud Logging keeps of a Dataflow job: <https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list>
//!
//! It needs `logging.logEntries.list`, which `roles/logging.viewer` has. Entries are kept for 30 days, unless the project says otherwise.

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::dataflow::is_plain;
use super::error::{Error, Result};
use super::{Google, error};

const LIST: &str = "entries.list";
/// Entries on a page: one with the 40 KiB of a long traceback each is still an answer that is read.
const PER_PAGE: usize = 100;
/// A page may come empty with a mark of the next one; the search ends here all the same.
const MAX_PAGES: usize = 20;

/// Which entries are wanted. Everything in it comes from our own records or from closed lists, and is quoted all the same.
#[derive(Debug, Clone, Copy)]
pub struct LogQuery<'a> {
    /// The project.
    pub project: &'a str,
    /// Dataflow's id of the job.
    pub job_id: &'a str,
    /// The log: `worker`, `job-message`.
    pub log: &'a str,
    /// The least severity, in Cloud Logging's words; none for every one.
    pub severity: Option<&'a str>,
    /// None older than this.
    pub since: DateTime<Utc>,
    /// The newest so many.
    pub limit: usize,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct LogEntry {
    /// When it was written.
    pub timestamp: Option<DateTime<Utc>>,
    /// Cloud Logging's word.
    pub severity: String,
    /// The machine.
    pub instance: Option<String>,
    /// The text, with that of an exception below it.
    pub message: String,
}

impl Google {
    /// The newest entries that fit, newest first.
    pub async fn log_entries(&self, query: LogQuery<'_>, now: DateTime<Utc>) -> Result<Vec<LogEntry>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page {
            #[serde(default)]
            entries: Vec<Entry>,
            next_page_token: Option<String>,
        }
        if let Some(bad) = [query.project, query.job_id, query.log].into_iter().find(|part| !is_plain(part)) {
            return Err(Error::unsent(LIST, format!("{bad:?} names neither a project nor a job nor a log")));
        }
        let url = Url::parse(&format!("{}/v2/entries:list", self.logging_url))
            .map_err(|error| Error::unsent(LIST, error::chain(&error)))?;
        let mut body = json!({
            "resourceNames": [format!("projects/{}", query.project)],
            "filter": filter(&query),
            "orderBy": "timestamp desc",
            "pageSize": query.limit.min(PER_PAGE),
        });
        let mut found: Vec<LogEntry> = Vec::new();
        for _ in 0..MAX_PAGES {
            let answer =
                self.call(LIST, Method::POST, url.clone(), now, |request| request.json(&body)).await?;
            let page: Page = answer.json(LIST)?;
            found.extend(page.entries.into_iter().map(LogEntry::from));
            let next = page.next_page_token.filter(|token| !token.is_empty());
            let Some(next) = next.filter(|_| found.len() < query.limit) else { break };
            body["pageToken"] = next.into();
        }
        found.truncate(query.limit);
        Ok(found)
    }
}

/// The filter in Cloud Logging's language: <https://cloud.google.com/logging/docs/view/logging-query-language>
fn filter(query: &LogQuery<'_>) -> String {
    let log = format!("projects/{}/logs/dataflow.googleapis.com%2F{}", query.project, query.log);
    let since = query.since.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut filter = format!(
        "resource.type=\"dataflow_step\" AND resource.labels.job_id={} AND logName={} AND timestamp>={}",
        quote(query.job_id),
        quote(&log),
        quote(&since),
    );
    if let Some(severity) = query.severity {
        filter.push_str(" AND severity>=");
        filter.push_str(&quote(severity));
    }
    filter
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    timestamp: Option<DateTime<Utc>>,
    #[serde(default)]
    severity: String,
    text_payload: Option<String>,
    #[serde(default)]
    json_payload: Value,
    #[serde(default)]
    labels: Value,
}

impl From<Entry> for LogEntry {
    fn from(entry: Entry) -> Self {
        let text = |key: &str| entry.json_payload.get(key).and_then(Value::as_str);
        let message = match (&entry.text_payload, text("message")) {
            (Some(text), _) => text.clone(),
            (None, Some(message)) => match text("exception") {
                Some(exception) if !message.contains(exception) => format!("{message}\n{exception}"),
                _ => message.to_owned(),
            },
            (None, None) if entry.json_payload.is_null() => String::new(),
            (None, None) => entry.json_payload.to_string(),
        };
        let instance = entry.labels.get("compute.googleapis.com/resource_name").and_then(Value::as_str);
        let instance = instance.or_else(|| text("worker")).map(str::to_owned);
        Self { timestamp: entry.timestamp, severity: entry.severity, instance, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s19_nothing_in_a_record_can_widen_the_filter() {
        let query = LogQuery {
            project: "p",
            job_id: "x\" OR \"\\",
            log: "worker",
            severity: Some("ERROR"),
            since: DateTime::UNIX_EPOCH,
            limit: 1,
        };
        let expected = [
            r#"resource.type="dataflow_step""#,
            r#"resource.labels.job_id="x\" OR \"\\""#,
            r#"logName="projects/p/logs/dataflow.googleapis.com%2Fworker""#,
            r#"timestamp>="1970-01-01T00:00:00Z""#,
            r#"severity>="ERROR""#,
        ];
        assert_eq!(filter(&query), expected.join(" AND "));
    }

    #[test]
    fn an_entry_is_read_whatever_it_holds() {
        let read = |json: &str| LogEntry::from(serde_json::from_str::<Entry>(json).expect("an entry"));
        let worker = read(
            r#"{"severity": "ERROR", "jsonPayload": {"message": "m", "exception": "Traceback", "worker": "w-1"}}"#,
        );
        assert_eq!((worker.message.as_str(), worker.instance.as_deref()), ("m\nTraceback", Some("w-1")));
        assert_eq!(read(r#"{"textPayload": "t"}"#).message, "t");
        assert_eq!(read(r#"{"jsonPayload": {"a": 1}}"#).message, r#"{"a":1}"#);
        assert_eq!(read("{}").message, "");
    }
}
