//! How branches and pull requests move: commits, pushes, merges and what lies between two commits.
//!
//! Shared by the verbs of people and by the routes, so that both leave the same traces and send the same webhooks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::git::{Commit, File, Mode, Sha, Tree, blob_sha};
use super::records::Repository;
use super::records_talk::Pull;
use super::world::World;

/// What a commit does to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The file has this content from now on.
    Write(String, Vec<u8>),
    /// The same, for one that is not like any other.
    WriteAs(String, Vec<u8>, Mode),
    /// The file is gone.
    Delete(String),
    /// The file has another path.
    Rename(String, String),
}

impl<P: Into<String>, C: AsRef<[u8]>> From<(P, C)> for Change {
    fn from((path, content): (P, C)) -> Self {
        Self::Write(path.into(), content.as_ref().to_vec())
    }
}

/// How a file differs between two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileDiff {
    pub(super) path: String,
    pub(super) status: &'static str,
    pub(super) previous: Option<String>,
    pub(super) sha: Sha,
}

/// The sha that stands for "no commit".
pub(super) const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

fn changed(mut files: Tree, changes: impl IntoIterator<Item = Change>) -> Tree {
    for change in changes {
        match change {
            Change::Write(path, content) => {
                let mode = files.get(&path).map_or(Mode::Plain, |file| file.mode);
                files.insert(path, File { content: Arc::from(content), mode });
            }
            Change::WriteAs(path, content, mode) => {
                files.insert(path, File { content: Arc::from(content), mode });
            }
            Change::Delete(path) => _ = files.remove(&path),
            Change::Rename(from, to) => {
                if let Some(content) = files.remove(&from) {
                    files.insert(to, content);
                }
            }
        }
    }
    files
}

impl World {
    /// The repository of this full name.
    ///
    /// # Panics
    /// If there is none: the test names a repository that it did not make.
    pub(super) fn repo(&self, full_name: &str) -> &Repository {
        match self.repositories.get(full_name) {
            Some(repo) => repo,
            None => panic!("the world has no repository {full_name}; it has {:?}", self.repositories.keys()),
        }
    }

    /// The same, to change it.
    ///
    /// # Panics
    /// As [`World::repo`].
    pub(super) fn repo_mut(&mut self, full_name: &str) -> &mut Repository {
        match self.repositories.get_mut(full_name) {
            Some(repo) => repo,
            None => panic!("the world has no repository {full_name}"),
        }
    }

    /// The pull request of this number.
    ///
    /// # Panics
    /// If there is none.
    pub(super) fn pull(&self, full_name: &str, number: u64) -> &Pull {
        match self.repo(full_name).pulls.get(&number) {
            Some(pull) => pull,
            None => panic!("{full_name} has no pull request {number}"),
        }
    }

    /// The same, to change it.
    ///
    /// # Panics
    /// As [`World::pull`].
    pub(super) fn pull_mut(&mut self, full_name: &str, number: u64) -> &mut Pull {
        match self.repo_mut(full_name).pulls.get_mut(&number) {
            Some(pull) => pull,
            None => panic!("{full_name} has no pull request {number}"),
        }
    }

    /// The commit that a branch, a full sha or a reference names in a repository. A sha counts if any repository of the same
    /// network has it, which is how the head of a fork's pull request can be read through the base.
    pub(super) fn resolve(&self, full_name: &str, name: &str) -> Option<&Commit> {
        let repo = self.repositories.get(full_name)?;
        let short = name.strip_prefix("refs/").unwrap_or(name);
        let branch = short.strip_prefix("heads/").unwrap_or(short);
        let pull = short.strip_prefix("pull/").and_then(|rest| rest.strip_suffix("/head"));
        let pull = pull.and_then(|number| repo.pulls.get(&number.parse().ok()?)).map(|pull| &pull.head_sha);
        let sha = repo.branches.get(branch).or(pull);
        let commit = self.commits.get(sha.map_or(name, String::as_str))?;
        (commit.network == repo.network).then_some(commit)
    }

    /// The files at the tip of a branch; none if the branch is not there.
    pub(super) fn files_at(&self, sha: &str) -> Tree {
        self.commits.get(sha).map(|commit| commit.files.clone()).unwrap_or_default()
    }

    /// Adds a commit on top of `parent` without moving any branch.
    pub(super) fn add_commit(
        &mut self,
        full_name: &str,
        author: &str,
        message: &str,
        parent: Option<Sha>,
        changes: impl IntoIterator<Item = Change>,
    ) -> Sha {
        let files = changed(parent.as_deref().map(|sha| self.files_at(sha)).unwrap_or_default(), changes);
        let network = self.repo(full_name).network.clone();
        let commit = Commit::new(&network, author, message, parent.into_iter().collect(), files, self.now());
        self.keep_commit(commit)
    }

    /// Lets a branch point to a commit, moves the open pull requests that come from it, and sends the webhooks.
    pub(super) fn move_branch(&mut self, full_name: &str, branch: &str, sha: &str, sender: &str) {
        let before = self.repo_mut(full_name).branches.insert(branch.to_owned(), sha.to_owned());
        let before = before.unwrap_or_else(|| NO_COMMIT.to_owned());
        self.emit_push(full_name, branch, &before, sha, sender);
        let mut moved = Vec::new();
        let now = self.now();
        for (name, repo) in &mut self.repositories {
            for pull in repo.pulls.values_mut() {
                if pull.open && pull.head_repo == full_name && pull.head_branch == branch {
                    pull.updated_at = now;
                    let before = std::mem::replace(&mut pull.head_sha, sha.to_owned());
                    moved.push((name.clone(), pull.number, before));
                }
            }
        }
        for (base, number, before) in moved {
            self.emit_pull(&base, number, "synchronize", sender, json!({"before": before, "after": sha}));
        }
    }

