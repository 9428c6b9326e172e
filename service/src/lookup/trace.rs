//! Why a run failed, for everybody: what the action told of it, or the first traceback in its logs. Without secrets.

use std::sync::Arc;

use serde_json::Value;

use super::logs::{Subject, Wanted, read};
use super::{Error, Result};
use crate::app::App;
use crate::domain::fault::Fault;
use crate::domain::log::{Severity, Source, first_trace};
use crate::domain::run::{Conclusion, RunState};

/// The longest trace, in bytes.
const TRACE_MAX: usize = 64 * 1024;
/// So many of the newest lines are looked through.
const LINES: usize = 1000;

/// The first error of a run; none for one that has not ended, or not failed.
pub async fn of(app: &App, subject: &Subject) -> Result<Option<String>> {
    let has_failed = matches!(subject.run.state(), Ok(RunState::Completed(Conclusion::Failure)));
    if !has_failed {
        return Ok(None);
    }
    let text = match told(subject) {
        Some(text) => text,
        None => found(app, subject).await?.to_string(),
    };
    let clean = app.redactor.clean(&text);
    Ok(Some(clean[..clean.floor_char_boundary(TRACE_MAX)].to_owned()))
}

/// What the action told, whole.
fn told(subject: &Subject) -> Option<String> {
    let Some(Fault::Runner(failure)) = subject.run.fault.as_ref().map(|fault| &fault.0) else { return None };
    Some(match &failure.trace {
        Some(trace) if trace.contains(failure.error.as_str()) => trace.clone(),
        Some(trace) => format!("{trace}\n{}", failure.error),
        None => failure.error.clone(),
    })
}

/// The first traceback in the logs, or else what the run's message says.
async fn found(app: &App, subject: &Subject) -> Result<Arc<str>> {
    let name = subject.run.id.to_string();
    let ask = async || search(app, subject).await.map(Arc::from);
    let found = app.lookups.traces.get(&name, app.clock.now(), ask).await;
    // What is at hand is better than to be told to wait, or that somebody does not answer.
    found.or_else(|error| said(subject).map(Arc::from).ok_or(error))
}

async fn search(app: &App, subject: &Subject) -> Result<String> {
    let is_handed_over = subject.job.as_ref().is_some_and(|job| job.job_id.is_some());
    let sources: &[Source] = match (is_handed_over, &subject.workflow) {
        (true, _) => &[Source::JobMessage, Source::Worker],
        // It may have failed before there was a job.
        (false, Some(_)) => &[Source::Actions],
        // Of a run of the old service there is its message, and no log any more.
        (false, None) => return Err(nothing(subject)),
    };
    app.lookups.budget.take(app.clock.now())?;
    let mut trouble = None;
    for source in sources {
        let severity = if *source == Source::Actions { Severity::Default } else { Severity::Error };
        match read(app, subject, Wanted { source: *source, severity, limit: LINES }).await {
            Ok(lines) => {
                if let Some(trace) = first_trace(lines.iter().map(|line| line.message.as_str())) {
                    return Ok(trace);
                }
            }
            Err(error) => trouble = Some(error),
        }
    }
    Err(trouble.unwrap_or_else(|| nothing(subject)))
}

/// The trace in the run's message, or the message where it is not JSON.
fn said(subject: &Subject) -> Option<String> {
    let message = subject.run.message.as_deref()?;
    match serde_json::from_str::<Value>(message) {
        Ok(facts) => Some(facts.get("trace")?.as_str()?.to_owned()),
        Err(_) => Some(message.to_owned()),
    }
}

fn nothing(subject: &Subject) -> Error {
    Error::Missing(format!("Recipe run {} failed, and nothing was kept of why.", subject.run.id))
}
