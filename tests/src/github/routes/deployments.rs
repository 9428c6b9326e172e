//! Deployments and their statuses.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::http::{Answer, Reply};
use super::super::records_ci::{Deployment, DeploymentStatus};
use super::{RepoCall, number};

const STATES: [&str; 7] = ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];

#[derive(Deserialize)]
struct NewDeployment {
    #[serde(rename = "ref")]
    git_ref: String,
    task: Option<String>,
    environment: Option<String>,
    description: Option<String>,
    #[serde(default = "no_payload")]
    payload: Value,
    auto_merge: Option<bool>,
    required_contexts: Option<Vec<String>>,
}

fn no_payload() -> Value {
    json!({})
}

pub(super) fn create(call: &mut RepoCall<'_>) -> Reply {
    let wanted: NewDeployment = call.request.fields()?;
    let Some(commit) = call.commit(&wanted.git_ref) else {
        return Err(Answer::refusal(422, &format!("No ref found for: {}", wanted.git_ref)));
    };
    let sha = commit.sha.clone();
    // Left out, both mean that GitHub looks at the branch first, and may merge or refuse instead of deploying.
    if wanted.auto_merge != Some(false) && call.repo().branches.values().all(|tip| *tip != sha) {
        return Err(Answer::refusal(409, "Conflict merging the default branch into the deployment's ref."));
    }
    let pending = |name: &str| {
        let runs = call.repo().check_runs.values().filter(|run| run.head_sha == sha && run.name == name);
        !runs.into_iter().any(|run| run.conclusion.as_deref() == Some("success"))
    };
    let unmet = match &wanted.required_contexts {
        Some(names) => names.iter().any(|name| pending(name)),
        None => call.repo().check_runs.values().any(|run| run.head_sha == sha && pending(&run.name)),
    };
    if unmet {
        return Err(Answer::refusal(
            409,
            &format!("Conflict: Commit status checks failed for {}.", wanted.git_ref),
        ));
    }
    let created_at = call.world.now();
    let id = call.world.ids.next("deployment");
    let deployment = Deployment {
        id,
        sha,
        git_ref: wanted.git_ref,
        task: wanted.task.unwrap_or_else(|| "deploy".to_owned()),
        environment: wanted.environment.unwrap_or_else(|| "production".to_owned()),
        description: wanted.description,
        payload: wanted.payload,
        created_at,
        statuses: Vec::new(),
    };
    call.repo_mut().deployments.insert(id, deployment);
    shown(call, id, 201)
}

/// Newest first.
pub(super) fn list(call: &RepoCall<'_>) -> Answer {
    let query = |name| call.request.query(name);
    let fits = |deployment: &&Deployment| {
        query("sha").is_none_or(|sha| sha == deployment.sha)
            && query("ref").is_none_or(|git_ref| git_ref == deployment.git_ref)
            && query("task").is_none_or(|task| task == deployment.task)
            && query("environment").is_none_or(|environment| environment == deployment.environment)
    };
    let deployments = call.repo().deployments.values().rev().filter(fits);
    call.list(deployments.map(|deployment| call.world.deployment_json(call.repo(), deployment)).collect())
}

pub(super) fn get(call: &RepoCall<'_>, id: &str) -> Reply {
    shown(call, number(id)?, 200)
}

/// Newest first.
pub(super) fn statuses(call: &RepoCall<'_>, id: &str) -> Reply {
    let deployment = find(call, number(id)?)?;
    let statuses = deployment.statuses.iter().rev();
    let statuses = statuses.map(|status| call.world.deployment_status_json(call.repo(), deployment, status));
    Ok(call.list(statuses.collect()))
}

#[derive(Deserialize)]
struct NewStatus {
    state: String,
    description: Option<String>,
    log_url: Option<String>,
    target_url: Option<String>,
    environment_url: Option<String>,
}

pub(super) fn create_status(call: &mut RepoCall<'_>, id: &str) -> Reply {
    let id = number(id)?;
    let wanted: NewStatus = call.request.fields()?;
    find(call, id)?;
    if !STATES.contains(&wanted.state.as_str()) {
        return Err(Answer::invalid("DeploymentStatus", "state", "state is not included in the list"));
    }
    if wanted.description.as_ref().is_some_and(|text| text.chars().count() > 140) {
        return Err(Answer::invalid(
            "DeploymentStatus",
            "description",
            "description is too long (maximum is 140 characters)",
        ));
    }
    let created_at = call.world.now();
    let status = DeploymentStatus {
        id: call.world.ids.next("deployment status"),
        state: wanted.state,
        description: wanted.description,
        log_url: wanted.log_url.or(wanted.target_url),
        environment_url: wanted.environment_url,
        created_at,
    };
    if let Some(deployment) = call.repo_mut().deployments.get_mut(&id) {
        deployment.statuses.push(status.clone());
    }
    let json = call.world.deployment_status_json(call.repo(), find(call, id)?, &status);
    Ok(Answer::json(201, json))
}

fn find<'c>(call: &'c RepoCall<'_>, id: u64) -> Result<&'c Deployment, Answer> {
    call.repo().deployments.get(&id).ok_or_else(Answer::not_found)
}

fn shown(call: &RepoCall<'_>, id: u64, status: u16) -> Reply {
    Ok(Answer::json(status, call.world.deployment_json(call.repo(), find(call, id)?)))
}
