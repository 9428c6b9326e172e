//! `POST /dataflow/status`: what Google's Pub/Sub pushes. Verify, keep, answer; what it means is for a job.
//! <https://cloud.google.com/pubsub/docs/push#receive_push>
//!
//! | answer | to | and Pub/Sub |
//! | --- | --- | --- |
//! | 204 | what was kept, was here before, or says nothing that we could ever use | is done with it |
//! | 401 | what has no good token | delivers again, and then to its dead letters |
//! | 413 | what is larger than any status message | the same |
//! | 503 | what cannot be checked or kept at present | delivers again |

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::problem::Problem;
use super::webhook::STORED_WITHIN;
use super::{Shared, body, oidc};
use crate::app::App;
use crate::config::PushConfig;
use crate::domain::dataflow::{self, News};
use crate::domain::id::Cause;
use crate::domain::job::Job;
use crate::store::job_event::NewJobEvent;
use crate::store::{self, Tx};

/// An event has at most 512 KiB, and base64 makes it a third longer.
const MAX_BODY: usize = 1024 * 1024;
const MAX_ID: usize = 200;

/// A push, in either of its spellings.
#[derive(Deserialize)]
struct Push {
    message: Pushed,
    subscription: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pushed {
    #[serde(default)]
    data: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    message_id: Option<String>,
    #[serde(rename = "message_id")]
    message_id_in_snake_case: Option<String>,
    publish_time: Option<DateTime<Utc>>,
}

/// A message that can be kept.
struct Event {
    /// By which a second copy is known.
    source: String,
    message: dataflow::Message,
}

pub(super) async fn receive(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let taken = take_in(&shared.app, &headers, body).await;
    shared.app.metrics.status_message(match &taken {
        Ok(result) => result,
        Err(Problem::Unavailable | Problem::NoKeys) => "failed",
        Err(_) => "refused",
    });
    taken.map(|_| StatusCode::NO_CONTENT)
}

/// Answers what became of it, in a word.
async fn take_in(app: &App, headers: &HeaderMap, body: Body) -> Result<&'static str, Problem> {
    let Some(push) = app.config.dataflow.as_ref().and_then(|config| config.push.as_ref()) else {
        return Err(Problem::BadToken);
    };
    // Nobody's body is read before it is known whose it is.
    oidc::verify(app, push, headers).await?;
    let body = body::read(headers, body, MAX_BODY, Problem::MessageTooLarge).await?;
    match read(&body, push, app.clock.now()) {
        Ok(event) => Ok(if keep(app, &event).await? { "kept" } else { "duplicate" }),
        Err(why) => {
            tracing::warn!(why, "dataflow_status_unusable: a status message of which nothing can be made");
            Ok("unusable")
        }
    }
}

fn read(body: &[u8], push: &PushConfig, now: DateTime<Utc>) -> Result<Event, String> {
    let told: Push = serde_json::from_slice(body).map_err(|_| "it is no push of Pub/Sub")?;
    if told.subscription != push.subscription {
        return Err("it is of another subscription".into());
    }
    let Pushed { data, attributes, message_id, message_id_in_snake_case, publish_time } = told.message;
    let data = STANDARD.decode(data).map_err(|_| "its data is not base64")?;
    let message = dataflow::read_message(&data, &attributes, publish_time.unwrap_or(now), push.project());
    let message = message.map_err(|why| why.to_string())?;
    let source = match (&message.event_id, message_id.or(message_id_in_snake_case)) {
        (Some(event), _) => format!("event/{event}"),
        (None, Some(id))
            if !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            format!("message/{id}")
        }
        _ => return Err("it has no id".into()),
    };
    Ok(Event { source, message })
}

async fn keep(app: &App, event: &Event) -> Result<bool, Problem> {
    let message = &event.message;
    let row = NewJobEvent {
        source: &event.source,
        project: &message.project,
        location: &message.location,
        job_id: &message.job_id,
        job_name: &message.job_name,
        news: &message.news,
    };
    keep_row(app, row).await
}

/// Keeps what the old monitoring function told of a run: one event for each way in which the run can have ended.
pub(super) async fn keep_form(app: &App, source: &str, news: &News) -> Result<bool, Problem> {
    keep_row(app, NewJobEvent { source, project: "", location: "", job_id: "", job_name: "", news }).await
}

/// Keeps an event with the job that will apply it. Answers false for one that is here already.
async fn keep_row(app: &App, row: NewJobEvent<'_>) -> Result<bool, Problem> {
    let kept = tokio::time::timeout(STORED_WITHIN, async {
        let cause = Cause(row.source.to_owned());
        let mut tx: Tx = app.store.write().await?.because_of(Some(cause));
        let now = app.clock.now();
        let new = store::job_event::insert(&mut tx, row, now).await?;
        if let Some(event) = new {
            store::job::insert(&mut tx, &Job::RecordJobStatus { event }, now, now).await?;
        }
        tx.commit().await?;
        Ok(new.is_some())
    });
    let is_new = kept.await.map_err(|_| Problem::Unavailable)?.map_err(|error| Problem::database(&error))?;
    tracing::info!(
        cause = row.source,
        job = row.job_name,
        state = row.news.state.as_str(),
        is_new,
        "news of a Dataflow job came"
    );
    app.wake.notify_one();
    Ok(is_new)
}