    /// Opens a pull request into the branch `base` from the branch `head`, each a repository's full name and a branch that is there,
    /// and returns its number. Sends no webhook, so that the caller can finish it first.
    pub(super) fn open_pull(
        &mut self,
        base: (&str, &str),
        head: (&str, &str),
        author: &str,
        title: &str,
        body: &str,
    ) -> u64 {
        let now = self.now();
        let tip = |(repo, branch): (&str, &str)| {
            self.repo(repo).branches.get(branch).cloned().unwrap_or_else(|| NO_COMMIT.to_owned())
        };
        let (base_sha, head_sha) = (tip(base), tip(head));
        let id = self.ids.next("pull request");
        let repo = self.repo_mut(base.0);
        let number = repo.next_number();
        let pull = Pull {
            id,
            number,
            author: author.to_owned(),
            title: title.to_owned(),
            body: body.to_owned(),
            head_repo: head.0.to_owned(),
            head_branch: head.1.to_owned(),
            head_sha,
            base_branch: base.1.to_owned(),
            base_sha,
            open: true,
            merge_commit: None,
            draft: false,
            locked: false,
            labels: BTreeSet::new(),
            created_at: now,
            updated_at: now,
        };
        repo.pulls.insert(number, pull);
        number
    }

    /// Merges a pull request into its base and sends the webhooks. Returns the merge commit.
    pub(super) fn merge_pull(&mut self, full_name: &str, number: u64, sender: &str) -> Sha {
        let pull = self.pull(full_name, number).clone();
        let tip = self.repo(full_name).branches.get(&pull.base_branch).cloned();
        let head = self.files_at(&pull.head_sha);
        let mut files = tip.as_deref().map(|sha| self.files_at(sha)).unwrap_or_default();
        for diff in self.pull_diff(&pull) {
            if let Some(gone) = diff.previous.as_ref().or((diff.status == "removed").then_some(&diff.path)) {
                files.remove(gone);
            }
            if let Some(file) = head.get(&diff.path) {
                files.insert(diff.path, file.clone());
            }
        }
        let parents = tip.into_iter().chain([pull.head_sha.clone()]).collect();
        let message = format!("Merge pull request #{number} from {}", pull.head_branch);
        let network = self.repo(full_name).network.clone();
        let commit = Commit::new(&network, sender, &message, parents, files, self.now());
        let sha = self.keep_commit(commit);
        self.move_branch(full_name, &pull.base_branch, &sha, sender);
        let now = self.now();
        let pull = self.pull_mut(full_name, number);
        (pull.open, pull.merge_commit, pull.updated_at) = (false, Some(sha.clone()), now);
        self.emit_pull(full_name, number, "closed", sender, json!({}));
        sha
    }

    /// Whether the base has changed a file that a pull request changes too, to something else than the pull request does.
    pub(super) fn conflicts(&self, full_name: &str, pull: &Pull) -> bool {
        let tip = self.repo(full_name).branches.get(&pull.base_branch);
        let (before, head) = (self.files_before(pull), self.files_at(&pull.head_sha));
        let base = tip.map(|sha| self.files_at(sha)).unwrap_or_default();
        self.pull_diff(pull)
            .iter()
            .flat_map(|diff| [Some(&diff.path), diff.previous.as_ref()])
            .flatten()
            .any(|path| base.get(path) != before.get(path) && base.get(path) != head.get(path))
    }

    /// A commit and all that came before it, nearest first.
    pub(super) fn ancestors(&self, sha: &str) -> Vec<&Commit> {
        let mut found: Vec<&Commit> = self.commits.get(sha).into_iter().collect();
        let mut next = 0;
        while let Some(commit) = found.get(next) {
            for parent in commit.parents.iter().filter_map(|sha| self.commits.get(sha)) {
                if found.iter().all(|known| known.sha != parent.sha) {
                    found.push(parent);
                }
            }
            next += 1;
        }
        found
    }

    /// The files at the commit where a pull request left its base, which later commits on either side do not change.
    fn files_before(&self, pull: &Pull) -> Tree {
        let of_base = self.ancestors(&pull.base_sha);
        let mut of_head = self.ancestors(&pull.head_sha).into_iter();
        let parting = of_head.find(|commit| of_base.iter().any(|base| base.sha == commit.sha));
        parting.map(|commit| commit.files.clone()).unwrap_or_default()
    }

    /// The files that a pull request changes, by path.
    pub(super) fn pull_diff(&self, pull: &Pull) -> Vec<FileDiff> {
        let (base, head) = (self.files_before(pull), self.files_at(&pull.head_sha));
        let mut removed: BTreeMap<Sha, String> = base
            .iter()
            .filter(|(path, _)| !head.contains_key(*path))
            .map(|(path, content)| (blob_sha(content), path.clone()))
            .collect();
        let mut diffs = Vec::new();
        for (path, content) in &head {
            let sha = blob_sha(content);
            let (status, previous) = match base.get(path) {
                Some(old) if old == content => continue,
                Some(_) => ("modified", None),
                None => removed.remove(&sha).map_or(("added", None), |old| ("renamed", Some(old))),
            };
            diffs.push(FileDiff { path: path.clone(), status, previous, sha });
        }
        let renamed: BTreeSet<_> = diffs.iter().filter_map(|diff| diff.previous.clone()).collect();
        for (path, content) in base.iter().filter(|(path, _)| !head.contains_key(*path)) {
            if !renamed.contains(path) {
                let sha = blob_sha(content);
                diffs.push(FileDiff { path: path.clone(), status: "removed", previous: None, sha });
            }
        }
        diffs.sort_by(|a, b| a.path.cmp(&b.path));
        diffs
    }
}
