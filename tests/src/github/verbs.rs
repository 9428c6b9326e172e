//! What people do with repositories: make them, install the App there, push, give each other rights.
//!
//! Every verb changes the world and leaves the webhooks of it in the queue. Repositories are named `owner/name`. A verb that names
//! what is not there panics: the test is wrong, and says where. Pull requests are in [`super::verbs_pulls`], workflow runs in
//! [`super::verbs_actions`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::FakeGithub;
use super::git::{Commit, Sha, materialize};
use super::history::Change;
use super::records::{Installation, Repository, Role};
use super::world::World;

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
            let repositories = BTreeSet::new();
            let new = || Installation {
                id,
                account,
                created_at,
                suspended_at: None,
                permissions: None,
                repositories,
            };
            world.installations.entry(id).or_insert_with(new).repositories.insert(full_name.to_owned());
            id
        })
    }

    /// Gives a repository another name in the same account. GitHub leads from the old one to the new one until somebody takes it.
    pub fn rename_repository(&self, full_name: &str, name: &str) {
        self.change(|world| {
            let mut repo = world.repo(full_name).clone();
            world.repositories.remove(full_name);
            name.clone_into(&mut repo.name);
            let renamed = repo.full_name();
            for installation in world.installations.values_mut() {
                if installation.repositories.remove(full_name) {
                    installation.repositories.insert(renamed.clone());
                }
            }
            for pull in repo.pulls.values_mut().filter(|pull| pull.head_repo == full_name) {
                pull.head_repo.clone_from(&renamed);
            }
            world.moved.insert(full_name.to_owned(), renamed.clone());
            world.repositories.insert(renamed, repo);
        });
    }

    /// Deletes a repository. Pull requests from it stay, with nothing to show for their head repository.
    pub fn delete_repository(&self, full_name: &str) {
        self.change(|world| {
            for installation in world.installations.values_mut() {
                installation.repositories.remove(full_name);
            }
            assert!(world.repositories.remove(full_name).is_some(), "there is no repository {full_name}");
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
            description: None,
            made_with: serde_json::Value::Null,
            private: false,
            default_branch: "main".to_owned(),
            fork_of: fork_of.map(str::to_owned),
            network,
            created_at: self.now(),
            roles: BTreeMap::new(),
            branches: BTreeMap::new(),
            pulls: BTreeMap::new(),
            issues: BTreeMap::new(),
            comments: BTreeMap::new(),
            check_runs: BTreeMap::new(),
            workflow_runs: BTreeMap::new(),
            deployments: BTreeMap::new(),
        };
        self.repositories.insert(full_name.to_owned(), repo);
    }

    /// The full name of a person's fork, which is made if absent.
    pub(super) fn fork(&mut self, base: &str, login: &str) -> String {
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

    pub(super) fn push(
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
