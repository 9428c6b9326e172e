//! Whether two answers say the same, and which of the deliberate differences are between them. Anything else ends the test.

use std::collections::{BTreeMap, BTreeSet};

use harness::app::TestApp;
use harness::requests::Answer;
use serde_json::{Value, json};

use super::differences::Difference;
use super::record::Record;

/// The rows as our service has them, by table and id.
pub(super) struct Standing {
    rows: BTreeMap<(&'static str, i64), Value>,
}

impl Standing {
    /// Reads every row along the links.
    pub(super) async fn read(app: &TestApp) -> Self {
        let mut rows = BTreeMap::new();
        for table in ["/recipe_runs/", "/bakeries/", "/feedstocks/"] {
            let mut path = Some(table.to_owned());
            while let Some(page) = path {
                let answer = app.get(&page).await;
                for row in answer.json().as_array().unwrap() {
                    rows.insert((table, row["id"].as_i64().unwrap()), row.clone());
                }
                path = next(answer.header("link"));
            }
        }
        Self { rows }
    }
}

/// The next page that a `Link` header names.
pub(in crate::api) fn next(links: &str) -> Option<String> {
    let link = links.split(", ").find(|link| link.ends_with("rel=\"next\""))?;
    Some(link.trim_start_matches('<').split('>').next()?.to_owned())
}

/// The differences between what the old service said and what ours says.
pub(super) fn differs(record: &Record, ours: &Answer, standing: &Standing) -> BTreeSet<Difference> {
    let mut met = BTreeSet::new();
    let context = || {
        let theirs = serde_json::to_string(&record.answer.json).unwrap();
        let theirs: String = theirs.chars().take(600).collect();
        let text: String = ours.text().chars().take(600).collect();
        format!(
            "{} {} {:?}\n theirs: {} {theirs}\n ours: {} {text}",
            record.method, record.path, record.body, record.answer.status, ours.status
        )
    };
    headers(record, ours, &mut met);
    if let Some(difference) = of_status(record, ours) {
        met.insert(difference);
        assert!(ours.status.is_success() || is_explained(&ours.json()), "{}", context());
        return met;
    }
    assert_eq!(record.answer.status, ours.status.as_u16(), "{}", context());
    let Some(theirs) = &record.answer.json else { return met };
    assert_eq!(record.answer.content_type.as_deref(), Some("application/json"));
    assert_eq!(ours.header("content-type"), "application/json", "{}", context());
    let theirs = as_imported(theirs.clone(), &mut met);
    let mine = ours.json();
    if theirs == mine {
        return met;
    }
    let difference = of_body(record, &theirs, &mine, standing);
    assert!(difference.is_some(), "{}", context());
    met.extend(difference.into_iter().flatten());
    met
}

fn headers(record: &Record, ours: &Answer, met: &mut BTreeSet<Difference>) {
    if let Some(location) = &record.answer.location {
        assert_eq!(location.strip_prefix("http://HOST"), Some(ours.header("location")), "{}", record.path);
        met.insert(Difference::Location);
    }
    if let Some(origin) = &record.answer.allow_origin {
        assert_eq!(ours.header("access-control-allow-origin"), origin);
    }
    if record.answer.allow_credentials.is_some() {
        assert_eq!(ours.header("access-control-allow-credentials"), "");
        met.insert(Difference::Credentials);
    }
    let allow = record.answer.allow.as_deref().filter(|_| ours.status.as_u16() == 405).unwrap_or_default();
    if allow != ours.header("allow") && record.answer.status == 405 && ours.status.as_u16() == 405 {
        assert!(
            allow
                .split(',')
                .all(|method| ours.header("allow").split(',').any(|known| known.trim() == method.trim()))
        );
        met.insert(Difference::Allow);
    }
}

/// A difference that shows in the status.
fn of_status(record: &Record, ours: &Answer) -> Option<Difference> {
    let pair = (record.answer.status, ours.status.as_u16());
    let is_write = record.method == "POST";
    match pair {
        (500, 422) => Some(Difference::Refused),
        (405, 200) if record.method == "HEAD" => Some(Difference::Head),
        (200, 422)
            if record
                .parameter("limit")
                .is_some_and(|limit| limit.parse::<i64>().is_ok_and(|limit| limit > 100)) =>
        {
            Some(Difference::Limit)
        }
        (422, 403) if is_write && record.raw.is_some() && !record.has_key() => Some(Difference::KeyFirst),
        (200, 409) if is_write => Some(Difference::Duplicate),
        (200, 422) if is_write && ours.json()["detail"][0]["loc"] == json!(["body", "conclusion"]) => {
            let body = record.body.as_ref()?;
            let is_completed = body["status"] == "completed";
            (is_completed == body["conclusion"].is_null()).then_some(Difference::Conclusion)
        }
        _ => None,
    }
}

/// Whether an error has the old form.
fn is_explained(body: &Value) -> bool {
    match &body["detail"] {
        Value::String(detail) => !detail.is_empty(),
        Value::Array(issues) => issues
            .iter()
            .all(|issue| issue["loc"].is_array() && issue["msg"].is_string() && issue["type"].is_string()),
        _ => false,
    }
}

/// What the import makes of a row, wherever one stands.
fn as_imported(value: Value, met: &mut BTreeSet<Difference>) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(|value| as_imported(value, met)).collect(),
        Value::Object(mut object) => {
            let is_stuck =
                object.get("status") == Some(&json!("in_progress")) && object.contains_key("conclusion");
            // A run that was made through the API a moment ago is not imported.
            let is_old = object.get("id").and_then(Value::as_i64).is_some_and(|id| id <= 1568);
            if is_stuck && is_old {
                met.insert(Difference::Imported);
                object.insert("status".into(), "completed".into());
                let conclusion = object.get_mut("conclusion").unwrap();
                if conclusion.is_null() {
                    *conclusion = "stale".into();
                }
            }
            object.into_iter().map(|(name, value)| (name, as_imported(value, met))).collect()
        }
        other => other,
    }
}

