//! What is asked for, from the path, the query and two headers.

use axum::extract::Path;
use axum::extract::Query;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Uri};
use serde_json::json;

use crate::domain::id::{RecipeRunId, RunEventId};
use crate::http::problem::{Issue, Problem};

const MAX_LIMIT: i64 = 100;

/// The parameters, each in its bounds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) run: RecipeRunId,
    pub(super) after: RunEventId,
    pub(super) limit: i64,
}

impl Parameters {
    /// Reads them, or says what is wrong with each. Of a parameter that is given twice the last one counts.
    pub(super) fn read(
        id: Option<Path<String>>,
        query: Option<&str>,
        headers: &HeaderMap,
        of_stream: bool,
    ) -> Result<Self, Problem> {
        let id = id.map(|Path(id)| id).unwrap_or_default();
        let pairs = pairs(query);
        let of =
            |name: &str| pairs.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let mut issues = Vec::new();
        let mut number = |place: [&str; 2], text: Option<&str>, min: i64, max: i64| {
            let read = text.map(|text| read_number(place, text, min, max)).transpose();
            read.unwrap_or_else(|issue| {
                issues.push(issue);
                None
            })
        };
        let run = number(["path", "id"], Some(&id), i64::MIN, i64::MAX);
        let limit = number(["query", "limit"], of("limit"), 1, MAX_LIMIT);
        let after = number(["query", "after"], of("after"), 0, i64::MAX);
        let in_query = number(["query", "last_event_id"], of("last_event_id"), 0, i64::MAX);
        let header = headers.get(LAST_EVENT_ID).filter(|_| of_stream);
        // Bytes that are no text are no number either.
        let header = header.map(|value| value.to_str().unwrap_or("?")).filter(|text| !text.is_empty());
        let in_header = number(["header", LAST_EVENT_ID], header, 0, i64::MAX);
        if !issues.is_empty() {
            return Err(Problem::Invalid(issues));
        }
        Ok(Self {
            run: RecipeRunId(run.unwrap_or_default()),
            after: RunEventId(in_header.or(in_query).or(after).unwrap_or_default()),
            limit: limit.unwrap_or(MAX_LIMIT),
        })
    }
}

const LAST_EVENT_ID: &str = "last-event-id";

/// Whether the client asks for a stream, as every `EventSource` does.
pub(super) fn accepts_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_stream = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("text/event-stream"));
        is_stream && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// The query's parameters, decoded.
fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    let uri = format!("/?{}", query.unwrap_or_default()).parse::<Uri>();
    let pairs = uri.ok().and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    pairs.map(|Query(pairs)| pairs).unwrap_or_default()
}

fn read_number(place: [&str; 2], text: &str, min: i64, max: i64) -> Result<i64, Issue> {
    let Ok(number) = text.trim().parse::<i64>() else {
        return Err(Issue::new(place, "value is not a valid integer", "type_error.integer"));
    };
    let (words, kind, limit) = if number < min {
        ("greater", "value_error.number.not_ge", min)
    } else if number > max {
        ("less", "value_error.number.not_le", max)
    } else {
        return Ok(number);
    };
    let mut issue = Issue::new(place, format!("ensure this value is {words} than or equal to {limit}"), kind);
    issue.ctx = Some(json!({ "limit_value": limit }));
    Err(issue)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(id: &str, query: &str, header: Option<&'static str>) -> Result<Parameters, Problem> {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(LAST_EVENT_ID, header.parse().expect("a header"));
        }
        Parameters::read(Some(Path(id.to_owned())), Some(query), &headers, true)
    }

    #[test]
    fn the_header_counts_more_than_the_query() {
        let parameters =
            |after, limit| Ok(Parameters { run: RecipeRunId(7), after: RunEventId(after), limit });
        assert_eq!(read("7", "", None), parameters(0, 100));
        assert_eq!(read("7", "after=3&limit=5", None), parameters(3, 5));
        assert_eq!(read("7", "after=3&last_event_id=4", None), parameters(4, 100));
        assert_eq!(read("7", "after=3&last_event_id=4", Some("9")), parameters(9, 100));
        assert_eq!(read("7", "limit=2&limit=3", Some("")), parameters(0, 3));
    }

    #[test]
    fn s27_each_wrong_parameter_is_named_with_its_place() {
        let Err(Problem::Invalid(issues)) = read("x", "limit=101&after=-1&last_event_id=%FF", Some("a"))
        else {
            panic!("nothing of this can be used");
        };
        let found: Vec<_> = issues.iter().map(|issue| (issue.loc[1].clone(), issue.kind)).collect();
        assert_eq!(
            found,
            [
                ("id".into(), "type_error.integer"),
                ("limit".into(), "value_error.number.not_le"),
                ("after".into(), "value_error.number.not_ge"),
                ("last_event_id".into(), "type_error.integer"),
                ("last-event-id".into(), "type_error.integer"),
            ]
        );
    }

    #[test]
    fn a_stream_is_for_who_asks_for_one() {
        let accepts = |value: &'static str| {
            accepts_stream(&HeaderMap::from_iter([(ACCEPT, value.parse().expect("a header"))]))
        };
        assert!(accepts("text/event-stream") && accepts("text/html, Text/Event-Stream;q=0.5"));
        assert!(!accepts("*/*") && !accepts("application/json") && !accepts("text/event-stream;q=0"));
    }
}
