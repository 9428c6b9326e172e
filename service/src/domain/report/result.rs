//! What became of one recipe run: its check run and the comment that says so.

use chrono::{DateTime, TimeDelta, Utc};
use runner_contract::DatasetType;

use super::CheckRun;
use super::markdown::{MAX_TEXT, cut, line, span};
use super::trouble::{annotations, conclusion, told};
use crate::domain::fault::Fault;
use crate::domain::id::{RecipeRunId, RepoName, Sha};
use crate::domain::run::{Conclusion, Status};

/// The key of a run's check.
pub fn check_key(run: RecipeRunId) -> String {
    format!("recipe-run/{run}")
}

/// The run whose check has that key.
pub fn run_of(check_key: &str) -> Option<RecipeRunId> {
    check_key.strip_prefix("recipe-run/")?.parse().ok().map(RecipeRunId)
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

/// Somebody asked to stop it.
pub fn cancelling(subject: &Subject, by: &str) -> CheckRun {
    let summary = format!(
        "{} asked to stop the test of {}. This check ends when GitHub and the bakery say that it has stopped.\n\n{}",
        span(by),
        span(&subject.recipe_id),
        subject.links()
    );
    subject.check("Being cancelled", &summary)
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

pub(super) fn how_to_open(dataset: &Dataset) -> String {
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
