//! Git's own objects, from which a commit of many files is made in one piece: <https://docs.github.com/rest/git>
//!
//! Blobs and trees are named by what is in them, so that making one twice is making it once. A commit that no branch points to is
//! seen by nobody.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::{CREATE_BLOB, CREATE_COMMIT, CREATE_TREE, GET_BLOB, GET_COMMIT, GET_TREE};
use super::{Error, Repository, Result};
use crate::domain::id::Sha;

/// Something in a tree.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct TreeEntry {
    /// Its path, from the tree's root.
    pub path: String,
    /// What git calls its mode: `100644`, `100755` for a program, `120000` for a symbolic link.
    pub mode: String,
    /// `blob`, `tree`, or `commit` for another repository.
    #[serde(rename = "type")]
    pub kind: String,
    /// The object; none takes the file away.
    pub sha: Option<Sha>,
    /// How many bytes a blob has. Only told, never asked for.
    #[serde(default, skip_serializing)]
    pub size: Option<u64>,
}

/// A tree.
#[derive(Debug, Clone, Deserialize)]
pub struct Tree {
    /// What is in it.
    #[serde(rename = "tree")]
    pub entries: Vec<TreeEntry>,
    /// There is more than GitHub lists.
    #[serde(default)]
    pub truncated: bool,
}

#[derive(Deserialize)]
struct Made {
    sha: Sha,
}

impl Repository<'_> {
    /// The tree of a commit.
    pub async fn tree_of(&self, commit: &Sha) -> Result<Sha> {
        #[derive(Deserialize)]
        struct Body {
            tree: Made,
        }
        let body: Body = self.get(GET_COMMIT, &format!("/git/commits/{commit}")).await?;
        Ok(body.tree.sha)
    }

    /// What is in a tree, and in the trees below it where that is asked for.
    pub async fn tree(&self, tree: &Sha, is_recursive: bool) -> Result<Tree> {
        let query = if is_recursive { "?recursive=1" } else { "" };
        self.get(GET_TREE, &format!("/git/trees/{tree}{query}")).await
    }

    /// The content of a blob, in base64.
    pub async fn blob(&self, blob: &Sha) -> Result<String> {
        #[derive(Deserialize)]
        struct Body {
            content: String,
            encoding: String,
        }
        let body: Body = self.get(GET_BLOB, &format!("/git/blobs/{blob}")).await?;
        let compact: String = body.content.split_ascii_whitespace().collect();
        if body.encoding != "base64" || BASE64_STANDARD.decode(&compact).is_err() {
            return Err(Error::unreadable(GET_BLOB, 200, format!("a blob in encoding `{}`", body.encoding)));
        }
        Ok(compact)
    }

    /// Makes a blob of content in base64, and answers its name.
    pub async fn create_blob(&self, base64: &str) -> Result<Sha> {
        let body = json!({ "content": base64, "encoding": "base64" });
        let made: Made = self.send(CREATE_BLOB, "/git/blobs", Some(&body)).await?.json(CREATE_BLOB)?;
        Ok(made.sha)
    }

    /// Makes a tree: another one with these entries changed.
    pub async fn create_tree(&self, onto: &Sha, entries: &[TreeEntry]) -> Result<Sha> {
        let body = json!({ "base_tree": onto, "tree": entries });
        let made: Made = self.send(CREATE_TREE, "/git/trees", Some(&body)).await?.json(CREATE_TREE)?;
        Ok(made.sha)
    }

    /// Makes a commit by us, which no branch points to yet.
    pub async fn create_commit(&self, message: &str, tree: &Sha, parent: &Sha) -> Result<Sha> {
        let body = json!({ "message": message, "tree": tree, "parents": [parent] });
        let made: Made = self.send(CREATE_COMMIT, "/git/commits", Some(&body)).await?.json(CREATE_COMMIT)?;
        Ok(made.sha)
    }
}
