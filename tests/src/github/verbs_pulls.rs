//! What people do with pull requests: open, push, close, merge, label, lock.
//!
//! As in [`super::verbs`], every verb changes the world, leaves its webhooks in the queue, and panics over what is not there.

use std::collections::BTreeSet;

use serde_json::json;

use super::FakeGithub;
use super::git::Sha;
use super::history::Change;
use super::world::World;

/// A pull request that somebody is about to open.
#[derive(Debug, Clone)]
pub struct NewPull {
    repo: String,
    author: String,
    title: String,
    body: String,
    fork: bool,
    base: Option<String>,
    branch: Option<String>,
    changes: Vec<Change>,
    draft: bool,
    labels: BTreeSet<String>,
}

impl NewPull {
    /// A pull request of `author` to the default branch of `repo`, from a new branch `patch-<n>` of the author's fork.
    pub fn new(repo: &str, author: &str, title: &str) -> Self {
        Self {
            repo: repo.to_owned(),
            author: author.to_owned(),
            title: title.to_owned(),
            body: String::new(),
            fork: true,
            base: None,
            branch: None,
            changes: Vec::new(),
            draft: false,
            labels: BTreeSet::new(),
        }
    }

    /// From a branch of the repository itself.
    #[must_use]
    pub fn from_same_repository(mut self) -> Self {
        self.fork = false;
        self
    }

    /// Into this branch in place of the default one.
    #[must_use]
    pub fn into_branch(mut self, base: &str) -> Self {
        self.base = Some(base.to_owned());
        self
    }

    /// From the branch of this name, which is made if absent.
    #[must_use]
    pub fn branch(mut self, branch: &str) -> Self {
        self.branch = Some(branch.to_owned());
        self
    }

    /// With these changes too.
    #[must_use]
    pub fn files(mut self, changes: impl IntoIterator<Item = impl Into<Change>>) -> Self {
        self.changes.extend(changes.into_iter().map(Into::into));
        self
    }

    /// With this description.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// With this label too.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.labels.insert(label.to_owned());
        self
    }

    /// As a draft.
    #[must_use]
    pub fn draft(mut self) -> Self {
        self.draft = true;
        self
    }
}

impl FakeGithub {
    /// Opens a pull request and returns its number.
    pub fn open_pull_request(&self, new: NewPull) -> u64 {
        self.change(|world| {
            world.ensure_user(&new.author, "User");
            let head_repo = if new.fork { world.fork(&new.repo, &new.author) } else { new.repo.clone() };
            let branch = new.branch.unwrap_or_else(|| world.unused_branch(&head_repo));
            world.start_branch(&new.repo, &head_repo, &branch);
            world.push(&head_repo, &branch, &new.author, &new.title, new.changes);
            let main = new.base.unwrap_or_else(|| world.repo(&new.repo).default_branch.clone());
            let (base, head) = ((new.repo.as_str(), main.as_str()), (head_repo.as_str(), branch.as_str()));
            let number = world.open_pull(base, head, &new.author, &new.title, &new.body);
            let pull = world.pull_mut(&new.repo, number);
            (pull.draft, pull.labels) = (new.draft, new.labels);
            world.emit_pull(&new.repo, number, "opened", &new.author, json!({}));
            number
        })
    }

    /// Pushes a commit of the author's to the branch of a pull request.
    pub fn push(&self, repo: &str, number: u64, changes: impl IntoIterator<Item = impl Into<Change>>) -> Sha {
        self.change(|world| {
            let pull = world.pull(repo, number).clone();
            let changes = changes.into_iter().map(Into::into);
            world.push(&pull.head_repo, &pull.head_branch, &pull.author, "Update", changes)
        })
    }

    /// Pushes a commit of somebody else's to the branch of a pull request. Without an account, GitHub knows only a name.
    pub fn push_as(
        &self,
        repo: &str,
        number: u64,
        login: &str,
        changes: impl IntoIterator<Item = impl Into<Change>>,
    ) -> Sha {
        self.change(|world| {
            let pull = world.pull(repo, number).clone();
            let changes = changes.into_iter().map(Into::into);
            world.push(&pull.head_repo, &pull.head_branch, login, "Help", changes)
        })
    }

