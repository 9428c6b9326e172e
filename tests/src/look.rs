//! What the world holds, as the stories ask for it, and the ends of workflow runs as the action would have left them.

use runner_contract::{DatasetType, OUTCOME_SCHEMA, Outcome, RunResult, Store};

use crate::app::TestApp;
use crate::github::{CheckRun, WorkflowRun};
use crate::world::{FEEDSTOCK, STAGED};

impl TestApp {
    /// The one check run of that name, in whatever repository.
    pub fn check(&self, name: &str) -> CheckRun {
        let mut checks = self.checks(name);
        assert_eq!(checks.len(), 1, "check runs named {name}:\n{}", self.github.transcript().join("\n"));
        checks.remove(0)
    }

    /// Every check run of that name, oldest first.
    pub fn checks(&self, name: &str) -> Vec<CheckRun> {
        self.github.read(|world| {
            let all =
                [STAGED, FEEDSTOCK].map(|repository| world.repositories[repository].check_runs.values());
            all.into_iter().flatten().filter(|check| check.name == name).cloned().collect()
        })
    }

    /// The comments that the App wrote on a pull request, oldest first.
    pub fn bot_comments(&self, repository: &str, number: u64) -> Vec<String> {
        self.github.read(|world| {
            let comments = world.repositories[repository].comments.values();
            comments
                .filter(|comment| comment.by_app && comment.number == number)
                .map(|comment| comment.body.clone())
                .collect()
        })
    }

    /// The newest of them.
    pub fn last_bot_comment(&self, repository: &str, number: u64) -> String {
        self.bot_comments(repository, number).pop().expect("the App has written a comment")
    }

    /// The reactions to a comment, in the order they came.
    pub fn reactions(&self, repository: &str, comment: u64) -> Vec<String> {
        self.github.read(|world| {
            let reactions = &world.repositories[repository].comments[&comment].reactions;
            reactions.iter().map(|reaction| reaction.content.clone()).collect()
        })
    }

    /// The one workflow run that was dispatched.
    pub fn only_workflow_run(&self) -> WorkflowRun {
        let mut runs = self.github.runs();
        assert_eq!(runs.len(), 1, "workflow runs:\n{}", self.github.transcript().join("\n"));
        runs.remove(0).1
    }

    /// The workflow runs that were dispatched, oldest first.
    pub fn workflow_runs(&self) -> Vec<WorkflowRun> {
        self.github.runs().into_iter().map(|(_, run)| run).collect()
    }

    /// Ends a workflow run with this outcome, as the action would have left it.
    pub fn finish_run(&self, id: u64, result: RunResult) {
        let run = self.github.run(id).expect("the run exists");
        let conclusion = if matches!(result, RunResult::Failed(_)) { "failure" } else { "success" };
        let outcome = Outcome {
            schema: OUTCOME_SCHEMA.into(),
            dispatch_id: run.inputs["dispatch_id"].clone(),
            sha: run.inputs["sha"].clone(),
            seconds: 12.5,
            result,
        };
        let outcome = serde_json::to_vec(&outcome).expect("an outcome is plain data");
        self.github.finish_run(id, conclusion, Some(&outcome));
    }

    /// Ends a workflow run as one that wrote these Zarr stores.
    pub fn bake(&self, id: u64, stores: &[&str]) {
        let recipe_id = self.github.run(id).expect("the run exists").inputs["recipe_id"].clone();
        let store = |path: &&str| Store { path: (*path).into(), dataset_type: DatasetType::Zarr };
        self.finish_run(id, RunResult::Baked { recipe_id, stores: stores.iter().map(store).collect() });
    }
}
