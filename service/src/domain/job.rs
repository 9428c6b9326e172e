//! The work that can wait: what each kind of job needs to know, and in `schedule` which jobs may not run side by side and which would be
//! the same work twice. How a job is done is the business of the `job` room.

mod schedule;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::command::{CommentCommand, InstallationNews, PullRequest, Rerun, WorkflowRunNews};
use super::id::{
    DataflowJobId, DeliveryId, InstallationId, JobEventId, Login, PullNumber, RecipeRunId, RepoName,
    ReportId, WorkflowRunId,
};

/// What production is to be made of, and who waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductionOrder {
    /// The feedstock.
    pub repository: RepoName,
    /// The installation through which we speak there.
    pub installation: InstallationId,
    /// The merged pull request, or the pull request or issue on which somebody asked.
    pub conversation: PullNumber,
    /// What was asked by a comment; none for a merge, which asks for every recipe of its commit.
    pub asked: Option<Asked>,
}

impl ProductionOrder {
    /// The order that a merge into a feedstock is.
    pub fn of_merge(pull_request: &PullRequest) -> Self {
        Self {
            repository: pull_request.repository.clone(),
            installation: pull_request.installation,
            conversation: pull_request.number,
            asked: None,
        }
    }

    /// Where it is spoken of.
    pub fn place(&self) -> PullRequest {
        PullRequest {
            repository: self.repository.clone(),
            number: self.conversation,
            installation: self.installation,
        }
    }
}

/// Recipes that somebody asked for by name, at the tip of the default branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The comment.
    pub comment: super::id::CommentId,
    /// Who wrote it.
    pub by: Login,
    /// The recipes.
    pub recipes: Vec<String>,
}

/// How far GitHub's list of deliveries has been read, and what it is read for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// When the reading began, at the list's newest entry.
    pub began_at: DateTime<Utc>,
    /// How far back the list has to be read.
    pub since: DateTime<Utc>,
    /// GitHub's mark of the next page; none when the list has been read, and only asking is left.
    pub cursor: Option<String>,
}

/// One piece of durable work. The variant, the file in `job/`, its function and its log span share a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Turn a stored delivery into commands.
    InterpretDelivery {
        /// The delivery.
        delivery: DeliveryId,
    },
    /// Check the recipe at a pull request's head.
    Synchronize {
        /// The pull request.
        pull_request: PullRequest,
    },
    /// Check the recipe at a pull request's head once more, from the start: somebody asked for it.
    Resynchronize {
        /// The pull request.
        pull_request: PullRequest,
    },
    /// Answer a comment that gives a command.
    #[serde(alias = "run_recipe")]
    AnswerCommand {
        /// The comment.
        command: CommentCommand,
    },
    /// Do again what a check stands for, because somebody pressed GitHub's button.
    AnswerRerun {
        /// What for.
        rerun: Rerun,
        /// The delivery that told: each pressing is one.
        delivery: DeliveryId,
    },
    /// End the tests that wait on a closed pull request.
    ClosePullRequest {
        /// The pull request.
        pull_request: PullRequest,
    },
    /// Make a feedstock of a merged recipe directory, from wherever it stands.
    CreateFeedstock {
        /// The merged pull request.
        pull_request: PullRequest,
    },
    /// Queue the production runs of a feedstock's commit.
    DeployProduction {
        /// Of what.
        order: ProductionOrder,
    },
    /// Begin a queued run, unless another one writes to its target.
    StartRun {
        /// The run.
        recipe_run: RecipeRunId,
    },
    /// See that a run which was to be stopped comes to its end.
    StopRun {
        /// The run.
        recipe_run: RecipeRunId,
    },
    /// Ask GitHub to stop a workflow run.
    CancelWorkflow {
        /// The record of the run.
        workflow_run: WorkflowRunId,
    },
    /// Ask Dataflow to stop a job.
    CancelDataflowJob {
        /// The job.
        job: DataflowJobId,
    },
    /// Apply what was told of a Dataflow job.
    RecordJobStatus {
        /// The message.
        event: JobEventId,
    },
    /// Ask Dataflow about a job that nothing was heard of.
    WatchDataflowJob {
        /// The job.
        job: DataflowJobId,
        /// Whether Dataflow has said once that it does not know it.
        #[serde(default)]
        missed: bool,
    },
    /// Stop or go on in an installation.
    ApplyInstallation {
        /// What changed.
        news: InstallationNews,
        /// The delivery that told.
        delivery: DeliveryId,
    },
    /// Ask GitHub to deliver again what did not arrive.
    RecoverDeliveries {
        /// Where an earlier job left GitHub's list; none to begin at its newest entry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        listing: Option<Listing>,
    },
    /// Compare an installation's open work with GitHub, where deliveries were missed that can no longer be had.
    Reconcile {
        /// The installation.
        installation: InstallationId,
        /// Since when deliveries may be missing.
        since: DateTime<Utc>,
    },
    /// The same for one of its repositories.
    ReconcileRepository {
        /// The repository.
        repository: RepoName,
        /// The installation.
        installation: InstallationId,
        /// Since when deliveries may be missing.
        since: DateTime<Utc>,
    },
    /// Start a workflow run.
    DispatchWorkflow {
        /// The record of the run.
        workflow_run: WorkflowRunId,
    },
    /// Ask GitHub how a workflow run stands, and end what depends on it.
    ConcludeWorkflowRun {
        /// Which run.
        news: WorkflowRunNews,
    },
    /// Bring GitHub to what a report says.
    PublishReport {
        /// The report.
        report: ReportId,
    },
}

impl Job {
    /// The word for this kind in the database, the logs and the operator's commands.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::InterpretDelivery { .. } => "interpret_delivery",
            Self::Synchronize { .. } => "synchronize",
            Self::Resynchronize { .. } => "resynchronize",
            Self::AnswerCommand { .. } => "answer_command",
            Self::AnswerRerun { .. } => "answer_rerun",
            Self::ClosePullRequest { .. } => "close_pull_request",
            Self::CreateFeedstock { .. } => "create_feedstock",
            Self::DeployProduction { .. } => "deploy_production",
            Self::StartRun { .. } => "start_run",
            Self::StopRun { .. } => "stop_run",
            Self::CancelWorkflow { .. } => "cancel_workflow",
            Self::CancelDataflowJob { .. } => "cancel_dataflow_job",
            Self::RecordJobStatus { .. } => "record_job_status",
            Self::WatchDataflowJob { .. } => "watch_dataflow_job",
            Self::ApplyInstallation { .. } => "apply_installation",
            Self::RecoverDeliveries { .. } => "recover_deliveries",
            Self::Reconcile { .. } => "reconcile",
            Self::ReconcileRepository { .. } => "reconcile_repository",
            Self::DispatchWorkflow { .. } => "dispatch_workflow",
            Self::ConcludeWorkflowRun { .. } => "conclude_workflow_run",
            Self::PublishReport { .. } => "publish_report",
        }
    }
}
