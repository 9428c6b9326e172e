//! Check runs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::super::http::{Answer, Reply};
use super::super::records_ci::CheckRun;
use super::{RepoCall, number};

const MAX_ANNOTATIONS: usize = 50;
const MAX_TEXT: usize = 65_535;
const STATUSES: [&str; 3] = ["queued", "in_progress", "completed"];
/// `stale` is GitHub's alone to give.
const CONCLUSIONS: [&str; 7] =
    ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];

#[derive(Deserialize)]
struct Fields {
    name: Option<String>,
    head_sha: Option<String>,
    external_id: Option<String>,
    details_url: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    output: Option<Output>,
}

#[derive(Deserialize)]
struct Output {
    title: Option<String>,
    summary: Option<String>,
    text: Option<String>,
    #[serde(default)]
    annotations: Vec<Value>,
}

impl Fields {
    /// GitHub's rules for a check run.
    fn check(&self) -> Result<(), Answer> {
        let invalid = |field, message: &str| Err(Answer::invalid("CheckRun", field, message));
        if self.status.as_deref().is_some_and(|status| !STATUSES.contains(&status)) {
            return invalid("status", "status is not included in the list");
        }
        if self.conclusion.as_deref().is_some_and(|word| !CONCLUSIONS.contains(&word)) {
            return invalid("conclusion", "conclusion is not included in the list");
        }
        let ends = self.status.as_deref() == Some("completed") || self.completed_at.is_some();
        if ends && self.conclusion.is_none() {
            return invalid("conclusion", "A completed check run needs a conclusion.");
        }
        if self.external_id.as_ref().is_some_and(|id| id.chars().count() > 255) {
            return invalid("external_id", "external_id is too long (maximum is 255 characters)");
        }
        let Some(output) = &self.output else { return Ok(()) };
        if output.title.is_none() && output.summary.is_some() {
            return invalid("output.title", "title wasn't supplied");
        }
        if output.summary.is_none() {
            return invalid("output.summary", "summary wasn't supplied");
        }
        if output.title.as_ref().is_some_and(|title| title.chars().count() > 255) {
            return invalid("output.title", "title is too long (maximum is 255 characters)");
        }
        for (field, text) in [("output.summary", &output.summary), ("output.text", &output.text)] {
            if text.as_ref().is_some_and(|text| text.len() > MAX_TEXT) {
                return invalid(field, "Only 65535 characters are allowed.");
            }
        }
        if output.annotations.len() > MAX_ANNOTATIONS {
            return invalid("output.annotations", "Only 50 annotations are allowed per request.");
        }
        for annotation in &output.annotations {
            let complete =
                ["path", "message", "annotation_level"].iter().all(|name| annotation[name].is_string());
            let lines = (annotation["start_line"].as_u64(), annotation["end_line"].as_u64());
            let in_order = matches!(lines, (Some(start), Some(end)) if start <= end);
            let columns = annotation.get("start_column").or_else(|| annotation.get("end_column"));
            if !complete || !in_order || (columns.is_some() && lines.0 != lines.1) {
                return invalid("output.annotations", &format!("Invalid annotation: {annotation}"));
            }
        }
        Ok(())
    }

    /// Writes what is given into a check run.
    fn apply(self, run: &mut CheckRun, now: DateTime<Utc>) {
        run.name = self.name.unwrap_or_else(|| run.name.clone());
        run.external_id = self.external_id.or_else(|| run.external_id.take());
        run.details_url = self.details_url.or_else(|| run.details_url.take());
        run.started_at = self.started_at.or(run.started_at);
        if let Some(status) = self.status {
            if status != "completed" {
                (run.conclusion, run.completed_at) = (None, None);
            }
            if status == "in_progress" {
                run.started_at = run.started_at.or(Some(now));
            }
            run.status = status;
        }
        if let Some(conclusion) = self.conclusion {
            // A conclusion completes the run, whatever else was said.
            "completed".clone_into(&mut run.status);
            run.conclusion = Some(conclusion);
            run.completed_at = self.completed_at.or(Some(now));
        }
        if let Some(output) = self.output {
            run.title = output.title.or_else(|| run.title.take());
            run.summary = output.summary;
            run.text = output.text;
            run.annotations.extend(output.annotations);
        }
    }
}