/// Whether two bodies that are not equal say the same nevertheless; with the difference, if it is one.
fn of_body(record: &Record, theirs: &Value, mine: &Value, standing: &Standing) -> Option<Vec<Difference>> {
    if record.answer.status == 404 {
        return (theirs["detail"] == "feedstock not found" && is_explained(mine))
            .then(|| vec![Difference::NotFound]);
    }
    if record.raw.as_deref().is_some_and(|raw| !raw.is_empty()) {
        let kind = |body: &Value| body["detail"][0]["type"].clone();
        let same = kind(theirs) == kind(mine) && is_explained(mine);
        return same.then(|| vec![Difference::Syntax]);
    }
    if let (Value::Object(theirs), Value::Object(mine)) = (theirs, mine) {
        return same_object(record, theirs, mine).then(Vec::new);
    }
    let (theirs, mine) = (theirs.as_array()?, mine.as_array()?);
    list(record, theirs, mine, standing)
}

/// A new row has an id of its own; the runs of a bakery or feedstock have no order.
fn same_object(
    record: &Record,
    theirs: &serde_json::Map<String, Value>,
    mine: &serde_json::Map<String, Value>,
) -> bool {
    let is_new = record.method == "POST" && mine.get("id").is_some_and(Value::is_i64);
    theirs.len() == mine.len()
        && theirs.iter().all(|(name, value)| match (name.as_str(), mine.get(name)) {
            ("id", Some(_)) if is_new => true,
            ("recipe_runs", Some(other)) => as_set(value) == as_set(other),
            (_, other) => other == Some(value),
        })
}

fn as_set(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(Value::to_string).collect()
}

/// The same rows in any order where the old service had none; the same values in the column of the order where rows tie in it.
fn list(record: &Record, theirs: &[Value], mine: &[Value], standing: &Standing) -> Option<Vec<Difference>> {
    let whole = |list: &[Value]| as_set(&Value::from(list.to_vec()));
    if whole(theirs) == whole(mine) && record.parameter("order_by").is_none() {
        return Some(Vec::new());
    }
    let table = ["/recipe_runs/", "/bakeries/", "/feedstocks/"]
        .into_iter()
        .find(|table| *table == record.plain_path())?;
    let are_ours = |rows: &[Value]| {
        rows.iter().all(|row| row["id"].as_i64().and_then(|id| standing.rows.get(&(table, id))) == Some(row))
    };
    if theirs.len() != mine.len() || !are_ours(theirs) || !are_ours(mine) {
        return None;
    }
    match record.parameter("order_by") {
        None => None,
        Some(column) => {
            // An imported run's status and conclusion are others, and so is its place.
            let is_changed = ["status", "conclusion"].contains(&column);
            let same = theirs.iter().zip(mine).all(|(one, other)| is_changed || one[column] == other[column]);
            same.then(Vec::new)
        }
    }
}
