//! A pull request as people see it: what they do there, and what it shows.

use super::plot::Plot;
use crate::github::{CheckRun, FakeGithub, NewPull, Reaction, WorkflowRun};
use crate::world::{self, CONTRIBUTOR, HUB, MAINTAINER, STAGED};

/// An open pull request in the repository of proposed recipes.
#[derive(Debug, Clone)]
pub(super) struct Pull {
    github: FakeGithub,
    /// Its number.
    pub(super) number: u64,
    /// Its commit.
    pub(super) head: String,
}

impl Pull {
    /// The contributor opens one. Titles are commit messages too: two pull requests of one title could be one commit.
    pub(super) fn open(github: &FakeGithub, plot: &Plot, title: &str) -> Self {
        let files = world::feedstock(plot.feedstock, plot.directory);
        let number = github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, title).files(files));
        let head = github.read(|world| world.repositories[STAGED].pulls[&number].head_sha.clone());
        Self { github: github.clone(), number, head }
    }

    /// The maintainer comments; answers with the comment's id.
    pub(super) fn comment(&self, body: &str) -> u64 {
        self.github.comment(STAGED, self.number, MAINTAINER, body)
    }

    /// All check runs of the commit, oldest first.
    pub(super) fn checks(&self) -> Vec<CheckRun> {
        self.github.read(|world| {
            let checks = world.repositories[STAGED].check_runs.values();
            checks.filter(|check| check.head_sha == self.head).cloned().collect()
        })
    }

    /// The newest check run of this name.
    pub(super) fn check(&self, name: &str) -> Option<CheckRun> {
        self.checks().into_iter().rfind(|check| check.name == name)
    }

    /// The same, once it has ended.
    pub(super) fn ended_check(&self, name: &str) -> Option<CheckRun> {
        self.check(name).filter(|check| check.status == "completed")
    }

    /// The comments of the App, oldest first.
    pub(super) fn app_comments(&self) -> Vec<String> {
        self.github.read(|world| {
            let comments = world.repositories[STAGED].comments.values();
            let ours = comments.filter(|comment| comment.by_app && comment.number == self.number);
            ours.map(|comment| comment.body.clone()).collect()
        })
    }

    /// The reactions to a comment, in the order they came: who and what.
    pub(super) fn reactions(&self, comment: u64) -> Vec<String> {
        let shown = |reaction: &Reaction| format!("{} by {}", reaction.content, reaction.user);
        self.github.read(|world| {
            let comment = world.repositories[STAGED].comments.get(&comment);
            comment.into_iter().flat_map(|comment| comment.reactions.iter().map(shown)).collect()
        })
    }

    /// The workflow runs that were started for it, oldest first.
    pub(super) fn workflow_runs(&self) -> Vec<WorkflowRun> {
        let git_ref = format!("refs/pull/{}/head", self.number);
        self.github.read(|world| {
            let runs = world.repositories[HUB].workflow_runs.values();
            runs.filter(|run| run.inputs.get("git_ref") == Some(&git_ref)).cloned().collect()
        })
    }

    /// What it shows, in a few lines, for whoever has to find out what went wrong.
    pub(super) fn portrait(&self) -> String {
        let mut lines = vec![format!("{STAGED}#{} at {} shows:", self.number, self.head)];
        for check in self.checks() {
            let conclusion = check.conclusion.as_deref().unwrap_or("no conclusion");
            let title = check.title.as_deref().unwrap_or_default();
            lines.push(format!(
                "  check run {} {}: {}, {conclusion}, {title}",
                check.id, check.name, check.status
            ));
        }
        for body in self.app_comments() {
            lines.push(format!("  comment: {}", body.lines().next().unwrap_or_default()));
        }
        for run in self.workflow_runs() {
            let conclusion = run.conclusion.as_deref().unwrap_or("no conclusion");
            lines.push(format!("  workflow run {} {}: {}, {conclusion}", run.id, run.title, run.status));
        }
        lines.join("\n")
    }
}
