//! What GitHub's runners do: take up a workflow run, leave artifacts, end. Driven by the test, or by whoever runs the real action.

use super::FakeGithub;
use super::actions::{Artifact, WorkflowRun, zip_of};
use super::world::World;

impl FakeGithub {
    /// The workflow run with this id, if it is still known.
    pub fn run(&self, id: u64) -> Option<WorkflowRun> {
        self.read(|world| world.workflow_run(id).map(|(_, run)| run.clone()))
    }

    /// All workflow runs of all repositories with the repository's full name, oldest first.
    pub fn runs(&self) -> Vec<(String, WorkflowRun)> {
        self.read(|world| {
            let repos = world.repositories.iter();
            let runs = repos
                .flat_map(|(name, repo)| repo.workflow_runs.values().map(|run| (name.clone(), run.clone())));
            let mut runs: Vec<_> = runs.collect();
            runs.sort_by_key(|(_, run)| run.id);
            runs
        })
    }

    /// A runner takes up the run.
    pub fn start_run(&self, id: u64) {
        self.change(|world| {
            let repo = world.repo_of_run(id);
            let now = world.now();
            if let Some(run) = world.repo_mut(&repo).workflow_runs.get_mut(&id) {
                "in_progress".clone_into(&mut run.status);
                run.updated_at = now;
            }
            world.emit_workflow_run(&repo, id, "in_progress");
        });
    }

    /// The run leaves an artifact whose archive holds one file, `<name>.json`; the zip file is real.
    pub fn add_artifact(&self, id: u64, name: &str, content: &[u8]) -> u64 {
        self.add_artifact_archive(id, name, zip_of(&format!("{name}.json"), content))
    }

    /// The run leaves an artifact of any bytes, which need not be a zip file.
    pub fn add_artifact_archive(&self, id: u64, name: &str, archive: Vec<u8>) -> u64 {
        self.change(|world| {
            let repo = world.repo_of_run(id);
            let now = world.now();
            let artifact = Artifact::new(world.ids.next("artifact"), name, archive, now);
            let artifact_id = artifact.id;
            if let Some(run) = world.repo_mut(&repo).workflow_runs.get_mut(&id) {
                run.artifacts.push(artifact);
            }
            artifact_id
        })
    }

    /// The run's job writes this, which GitHub shows once the job has ended.
    pub fn write_log(&self, id: u64, log: impl Into<Vec<u8>>) {
        self.set_log(id, Some(log.into()));
    }

    /// GitHub no longer keeps the run's log.
    pub fn expire_log(&self, id: u64) {
        self.set_log(id, None);
    }

    fn set_log(&self, id: u64, log: Option<Vec<u8>>) {
        self.change(|world| {
            let repo = world.repo_of_run(id);
            if let Some(run) = world.repo_mut(&repo).workflow_runs.get_mut(&id) {
                run.log = log;
            }
        });
    }

    /// The run ends with a conclusion (`success`, `failure`, `cancelled`, `timed_out` …), and before that leaves the artifact
    /// `outcome` with the file `outcome.json`, if there is one to leave. A run that has ended, by being cancelled say, stays as it is.
    pub fn finish_run(&self, id: u64, conclusion: &str, outcome: Option<&[u8]>) {
        if let Some(outcome) = outcome {
            self.add_artifact(id, "outcome", outcome);
        }
        self.change(|world| {
            let repo = world.repo_of_run(id);
            world.conclude_run(&repo, id, conclusion);
        });
    }

    /// Somebody starts a run that has ended once more, under the same id.
    pub fn rerun(&self, id: u64) {
        self.change(|world| {
            let repo = world.repo_of_run(id);
            let now = world.now();
            let job_id = world.ids.next("job");
            if let Some(run) = world.repo_mut(&repo).workflow_runs.get_mut(&id) {
                run.job_id = job_id;
                run.log = None;
                "queued".clone_into(&mut run.status);
                run.conclusion = None;
                run.attempt += 1;
                run.updated_at = now;
                run.artifacts.clear();
            }
            world.emit_workflow_run(&repo, id, "requested");
        });
    }

    /// The run is deleted: GitHub does not know it any more, and sends nothing about it.
    pub fn vanish_run(&self, id: u64) {
        self.change(|world| {
            let repo = world.repo_of_run(id);
            world.repo_mut(&repo).workflow_runs.remove(&id);
        });
    }
}

impl World {
    fn workflow_run(&self, id: u64) -> Option<(&String, &WorkflowRun)> {
        self.repositories.iter().find_map(|(name, repo)| Some((name, repo.workflow_runs.get(&id)?)))
    }

    /// The full name of the repository that a run is of.
    ///
    /// # Panics
    /// If there is no such run.
    fn repo_of_run(&self, id: u64) -> String {
        match self.workflow_run(id) {
            Some((name, _)) => name.clone(),
            None => panic!("there is no workflow run {id}"),
        }
    }

    /// Ends a run, unless it has ended.
    pub(super) fn conclude_run(&mut self, repo: &str, id: u64, conclusion: &str) {
        let now = self.now();
        let Some(run) = self.repo_mut(repo).workflow_runs.get_mut(&id) else { return };
        if run.status == "completed" {
            return;
        }
        "completed".clone_into(&mut run.status);
        run.conclusion = Some(conclusion.to_owned());
        run.updated_at = now;
        self.emit_workflow_run(repo, id, "completed");
    }
}
