//! The work that can wait: what each kind of job needs to know, which jobs may not run side by side, and which would be the
//! same work twice. How a job is done is the business of the `job` room.

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

    /// Where on GitHub the job would act, when its payload says so. Jobs that only follow from rows do not: whoever stops a place ends its
    /// rows.
    pub fn place(&self) -> Option<(InstallationId, Option<&RepoName>)> {
        match self {
            Self::Synchronize { pull_request: pr }
            | Self::Resynchronize { pull_request: pr }
            | Self::ClosePullRequest { pull_request: pr }
            | Self::CreateFeedstock { pull_request: pr } => Some((pr.installation, Some(&pr.repository))),
            Self::AnswerCommand { command } => {
                Some((command.pull_request.installation, Some(&command.pull_request.repository)))
            }
            Self::AnswerRerun { rerun, .. } => Some((rerun.installation, Some(&rerun.repository))),
            Self::DeployProduction { order } => Some((order.installation, Some(&order.repository))),
            Self::Reconcile { installation, .. } => Some((*installation, None)),
            Self::ReconcileRepository { repository, installation, .. } => {
                Some((*installation, Some(repository)))
            }
            Self::InterpretDelivery { .. }
            | Self::StartRun { .. }
            | Self::StopRun { .. }
            | Self::CancelWorkflow { .. }
            | Self::CancelDataflowJob { .. }
            | Self::RecordJobStatus { .. }
            | Self::WatchDataflowJob { .. }
            | Self::ApplyInstallation { .. }
            | Self::RecoverDeliveries { .. }
            | Self::DispatchWorkflow { .. }
            | Self::ConcludeWorkflowRun { .. }
            | Self::PublishReport { .. } => None,
        }
    }

    /// Jobs of one lane never run at the same time.
    pub fn lane(&self) -> Option<String> {
        let pull_request = |pr: &PullRequest| format!("{}#{}", pr.repository, pr.number);
        match self {
            Self::InterpretDelivery { .. } | Self::RecordJobStatus { .. } => None,
            Self::Synchronize { pull_request: pr }
            | Self::Resynchronize { pull_request: pr }
            | Self::ClosePullRequest { pull_request: pr }
            | Self::CreateFeedstock { pull_request: pr } => Some(pull_request(pr)),
            Self::AnswerCommand { command } => Some(pull_request(&command.pull_request)),
            Self::AnswerRerun { rerun, .. } => Some(format!("{}@{}", rerun.repository, rerun.head_sha)),
            // One at a time for a feedstock: two merges must not both think that they are the newest.
            Self::DeployProduction { order } => Some(format!("deploy/{}", order.repository)),
            Self::StartRun { recipe_run } | Self::StopRun { recipe_run } => Some(format!("run/{recipe_run}")),
            Self::CancelWorkflow { workflow_run } => Some(format!("cancel/{workflow_run}")),
            Self::CancelDataflowJob { job } => Some(format!("cancel_dataflow/{job}")),
            Self::WatchDataflowJob { job, .. } => Some(format!("dataflow/{job}")),
            Self::ApplyInstallation { news, .. } => Some(format!("installation/{}", news.installation)),
            Self::RecoverDeliveries { .. } => Some("recover_deliveries".into()),
            Self::Reconcile { installation, .. } => Some(format!("reconcile/{installation}")),
            Self::ReconcileRepository { repository, .. } => Some(format!("reconcile/{repository}")),
            Self::DispatchWorkflow { workflow_run } => Some(format!("dispatch/{workflow_run}")),
            Self::ConcludeWorkflowRun { news } => Some(format!("workflow/{}", news.dispatch)),
            Self::PublishReport { report } => Some(format!("report/{report}")),
        }
    }

    /// While a job with this key waits, a second one would do the same work and is not queued.
    ///
    /// A job that already runs does not count: what it read may be older than the news that asks for the second one.
    pub fn dedup_key(&self) -> String {
        match self {
            Self::InterpretDelivery { delivery } => format!("interpret_delivery/{delivery}"),
            Self::Synchronize { pull_request: pr } => format!("synchronize/{}#{}", pr.repository, pr.number),
            // Not the same work as the above: that one leaves alone what is there.
            Self::Resynchronize { pull_request: pr } => {
                format!("resynchronize/{}#{}", pr.repository, pr.number)
            }
            Self::AnswerCommand { command } => format!("answer_command/{}", command.comment),
            Self::AnswerRerun { delivery, .. } => format!("answer_rerun/{delivery}"),
            Self::ClosePullRequest { pull_request: pr } => {
                format!("close_pull_request/{}#{}", pr.repository, pr.number)
            }
            Self::CreateFeedstock { pull_request: pr } => {
                format!("create_feedstock/{}#{}", pr.repository, pr.number)
            }
            Self::DeployProduction { order } => match &order.asked {
                Some(asked) => format!("deploy_production/{}", asked.comment),
                None => format!("deploy_production/{}#{}", order.repository, order.conversation),
            },
            Self::StartRun { recipe_run } => format!("start_run/{recipe_run}"),
            Self::StopRun { recipe_run } => format!("stop_run/{recipe_run}"),
            Self::CancelWorkflow { workflow_run } => format!("cancel_workflow/{workflow_run}"),
            Self::CancelDataflowJob { job } => format!("cancel_dataflow_job/{job}"),
            Self::RecordJobStatus { event } => format!("record_job_status/{event}"),
            Self::WatchDataflowJob { job, .. } => format!("watch_dataflow_job/{job}"),
            Self::ApplyInstallation { delivery, news } => match news.repositories.as_slice() {
                [repository] => format!("apply_installation/{delivery}/{repository}"),
                _ => format!("apply_installation/{delivery}"),
            },
            // One that goes on must not be taken for one that begins, which the timer may have queued meanwhile.
            Self::RecoverDeliveries { listing: Some(_) } => "recover_deliveries/go_on".into(),
            Self::RecoverDeliveries { listing: None } => "recover_deliveries".into(),
            Self::Reconcile { installation, .. } => format!("reconcile/{installation}"),
            Self::ReconcileRepository { repository, .. } => format!("reconcile/{repository}"),
            Self::DispatchWorkflow { workflow_run } => format!("dispatch_workflow/{workflow_run}"),
            Self::ConcludeWorkflowRun { news } => match news.github_run {
                Some(run) => format!("conclude_workflow_run/{}/{run}", news.dispatch),
                None => format!("conclude_workflow_run/{}", news.dispatch),
            },
            Self::PublishReport { report } => format!("publish_report/{report}"),
        }
    }
}
