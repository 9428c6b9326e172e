//! The parameters of the routes that show logs, and the form of their answers.

use axum::Json;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::domain::log::{Line, Severity, Source};
use crate::http::problem::Issue;

const LIMIT_MAX: usize = 1000;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One below the other.
    Text,
    /// An array of objects.
    Json,
}

/// What a reader asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogParameters {
    /// Whose lines; none for the usual ones.
    pub(super) source: Option<Source>,
    /// Of this severity at least.
    pub(super) severity: Severity,
    /// The newest so many.
    pub(super) limit: usize,
    /// How they are written.
    pub(super) form: Form,
}

impl LogParameters {
    /// Reads the query and the header that says which form is liked. A parameter that we do not know is not looked at; of one that is
    /// given twice, the last counts.
    pub(super) fn read(query: &[(String, String)], headers: &HeaderMap) -> Result<Self, Vec<Issue>> {
        let given =
            |name: &str| query.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let mut issues = Vec::new();
        let source = given("source").and_then(|word| {
            Source::parse(word)
                .or_else(|| not_among("source", word, &words(Source::ALL, Source::as_str), &mut issues))
        });
        let severity = given("severity").and_then(|word| {
            let upper = word.to_ascii_uppercase();
            Severity::parse(&upper)
                .or_else(|| not_among("severity", word, &words(Severity::ALL, Severity::as_str), &mut issues))
        });
        let form = given("format").and_then(|word| match word {
            "text" => Some(Form::Text),
            "json" => Some(Form::Json),
            _ => not_among("format", word, &["text", "json"], &mut issues),
        });
        let limit = given("limit").and_then(|text| limit(text).map_err(|issue| issues.push(issue)).ok());
        if !issues.is_empty() {
            return Err(issues);
        }
        Ok(Self {
            source,
            severity: severity.unwrap_or(Severity::Default),
            limit: limit.unwrap_or(LIMIT_MAX),
            form: form.unwrap_or_else(|| liked(headers)),
        })
    }
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|one| word(*one)).collect()
}

/// Notes that a word is none of those that are allowed, as the old service says it.
fn not_among<T>(name: &str, given: &str, permitted: &[&'static str], issues: &mut Vec<Issue>) -> Option<T> {
    let listed: Vec<_> = permitted.iter().map(|word| format!("'{word}'")).collect();
    let message = format!("unexpected value; permitted: {}", listed.join(", "));
    let mut issue = Issue::new(["query", name], message, "value_error.const");
    issue.ctx = Some(json!({ "given": given, "permitted": permitted }));
    issues.push(issue);
    None
}

fn limit(text: &str) -> Result<usize, Issue> {
    let place = ["query", "limit"];
    let number: i64 =
        text.parse().map_err(|_| Issue::new(place, "value is not a valid integer", "type_error.integer"))?;
    let bounded = |message: &str, kind, limit: usize| {
        let mut issue = Issue::new(place, format!("ensure this value is {message} {limit}"), kind);
        issue.ctx = Some(json!({ "limit_value": limit }));
        issue
    };
    match usize::try_from(number) {
        Ok(limit @ 1..=LIMIT_MAX) => Ok(limit),
        Ok(1..) => Err(bounded("less than or equal to", "value_error.number.not_le", LIMIT_MAX)),
        _ => Err(bounded("greater than or equal to", "value_error.number.not_ge", 1)),
    }
}

/// JSON where it is asked for and text is not asked for before it.
fn liked(headers: &HeaderMap) -> Form {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut types = accepted.split(',').map(|part| part.split(';').next().unwrap_or_default().trim());
    let first = types.find(|name| matches!(*name, "application/json" | "text/plain" | "text/*"));
    if first == Some("application/json") { Form::Json } else { Form::Text }
}

/// The lines as an answer that nobody keeps.
pub(super) fn answer(lines: &[Line], form: Form) -> Response {
    let mut response = match form {
        Form::Json => Json(lines).into_response(),
        Form::Text => text(lines.iter().map(written).collect()),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    response
}

/// A text that no browser takes for anything else.
pub(super) fn text(text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, text).into_response()
}

fn written(line: &Line) -> String {
    let time =
        line.timestamp.map_or_else(|| "-".into(), |at| at.to_rfc3339_opts(SecondsFormat::Micros, true));
    let instance = line.instance.as_ref().map(|name| format!(" [{name}]")).unwrap_or_default();
    format!("{time} {}{instance} {}\n", line.severity.as_str(), line.message)
}

/// A number in a path.
pub(super) fn path_integer(name: &str, text: &str) -> Result<i64, Issue> {
    text.parse().map_err(|_| Issue {
        loc: vec![Value::from("path"), Value::from(name)],
        msg: "value is not a valid integer".into(),
        kind: "type_error.integer",
        ctx: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)], accept: &'static str) -> Result<LogParameters, Value> {
        let query: Vec<_> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        LogParameters::read(&query, &headers)
            .map_err(|issues| serde_json::to_value(issues).expect("plain data"))
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let usual =
            LogParameters { source: None, severity: Severity::Default, limit: 1000, form: Form::Text };
        assert_eq!(read(&[("other", "x")], "*/*"), Ok(usual));
        for (accept, form) in [
            ("application/json", Form::Json),
            ("text/html, application/json;q=0.9, */*", Form::Json),
            ("text/plain, application/json", Form::Text),
            ("", Form::Text),
        ] {
            assert_eq!(read(&[], accept).expect("no parameter").form, form, "{accept}");
            assert_eq!(read(&[("format", "json")], accept).expect("a form").form, Form::Json);
        }
        let asked = read(&[("source", "worker"), ("severity", "error"), ("limit", "5"), ("limit", "7")], "");
        let expected = LogParameters {
            source: Some(Source::Worker),
            severity: Severity::Error,
            limit: 7,
            form: Form::Text,
        };
        assert_eq!(asked, Ok(expected));
    }

    #[test]
    fn every_wrong_parameter_is_told_in_the_old_form() {
        let wrong = [("source", "insights"), ("severity", "BAD"), ("limit", "0"), ("format", "xml")];
        let told = read(&wrong, "").expect_err("all are wrong");
        let kinds: Vec<_> =
            told.as_array().expect("a list").iter().map(|issue| issue["type"].clone()).collect();
        let expected =
            ["value_error.const", "value_error.const", "value_error.const", "value_error.number.not_ge"];
        assert_eq!(kinds, expected);
        assert_eq!(told[2]["ctx"], json!({ "given": "xml", "permitted": ["text", "json"] }));
        for (limit, message) in [
            ("-1", "ensure this value is greater than or equal to 1"),
            ("1001", "ensure this value is less than or equal to 1000"),
            ("99999999999999999999", "value is not a valid integer"),
            ("", "value is not a valid integer"),
        ] {
            assert_eq!(
                read(&[("limit", limit)], "").expect_err("wrong")[0]["msg"],
                json!(message),
                "{limit}"
            );
        }
    }
}
