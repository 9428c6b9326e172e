//! The recipe's files, as they are in the commit that merged them: brought to the new repository byte by byte, and put into one commit
//! there.

use super::super::Error;
use super::{Step, Stepped, Stop, Taken, Work};
use crate::domain::creation::{FEEDSTOCK_DIRECTORY, MAX_FILE_BYTES};
use crate::domain::id::Sha;
use crate::domain::report::{creation as report, obstacle};
use crate::github::{Repository, TreeEntry};

/// So many files are copied in one attempt, of which each takes two calls.
const FILES_PER_ATTEMPT: usize = 20;

impl Work<'_> {
    pub(super) async fn copy_files(&mut self) -> Stepped<Taken> {
        let entries = self.merged_files().await?;
        let directory = format!("recipes/{}", self.creation.directory);
        let (files, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.kind == "blob");
        if let Some(large) = files.iter().find(|file| file.size.is_some_and(|size| size > MAX_FILE_BYTES)) {
            return Err(Stop::Blocked(obstacle::file_too_large(&format!("{directory}/{}", large.path))));
        }
        let progress = self.progress();
        progress.files = files.len();
        progress.left_out = others.into_iter().map(|other| other.path).collect();
        let first = progress.copied;
        for file in files.iter().skip(first).take(FILES_PER_ATTEMPT) {
            if let Some(blob) = &file.sha {
                let content = self.staged.blob(blob).await?;
                let made = self.feedstock.create_blob(&content).await?;
                if made != *blob {
                    let why = format!("{} became {made} and not {blob} when it was copied", file.path);
                    return Err(Error::Fail(why).into());
                }
            }
            self.progress().copied += 1;
        }
        if self.creation.progress.copied < files.len() {
            return Ok(Taken::Part);
        }
        self.commit_files(files).await?;
        Ok(Taken::Done)
    }

    /// What the recipe's directory holds in the commit that merged it.
    pub(super) async fn merged_files(&self) -> Stepped<Vec<TreeEntry>> {
        let directory = &self.creation.directory;
        let gone = || Stop::Blocked(obstacle::recipe_gone(&format!("recipes/{directory}")));
        let commit = self.creation.progress.merge_commit.as_ref().ok_or_else(gone)?;
        files_below(&self.staged, commit, directory).await?.ok_or_else(gone)
    }

    async fn commit_files(&mut self, files: Vec<TreeEntry>) -> Stepped {
        let made = self.creation.progress.repository.as_ref();
        let branch = made.map_or("main", |made| made.default_branch.as_str());
        let Some(tip) = self.feedstock.branch_tip(branch).await? else {
            let why = format!("{} has no first commit on {branch} yet", self.creation.feedstock);
            return Err(Error::Retry { why, after: None }.into());
        };
        let below = |entry: TreeEntry| {
            let path = format!("{FEEDSTOCK_DIRECTORY}/{}", entry.path);
            TreeEntry { path, size: None, ..entry }
        };
        let entries: Vec<_> = files.into_iter().map(below).collect();
        let creation = &self.creation;
        let message =
            report::create_message(&creation.repository, creation.pull_request, &creation.directory);
        let commit = commit(&self.feedstock, &tip, &entries, &message).await?;
        let change = self.change(Step::Files);
        (change.onto, change.commit) = (Some(tip), Some(commit));
        Ok(())
    }
}

/// Makes a commit that changes these entries of another one. No branch points to it yet, so one that is made in vain is seen by nobody.
pub(super) async fn commit(
    repository: &Repository<'_>,
    onto: &Sha,
    entries: &[TreeEntry],
    message: &str,
) -> Stepped<Sha> {
    let tree = repository.tree_of(onto).await?;
    let tree = repository.create_tree(&tree, entries).await?;
    Ok(repository.create_commit(message, &tree, onto).await?)
}

/// What a recipe's directory holds at a commit, in the order of the paths; none if there is no such directory.
pub(super) async fn files_below(
    repository: &Repository<'_>,
    commit: &Sha,
    directory: &str,
) -> Stepped<Option<Vec<TreeEntry>>> {
    let mut tree = repository.tree_of(commit).await?;
    for name in ["recipes", directory] {
        let entries = repository.tree(&tree, false).await?.entries;
        let found = entries.into_iter().find(|entry| entry.path == name && entry.kind == "tree");
        let Some(sha) = found.and_then(|entry| entry.sha) else { return Ok(None) };
        tree = sha;
    }
    let all = repository.tree(&tree, true).await?;
    if all.truncated {
        return Err(Stop::Blocked(obstacle::too_many_files(&format!("recipes/{directory}"))));
    }
    // Directories come into being with their files.
    let mut files: Vec<_> = all.entries.into_iter().filter(|entry| entry.kind != "tree").collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Some(files))
}
