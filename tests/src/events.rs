//! The timeline of a run as its readers see it: the page, and the stream read event by event.

use std::collections::VecDeque;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::app::TestApp;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its id; none for one that does not count.
    pub id: Option<i64>,
    /// Its name.
    pub event: String,
    /// Its data, whatever it is.
    pub data: Value,
}

/// An open stream.
#[derive(Debug)]
pub struct EventStream {
    body: Body,
    blocks: VecDeque<String>,
    rest: String,
}

impl EventStream {
    /// The stream in an answer, which must be one.
    pub fn of(response: Response<Body>) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), blocks: VecDeque::new(), rest: String::new() }
    }

    /// The next block, a comment or an event; none at the end.
    pub async fn block(&mut self) -> Option<String> {
        while self.blocks.is_empty() {
            let frame = self.body.frame().await?.expect("the stream does not break");
            self.rest.push_str(std::str::from_utf8(frame.data_ref().expect("data")).expect("text"));
            while let Some(end) = self.rest.find("\n\n") {
                self.blocks.push_back(self.rest[..end].to_owned());
                self.rest.drain(..end + 2);
            }
        }
        self.blocks.pop_front()
    }

    /// The next event; none at the end.
    pub async fn event(&mut self) -> Option<Sent> {
        loop {
            let block = self.block().await?;
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            if let Some(event) = field("event") {
                let data = serde_json::from_str(field("data").unwrap_or_default()).unwrap_or_default();
                let id = field("id").map(|id| id.parse().expect("a number"));
                return Some(Sent { id, event: event.to_owned(), data });
            }
        }
    }

    /// The events up to one of that name, it included.
    pub async fn until(&mut self, name: &str) -> Vec<Sent> {
        let mut events: Vec<Sent> = Vec::new();
        while events.last().is_none_or(|event| event.event != name) {
            let event = self.event().await;
            events.push(event.unwrap_or_else(|| panic!("the stream ends before {name}: {events:#?}")));
        }
        events
    }
}

impl TestApp {
    /// The page of everything that happened to a run.
    pub async fn timeline(&self, run: i64) -> Value {
        let answer = self.get(&format!("/recipe_runs/{run}/events")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }

    /// What happened to a run, in a word each.
    pub async fn kinds(&self, run: i64) -> Vec<String> {
        words(&self.timeline(run).await, "kind")
    }

    /// The sentences about a run of one kind.
    pub async fn reasons(&self, run: i64, kind: &str) -> Vec<String> {
        let timeline = self.timeline(run).await;
        let events = timeline["events"].as_array().expect("a list").iter();
        events.filter(|event| event["kind"] == kind).map(|event| text(&event["reason"])).collect()
    }

    /// Asks for the stream of a run as an `EventSource` does, which tells what it had when it comes again.
    pub async fn listen(&self, run: i64, last: Option<i64>) -> Response<Body> {
        let mut request =
            Request::get(format!("/recipe_runs/{run}/events")).header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        self.open(request.body(Body::empty()).expect("a request")).await
    }
}

/// One field of every event of a page.
pub fn words(timeline: &Value, field: &str) -> Vec<String> {
    timeline["events"].as_array().expect("a list").iter().map(|event| text(&event[field])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
