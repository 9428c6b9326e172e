//! Where a job would act, beside which others it may not run, and which others it would repeat.

use super::super::command::PullRequest;
use super::super::id::{InstallationId, RepoName};
use super::Job;

impl Job {
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
