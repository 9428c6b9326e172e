//! The JSON that GitHub shows of check runs, workflow runs, artifacts and deployments.
//!
//! Like [`super::render`]: one function per resource for answers and webhooks alike, pure.

use serde_json::{Value, json};

use super::actions::{Artifact, WorkflowRun};
use super::records::Repository;
use super::records_ci::{CheckRun, Deployment, DeploymentStatus};
use super::render::{HOMEPAGE, time};
use super::world::World;

impl World {
    pub(super) fn check_run_json(&self, repo: &Repository, run: &CheckRun) -> Value {
        let full_name = repo.full_name();
        let id = run.id;
        let pulls = repo.pulls.values().filter(|pull| pull.head_sha == run.head_sha && pull.open);
        // GitHub leaves out pull requests that come from a fork.
        let pulls = pulls
            .filter(|pull| pull.head_repo == full_name)
            .map(|pull| json!({"number": pull.number, "id": pull.id}));
        json!({
            "id": id,
            "node_id": format!("CR_{id}"),
            "name": run.name,
            "head_sha": run.head_sha,
            "external_id": run.external_id.as_deref().unwrap_or_default(),
            "status": run.status,
            "conclusion": run.conclusion,
            "started_at": run.started_at.map(time),
            "completed_at": run.completed_at.map(time),
            "details_url": run.details_url.as_deref().unwrap_or(HOMEPAGE),
            "output": {
                "title": run.title,
                "summary": run.summary,
                "text": run.text,
                "annotations_count": run.annotations.len(),
                "annotations_url": self.api_url(&format!("repos/{full_name}/check-runs/{id}/annotations")),
            },
            "check_suite": {"id": check_suite_id(&run.head_sha)},
            "pull_requests": pulls.collect::<Vec<_>>(),
            "app": self.app_json(),
            "url": self.api_url(&format!("repos/{full_name}/check-runs/{id}")),
            "html_url": format!("https://github.com/{full_name}/runs/{id}"),
        })
    }

    pub(super) fn check_suite_json(&self, repo: &Repository, branch: &str, before: &str, sha: &str) -> Value {
        let full_name = repo.full_name();
        json!({
            "id": check_suite_id(sha),
            "head_branch": branch,
            "head_sha": sha,
            "before": before,
            "after": sha,
            "status": "queued",
            "conclusion": null,
            "pull_requests": [],
            "app": self.app_json(),
            "created_at": time(self.now()),
            "updated_at": time(self.now()),
            "url": self.api_url(&format!("repos/{full_name}/check-suites/{}", check_suite_id(sha))),
        })
    }

    pub(super) fn workflow_run_json(&self, repo: &Repository, run: &WorkflowRun) -> Value {
        let full_name = repo.full_name();
        let id = run.id;
        let url = self.api_url(&format!("repos/{full_name}/actions/runs/{id}"));
        json!({
            "id": id,
            "node_id": format!("WFR_{id}"),
            "name": run.workflow_name,
            "display_title": run.title,
            "path": run.path,
            "workflow_id": run.workflow_id(),
            "run_number": id - 9000,
            "run_attempt": run.attempt,
            "event": run.event,
            "status": run.status,
            "conclusion": run.conclusion,
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
            "actor": self.user_json(&run.actor),
            "triggering_actor": self.user_json(&run.actor),
            "created_at": time(run.created_at),
            "run_started_at": time(run.created_at),
            "updated_at": time(run.updated_at),
            "pull_requests": [],
            "check_suite_id": check_suite_id(&run.head_sha) + id,
            "repository": self.small_repository_json(repo),
            "head_repository": self.small_repository_json(repo),
            "url": url,
            "jobs_url": format!("{url}/jobs"),
            "artifacts_url": format!("{url}/artifacts"),
            "cancel_url": format!("{url}/cancel"),
            "html_url": format!("https://github.com/{full_name}/actions/runs/{id}"),
        })
    }

