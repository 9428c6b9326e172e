//! The work that can wait: what each kind of job needs to know, which jobs may not run side by side, and which would be the
//! same work twice. How a job is done is the business of the `job` room.

use serde::{Deserialize, Serialize};

use super::command::{CommentCommand, PullRequest, WorkflowRunNews};
use super::id::{DeliveryId, ReportId, WorkflowRunId};

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
    /// Answer a comment that gives a command.
    RunRecipe {
        /// The comment.
        command: CommentCommand,
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
            Self::RunRecipe { .. } => "run_recipe",
            Self::DispatchWorkflow { .. } => "dispatch_workflow",
            Self::ConcludeWorkflowRun { .. } => "conclude_workflow_run",
            Self::PublishReport { .. } => "publish_report",
        }
    }

    /// Jobs of one lane never run at the same time.
    pub fn lane(&self) -> Option<String> {
        let pull_request = |pr: &PullRequest| format!("{}#{}", pr.repository, pr.number);
        match self {
            Self::InterpretDelivery { .. } => None,
            Self::Synchronize { pull_request: pr } => Some(pull_request(pr)),
            Self::RunRecipe { command } => Some(pull_request(&command.pull_request)),
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
            Self::RunRecipe { command } => format!("run_recipe/{}", command.comment),
            Self::DispatchWorkflow { workflow_run } => format!("dispatch_workflow/{workflow_run}"),
            Self::ConcludeWorkflowRun { news } => match news.github_run {
                Some(run) => format!("conclude_workflow_run/{}/{run}", news.dispatch),
                None => format!("conclude_workflow_run/{}", news.dispatch),
            },
            Self::PublishReport { report } => format!("publish_report/{report}"),
        }
    }
}
