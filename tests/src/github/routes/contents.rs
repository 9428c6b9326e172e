//! Files and directories at a commit, read and written one at a time.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::git::{Tree, blob_sha, tree_sha};
use super::super::history::Change;
use super::super::http::{Answer, Reply};
use super::RepoCall;

/// A file as an object, a directory as an array. The reference is a branch, a tag's or a commit's name; the default branch if none.
pub(super) fn get(call: &RepoCall<'_>, path: &str) -> Reply {
    let path = path.trim_matches('/');
    let name = call.request.query("ref").unwrap_or(&call.repo().default_branch);
    let commit = call
        .commit(name)
        .ok_or_else(|| Answer::refusal(404, &format!("No commit found for the ref {name}")))?;
    if let Some(content) = commit.files.get(path) {
        let mut body = entry(call, path, name, "file", &blob_sha(content), content.len());
        body["encoding"] = json!("base64");
        body["content"] = json!(wrapped(&BASE64.encode(&**content)));
        return Ok(Answer::json(200, body));
    }

    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut directories: BTreeMap<&str, Tree> = BTreeMap::new();
    let mut entries: BTreeMap<&str, Value> = BTreeMap::new();
    for (file, content) in &commit.files {
        let Some(rest) = file.strip_prefix(&prefix) else { continue };
        match rest.split_once('/') {
            Some((directory, rest)) => {
                directories.entry(directory).or_default().insert(rest.to_owned(), content.clone());
            }
            None => {
                entries.insert(rest, entry(call, file, name, "file", &blob_sha(content), content.len()));
            }
        }
    }
    for (directory, files) in directories {
        let path = format!("{prefix}{directory}");
        entries.insert(directory, entry(call, &path, name, "dir", &tree_sha(&files), 0));
    }
    if entries.is_empty() && !path.is_empty() {
        return Err(Answer::not_found());
    }
    Ok(Answer::json(200, entries.into_values().collect()))
}

fn entry(call: &RepoCall<'_>, path: &str, name: &str, kind: &str, sha: &str, size: usize) -> Value {
    let url = call.world.api_url(&format!("repos/{}/contents/{path}?ref={name}", call.repo));
    let html = format!("https://github.com/{}/blob/{name}/{path}", call.repo);
    json!({
        "type": kind,
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "html_url": html,
        "git_url": call.world.api_url(&format!("repos/{}/git/blobs/{sha}", call.repo)),
        "download_url": null,
        "_links": {"self": url, "html": html, "git": null},
    })
}

/// GitHub breaks base64 into lines of 60 characters.
pub(super) fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    for (index, character) in text.chars().enumerate() {
        if index > 0 && index % 60 == 0 {
            lines.push('\n');
        }
        lines.push(character);
    }
    lines + "\n"
}

#[derive(Deserialize)]
struct FileWrite {
    message: String,
    content: String,
    sha: Option<String>,
    branch: Option<String>,
}

#[derive(Deserialize)]
struct FileDelete {
    message: String,
    sha: String,
    branch: Option<String>,
}

pub(super) fn put(call: &mut RepoCall<'_>, path: &str) -> Reply {
    let wanted: FileWrite = call.request.fields()?;
    let content = BASE64
        .decode(wanted.content.replace('\n', ""))
        .map_err(|_| Answer::refusal(422, "content is not valid Base64"))?;
    let branch = wanted.branch.unwrap_or_else(|| call.repo().default_branch.clone());
    let known = check_sha(call, path, &branch, wanted.sha.as_deref())?;
    let change = Change::from((path, content.clone()));
    let commit = write(call, &branch, &wanted.message, change)?;
    let body = json!({
        "content": {"type": "file", "name": path.rsplit('/').next(), "path": path, "sha": blob_sha(&content), "size": content.len()},
        "commit": commit,
    });
    Ok(Answer::json(if known { 200 } else { 201 }, body))
}

pub(super) fn delete(call: &mut RepoCall<'_>, path: &str) -> Reply {
    let wanted: FileDelete = call.request.fields()?;
    let branch = wanted.branch.unwrap_or_else(|| call.repo().default_branch.clone());
    if !check_sha(call, path, &branch, Some(&wanted.sha))? {
        return Err(Answer::not_found());
    }
    let commit = write(call, &branch, &wanted.message, Change::Delete(path.to_owned()))?;
    Ok(Answer::json(200, json!({"content": null, "commit": commit})))
}

/// Whether the file is there; a file that is must be named with the sha it has.
fn check_sha(call: &RepoCall<'_>, path: &str, branch: &str, sha: Option<&str>) -> Result<bool, Answer> {
    let repo = call.repo();
    let Some(tip) = repo.branches.get(branch) else {
        if repo.branches.is_empty() {
            return Ok(false);
        }
        return Err(Answer::refusal(404, &format!("Branch {branch} not found")));
    };
    let files = call.world.files_at(tip);
    let Some(content) = files.get(path) else { return Ok(false) };
    let found = blob_sha(content);
    match sha {
        None => Err(Answer::refusal(422, "Invalid request.\n\n\"sha\" wasn't supplied.")),
        Some(sha) if sha != found => {
            Err(Answer::refusal(409, &format!("{path} does not match {sha}; it is at {found}")))
        }
        Some(_) => Ok(true),
    }
}

fn write(call: &mut RepoCall<'_>, branch: &str, message: &str, change: Change) -> Result<Value, Answer> {
    let parent = call.repo().branches.get(branch).cloned();
    let sha = call.world.add_commit(&call.repo, &call.login, message, parent, [change]);
    call.world.move_branch(&call.repo, branch, &sha, &call.login);
    let commit = call.commit(&sha).ok_or_else(Answer::not_found)?;
    // This answer shows the commit as git has it, without the accounts behind the names.
    let shown = call.world.commit_json(&call.repo, commit);
    let mut json = shown["commit"].clone();
    for field in ["sha", "node_id", "url", "html_url", "parents"] {
        json[field] = shown[field].clone();
    }
    Ok(json)
}
