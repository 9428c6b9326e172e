//! Workflow dispatches, runs and artifacts.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::actions::{MAX_INPUT_CHARS, MAX_INPUTS, Workflow, WorkflowRun, workflow_id};
use super::super::http::{Answer, Reply};
use super::super::render::time;
use super::super::world::Blob;
use super::{Call, RepoCall, number};

/// The API version whose dispatch always tells the run's id, and no longer takes the field that asks for it.
const VERSION_WITH_RUN_DETAILS: &str = "2026-03-10";
/// How long the address of an artifact's bytes is good for.
const BLOB_LIFE: TimeDelta = TimeDelta::minutes(1);

#[derive(Deserialize)]
struct Dispatch {
    #[serde(rename = "ref")]
    git_ref: String,
    #[serde(default)]
    inputs: BTreeMap<String, Value>,
    return_run_details: Option<bool>,
}

pub(super) fn dispatch(call: &mut RepoCall<'_>, file: &str) -> Reply {
    let wanted: Dispatch = call.request.fields()?;
    let new_version = call.request.header("x-github-api-version") == Some(VERSION_WITH_RUN_DETAILS);
    if wanted.return_run_details.is_some() && (new_version || call.world.old_host) {
        let message = "Invalid request.\n\n\"return_run_details\" is not a permitted key.";
        return Err(Answer::refusal(422, message));
    }
    let branch = wanted.git_ref.strip_prefix("refs/heads/").unwrap_or(&wanted.git_ref).to_owned();
    let Some(head_sha) = call.repo().branches.get(&branch).cloned() else {
        return Err(Answer::refusal(422, &format!("No ref found for: {}", wanted.git_ref)));
    };
    if call.world.workflow_states.contains_key(&(call.repo.clone(), file.to_owned())) {
        return Err(Answer::refusal(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow"));
    }
    // GitHub knows a workflow only once it is on the default branch, and runs the text that is on the named one.
    let path = workflow_path(call, file).ok_or_else(Answer::not_found)?;
    let files = call.world.files_at(&head_sha);
    let text = files.get(&path).map(|content| String::from_utf8_lossy(content).into_owned());
    let text =
        text.ok_or_else(|| Answer::refusal(422, &format!("Workflow {path} does not exist on {branch}")))?;

    let mut inputs = BTreeMap::new();
    for (name, value) in wanted.inputs {
        let text = match value {
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return Err(Answer::refusal(422, &format!("Invalid value for input '{name}'"))),
        };
        inputs.insert(name, text);
    }
    if inputs.len() > MAX_INPUTS {
        return Err(Answer::refusal(
            422,
            "you may only define up to 25 `inputs` for a `workflow_dispatch` event",
        ));
    }
    if json!(inputs).to_string().chars().count() > MAX_INPUT_CHARS {
        return Err(Answer::refusal(422, "inputs are too large."));
    }
    let unprocessable = |message: String| Answer::refusal(422, &message);
    let workflow = Workflow::parse(&path, &text).map_err(unprocessable)?;
    let inputs = workflow.accept(inputs).map_err(unprocessable)?;

    let now = call.world.now();
    let id = call.world.ids.next("workflow run");
    let run = WorkflowRun {
        id,
        job_id: call.world.ids.next("job"),
        title: workflow.title(&inputs),
        workflow_name: workflow.name,
        path,
        event: "workflow_dispatch".to_owned(),
        head_branch: branch,
        head_sha,
        actor: call.login.clone(),
        inputs,
        status: "queued".to_owned(),
        conclusion: None,
        attempt: 1,
        created_at: now,
        updated_at: now,
        artifacts: Vec::new(),
        log: None,
    };
    call.repo_mut().workflow_runs.insert(id, run);
    call.world.emit_workflow_run(&call.repo, id, "requested");
    if call.world.old_host || !(new_version || wanted.return_run_details == Some(true)) {
        return Ok(Answer::empty(204));
    }
    let body = json!({
        "workflow_run_id": id,
        "run_url": call.world.api_url(&format!("repos/{}/actions/runs/{id}", call.repo)),
        "html_url": format!("https://github.com/{}/actions/runs/{id}", call.repo),
    });
    Ok(Answer::json(200, body))
}

/// A workflow as GitHub knows it.
pub(super) fn workflow(call: &RepoCall<'_>, file: &str) -> Reply {
    let path = workflow_path(call, file).ok_or_else(Answer::not_found)?;
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let state = call.world.workflow_states.get(&(call.repo.clone(), name.clone()));
    let id = workflow_id(&path);
    let branch = &call.repo().default_branch;
    Ok(Answer::json(
        200,
        json!({
            "id": id,
            "node_id": format!("W_{id}"),
            "name": name,
            "path": path,
            "state": state.map_or("active", String::as_str),
            "url": call.world.api_url(&format!("repos/{}/actions/workflows/{id}", call.repo)),
            "html_url": format!("https://github.com/{}/blob/{branch}/{path}", call.repo),
            "badge_url": format!("https://github.com/{}/workflows/{name}/badge.svg", call.repo),
            "created_at": time(call.repo().created_at),
            "updated_at": time(call.repo().created_at),
        }),
    ))
}

/// The path of a workflow on the default branch, by its file's name or its id.
fn workflow_path(call: &RepoCall<'_>, file: &str) -> Option<String> {
    let repo = call.repo();
    let files = &call.commit(&repo.default_branch)?.files;
    let mut paths = files.keys().filter(|path| path.starts_with(".github/workflows/"));
    paths.find(|path| path.rsplit('/').next() == Some(file) || workflow_id(path).to_string() == file).cloned()
}

/// The runs of a workflow, newest first.
pub(super) fn list(call: &RepoCall<'_>, file: &str) -> Reply {
    let request = call.request;
    let path = workflow_path(call, file).ok_or_else(Answer::not_found)?;
    let created = request.query("created").map(Span::parse).transpose()?;
    let fits = |run: &&WorkflowRun| {
        run.path == path
            && request.query("event").is_none_or(|event| event == run.event)
            && request.query("branch").is_none_or(|branch| branch == run.head_branch)
            && request.query("head_sha").is_none_or(|sha| sha == run.head_sha)
            && request.query("actor").is_none_or(|actor| actor == run.actor)
            && request
                .query("status")
                .is_none_or(|status| status == run.status || Some(status) == run.conclusion.as_deref())
            && created.as_ref().is_none_or(|span| span.holds(run.created_at))
    };
    let runs = call.repo().workflow_runs.values().rev().filter(fits);
    Ok(call
        .counted("workflow_runs", runs.map(|run| call.world.workflow_run_json(call.repo(), run)).collect()))
}

/// The time span of a `created` filter: `>=T`, `>T`, `<=T`, `<T`, `A..B` with `*` for an open end, or a day.
struct Span {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Span {
    fn parse(text: &str) -> Result<Self, Answer> {
        let refuse = || Answer::refusal(422, &format!("Invalid value for created: {text}"));
        let second = TimeDelta::seconds(1);
        let (mut from, mut to) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        if let Some(rest) = text.strip_prefix(">=") {
            from = moment(rest).ok_or_else(refuse)?;
        } else if let Some(rest) = text.strip_prefix('>') {
            from = moment(rest).ok_or_else(refuse)? + second;
        } else if let Some(rest) = text.strip_prefix("<=") {
            to = moment(rest).ok_or_else(refuse)?;
        } else if let Some(rest) = text.strip_prefix('<') {
            to = moment(rest).ok_or_else(refuse)? - second;
        } else if let Some((start, end)) = text.split_once("..") {
            if start != "*" {
                from = moment(start).ok_or_else(refuse)?;
            }
            if end != "*" {
                to = moment(end).ok_or_else(refuse)?;
            }
        } else {
            from = moment(text).ok_or_else(refuse)?;
            to = from + TimeDelta::days(1) - second;
        }
        Ok(Self { from, to })
    }

    fn holds(&self, at: DateTime<Utc>) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    let day = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0).map(|at| at.and_utc());
    text.parse().ok().or_else(day)
}

pub(super) fn get(call: &RepoCall<'_>, id: &str) -> Reply {
    Ok(Answer::json(200, call.world.workflow_run_json(call.repo(), find(call, id)?)))
}

pub(super) fn jobs(call: &RepoCall<'_>, id: &str) -> Reply {
    let job = call.world.job_json(call.repo(), find(call, id)?);
    Ok(call.counted("jobs", vec![job]))
}

pub(super) fn artifacts(call: &RepoCall<'_>, id: &str) -> Reply {
    let run = find(call, id)?;
    let wanted = call.request.query("name");
    let artifacts = run.artifacts.iter().filter(|artifact| wanted.is_none_or(|name| name == artifact.name));
    let artifacts = artifacts.map(|artifact| call.world.artifact_json(call.repo(), run, artifact));
    Ok(call.counted("artifacts", artifacts.collect()))
}

/// Stops a run. GitHub takes a moment for it; here it is over at once, unless the world is told to take its time as well.
pub(super) fn cancel(call: &mut RepoCall<'_>, id: &str) -> Reply {
    let run = find(call, id)?;
    if run.status == "completed" {
        return Err(Answer::refusal(409, "Cannot cancel a workflow run that is completed."));
    }
    let id = run.id;
    if !call.world.slow_cancel {
        call.world.conclude_run(&call.repo, id, "cancelled");
    }
    Ok(Answer::json(202, json!({})))
}

/// Sends the client on to a signed address, where the token must not follow.
pub(super) fn download(call: &mut RepoCall<'_>, id: &str) -> Reply {
    let id = number(id)?;
    let mut artifacts = call.repo().workflow_runs.values().flat_map(|run| &run.artifacts);
    let artifact = artifacts.find(|artifact| artifact.id == id).ok_or_else(Answer::not_found)?;
    let now = call.world.now();
    if artifact.expires_at <= now {
        return Err(Answer::refusal(410, "Artifact has expired"));
    }
    let archive = artifact.archive.clone();
    Ok(signed(call, "application/zip", archive))
}

/// The same for the log of a job. One that goes on has none to show yet.
pub(super) fn job_log(call: &mut RepoCall<'_>, id: &str) -> Reply {
    let id = number(id)?;
    let run =
        call.repo().workflow_runs.values().find(|run| run.job_id == id).ok_or_else(Answer::not_found)?;
    let log = run.log.clone().filter(|_| run.status == "completed").ok_or_else(Answer::not_found)?;
    Ok(signed(call, "text/plain; charset=utf-8", log))
}

fn signed(call: &mut RepoCall<'_>, media_type: &'static str, bytes: Vec<u8>) -> Answer {
    let token = format!("signed{:06}", call.world.ids.next("token"));
    let location = call.world.api_url(&format!("blob/{token}"));
    let until = call.world.now() + BLOB_LIFE;
    call.world.blobs.insert(token, Blob { until, media_type, bytes });
    Answer::empty(302).header("location", location)
}

/// The bytes behind a signed address. Like the storage that GitHub uses, it refuses a request which brings another token.
pub(super) fn blob(call: &Call<'_>, token: &str) -> Reply {
    if call.request.header("authorization").is_some() {
        return Err(Answer::refusal(
            403,
            "Server failed to authenticate the request: two ways to authorize were given",
        ));
    }
    match call.world.blobs.get(token) {
        Some(blob) if blob.until > call.world.now() => Ok(Answer::bytes(blob.media_type, blob.bytes.clone())),
        _ => Err(Answer::refusal(403, "The signature is unknown or has expired")),
    }
}

fn find<'c>(call: &'c RepoCall<'_>, id: &str) -> Result<&'c WorkflowRun, Answer> {
    call.repo().workflow_runs.get(&number(id)?).ok_or_else(Answer::not_found)
}
