//! What became of one recipe run: its check run and the comment that says so.

use chrono::{DateTime, TimeDelta, Utc};
use runner_contract::{DatasetType, FailureClass};

use super::markdown::{MAX_TEXT, block, cut, fold, line, sentence, span};
use super::{Annotation, AnnotationLevel, CheckRun};
use crate::domain::fault::Fault;
use crate::domain::id::{RecipeRunId, RepoName, Sha};
use crate::domain::run::{Conclusion, Status};

/// GitHub shows no check without a title.
const UNSAID: &str = "It failed, and did not say why";

/// The key of a run's check.
pub fn check_key(run: RecipeRunId) -> String {
    format!("recipe-run/{run}")
}

/// The key of a run's comment.
pub fn comment_key(run: RecipeRunId) -> String {
    format!("recipe-run/{run}/result")
}

/// The slot that the results of one recipe on one pull request share: only the newest stays up.
pub fn comment_slot(repository: &RepoName, pull_request: impl std::fmt::Display, recipe_id: &str) -> String {
    format!("result/{repository}#{pull_request}/{recipe_id}")
}

/// What the sentences about a run need to know of it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The recipe's id.
    pub recipe_id: String,
    /// The commit.
    pub head_sha: Sha,
    /// Who asked for it.
    pub requested_by: String,
    /// When it was asked for.
    pub started_at: DateTime<Utc>,
    /// The run's page here.
    pub run_url: String,
    /// The workflow run's page, once there is one.
    pub workflow_url: Option<String>,
    /// The directory of `meta.yaml`.
    pub subdir: String,
}

impl Subject {
    fn check(&self, title: &str, summary: &str) -> CheckRun {
        CheckRun {
            name: self.recipe_id.clone(),
            head_sha: self.head_sha.clone(),
            status: Status::InProgress,
            conclusion: None,
            started_at: self.started_at,
            completed_at: None,
            details_url: Some(self.workflow_url.clone().unwrap_or_else(|| self.run_url.clone())),
            title: line(title),
            summary: cut(summary, MAX_TEXT),
            text: String::new(),
            annotations: Vec::new(),
        }
    }

    fn links(&self) -> String {
        let run = format!("[Run]({})", self.run_url);
        match &self.workflow_url {
            Some(url) => format!("{run} · [log on GitHub Actions]({url})"),
            None => run,
        }
    }
}

fn ended(check: CheckRun, conclusion: Conclusion, now: DateTime<Utc>) -> CheckRun {
    CheckRun { status: Status::Completed, conclusion: Some(conclusion), completed_at: Some(now), ..check }
}

/// The run was asked for.
pub fn requested(subject: &Subject) -> CheckRun {
    let summary = format!(
        "{} asked for a test of {}.\n\n{}",
        span(&subject.requested_by),
        span(&subject.recipe_id),
        subject.links()
    );
    subject.check("Asked for: waiting for a machine of GitHub Actions", &summary)
}

/// GitHub Actions has taken it up.
pub fn running(subject: &Subject) -> CheckRun {
    let summary = format!(
        "{} asked for a test of {}.\n\n{}",
        span(&subject.requested_by),
        span(&subject.recipe_id),
        subject.links()
    );
    subject.check("Running on GitHub Actions", &summary)
}

/// The job is with the bakery.
pub fn submitted(subject: &Subject, job_name: &str, job_id: &str) -> CheckRun {
    let summary = format!(
        "The bakery accepted the job {} with the id {}. This check ends when the job does.\n\n{}",
        span(job_name),
        span(job_id),
        subject.links()
    );
    subject.check("Submitted: waiting for the bakery", &summary)
}

/// A dataset that a run made.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Where it can be opened; `None` for a bakery without a public address.
    pub url: Option<String>,
    /// What it is.
    pub dataset_type: DatasetType,
}

/// The run worked: its check, and the comment.
pub fn succeeded(subject: &Subject, dataset: &Dataset, now: DateTime<Utc>) -> (CheckRun, String) {
    let took = duration(now - subject.started_at);
    let how = how_to_open(dataset);
    let summary = format!("{how}\n\nTook {took}. {}", subject.links());
    let check = subject.check(&format!("Worked, in {took}"), &summary);
    let comment = format!(
        ":tada: The test run of {} at {} worked, in {took}.\n\n{how}\n\n{}",
        span(&subject.recipe_id),
        subject.head_sha.short(),
        subject.links()
    );
    (ended(check, Conclusion::Success, now), comment)
}

/// The run did not work: its check, and the comment.
pub fn failed(subject: &Subject, fault: &Fault, now: DateTime<Utc>) -> (CheckRun, String) {
    let took = duration(now - subject.started_at);
    let told = told(fault);
    let markdown = told.markdown();
    let summary = format!("{markdown}\n\nAfter {took}. {}", subject.links());
    let mut check = subject.check(&told.headline, &summary);
    check.annotations = annotations(fault, &subject.subdir);
    let comment = format!(
        "The test run of {} at {} did not work.\n\n{markdown}\n\n{}",
        span(&subject.recipe_id),
        subject.head_sha.short(),
        subject.links()
    );
    (ended(check, conclusion(fault), now), cut(&comment, MAX_TEXT))
}

/// The conclusion that a fault gives a run and its check.
pub fn conclusion(fault: &Fault) -> Conclusion {
    match fault {
        Fault::NotStarted { .. } | Fault::TimedOut { .. } => Conclusion::TimedOut,
        Fault::Runner(failure) if failure.class == FailureClass::TimedOut => Conclusion::TimedOut,
        Fault::Cancelled | Fault::Replaced { .. } => Conclusion::Cancelled,
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
        Fault::Cancelled => {
            ours("Somebody cancelled the workflow run".into(), "The same `/run` comment starts it again.")
        }
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

fn how_to_open(dataset: &Dataset) -> String {
    let Some(url) = &dataset.url else {
        return "The bakery has no public address, so only somebody with access to it can open the data."
            .into();
    };
    // The address is made of our own configuration and a checked path; as a Python literal it is escaped all the same.
    let literal = serde_json::to_string(url).unwrap_or_default();
    match dataset.dataset_type {
        DatasetType::Zarr => format!(
            "```python\nimport xarray as xr\n\nstore = {literal}\nds = xr.open_dataset(store, engine=\"zarr\", chunks={{}})\nds\n```"
        ),
        DatasetType::Kerchunk => format!(
            "```python\nimport xarray as xr\n\nreferences = {literal}\nds = xr.open_dataset(references, engine=\"kerchunk\", chunks={{}})\nds\n```"
        ),
        DatasetType::Parquet => {
            format!("```python\nimport pandas as pd\n\ndf = pd.read_parquet({literal})\ndf\n```")
        }
    }
}

/// A duration as people say it.
pub fn duration(time: TimeDelta) -> String {
    let seconds = time.num_seconds().max(0);
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_durations() {
        let of = |seconds| duration(TimeDelta::seconds(seconds));
        assert_eq!(
            (of(-3), of(59), of(61), of(3700)),
            ("0 s".into(), "59 s".into(), "1 min 1 s".into(), "1 h 1 min".into())
        );
    }
}
