//! Git's own objects: blobs, trees and commits, which no branch has to know.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::super::git::{Commit, File, Mode, Tree, blob_sha, tree_sha};
use super::super::http::{Answer, Reply};
use super::RepoCall;
use super::contents::wrapped;

/// GitHub keeps no objects for a repository without a first commit.
fn demand_a_commit(call: &RepoCall<'_>) -> Result<(), Answer> {
    if call.repo().branches.is_empty() {
        return Err(Answer::refusal(409, "Git Repository is empty."));
    }
    Ok(())
}

pub(super) fn blob(call: &RepoCall<'_>, sha: &str) -> Reply {
    demand_a_commit(call)?;
    let content = call.world.blob_of(&call.repo, sha).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(
        200,
        json!({
            "sha": sha,
            "node_id": format!("B_{sha}"),
            "size": content.len(),
            "url": call.world.api_url(&format!("repos/{}/git/blobs/{sha}", call.repo)),
            "content": wrapped(&BASE64.encode(content)),
            "encoding": "base64",
        }),
    ))
}

#[derive(Deserialize)]
struct NewBlob {
    content: String,
    #[serde(default)]
    encoding: String,
}

pub(super) fn create_blob(call: &mut RepoCall<'_>) -> Reply {
    demand_a_commit(call)?;
    let wanted: NewBlob = call.request.fields()?;
    let content = match wanted.encoding.as_str() {
        "base64" => BASE64
            .decode(wanted.content.replace('\n', ""))
            .map_err(|_| Answer::refusal(422, "content is not valid Base64"))?,
        _ => wanted.content.into_bytes(),
    };
    let network = call.repo().network.clone();
    let sha = call.world.keep_blob(&network, &Arc::from(content));
    let url = call.world.api_url(&format!("repos/{}/git/blobs/{sha}", call.repo));
    Ok(Answer::json(201, json!({"sha": sha, "url": url})))
}

pub(super) fn tree(call: &RepoCall<'_>, name: &str) -> Reply {
    demand_a_commit(call)?;
    let tree = call.world.tree_of(&call.repo, name).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, tree_json(call, tree, call.request.query("recursive").is_some())))
}

fn tree_json(call: &RepoCall<'_>, tree: &Tree, is_recursive: bool) -> Value {
    let mut directories: BTreeMap<String, Tree> = BTreeMap::new();
    let mut entries: BTreeMap<String, Value> = BTreeMap::new();
    for (path, file) in tree {
        let slashes = path.match_indices('/').map(|(at, _)| at);
        for at in slashes.take(if is_recursive { usize::MAX } else { 1 }) {
            let below = directories.entry(path[..at].to_owned()).or_default();
            below.insert(path[at + 1..].to_owned(), file.clone());
        }
        if is_recursive || !path.contains('/') {
            let entry = json!({
                "path": path,
                "mode": file.mode.as_str(),
                "type": "blob",
                "sha": blob_sha(file),
                "size": file.len(),
                "url": call.world.api_url(&format!("repos/{}/git/blobs/{}", call.repo, blob_sha(file))),
            });
            entries.insert(path.clone(), entry);
        }
    }
    for (path, below) in directories {
        let sha = tree_sha(&below);
        let url = call.world.api_url(&format!("repos/{}/git/trees/{sha}", call.repo));
        let entry = json!({"path": path, "mode": "040000", "type": "tree", "sha": sha, "url": url});
        entries.insert(path, entry);
    }
    let sha = tree_sha(tree);
    json!({
        "sha": sha,
        "url": call.world.api_url(&format!("repos/{}/git/trees/{sha}", call.repo)),
        "tree": entries.into_values().collect::<Vec<_>>(),
        "truncated": false,
    })
}

#[derive(Deserialize)]
struct NewTree {
    base_tree: Option<String>,
    tree: Vec<NewEntry>,
}

#[derive(Deserialize)]
struct NewEntry {
    path: String,
    mode: String,
    #[serde(default, deserialize_with = "written")]
    sha: Object,
    content: Option<String>,
}

/// The object that an entry names.
#[derive(Default)]
enum Object {
    /// Not said.
    #[default]
    Unsaid,
    /// A null, which takes the file away.
    None,
    /// This one.
    Sha(String),
}

fn written<'de, D: Deserializer<'de>>(value: D) -> Result<Object, D::Error> {
    Ok(Option::<String>::deserialize(value)?.map_or(Object::None, Object::Sha))
}

pub(super) fn create_tree(call: &mut RepoCall<'_>) -> Reply {
    demand_a_commit(call)?;
    let wanted: NewTree = call.request.fields()?;
    let mut tree = match &wanted.base_tree {
        None => Tree::new(),
        Some(base) => call.world.tree_of(&call.repo, base).cloned().ok_or_else(Answer::not_found)?,
    };
    for entry in wanted.tree {
        let mode = Mode::parse(&entry.mode);
        let content = match (entry.sha, entry.content) {
            (Object::None, None) => {
                if tree.remove(&entry.path).is_none() {
                    return Err(Answer::refusal(422, "GitRPC::BadObjectState"));
                }
                continue;
            }
            (Object::Sha(sha), None) => {
                let no_blob = || Answer::refusal(422, &format!("tree.sha {sha} is not a valid blob"));
                Arc::clone(call.world.blob_of(&call.repo, &sha).ok_or_else(no_blob)?)
            }
            (Object::Unsaid, Some(content)) => Arc::from(content.into_bytes()),
            _ => return Err(Answer::refusal(422, "Must supply either tree.sha or tree.content")),
        };
        let mode = mode.ok_or_else(|| Answer::refusal(422, "tree.mode is not a valid mode"))?;
        tree.insert(entry.path, File { content, mode });
    }
    let network = call.repo().network.clone();
    call.world.keep_tree(&network, &tree);
    Ok(Answer::json(201, tree_json(call, &tree, false)))
}

pub(super) fn commit(call: &RepoCall<'_>, sha: &str) -> Reply {
    demand_a_commit(call)?;
    let commit = call.commit(sha).filter(|commit| commit.sha == sha).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, commit_json(call, commit)))
}

#[derive(Deserialize)]
struct NewCommit {
    message: String,
    tree: String,
    #[serde(default)]
    parents: Vec<String>,
}

pub(super) fn create_commit(call: &mut RepoCall<'_>) -> Reply {
    demand_a_commit(call)?;
    let wanted: NewCommit = call.request.fields()?;
    let tree = call.world.tree_of(&call.repo, &wanted.tree).cloned();
    let files = tree.ok_or_else(|| Answer::refusal(422, "Tree SHA does not exist"))?;
    for parent in &wanted.parents {
        if call.commit(parent).is_none_or(|commit| commit.sha != *parent) {
            return Err(Answer::refusal(
                422,
                &format!("Parent SHA does not exist or is not a commit object: {parent}"),
            ));
        }
    }
    let (network, now) = (call.repo().network.clone(), call.world.now());
    let commit = Commit::new(&network, &call.login, &wanted.message, wanted.parents, files, now);
    call.world.keep_commit(commit.clone());
    Ok(Answer::json(201, commit_json(call, &commit)))
}

/// A commit as git has it, without the accounts behind the names.
fn commit_json(call: &RepoCall<'_>, commit: &Commit) -> Value {
    let shown = call.world.commit_json(&call.repo, commit);
    let mut json = shown["commit"].clone();
    for field in ["sha", "node_id", "html_url", "parents"] {
        json[field] = shown[field].clone();
    }
    json["url"] = json!(call.world.api_url(&format!("repos/{}/git/commits/{}", call.repo, commit.sha)));
    json
}
