//! The old monitoring function's `dataflow` event: a form, signed like a webhook, for as long as that function still runs. It names a run
//! and how it ended, and nothing else.

use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::dataflow::keep_form;
use super::problem::Problem;
use crate::app::App;
use crate::domain::dataflow::{News, read_form};

/// What the function puts into `X-GitHub-Event`. GitHub has no such event.
pub(super) const EVENT: &str = "dataflow";

/// Whether it is read at all.
pub(super) fn is_accepted(app: &App) -> bool {
    app.config.dataflow.as_ref().is_some_and(|config| config.accept_form_events)
}

/// Keeps what a form tells, and answers what became of it with what is told. Its signature was checked.
pub(super) async fn receive(app: &App, body: &Bytes) -> Result<(&'static str, Response), Problem> {
    let (run, state) = read_form(body).ok_or(Problem::BadForm)?;
    // The function sends no id: what it says is one, since a run ends once.
    let source = format!("form/{run}/{}", state.as_str());
    let news = News { state, at: app.clock.now(), replaced_by: None };
    let status = if keep_form(app, &source, &news).await? { "accepted" } else { "duplicate" };
    Ok((status, (StatusCode::ACCEPTED, Json(json!({ "status": status }))).into_response()))
}
