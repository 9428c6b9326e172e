//! What went wrong, in words: whose side the cause lies on, and what to do.

use runner_contract::FailureClass;

use super::markdown::{block, fold, line, sentence};
use super::{Annotation, AnnotationLevel};
use crate::domain::fault::Fault;
use crate::domain::run::Conclusion;

/// GitHub shows no check without a title.
const UNSAID: &str = "It failed, and did not say why";

/// The conclusion that a fault gives a run and its check.
pub fn conclusion(fault: &Fault) -> Conclusion {
    match fault {
        Fault::NotStarted { .. } | Fault::TimedOut { .. } => Conclusion::TimedOut,
        Fault::Runner(failure) if failure.class == FailureClass::TimedOut => Conclusion::TimedOut,
        Fault::Cancelled { .. } | Fault::Replaced { .. } | Fault::Stopped { .. } => Conclusion::Cancelled,
        Fault::Closed => Conclusion::Skipped,
        Fault::Dataflow { state, .. }
            if matches!(state.as_str(), "JOB_STATE_CANCELLED" | "JOB_STATE_DRAINED") =>
        {
            Conclusion::Cancelled
        }
        _ => Conclusion::Failure,
    }
}

/// A fault in words.
#[derive(Debug, Clone)]
pub struct Told {
    /// One line, with foreign text in it made harmless.
    pub headline: String,
    whose: &'static str,
    what_to_do: String,
    trace: Option<String>,
}

impl Told {
    /// All of it.
    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n\n**{}** {}", block(&self.headline), self.whose, self.what_to_do);
        if let Some(trace) = &self.trace {
            text.push_str("\n\n");
            text.push_str(&fold("Traceback", &block(trace)));
        }
        text
    }
}

/// Puts a fault into words.
pub fn told(fault: &Fault) -> Told {
    let ours = |headline: String, what_to_do: &str| Told {
        headline,
        whose: whose(fault.class()),
        what_to_do: what_to_do.to_owned(),
        trace: None,
    };
    match fault {
        Fault::Runner(failure) => Told {
            headline: headline(&failure.error),
            whose: whose(failure.class),
            what_to_do: failure
                .explanation
                .as_deref()
                .map_or_else(|| default_advice(failure.class).to_owned(), sentence),
            trace: failure.trace.clone(),
        },
        Fault::NoOutcome { conclusion } => ours(
            format!("The workflow run ended ({}) without a result", line(conclusion)),
            "GitHub Actions gave the run up, or something in it did not get as far as writing down what happened. Its log says more; \
             the same `/run` comment tries again.",
        ),
        Fault::BadOutcome { why } => ours(
            format!("The workflow run left a result that cannot be used: {}", line(why)),
            "Nothing of it was believed. If the recipe writes to the runner's files, that is the cause; otherwise an operator should look.",
        ),
        Fault::DispatchRefused { why } => ours(
            format!("GitHub would not start the workflow: {}", line(why)),
            "An operator has to see to the hub repository's workflow and the App's permissions; the recipe is not at fault.",
        ),
        Fault::NotStarted { minutes } => ours(
            format!("No machine took the run up within {minutes} minutes"),
            "GitHub Actions was busy or out of minutes. The same `/run` comment tries again.",
        ),
        Fault::TimedOut { minutes } => ours(
            format!("The run was still going after {minutes} minutes"),
            "It was given up. A test should finish in far less: make the pruned part of the recipe smaller.",
        ),
        Fault::Cancelled { by: None } => {
            ours("Somebody cancelled the workflow run".into(), "The same `/run` comment starts it again.")
        }
        Fault::Cancelled { by: Some(by) } => Told {
            whose: "It was stopped on purpose.",
            ..ours(
                format!("Cancelled by {}", line(by.as_str())),
                "`/retry` makes another attempt at the same commit.",
            )
        },
        Fault::Dataflow { state, job } => dataflow(state, job),
        Fault::Closed => ours(
            "The pull request was closed before anybody asked for this run".into(),
            "Nothing was run. A pull request that is opened again can be tested again.",
        ),
        Fault::Stopped { why } => ours(
            format!("The App may no longer work here: {}", line(why)),
            "Somebody suspended or removed the installation while this went on.",
        ),
        Fault::Replaced { by } => ours(
            format!("Replaced by {}", by.short()),
            "The pull request has a newer commit, so nothing was run for this one.",
        ),
        Fault::Ours { what } => ours(
            format!("The service could not do it: {}", line(what)),
            "The recipe is not at fault. An operator has been told by the service's log.",
        ),
    }
}

fn dataflow(state: &str, job: &str) -> Told {
    let job = line(job);
    let (headline, what_to_do) = match state {
        "JOB_STATE_CANCELLED" => (
            format!("The Dataflow job {job} was cancelled"),
            "What it had written may be incomplete. `/retry` makes another attempt.",
        ),
        "JOB_STATE_DRAINED" => (
            format!("The Dataflow job {job} was drained before it had read everything"),
            "What it had written may be incomplete. `/retry` makes another attempt.",
        ),
        _ => (
            format!("The Dataflow job {job} failed"),
            "The job's own page says in which step. A recipe that passed its test may still meet other data, or more of it, here.",
        ),
    };
    Told { headline, whose: "The bakery's workers gave up.", what_to_do: what_to_do.into(), trace: None }
}

fn headline(error: &str) -> String {
    let error = line(error);
    if error.trim().is_empty() { UNSAID.into() } else { error }
}

/// The remark on the line where a failure came from.
pub fn annotations(fault: &Fault, subdir: &str) -> Vec<Annotation> {
    let Fault::Runner(failure) = fault else { return Vec::new() };
    let Some(location) = &failure.location else { return Vec::new() };
    vec![Annotation {
        path: format!("{subdir}/{}", line(&location.file)),
        start_line: location.line,
        end_line: location.line,
        annotation_level: AnnotationLevel::Failure,
        title: "The run failed here".into(),
        message: headline(&failure.error),
    }]
}

fn whose(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Recipe => "The cause is in the recipe.",
        FailureClass::Requirements => "The cause is in requirements.txt.",
        FailureClass::DataSource => "The place the data comes from did not give it.",
        FailureClass::Bakery => "The cause is in the bakery.",
        FailureClass::TimedOut => "It took too long.",
        FailureClass::Service => "The cause is on our side or GitHub's.",
    }
}

fn default_advice(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Recipe => "Push a commit that mends it, and test again.",
        FailureClass::Requirements => "Push a requirements.txt that can be installed, and test again.",
        FailureClass::DataSource => {
            "Try again later, or see whether the address in the recipe is still right."
        }
        FailureClass::Bakery => "A maintainer has to see to the bakery's configuration or quota.",
        FailureClass::TimedOut => "Make the pruned part of the recipe smaller, or ask a maintainer.",
        FailureClass::Service => {
            "The same `/run` comment tries again; if that fails too, an operator should look."
        }
    }
}
