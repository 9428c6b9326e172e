//! Workflow runs and their artifacts: <https://docs.github.com/rest/actions/workflow-runs>

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::json;

use super::call::{CANCEL_RUN, DISPATCH, GET_RUN, GET_WORKFLOW, LIST_ARTIFACTS, LIST_JOBS, LIST_RUNS};
use super::{Repository, Result, encode};
use crate::domain::id::GithubRunId;

/// The field that asks a dispatch for the id of the run it starts.
const RUN_DETAILS: &str = "return_run_details";

/// What GitHub said to a dispatch.
#[derive(Debug, Clone)]
pub struct Dispatched {
    /// The run's id.
    pub id: GithubRunId,
    /// The run's page.
    pub html_url: String,
}

/// A workflow run as it stands.
#[derive(Debug, Clone, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: GithubRunId,
    /// Its name, rendered from the workflow's `run-name`.
    #[serde(default)]
    pub display_title: String,
    /// What started it.
    pub event: String,
    /// GitHub's word; `completed` when it has ended.
    pub status: Option<String>,
    /// How it ended: `success`, `failure`, `cancelled`, `timed_out` and others.
    pub conclusion: Option<String>,
    /// The workflow's file, with or without `@ref`.
    pub path: String,
    /// The run's page.
    pub html_url: String,
}

impl Run {
    /// Whether GitHub has ended it.
    pub fn has_ended(&self) -> bool {
        self.status.as_deref() == Some("completed")
    }

    /// Whether a machine has taken it up.
    pub fn has_started(&self) -> bool {
        matches!(self.status.as_deref(), Some("in_progress" | "completed"))
    }
}

/// A file that a workflow run left behind.
#[derive(Debug, Clone, Deserialize)]
pub struct Artifact {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The size of the archive in bytes.
    pub size_in_bytes: u64,
    /// Whether its time is over.
    pub expired: bool,
}

/// A job of a workflow run.
#[derive(Debug, Clone, Deserialize)]
pub struct WorkflowJob {
    /// Its id.
    pub id: i64,
    /// Its name in the workflow.
    pub name: String,
    /// GitHub's word; `completed` when it has ended.
    pub status: String,
    /// How it ended; `skipped` for one that was not meant to run.
    pub conclusion: Option<String>,
}

impl WorkflowJob {
    /// Whether GitHub has ended it, which it does before it shows the log.
    pub fn has_ended(&self) -> bool {
        self.status == "completed"
    }

    /// Whether it never ran.
    pub fn was_skipped(&self) -> bool {
        self.conclusion.as_deref() == Some("skipped")
    }
}

/// A workflow as GitHub knows it, whatever its text says.
#[derive(Debug, Clone, Deserialize)]
pub struct WorkflowFile {
    /// Its file in the repository.
    pub path: String,
    /// `active`, or how it was switched off: `disabled_manually`, `disabled_inactivity`, `disabled_fork`.
    pub state: String,
    /// Its page.
    pub html_url: String,
}

impl Repository<'_> {
    /// The workflow with that file name; none where the default branch has none.
    pub async fn workflow(&self, file: &str) -> Result<Option<WorkflowFile>> {
        match self.get(GET_WORKFLOW, &format!("/actions/workflows/{}", encode(file))).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Starts a workflow. `None` when GitHub took it without saying which run it became, as servers before 2026 do.
    pub async fn dispatch(
        &self,
        workflow: &str,
        git_ref: &str,
        inputs: &BTreeMap<&'static str, String>,
    ) -> Result<Option<Dispatched>> {
        #[derive(Deserialize)]
        struct Body {
            workflow_run_id: GithubRunId,
            html_url: String,
        }
        let path = format!("/actions/workflows/{workflow}/dispatches");
        let mut request = json!({ "ref": git_ref, "inputs": inputs });
        request[RUN_DETAILS] = true.into();
        let answer = match self.send(DISPATCH, &path, Some(&request)).await {
            // A server that does not know the field has started nothing yet.
            Err(error) if error.refuses_field(RUN_DETAILS) => {
                request = json!({ "ref": git_ref, "inputs": inputs });
                self.send(DISPATCH, &path, Some(&request)).await?
            }
            answer => answer?,
        };
        if answer.status == 204 {
            return Ok(None);
        }
        let body: Body = answer.json(DISPATCH)?;
        Ok(Some(Dispatched { id: body.workflow_run_id, html_url: body.html_url }))
    }

    /// The dispatched runs of a workflow made since a moment, newest first.
    pub async fn dispatched_runs(&self, workflow: &str, since: DateTime<Utc>) -> Result<Vec<Run>> {
        #[derive(Deserialize)]
        struct Page {
            workflow_runs: Vec<Run>,
        }
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let path =
            format!("/actions/workflows/{workflow}/runs?event=workflow_dispatch&created=%3E%3D{since}");
        self.get_all(LIST_RUNS, &path, |page: Page| page.workflow_runs).await
    }

    /// The run of that id.
    pub async fn run(&self, id: GithubRunId) -> Result<Run> {
        self.get(GET_RUN, &format!("/actions/runs/{id}")).await
    }

    /// Asks GitHub to stop a run. One that has ended, or is gone, needs no stopping.
    pub async fn cancel_run(&self, id: GithubRunId) -> Result<()> {
        match self.send(CANCEL_RUN, &format!("/actions/runs/{id}/cancel"), None::<&()>).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() || error.is_conflict() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The artifacts of that name which a run left behind.
    pub async fn artifacts(&self, run: GithubRunId, name: &str) -> Result<Vec<Artifact>> {
        #[derive(Deserialize)]
        struct Page {
            artifacts: Vec<Artifact>,
        }
        let path = format!("/actions/runs/{run}/artifacts?name={name}");
        self.get_all(LIST_ARTIFACTS, &path, |page: Page| page.artifacts).await
    }

    /// The jobs of a run, of its newest attempt where somebody started it again.
    pub async fn jobs(&self, run: GithubRunId) -> Result<Vec<WorkflowJob>> {
        #[derive(Deserialize)]
        struct Page {
            jobs: Vec<WorkflowJob>,
        }
        let path = format!("/actions/runs/{run}/jobs?filter=latest");
        self.get_all(LIST_JOBS, &path, |page: Page| page.jobs).await
    }
}
