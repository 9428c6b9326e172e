//! Decides how a run of the runner ended.
//!
//! An exit status of 0 proves nothing, and neither does any single line: recipe code runs in the runner's own process and can
//! write what it likes. A result is believed when status, lines and what is in the target agree with what was asked. Where the
//! evidence is missing, that is the failure, in its own words.

use std::collections::BTreeSet;
use std::path::Path;

use runner_contract::{Command, Failure, FailureClass, Request, RunResult, Store};

use crate::explain::{Clues, explain};
use crate::log::{cut, cut_at_word};
use crate::process::{Ending, Stop};
use crate::traceback;
use crate::transcript::Transcript;

/// Everything that a verdict is made from.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What was asked.
    pub request: &'a Request,
    /// Whether the bakery waits for the data; `None` when its class is not known.
    pub blocking: Option<bool>,
    /// The directory of `meta.yaml`, as tracebacks name it.
    pub feedstock: &'a Path,
    /// The names of the Python files in it.
    pub siblings: &'a [String],
    /// How the runner ended.
    pub ending: Ending,
    /// What it said.
    pub transcript: &'a Transcript,
    /// For a bake that was waited for: the stores under the target that are new or written again.
    pub written: &'a [Store],
    /// The stores that the recipe's text names.
    pub named: &'a [Store],
}

/// The most of a traceback that is told, in bytes.
const TRACE_MAX_BYTES: usize = 48 * 1024;
/// The most that the recipe ids of one feedstock may take in the outcome, in bytes; some 2000 long ones.
const RECIPES_MAX_BYTES: usize = 240 * 1024;

/// Weighs the evidence.
pub fn verdict(evidence: Evidence<'_>) -> RunResult {
    let transcript = evidence.transcript;
    let result = match evidence.ending {
        Ending::Stopped(stop) => Err(stopped(evidence, stop)),
        Ending::Signalled(_) | Ending::Exited(137) => Err(Failure {
            explanation: Some(
                "This happens when the recipe needs more memory than the machine has; smaller chunks or fewer inputs at once \
                 help."
                    .into(),
            ),
            ..without_word(evidence, FailureClass::Recipe, "the run was killed by the system")
        }),
        Ending::Exited(_) if transcript.failed.is_some() => Err(failed(evidence)),
        Ending::Exited(0) => match evidence.request.command {
            Command::ExpandMeta => expanded(evidence),
            Command::Bake => baked(evidence),
        },
        Ending::Exited(status) => Err(failed_on_stderr(evidence, status)),
    };
    result.unwrap_or_else(RunResult::Failed)
}

fn stopped(evidence: Evidence<'_>, stop: Stop) -> Failure {
    let not_submitted = evidence.blocking == Some(false) && evidence.transcript.submitted.is_empty();
    match stop {
        Stop::Hang => {
            let mut failure = failed_on_stderr(evidence, 1);
            let text = "Worker subprocess exited with return code";
            let (class, explanation) = explain(Clues { error: text, text, located: false, siblings: &[] });
            (failure.class, failure.explanation) = (class, explanation);
            failure
        }
        Stop::Deadline | Stop::Silence if not_submitted => Failure {
            explanation: Some(
                "The bakery did not take the job in time. Missing or refused credentials look like this: the submission is \
                 tried again and again."
                    .into(),
            ),
            ..without_word(evidence, FailureClass::Bakery, "the job was not submitted before the time limit")
        },
        Stop::Deadline => without_word(evidence, FailureClass::TimedOut, "the run took longer than it may and was ended"),
        Stop::Silence => Failure {
            explanation: Some("A bake that waits for something that never comes looks like this.".into()),
            ..without_word(evidence, FailureClass::TimedOut, "the run said nothing for longer than it may and was ended")
        },
        Stop::Cancelled => without_word(evidence, FailureClass::Service, "the run was cancelled"),
    }
}

/// The runner told what went wrong.
fn failed(evidence: Evidence<'_>) -> Failure {
    let Some((message, trace)) = &evidence.transcript.failed else {
        return without_word(evidence, FailureClass::Service, "the runner failed without a message");
    };
    let message = message.trim_start_matches("Error during running:").trim();
    let finding = traceback::read(trace, evidence.feedstock);
    let (mut error, location) = finding.map_or_else(
        || (one_line(if message.is_empty() { "an error without a message" } else { message }), None),
        |finding| (finding.error, finding.location),
    );
    let errors = joined(&evidence.transcript.errors);
    // What pip has to say is on standard error; the runner only repeats the command.
    if error.contains("'install', '--prefer-binary'")
        && let Some(line) = errors.lines().find(|line| line.starts_with("ERROR: "))
    {
        error = one_line(line);
    }
    let text = format!("{message}\n{trace}\n{errors}");
    let clues =
        Clues { error: &error, text: &text, located: location.is_some(), siblings: evidence.siblings };
    let (class, explanation) = explain(clues);
    let shown = if trace.is_empty() { message } else { trace };
    Failure { class, error, explanation, location, trace: non_empty(shown) }
}

/// The runner ended before it could tell, or never could: configuration errors are on standard error only.
fn failed_on_stderr(evidence: Evidence<'_>, status: i32) -> Failure {
    let errors = joined(&evidence.transcript.errors);
    let finding = traceback::read(&errors, evidence.feedstock);
    let last = errors.lines().rev().find(|line| !line.trim().is_empty());
    let (error, location) = match (finding, last) {
        (Some(finding), _) => (finding.error, finding.location),
        (None, Some(line)) => (one_line(line), None),
        (None, None) => {
            let error =
                format!("the recipe ended the process with status {status} and no error was reported");
            return without_word(evidence, FailureClass::Recipe, &error);
        }
    };
    let clues =
        Clues { error: &error, text: &errors, located: location.is_some(), siblings: evidence.siblings };
    let (class, explanation) = explain(clues);
    Failure { class, error, explanation, location, trace: non_empty(&errors) }
}

