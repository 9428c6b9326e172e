//! A row of `workflow_run`, and what a new one is made of.

use chrono::{DateTime, Utc};
use runner_contract::Request;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::domain::id::{
    DispatchId, FeedstockId, GithubRunId, InstallationId, Login, PullNumber, RecipeRunId, WorkflowRunId,
};
use crate::domain::job::ProductionOrder;

/// What we need to remember about why the run was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Context {
    /// To list the recipes of a pull request's head.
    Synchronize {
        /// Where they will run.
        bakery: String,
    },
    /// To run one recipe that a comment asked for.
    Test {
        /// Who asked.
        requested_by: String,
    },
    /// To list the recipes of a commit that is to be deployed.
    DeployProduction {
        /// Where they will run.
        bakery: String,
        /// For whom.
        order: ProductionOrder,
    },
    /// To run one recipe in production.
    Production,
}

/// One run of the hub's workflow.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WorkflowRun {
    /// The row.
    pub id: WorkflowRunId,
    /// Our name for it, which stands in the run's name on GitHub.
    pub dispatch_id: DispatchId,
    /// Whose recipe it is.
    pub feedstock_id: FeedstockId,
    /// The pull request it serves.
    pub pull_request: Option<PullNumber>,
    /// The recipe run it carries out; none for `expand-meta`.
    pub recipe_run_id: Option<RecipeRunId>,
    /// The installation through which we speak about the feedstock's repository.
    pub installation: InstallationId,
    /// What the action is asked to do.
    pub request: Json<Request>,
    /// Why.
    pub context: Json<Context>,
    /// `pending`, `dispatched`, `running` or `concluded`.
    pub state: String,
    /// How often a run of this name was looked for in vain since the last attempt to dispatch.
    pub looks: i64,
    /// When a dispatch was last sent.
    pub attempted_at: Option<DateTime<Utc>>,
    /// GitHub's id, once known.
    pub github_id: Option<GithubRunId>,
    /// The run's page.
    pub html_url: Option<String>,
    /// When it was asked for here.
    pub created_at: DateTime<Utc>,
    /// When GitHub was known to have it.
    pub dispatched_at: Option<DateTime<Utc>>,
    /// When GitHub was first seen to run it.
    pub running_at: Option<DateTime<Utc>>,
    /// When it was ended here.
    pub concluded_at: Option<DateTime<Utc>>,
    /// Who asked to stop it, where it carries out no recipe run whose row says so.
    pub stop_asked_by: Option<Login>,
}

/// A run that is about to be asked for.
#[derive(Debug)]
pub struct NewWorkflowRun<'a> {
    /// Whose recipe it is.
    pub feedstock: FeedstockId,
    /// The pull request it serves.
    pub pull_request: Option<PullNumber>,
    /// The recipe run it carries out.
    pub recipe_run: Option<RecipeRunId>,
    /// The installation through which we speak about the feedstock's repository.
    pub installation: InstallationId,
    /// What the action is asked to do.
    pub request: &'a Request,
    /// Why.
    pub context: &'a Context,
}
