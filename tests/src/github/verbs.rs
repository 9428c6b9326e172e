//! What people do on GitHub: make repositories, push, open and merge pull requests, comment.
//!
//! Every verb changes the world and leaves the webhooks of it in the queue. Repositories are named `owner/name`. A verb that names
//! what is not there panics: the test is wrong, and says where. What happens to workflow runs is in [`super::verbs_actions`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::FakeGithub;
use super::git::{Commit, Sha, materialize};
use super::history::Change;
use super::records::{Comment, Installation, Repository, Role};
use super::world::World;

/// A pull request that somebody is about to open.
#[derive(Debug, Clone)]
pub struct NewPull {
    repo: String,
    author: String,
    title: String,
    body: String,
    fork: bool,
    branch: String,
    changes: Vec<Change>,
    draft: bool,
    labels: BTreeSet<String>,
}

impl NewPull {
    /// A pull request of `author` to the default branch of `repo`, from the branch `patch-1` of the author's fork.
    pub fn new(repo: &str, author: &str, title: &str) -> Self {
        Self {
            repo: repo.to_owned(),
            author: author.to_owned(),
            title: title.to_owned(),
            body: String::new(),
            fork: true,
            branch: "patch-1".to_owned(),
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

    /// From a branch of this name.
    #[must_use]
    pub fn branch(mut self, branch: &str) -> Self {
        branch.clone_into(&mut self.branch);
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
    /// Makes a public repository with one commit on `main`, and installs the App there.
    pub fn add_repo(&self, full_name: &str) {
        self.add_repo_without_app(full_name);
        self.install(full_name);
    }

    /// Makes a public repository with one commit on `main`, which the App cannot see as its own.
    pub fn add_repo_without_app(&self, full_name: &str) {
        self.change(|world| {
            world.add_repository(full_name, None);
            let readme = Change::from(("README.md", format!("# {full_name}\n")));
            let owner = world.repo(full_name).owner.clone();
            let sha = world.add_commit(full_name, &owner, "Initial commit", None, [readme]);
            world.repo_mut(full_name).branches.insert("main".to_owned(), sha);
        });
    }

    /// Adds a repository to the App's installation on its owner's account, and returns the installation's id.
    pub fn install(&self, full_name: &str) -> u64 {
        self.change(|world| {
            let account = world.repo(full_name).owner.clone();
            let known = world.installations.values().find(|installation| installation.account == account);
            let id = known.map(|installation| installation.id);
            let id = id.unwrap_or_else(|| world.ids.next("installation"));
            let created_at = world.now();
            let new = || Installation { id, account, created_at, repositories: BTreeSet::new() };
            world.installations.entry(id).or_insert_with(new).repositories.insert(full_name.to_owned());
            id
        })
    }

    /// Takes a repository out of the App's installation.
    pub fn uninstall(&self, full_name: &str) {
        self.change(|world| {
            for installation in world.installations.values_mut() {
                installation.repositories.remove(full_name);
            }
        });
    }

    /// Makes a person known.
    pub fn add_user(&self, login: &str) {
        self.change(|world| world.ensure_user(login, "User"));
    }

    /// Makes a personal access token, which may do what the person may.
    pub fn user_token(&self, login: &str) -> String {
        self.change(|world| {
            world.ensure_user(login, "User");
            let token = format!("ghp_test{:032}", world.ids.next("token"));
            world.user_tokens.insert(token.clone(), login.to_owned());
            token
        })
    }

    /// Gives a person a role in a repository.
    pub fn set_permission(&self, repo: &str, login: &str, role: Role) {
        self.change(|world| {
            world.ensure_user(login, "User");
            world.repo_mut(repo).roles.insert(login.to_owned(), role);
        });
    }

    /// Pushes a commit of the owner's to a branch, which is made from the default branch if absent.
    pub fn commit(
        &self,
        repo: &str,
        branch: &str,
        changes: impl IntoIterator<Item = impl Into<Change>>,
        message: &str,
    ) -> Sha {
        self.change(|world| {
            let owner = world.repo(repo).owner.clone();
            world.push(repo, branch, &owner, message, changes.into_iter().map(Into::into))
        })
    }

    /// Opens a pull request and returns its number.
    pub fn open_pull_request(&self, new: NewPull) -> u64 {
        self.change(|world| {
            world.ensure_user(&new.author, "User");
            let head_repo = if new.fork { world.fork(&new.repo, &new.author) } else { new.repo.clone() };
            world.push(&head_repo, &new.branch, &new.author, &new.title, new.changes);
            let head = (head_repo.as_str(), new.branch.as_str());
            let number = world.open_pull(&new.repo, &new.author, &new.title, &new.body, head);
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

    /// Adds a label to a pull request.
    pub fn label(&self, repo: &str, number: u64, login: &str, label: &str) {
        self.change(|world| {
            world.ensure_user(login, "User");
            world.pull_mut(repo, number).labels.insert(label.to_owned());
            world.emit_pull(repo, number, "labeled", login, json!({"label": {"name": label}}));
        });
    }

    /// Comments on a pull request and returns the comment's id.
    pub fn comment(&self, repo: &str, number: u64, login: &str, body: &str) -> u64 {
        self.change(|world| {
            world.ensure_user(login, "User");
            world.add_comment(repo, number, login, body, false)
        })
    }

    /// Edits a comment.
    pub fn edit_comment(&self, repo: &str, id: u64, login: &str, body: &str) {
        self.change(|world| world.edit_comment(repo, id, body, login));
    }

    /// Deletes a comment.
    pub fn delete_comment(&self, repo: &str, id: u64, login: &str) {
        self.change(|world| world.delete_comment(repo, id, login));
    }

    /// Asks for a check run once more, as the button beside it does.
    pub fn rerequest_check_run(&self, repo: &str, id: u64, login: &str) {
        self.change(|world| {
            world.ensure_user(login, "User");
            world.emit_check_run(repo, id, "rerequested", login);
        });
    }

    /// Writes the repository as a bare git repository to `<directory>/<owner>/<name>`, under its true shas, with its branches and a
    /// `refs/pull/<number>/head` for each pull request. May be called again after changes. Returns the repository's path.
    pub fn materialize_git(&self, repo: &str, directory: &Path) -> io::Result<PathBuf> {
        let path = directory.join(repo);
        self.read(|world| {
            let repo = world.repo(repo);
            let mut references = BTreeMap::new();
            for (branch, sha) in &repo.branches {
                references.insert(format!("refs/heads/{branch}"), sha.clone());
            }
            for (number, pull) in &repo.pulls {
                references.insert(format!("refs/pull/{number}/head"), pull.head_sha.clone());
            }
            let mut commits = Vec::new();
            for commit in world.commits.values().filter(|commit| commit.network == repo.network) {
                world.parents_first(commit, &mut commits);
            }
            materialize(&path, &commits, &references, &repo.default_branch)
        })?;
        Ok(path)
    }
}

impl World {
    /// Makes an empty repository, and its owner if absent.
    pub(super) fn add_repository(&mut self, full_name: &str, fork_of: Option<&str>) {
        let (owner, name) = full_name.split_once('/').unwrap_or(("pangeo-forge", full_name));
        self.ensure_user(owner, if fork_of.is_some() { "User" } else { "Organization" });
        let network = fork_of.map_or_else(|| full_name.to_owned(), |base| self.repo(base).network.clone());
        let repo = Repository {
            id: self.ids.next("repository"),
            owner: owner.to_owned(),
            name: name.to_owned(),
            private: false,
            default_branch: "main".to_owned(),
            fork_of: fork_of.map(str::to_owned),
            network,
            created_at: self.now(),
            roles: BTreeMap::new(),
            branches: BTreeMap::new(),
            pulls: BTreeMap::new(),
            comments: BTreeMap::new(),
            check_runs: BTreeMap::new(),
            workflow_runs: BTreeMap::new(),
            deployments: BTreeMap::new(),
        };
        self.repositories.insert(full_name.to_owned(), repo);
    }

    /// The full name of a person's fork, which is made if absent.
    fn fork(&mut self, base: &str, login: &str) -> String {
        let fork = format!("{login}/{}", self.repo(base).name);
        if !self.repositories.contains_key(&fork) {
            self.add_repository(&fork, Some(base));
            let branch = self.repo(base).default_branch.clone();
            if let Some(tip) = self.repo(base).branches.get(&branch).cloned() {
                self.repo_mut(&fork).branches.insert(branch, tip);
            }
        }
        fork
    }

    fn push(
        &mut self,
        repo: &str,
        branch: &str,
        login: &str,
        message: &str,
        changes: impl IntoIterator<Item = Change>,
    ) -> Sha {
        let branches = &self.repo(repo).branches;
        let parent = branches.get(branch).or_else(|| branches.get(&self.repo(repo).default_branch)).cloned();
        let sha = self.add_commit(repo, login, message, parent, changes);
        self.move_branch(repo, branch, &sha, login);
        sha
    }

    pub(super) fn add_comment(
        &mut self,
        repo: &str,
        number: u64,
        login: &str,
        body: &str,
        by_app: bool,
    ) -> u64 {
        _ = self.pull(repo, number);
        let now = self.now();
        let id = self.ids.next("comment");
        let comment = Comment {
            id,
            number,
            author: login.to_owned(),
            body: body.to_owned(),
            by_app,
            created_at: now,
            updated_at: now,
            reactions: Vec::new(),
        };
        self.repo_mut(repo).comments.insert(id, comment);
        self.emit_comment(repo, id, "created", login, json!({}));
        id
    }

    pub(super) fn edit_comment(&mut self, repo: &str, id: u64, body: &str, login: &str) {
        let now = self.now();
        let Some(comment) = self.repo_mut(repo).comments.get_mut(&id) else {
            panic!("{repo} has no comment {id}");
        };
        let before = std::mem::replace(&mut comment.body, body.to_owned());
        comment.updated_at = now;
        self.emit_comment(repo, id, "edited", login, json!({"changes": {"body": {"from": before}}}));
    }

    pub(super) fn delete_comment(&mut self, repo: &str, id: u64, login: &str) {
        // The webhook shows the comment that is going.
        self.emit_comment(repo, id, "deleted", login, json!({}));
        assert!(self.repo_mut(repo).comments.remove(&id).is_some(), "{repo} has no comment {id}");
    }

    /// Appends a commit to a list in which all its ancestors stand before it.
    fn parents_first<'w>(&'w self, commit: &'w Commit, list: &mut Vec<&'w Commit>) {
        if list.iter().any(|listed| listed.sha == commit.sha) {
            return;
        }
        for parent in commit.parents.iter().filter_map(|sha| self.commits.get(sha)) {
            self.parents_first(parent, list);
        }
        list.push(commit);
    }
}