    /// The one job of a workflow run.
    pub(super) fn job_json(&self, repo: &Repository, run: &WorkflowRun) -> Value {
        let full_name = repo.full_name();
        json!({
            "id": run.job_id,
            "run_id": run.id,
            "run_attempt": run.attempt,
            "name": "run",
            "status": run.status,
            "conclusion": run.conclusion,
            "head_sha": run.head_sha,
            "started_at": time(run.created_at),
            "completed_at": run.conclusion.as_ref().map(|_| time(run.updated_at)),
            "steps": [],
            "labels": ["ubuntu-latest"],
            "url": self.api_url(&format!("repos/{full_name}/actions/jobs/{}", run.job_id)),
            "html_url": format!("https://github.com/{full_name}/actions/runs/{}/job/{}", run.id, run.job_id),
        })
    }

    pub(super) fn artifact_json(&self, repo: &Repository, run: &WorkflowRun, artifact: &Artifact) -> Value {
        let full_name = repo.full_name();
        let url = self.api_url(&format!("repos/{full_name}/actions/artifacts/{}", artifact.id));
        json!({
            "id": artifact.id,
            "node_id": format!("AR_{}", artifact.id),
            "name": artifact.name,
            "size_in_bytes": artifact.archive.len(),
            "expired": artifact.expires_at <= self.now(),
            "created_at": time(artifact.created_at),
            "updated_at": time(artifact.created_at),
            "expires_at": time(artifact.expires_at),
            "url": url,
            "archive_download_url": format!("{url}/zip"),
            "workflow_run": {
                "id": run.id,
                "repository_id": repo.id,
                "head_repository_id": repo.id,
                "head_branch": run.head_branch,
                "head_sha": run.head_sha,
            },
        })
    }

    pub(super) fn deployment_json(&self, repo: &Repository, deployment: &Deployment) -> Value {
        let url = self.api_url(&format!("repos/{}/deployments/{}", repo.full_name(), deployment.id));
        let latest = deployment.statuses.last().map_or(deployment.created_at, |status| status.created_at);
        json!({
            "id": deployment.id,
            "node_id": format!("DE_{}", deployment.id),
            "sha": deployment.sha,
            "ref": deployment.git_ref,
            "task": deployment.task,
            "environment": deployment.environment,
            "original_environment": deployment.environment,
            "description": deployment.description,
            "payload": deployment.payload,
            "creator": self.user_json(&self.bot()),
            "transient_environment": false,
            "production_environment": deployment.environment == "production",
            "created_at": time(deployment.created_at),
            "updated_at": time(latest),
            "statuses_url": format!("{url}/statuses"),
            "url": url,
        })
    }

    pub(super) fn deployment_status_json(
        &self,
        repo: &Repository,
        deployment: &Deployment,
        status: &DeploymentStatus,
    ) -> Value {
        let deployment_url =
            self.api_url(&format!("repos/{}/deployments/{}", repo.full_name(), deployment.id));
        json!({
            "id": status.id,
            "node_id": format!("DES_{}", status.id),
            "state": status.state,
            "description": status.description.clone().unwrap_or_default(),
            "environment": deployment.environment,
            "log_url": status.log_url.clone().unwrap_or_default(),
            "target_url": status.log_url.clone().unwrap_or_default(),
            "environment_url": status.environment_url.clone().unwrap_or_default(),
            "creator": self.user_json(&self.bot()),
            "created_at": time(status.created_at),
            "updated_at": time(status.created_at),
            "deployment_url": deployment_url,
            "url": format!("{deployment_url}/statuses/{}", status.id),
        })
    }
}

/// The id of the check suite of a commit: one per commit, as there is one App.
fn check_suite_id(sha: &str) -> u64 {
    u64::from_str_radix(sha.get(..8).unwrap_or_default(), 16).unwrap_or_default() + 100_000
}
