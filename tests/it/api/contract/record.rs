//! A recorded request and its answer, and how it is asked again.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use harness::app::TestApp;
use harness::requests::Answer;
use harness::world::{self, API_KEY};
use serde::Deserialize;
use serde_json::Value;

/// A request that the old service was asked, and what it said.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Record {
    pub(super) method: String,
    pub(super) path: String,
    key: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<Value>,
    pub(super) raw: Option<String>,
    pub(super) answer: Recorded,
}

/// What the old service said.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Recorded {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) json: Option<Value>,
    pub(super) location: Option<String>,
    pub(super) allow: Option<String>,
    #[serde(rename = "access-control-allow-origin")]
    pub(super) allow_origin: Option<String>,
    #[serde(rename = "access-control-allow-credentials")]
    pub(super) allow_credentials: Option<String>,
}

/// Every record of a file.
pub(super) fn read(file: &str) -> Vec<Record> {
    let path = world::root().join("tests/contract").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

impl Record {
    /// Any record.
    pub(super) fn example() -> Self {
        read("reads.jsonl").remove(0)
    }

    pub(super) fn has_key(&self) -> bool {
        self.key.as_deref() == Some("good")
    }

    /// The path without its query.
    pub(super) fn plain_path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.path.split_once('?')?;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// The same with a name that nobody has.
    pub(super) fn renamed(&self, number: usize) -> Self {
        let mut renamed = self.clone();
        if let Some(Value::Object(body)) = &mut renamed.body {
            for name in ["spec", "name"] {
                if body.contains_key(name) {
                    body.insert(name.into(), format!("stands-in-{number}").into());
                }
            }
        }
        renamed
    }
}

/// Asks it of our service.
pub(super) async fn replay(app: &TestApp, record: &Record) -> Answer {
    let method: Method = record.method.parse().unwrap();
    let mut request = Request::builder().method(method).uri(&record.path);
    match record.key.as_deref() {
        Some("good") => request = request.header("X-API-Key", API_KEY),
        Some(_) => request = request.header("X-API-Key", "wrong"),
        None => {}
    }
    for (name, value) in &record.headers {
        request = request.header(name.as_str(), HeaderValue::from_str(value).unwrap());
    }
    let body = match (&record.body, &record.raw) {
        (Some(body), _) => body.to_string(),
        (None, Some(raw)) => raw.clone(),
        (None, None) => String::new(),
    };
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    app.ask(request.body(Body::from(body)).unwrap()).await
}

/// The ids of rows that were made: the old service's, and ours.
#[derive(Default)]
pub(super) struct Ids {
    known: BTreeMap<(&'static str, i64), i64>,
}

impl Ids {
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// The record with our ids in what is asked.
    pub(super) fn ours(&self, mut record: Record) -> Record {
        for (field, table) in [("bakery_id", "/bakeries/"), ("feedstock_id", "/feedstocks/")] {
            for object in [record.body.as_mut(), record.answer.json.as_mut()].into_iter().flatten() {
                let told = object.get(field).and_then(Value::as_i64);
                if let (Some(ours), Some(object)) =
                    (told.and_then(|id| self.known.get(&(table, id))), object.as_object_mut())
                {
                    object.insert(field.into(), (*ours).into());
                }
            }
        }
        record
    }

    /// Remembers what a row that was made is called here.
    pub(super) fn learn(&mut self, record: &Record, ours: &Answer) {
        let table =
            ["/bakeries/", "/feedstocks/", "/recipe_runs/"].into_iter().find(|table| record.path == **table);
        let theirs = record.answer.json.as_ref().and_then(|json| json["id"].as_i64());
        if let (Some(table), Some(theirs), Some(id)) = (table, theirs, ours.json()["id"].as_i64()) {
            self.known.insert((table, theirs), id);
        }
    }
}