/// A failure of which the runner said nothing; the last lines of its output are all there is.
fn without_word(evidence: Evidence<'_>, class: FailureClass, error: &str) -> Failure {
    let output = joined(&evidence.transcript.output);
    let errors = joined(&evidence.transcript.errors);
    let both = format!("{output}\n{errors}");
    Failure { class, error: error.into(), explanation: None, location: None, trace: non_empty(both.trim()) }
}

fn expanded(evidence: Evidence<'_>) -> Result<RunResult, Failure> {
    let transcript = evidence.transcript;
    let fault = |error: &str| without_word(evidence, FailureClass::Recipe, error);
    let meta = match transcript.completed.as_slice() {
        [meta] if transcript.closed => meta,
        [] => return Err(fault("the recipe ended the process before its recipes were listed")),
        _ => {
            return Err(fault(
                "the output holds closing lines that the runner did not write; the recipe wrote them",
            ));
        }
    };
    let entries = meta.get("recipes").and_then(|recipes| recipes.as_array()).map_or(&[][..], Vec::as_slice);
    let recipe_ids: Vec<String> =
        entries.iter().filter_map(|entry| Some(entry.get("id")?.as_str()?.to_owned())).collect();
    if recipe_ids.is_empty() {
        return Err(fault("the list of recipes is empty"));
    }
    if recipe_ids.len() != entries.len() {
        return Err(fault("a recipe in the list has no id"));
    }
    let bytes = serde_json::to_vec(&recipe_ids).map_or(usize::MAX, |json| json.len());
    if bytes > RECIPES_MAX_BYTES {
        let (count, most) = (recipe_ids.len(), RECIPES_MAX_BYTES);
        return Err(fault(&format!("{count} recipe ids take {bytes} bytes, but at most {most} are allowed")));
    }
    let bad = |id: &&String| id.is_empty() || id.chars().count() > 128 || id.contains(char::is_control);
    if let Some(id) = recipe_ids.iter().find(bad) {
        let error = format!(
            "the recipe id {:?} is not allowed: 1 to 128 characters, none of them a control character",
            cut(id, 150)
        );
        return Err(fault(&error));
    }
    let mut seen = BTreeSet::new();
    if let Some(id) = recipe_ids.iter().find(|id| !seen.insert(id.as_str())) {
        return Err(fault(&format!("the recipe id {id:?} is listed twice; a bake would lose one of them")));
    }
    Ok(RunResult::Expanded { recipe_ids })
}

fn baked(evidence: Evidence<'_>) -> Result<RunResult, Failure> {
    let (request, transcript) = (evidence.request, evidence.transcript);
    let ours = |recipe: &str, job_name: &str| recipe == request.recipe_id && job_name == request.job_name;
    // A blocking bakery never says `submitted`: there, such a line is the recipe's own and counts for nothing.
    if evidence.blocking != Some(true)
        && let Some(submission) = transcript.submitted.first()
    {
        let ours = transcript.submitted.len() == 1 && ours(&submission.recipe, &submission.job_name);
        if !ours || !is_job_id(&submission.job_id) {
            let error = "the output says that a job was submitted, but not the one that was asked for";
            return Err(without_word(evidence, FailureClass::Recipe, error));
        }
        return Ok(RunResult::Submitted {
            recipe_id: request.recipe_id.clone(),
            job_name: request.job_name.clone(),
            job_id: submission.job_id.clone(),
            stores: evidence.named.to_vec(),
        });
    }
    if evidence.blocking == Some(false) {
        let error = "the run ended without an error, but no job was submitted";
        return Err(without_word(evidence, FailureClass::Recipe, error));
    }
    if !transcript.running.iter().any(|(recipe, job_name)| ours(recipe, job_name)) {
        let error = "the recipe ended the process before anything was baked";
        return Err(without_word(evidence, FailureClass::Recipe, error));
    }
    if evidence.written.is_empty() {
        return Err(Failure {
            explanation: Some(
                "The object that meta.yaml names may not be a Beam pipeline (a string passes, and builds nothing), or the \
                 pipeline has no StoreToZarr, WriteReference or other writer at its end."
                    .into(),
            ),
            ..without_word(
                evidence,
                FailureClass::Recipe,
                "the bake ended without an error, but no new dataset is in the target",
            )
        });
    }
    Ok(RunResult::Baked { recipe_id: request.recipe_id.clone(), stores: evidence.written.to_vec() })
}

fn is_job_id(text: &str) -> bool {
    let fits = |character: char| character.is_ascii_alphanumeric() || "_.:-".contains(character);
    (1..=128).contains(&text.len()) && text.chars().all(fits)
}

fn joined<'a>(lines: impl IntoIterator<Item = &'a String>) -> String {
    lines.into_iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}

fn one_line(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    cut_at_word(&joined, traceback::ERROR_MAX_BYTES).to_owned()
}

/// The end of a long text is worth more than its beginning, since the cause of the failure is there.
fn non_empty(text: &str) -> Option<String> {
    let mut start = text.ceil_char_boundary(text.len().saturating_sub(TRACE_MAX_BYTES));
    // From a whole line on: half of a secret would not be recognised as one.
    if start > 0 && !text[..start].ends_with('\n') {
        start = text[start..].find('\n').map_or(text.len(), |end| start + end + 1);
    }
    (!text[start..].trim().is_empty()).then(|| text[start..].trim_end().to_owned())
}
