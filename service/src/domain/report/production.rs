//! What is shown of production: the deployment of each recipe, and one comment for all runs of a commit.

use chrono::{DateTime, Utc};

use super::markdown::{MAX_TEXT, cut, fold, line, span};
use super::result::{Dataset, duration, how_to_open};
use super::trouble::{conclusion, told};
use super::{Deployment, DeploymentState};
use crate::domain::fault::Fault;
use crate::domain::id::{PullNumber, RecipeRunId, RepoName, Sha};
use crate::domain::meta::Finding;
use crate::domain::run::Conclusion;

/// GitHub's limit for the description of a deployment status, in characters.
const MAX_STATUS: usize = 140;

/// The key of a run's deployment.
pub fn deployment_key(run: RecipeRunId) -> String {
    format!("deployment/{run}")
}

/// The run whose deployment has that key.
pub fn run_of(deployment_key: &str) -> Option<RecipeRunId> {
    deployment_key.strip_prefix("deployment/")?.parse().ok().map(RecipeRunId)
}

/// The key of the comment about a commit's production runs in one conversation.
pub fn comment_key(repository: &RepoName, sha: &Sha, conversation: PullNumber) -> String {
    format!("production/{repository}#{conversation}/{sha}")
}

/// Where a production run stands.
#[derive(Debug, Clone)]
pub enum Stage {
    /// Another run writes to the same target.
    Waiting {
        /// Which.
        writer: RecipeRunId,
        /// Its page.
        writer_url: String,
    },
    /// Asked for, and waiting for a machine.
    Queued,
    /// On GitHub Actions.
    Running,
    /// With the bakery.
    Submitted {
        /// The bakery's id of the job.
        job_id: String,
    },
    /// To be stopped.
    Cancelling,
    /// It worked.
    Succeeded(Dataset),
    /// It did not work.
    Failed(Fault),
}

/// One run, as far as its sentences need it.
#[derive(Debug, Clone)]
pub struct ProductionRun {
    /// The recipe's id.
    pub recipe_id: String,
    /// The commit.
    pub head_sha: Sha,
    /// Which attempt this is.
    pub attempt: i64,
    /// When it was asked for, or began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// Its page here.
    pub run_url: String,
    /// The workflow run's page.
    pub workflow_url: Option<String>,
    /// Where it stands.
    pub stage: Stage,
}

/// The deployment that stands for a run.
pub fn deployment(run: &ProductionRun) -> Deployment {
    let (state, status) = match &run.stage {
        Stage::Waiting { writer, .. } => {
            (DeploymentState::Queued, format!("Waiting for run {writer}, which writes to the same place"))
        }
        Stage::Queued => (DeploymentState::Queued, "Waiting for a machine of GitHub Actions".into()),
        Stage::Running => (DeploymentState::InProgress, "Running on GitHub Actions".into()),
        Stage::Submitted { job_id } => {
            (DeploymentState::InProgress, format!("Submitted to the bakery as {}", line(job_id)))
        }
        Stage::Cancelling => (DeploymentState::InProgress, "Being cancelled".into()),
        Stage::Succeeded(_) => (DeploymentState::Success, format!("Worked, in {}", took(run))),
        Stage::Failed(fault) => {
            let state = match conclusion(fault) {
                Conclusion::Cancelled => DeploymentState::Inactive,
                _ => DeploymentState::Failure,
            };
            (state, told(fault).headline)
        }
    };
    Deployment {
        sha: run.head_sha.clone(),
        environment: run.recipe_id.clone(),
        description: "Production run of a Pangeo Forge recipe".into(),
        state,
        status: cut(&line(&status), MAX_STATUS),
        environment_url: run.run_url.clone(),
        log_url: run.workflow_url.clone(),
    }
}

/// The one comment about all production runs of a commit, kept current: a table, and below it what went wrong and where the data is.
pub fn comment(sha: &Sha, runs: &[ProductionRun]) -> String {
    let mut text = format!(
        "Production at {}:\n\n| recipe | state | attempt | links |\n| --- | --- | --- | --- |\n",
        sha.short()
    );
    text.extend(runs.iter().map(row));
    text.extend(runs.iter().filter_map(result));
    if runs.iter().any(|run| matches!(run.stage, Stage::Failed(_))) {
        text.push_str("\nA maintainer makes another attempt at this commit with `/retry`, or one at the newest commit with `/run-production <recipe_id>`.");
    }
    cut(&text, MAX_TEXT)
}

/// The merged commit's recipe files are wrong, so nothing was deployed.
pub fn wrong(sha: &Sha, findings: &[Finding]) -> String {
    let mut text = format!("Nothing was deployed from {}: its recipe files are not in order.\n", sha.short());
    text.extend(findings.iter().map(|finding| {
        let message = finding.message.replace('\n', "\n  ");
        format!("\n- {} line {}: {message}", span(&finding.path), finding.line)
    }));
    text.push_str("\n\nA pull request that mends them deploys when it is merged.");
    cut(&text, MAX_TEXT)
}

/// The recipes of the merged commit are being listed.
pub fn listing(sha: &Sha) -> String {
    format!(
        "Production at {}: `recipe.py` is run once, without any secret, to list its recipes. They start when they are known.",
        sha.short()
    )
}

/// The recipes of the merged commit could not be listed.
pub fn not_listed(sha: &Sha, fault: &Fault) -> String {
    let text = format!(
        "Nothing was deployed from {}: its recipes could not be listed.\n\n{}",
        sha.short(),
        told(fault).markdown()
    );
    cut(&text, MAX_TEXT)
}

/// We gave up before anything was deployed.
pub fn given_up(what: &str) -> String {
    format!(
        "The service could not deploy this: {}. A maintainer can ask for each recipe with `/run-production <recipe_id>`.",
        span(what)
    )
}

/// What came of a run that has ended.
fn result(run: &ProductionRun) -> Option<String> {
    match &run.stage {
        Stage::Failed(fault) => {
            Some(format!("\n{} did not work.\n\n{}\n", span(&run.recipe_id), told(fault).markdown()))
        }
        Stage::Succeeded(dataset) => {
            let heading = format!("Open the data of <code>{}</code>", escaped(&run.recipe_id));
            Some(format!("\n{}\n", fold(&heading, &how_to_open(dataset))))
        }
        _ => None,
    }
}

fn row(run: &ProductionRun) -> String {
    let state = match &run.stage {
        Stage::Waiting { writer, writer_url } => {
            format!("waiting for [run {writer}]({writer_url}), which writes to the same place")
        }
        Stage::Queued => "waiting for a machine".into(),
        Stage::Running => "running".into(),
        Stage::Submitted { job_id } => format!("with the bakery, as {}", span(job_id)),
        Stage::Cancelling => "being cancelled".into(),
        Stage::Succeeded(_) => format!("✅ worked, in {}", took(run)),
        Stage::Failed(fault) if conclusion(fault) == Conclusion::Cancelled => "⏹ stopped".into(),
        Stage::Failed(_) => "❌ failed".into(),
    };
    let log = run.workflow_url.as_ref().map_or_else(String::new, |url| format!(" · [log]({url})"));
    format!("| {} | {state} | {} | [run]({}){log} |\n", span(&run.recipe_id), run.attempt, run.run_url)
}

fn took(run: &ProductionRun) -> String {
    duration(run.completed_at.unwrap_or(run.started_at) - run.started_at)
}

/// A recipe's id holds nothing that HTML would read; should it ever, it is left out.
fn escaped(text: &str) -> String {
    text.chars().filter(|c| !"<>&\"'`".contains(*c)).collect()
}