    /// Replaces the commits of a pull request by one commit on its base.
    pub fn force_push(
        &self,
        repo: &str,
        number: u64,
        changes: impl IntoIterator<Item = impl Into<Change>>,
    ) -> Sha {
        self.change(|world| {
            let pull = world.pull(repo, number).clone();
            let changes: Vec<Change> = changes.into_iter().map(Into::into).collect();
            let sha =
                world.add_commit(&pull.head_repo, &pull.author, "Rewrite", Some(pull.base_sha), changes);
            world.move_branch(&pull.head_repo, &pull.head_branch, &sha, &pull.author);
            sha
        })
    }

    /// Puts the branch of a pull request back to a commit that it had before.
    pub fn reset(&self, repo: &str, number: u64, sha: &str) {
        self.change(|world| {
            assert!(world.commits.contains_key(sha), "there is no commit {sha}");
            let pull = world.pull(repo, number).clone();
            world.move_branch(&pull.head_repo, &pull.head_branch, sha, &pull.author);
        });
    }

    /// Closes a pull request without merging it.
    pub fn close(&self, repo: &str, number: u64, login: &str) {
        self.set_open(repo, number, login, false);
    }

    /// Opens a closed pull request again.
    pub fn reopen(&self, repo: &str, number: u64, login: &str) {
        self.set_open(repo, number, login, true);
    }

    fn set_open(&self, repo: &str, number: u64, login: &str, open: bool) {
        self.change(|world| {
            world.ensure_user(login, "User");
            let now = world.now();
            let pull = world.pull_mut(repo, number);
            (pull.open, pull.updated_at) = (open, now);
            world.emit_pull(repo, number, if open { "reopened" } else { "closed" }, login, json!({}));
        });
    }

    /// Merges a pull request and returns the merge commit.
    pub fn merge(&self, repo: &str, number: u64, login: &str) -> Sha {
        self.change(|world| {
            world.ensure_user(login, "User");
            world.merge_pull(repo, number, login)
        })
    }

    /// Locks the conversation of a pull request.
    pub fn lock_conversation(&self, repo: &str, number: u64) {
        self.change(|world| world.pull_mut(repo, number).locked = true);
    }

    /// Unlocks it. Issues cannot be locked here, and need no unlocking.
    pub fn unlock_conversation(&self, repo: &str, number: u64) {
        self.change(|world| {
            if let Some(pull) = world.repo_mut(repo).pulls.get_mut(&number) {
                pull.locked = false;
            }
        });
    }

    /// Adds a label to a pull request.
    pub fn label(&self, repo: &str, number: u64, login: &str, label: &str) {
        self.change(|world| {
            world.ensure_user(login, "User");
            world.pull_mut(repo, number).labels.insert(label.to_owned());
            world.emit_pull(repo, number, "labeled", login, json!({"label": {"name": label}}));
        });
    }

    /// Takes a label off a pull request.
    pub fn unlabel(&self, repo: &str, number: u64, login: &str, label: &str) {
        self.change(|world| {
            world.ensure_user(login, "User");
            world.pull_mut(repo, number).labels.remove(label);
            world.emit_pull(repo, number, "unlabeled", login, json!({"label": {"name": label}}));
        });
    }
}

impl World {
    /// The first of `patch-1`, `patch-2` … that is free, which is how GitHub names the branch of an edit in the browser.
    fn unused_branch(&self, repo: &str) -> String {
        let branches = &self.repo(repo).branches;
        let mut names = (1..).map(|number| format!("patch-{number}"));
        names.find(|name| !branches.contains_key(name)).unwrap_or_default()
    }

    /// Lets an absent branch start where the default branch of the base is now: the author's fork is up to date.
    fn start_branch(&mut self, base: &str, head: &str, branch: &str) {
        let repo = self.repo(base);
        if let Some(tip) = repo.branches.get(&repo.default_branch).cloned() {
            self.repo_mut(head).branches.entry(branch.to_owned()).or_insert(tip);
        }
    }
}
