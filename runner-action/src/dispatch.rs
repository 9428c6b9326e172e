//! The command `dispatch`: starts a workflow through GitHub's API, from any workflow, with a token that it is given.
//!
//! Sent once. Whether a request that got no answer has started a run cannot be known here, so it is never sent again.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::json;
use thiserror::Error;

use crate::inputs::Dispatch;
use crate::log::cut;

/// The run that was started.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Started {
    /// The run's number.
    #[serde(rename = "workflow_run_id")]
    pub run_id: u64,
    /// The run's page.
    #[serde(rename = "html_url")]
    pub run_url: String,
}

/// Why no run was started, as far as is known.
#[derive(Debug, Error)]
pub enum DispatchError {
    /// GitHub said no.
    #[error("GitHub answered {status} to the dispatch of {workflow} in {repository}: {message}. {hint}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The workflow.
        workflow: String,
        /// `owner/name`.
        repository: String,
        /// GitHub's message.
        message: String,
        /// What to look at.
        hint: &'static str,
    },
    /// No answer, or half of one.
    #[error("GitHub gave no answer, so the workflow may or may not have been started: {0}")]
    Unknown(#[source] reqwest::Error),
    /// The answer cannot be read.
    #[error("GitHub answered, but not with a workflow run: {0}")]
    Answer(#[source] serde_json::Error),
}

/// Starts the workflow. `None` when the server started it without saying which run it is (older GitHub Enterprise).
pub async fn dispatch(api_url: &str, order: &Dispatch) -> Result<Option<Started>, DispatchError> {
    let url = format!("{api_url}/repos/{}/actions/workflows/{}/dispatches", order.repository, order.workflow);
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .user_agent("pangeo-forge-runner-action")
        .build()
        .map_err(DispatchError::Unknown)?;
    let answer = client
        .post(url)
        .bearer_auth(&order.token)
        .header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28")
        .json(&json!({"ref": order.git_ref, "inputs": order.inputs, "return_run_details": true}))
        .send()
        .await
        .map_err(DispatchError::Unknown)?;
    let status = answer.status();
    let body = answer.text().await.map_err(DispatchError::Unknown)?;
    match status {
        StatusCode::NO_CONTENT => Ok(None),
        StatusCode::OK => serde_json::from_str(&body).map(Some).map_err(DispatchError::Answer),
        _ => Err(DispatchError::Refused {
            status: status.as_u16(),
            workflow: order.workflow.clone(),
            repository: order.repository.clone(),
            message: message(&body),
            hint: hint(status),
        }),
    }
}

fn message(body: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let text = json.as_ref().and_then(|json| json.get("message")).and_then(serde_json::Value::as_str);
    cut(text.unwrap_or("no message"), 300).to_owned()
}

fn hint(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "The token is wrong or has expired.",
        StatusCode::FORBIDDEN => "The token needs the permission actions: write on that repository.",
        StatusCode::NOT_FOUND => {
            "The repository, the workflow file on its default branch, or the token's access to it is missing."
        }
        StatusCode::UNPROCESSABLE_ENTITY => {
            "The ref must exist, the workflow must have workflow_dispatch there, and its inputs must be those that were sent."
        }
        StatusCode::TOO_MANY_REQUESTS => "The token's rate limit is used up.",
        _ => "Try again later.",
    }
}
