//! Writes what came of it: `outcome.json`, the step's outputs and its summary.
//!
//! Every text in a failure is cleaned and cut, and the file stays below the size that its reader accepts.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use runner_contract::{Failure, OUTCOME_FILE, OUTCOME_MAX_BYTES, Outcome, RunResult};
use uuid::Uuid;

use crate::log::cut;
use runner_redact::Redactor;

/// The largest summary that GitHub accepts is 1 MiB; beyond it the whole summary is dropped.
const SUMMARY_MAX_BYTES: usize = 1024 * 1024;

/// The result, fit to leave the action.
pub fn cleaned(result: RunResult, redactor: &Redactor) -> RunResult {
    let RunResult::Failed(failure) = result else { return result };
    RunResult::Failed(Failure {
        class: failure.class,
        error: redactor.clean(&failure.error),
        explanation: failure.explanation.map(|text| redactor.clean(&text)),
        location: failure.location,
        trace: failure.trace.map(|text| redactor.clean(&text)),
    })
}

/// Writes `outcome.json` into `workspace`.
pub fn write(workspace: &Path, outcome: &Outcome) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(outcome)?;
    if bytes.len() > OUTCOME_MAX_BYTES {
        // A trace of control characters grows sixfold in JSON; it is the only part without a small bound.
        let mut short = outcome.clone();
        if let RunResult::Failed(failure) = &mut short.result {
            failure.trace = None;
        }
        bytes = serde_json::to_vec_pretty(&short)?;
    }
    let file = workspace.join(OUTCOME_FILE);
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).open(file)?.write_all(&bytes)
}

/// The step outputs of an outcome, by name.
pub fn outputs(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let mut outputs = vec![("outcome_file", OUTCOME_FILE.to_owned())];
    let (conclusion, kind) = match &outcome.result {
        RunResult::Expanded { recipe_ids } => {
            outputs.push(("recipe_ids", serde_json::json!(recipe_ids).to_string()));
            ("success", "expanded")
        }
        RunResult::Baked { stores, .. } => {
            outputs.push(("stores", serde_json::json!(stores).to_string()));
            ("success", "baked")
        }
        RunResult::Submitted { job_name, job_id, stores, .. } => {
            outputs.push(("job_name", job_name.clone()));
            outputs.push(("job_id", job_id.clone()));
            outputs.push(("stores", serde_json::json!(stores).to_string()));
            ("success", "submitted")
        }
        RunResult::Failed(failure) => {
            outputs.push(("error", failure.error.clone()));
            ("failure", "failed")
        }
    };
    outputs.extend([("conclusion", conclusion.to_owned()), ("result", kind.to_owned())]);
    outputs
}

/// Appends outputs to the file that `GITHUB_OUTPUT` names. The delimiter is random, since the values may be a recipe's text.
pub fn append_outputs(file: &Path, outputs: &[(&'static str, String)]) -> io::Result<()> {
    let mut text = String::new();
    for (name, value) in outputs {
        let delimiter = Uuid::now_v7().simple();
        for part in [name, "<<", &delimiter.to_string(), "\n", value, "\n", &delimiter.to_string(), "\n"] {
            text.push_str(part);
        }
    }
    append(file, &text)
}

/// Appends to the summary that `GITHUB_STEP_SUMMARY` names.
pub fn append_summary(file: &Path, text: &str) -> io::Result<()> {
    append(file, cut(text, SUMMARY_MAX_BYTES))
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(file)?.write_all(text.as_bytes())
}
