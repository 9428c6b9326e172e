//! Every request has an id, in its answer and in whatever is logged on its way.

use std::io;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use harness::stories;
use orchestrator::domain::network::Network;
use orchestrator::telemetry;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use super::{PAGE, ask_from};
use crate::intake::hook;

/// A log that is kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

stories! {
    async fn u16c_every_line_of_a_request_has_the_id_that_its_answer_has(app: &mut TestApp) {
        let kept = Kept::default();
        let _log = tracing::subscriber::set_default(telemetry::json_log("warn,orchestrator::http=debug", kept.clone()));
        let answer = app.get(&format!("{PAGE}?token=hush-hush")).await;
        let id = answer.header("x-request-id").to_owned();
        assert!(id.len() > 10, "{id}");
        let lines = kept.lines();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        let (span, line) = (&lines[0]["span"], &lines[0]);
        assert_eq!((span["request_id"].as_str(), span["method"].as_str(), span["route"].as_str()), (Some(id.as_str()), Some("GET"), Some(PAGE)));
        assert_eq!((line["level"].as_str(), line["status"].as_u64(), line["message"].as_str()), (Some("DEBUG"), Some(200), Some("answered")));
        assert!(!line.to_string().contains("hush"), "{line}");
        assert_ne!(app.get(PAGE).await.header("x-request-id"), id, "the next has another");

        app.deliver(&hook("star", "a-delivery", b"{}")).await;
        let lines = kept.lines();
        assert_eq!(lines.last().unwrap()["span"]["delivery"], "a-delivery", "{lines:#?}");
    }

    async fn u16c_what_fails_is_a_warning_with_its_id(app: &mut TestApp) {
        let kept = Kept::default();
        let _log = tracing::subscriber::set_default(telemetry::json_log("error,orchestrator::http=warn", kept.clone()));
        assert_eq!(app.get("/nowhere").await.status, StatusCode::NOT_FOUND);
        assert_eq!(kept.lines().len(), 0, "a mistake of the caller's is none of ours");
        app.app.store.close().await;
        let answer = app.get(PAGE).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        let lines = kept.lines();
        let levels: Vec<_> = lines.iter().map(|line| line["level"].as_str().unwrap()).collect();
        assert_eq!(levels, ["ERROR", "WARN"], "what happened, and what was answered: {lines:#?}");
        for line in &lines {
            assert_eq!(line["span"]["request_id"].as_str(), Some(answer.header("x-request-id")), "{line}");
        }
        app.restart().await;
    }

    async fn an_id_is_taken_from_a_trusted_proxy_and_from_nobody_else(app: &mut TestApp) {
        app.reconfigure(|config| config.operating.trusted_proxies = vec![Network::parse("10.0.0.1").unwrap()]).await;
        let long = "x".repeat(65);
        for (peer, told, is_taken) in [
            ("10.0.0.1", "req-1.a_B", true),
            ("10.0.0.2", "req-1", false),
            ("10.0.0.1", "", false),
            ("10.0.0.1", "two words", false),
            ("10.0.0.1", "\"}{\"level\":\"ERROR\"", false),
            ("10.0.0.1", long.as_str(), false),
        ] {
            let answer = ask_from(app, peer, PAGE, &[("x-request-id", told)]).await;
            assert_eq!(answer.header("x-request-id") == told, is_taken, "{peer} {told}");
            assert!(!answer.header("x-request-id").is_empty());
        }
    }
}
