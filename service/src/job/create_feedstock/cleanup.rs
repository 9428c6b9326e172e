//! Staged-recipes loses the files that have moved, and only those that are still what was merged.

use super::super::Error;
use super::files::{commit, files_below};
use super::{Step, Stepped, Work};
use crate::domain::id::Sha;
use crate::domain::report::creation as report;
use crate::github::{self, TreeEntry};

/// What can be removed at the newest commit, and what is not.
struct Plan {
    onto: Sha,
    removed: Vec<TreeEntry>,
    kept: Vec<String>,
}

impl Work<'_> {
    pub(super) async fn remove_files(&mut self) -> Stepped {
        let plan = self.plan().await?;
        self.progress().kept = plan.kept;
        if plan.removed.is_empty() {
            self.progress().nothing_to_clean = true;
            return Ok(());
        }
        let message = report::cleanup_message(&self.creation.feedstock, &self.creation.directory);
        let commit = commit(&self.staged, &plan.onto, &plan.removed, &message).await?;
        let change = self.change(Step::CleanupFiles);
        (change.onto, change.commit) = (Some(plan.onto), Some(commit));
        Ok(())
    }

    /// GitHub cannot merge the removal. Where the branch has moved on, it is made anew on what is there now; else it is tried again later.
    pub(super) async fn clean_up_anew(&mut self, error: &github::Error) -> Stepped {
        let plan = self.plan().await?;
        let has_moved = self.creation.progress.cleanup.onto.as_ref() != Some(&plan.onto);
        // With nothing left to remove, the merge may have worked, and its answer was lost.
        if !has_moved || plan.removed.is_empty() {
            return Err(Error::Retry { why: error.to_string(), after: None }.into());
        }
        self.change(Step::CleanupMerge).start_again();
        Ok(())
    }

    async fn plan(&self) -> Stepped<Plan> {
        let creation = &self.creation;
        let base = &creation.progress.base;
        let Some(onto) = self.staged.branch_tip(base).await? else {
            return Err(Error::Fail(format!("{} has no branch {base}", creation.repository)).into());
        };
        let merged = self.merged_files().await?;
        let now = files_below(&self.staged, &onto, &creation.directory).await?.unwrap_or_default();
        let (same, other): (Vec<_>, Vec<_>) = now.into_iter().partition(|file| {
            merged
                .iter()
                .any(|merged| merged.path == file.path && merged.sha == file.sha && file.kind == "blob")
        });
        let full = |path: &str| format!("recipes/{}/{path}", creation.directory);
        let removed = same.into_iter().map(|file| TreeEntry { path: full(&file.path), sha: None, ..file });
        Ok(Plan {
            onto,
            removed: removed.collect(),
            kept: other.iter().map(|file| full(&file.path)).collect(),
        })
    }
}
