//! Git's objects, which repositories of one network share: blobs and trees by their ids, whether a commit has them yet or not; and which
//! commits come before which.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::git::{Commit, Sha, Tree, blob_sha, tree_sha};
use super::records_talk::Pull;
use super::world::World;

/// An object that is no commit.
#[derive(Debug, Clone)]
pub(super) enum Object {
    /// The content of a file.
    Blob(Arc<[u8]>),
    /// A directory, with all files below it.
    Tree(Tree),
}

impl World {
    /// Adds a commit with all that it is made of, and returns its id.
    pub(super) fn keep_commit(&mut self, commit: Commit) -> Sha {
        self.keep_tree(&commit.network, &commit.files);
        let sha = commit.sha.clone();
        self.commits.insert(sha.clone(), commit);
        sha
    }

    /// Adds a directory and everything below it, and returns its id.
    pub(super) fn keep_tree(&mut self, network: &str, files: &Tree) -> Sha {
        let mut directories: BTreeMap<&str, Tree> = BTreeMap::new();
        for (path, file) in files {
            match path.split_once('/') {
                None => _ = self.keep_blob(network, &file.content),
                Some((name, rest)) => {
                    directories.entry(name).or_default().insert(rest.to_owned(), file.clone());
                }
            }
        }
        for directory in directories.values() {
            self.keep_tree(network, directory);
        }
        let sha = tree_sha(files);
        self.objects.insert((network.to_owned(), sha.clone()), Object::Tree(files.clone()));
        sha
    }

    /// Adds the content of a file, and returns its id.
    pub(super) fn keep_blob(&mut self, network: &str, content: &Arc<[u8]>) -> Sha {
        let sha = blob_sha(content);
        self.objects.insert((network.to_owned(), sha.clone()), Object::Blob(Arc::clone(content)));
        sha
    }

    /// The content of a file that the network of a repository has.
    pub(super) fn blob_of(&self, full_name: &str, sha: &str) -> Option<&Arc<[u8]>> {
        match self.object(full_name, sha)? {
            Object::Blob(content) => Some(content),
            Object::Tree(_) => None,
        }
    }

    /// The directory of that id, or at a commit that has this name.
    pub(super) fn tree_of(&self, full_name: &str, name: &str) -> Option<&Tree> {
        match self.object(full_name, name) {
            Some(Object::Tree(tree)) => Some(tree),
            _ => self.resolve(full_name, name).map(|commit| &commit.files),
        }
    }

    fn object(&self, full_name: &str, sha: &str) -> Option<&Object> {
        let network = &self.repositories.get(full_name)?.network;
        self.objects.get(&(network.clone(), sha.to_owned()))
    }

    /// The commits that a pull request brings, oldest first.
    pub(super) fn pull_commits(&self, pull: &Pull) -> Vec<&Commit> {
        let of_base = self.ancestors(&pull.base_sha);
        let mut brought = self.ancestors(&pull.head_sha);
        brought.retain(|commit| of_base.iter().all(|base| base.sha != commit.sha));
        brought.reverse();
        brought
    }

    /// Whether `later` has `earlier` in its past.
    pub(super) fn descends(&self, later: &str, earlier: &str) -> bool {
        self.ancestors(later).iter().any(|commit| commit.sha == earlier)
    }
}