pub(super) fn create(call: &mut RepoCall<'_>) -> Reply {
    only_apps(call)?;
    let fields: Fields = call.request.fields()?;
    let missing = |field| Answer::invalid("CheckRun", field, &format!("\"{field}\" wasn't supplied."));
    let name = fields.name.clone().ok_or_else(|| missing("name"))?;
    let head_sha = fields.head_sha.clone().ok_or_else(|| missing("head_sha"))?;
    fields.check()?;
    if call.commit(&head_sha).is_none_or(|commit| commit.sha != head_sha) {
        return Err(Answer::refusal(422, &format!("No commit found for SHA: {head_sha}")));
    }
    let now = call.world.now();
    let id = call.world.ids.next("check run");
    let mut run = CheckRun {
        id,
        head_sha,
        name,
        external_id: None,
        details_url: None,
        status: "queued".to_owned(),
        conclusion: None,
        started_at: Some(now),
        completed_at: None,
        title: None,
        summary: None,
        text: None,
        annotations: Vec::new(),
    };
    fields.apply(&mut run, now);
    let completed = run.status == "completed";
    call.repo_mut().check_runs.insert(id, run);
    call.world.emit_check_run(&call.repo, id, "created", &call.login);
    if completed {
        call.world.emit_check_run(&call.repo, id, "completed", &call.login);
    }
    shown(call, id, 201)
}

pub(super) fn update(call: &mut RepoCall<'_>, id: &str) -> Reply {
    only_apps(call)?;
    let fields: Fields = call.request.fields()?;
    let id = number(id)?;
    let now = call.world.now();
    if !call.repo().check_runs.contains_key(&id) {
        return Err(Answer::not_found());
    }
    fields.check()?;
    let run = call.repo_mut().check_runs.get_mut(&id).ok_or_else(Answer::not_found)?;
    let was_completed = run.status == "completed";
    fields.apply(run, now);
    if run.status == "completed" && !was_completed {
        call.world.emit_check_run(&call.repo, id, "completed", &call.login);
    }
    shown(call, id, 200)
}

pub(super) fn get(call: &RepoCall<'_>, id: &str) -> Reply {
    shown(call, number(id)?, 200)
}

pub(super) fn annotations(call: &RepoCall<'_>, id: &str) -> Reply {
    let run = call.repo().check_runs.get(&number(id)?).ok_or_else(Answer::not_found)?;
    Ok(call.list(run.annotations.clone()))
}

/// The check runs of a commit, newest first. Unless `filter=all`, only the latest of each name.
pub(super) fn list(call: &RepoCall<'_>, name: &str) -> Reply {
    let request = call.request;
    let sha = match call.commit(name) {
        Some(commit) => commit.sha.clone(),
        None => return Err(Answer::refusal(422, &format!("No commit found for SHA: {name}"))),
    };
    let app = call.world.app.id.to_string();
    let fits = |run: &&CheckRun| {
        run.head_sha == sha
            && request.query("check_name").is_none_or(|name| name == run.name)
            && request.query("status").is_none_or(|status| status == run.status)
            && request.query("app_id").is_none_or(|id| id == app)
    };
    let runs = call.repo().check_runs.values().filter(fits);
    let mut runs: Vec<&CheckRun> = if request.query("filter") == Some("all") {
        runs.collect()
    } else {
        // Later ids overwrite earlier ones of the same name.
        runs.map(|run| (run.name.clone(), run)).collect::<BTreeMap<_, _>>().into_values().collect()
    };
    runs.sort_by_key(|run| std::cmp::Reverse(run.id));
    let runs = runs.into_iter().map(|run| call.world.check_run_json(call.repo(), run));
    Ok(call.counted("check_runs", runs.collect()))
}

fn shown(call: &RepoCall<'_>, id: u64, status: u16) -> Reply {
    let run = call.repo().check_runs.get(&id).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(status, call.world.check_run_json(call.repo(), run)))
}

/// People cannot make check runs.
fn only_apps(call: &RepoCall<'_>) -> Result<(), Answer> {
    if call.is_app() { Ok(()) } else { Err(Answer::refusal(403, "You must authenticate via a GitHub App.")) }
}
