//! Branches, references and commits.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::http::{Answer, Reply};
use super::RepoCall;

pub(super) fn branch(call: &RepoCall<'_>, name: &str) -> Reply {
    let sha = call.repo().branches.get(name).ok_or_else(|| Answer::refusal(404, "Branch not found"))?;
    let commit = call.commit(sha).ok_or_else(Answer::not_found)?;
    let body =
        json!({"name": name, "commit": call.world.commit_json(&call.repo, commit), "protected": false});
    Ok(Answer::json(200, body))
}

pub(super) fn commit(call: &RepoCall<'_>, name: &str) -> Reply {
    let commit =
        call.commit(name).ok_or_else(|| Answer::refusal(422, &format!("No commit found for SHA: {name}")))?;
    Ok(Answer::json(200, call.world.commit_json(&call.repo, commit)))
}

pub(super) fn get(call: &RepoCall<'_>, name: &str) -> Reply {
    let known = name.strip_prefix("heads/").is_some_and(|branch| call.repo().branches.contains_key(branch));
    let known = known || name.starts_with("pull/");
    let commit = call.commit(name).filter(|_| known).ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, reference(call, name, &commit.sha)))
}

#[derive(Deserialize)]
struct NewReference {
    #[serde(rename = "ref")]
    name: String,
    sha: String,
}

pub(super) fn create(call: &mut RepoCall<'_>) -> Reply {
    let wanted: NewReference = call.request.fields()?;
    let Some(branch) = wanted.name.strip_prefix("refs/heads/") else {
        return Err(Answer::refusal(422, "Reference name must start with 'refs/heads/'."));
    };
    if call.commit(&wanted.sha).is_none_or(|commit| commit.sha != wanted.sha) {
        return Err(Answer::refusal(422, "Object does not exist"));
    }
    if call.repo().branches.contains_key(branch) {
        return Err(Answer::refusal(422, "Reference already exists"));
    }
    call.world.move_branch(&call.repo, branch, &wanted.sha, &call.login);
    let body = reference(call, &format!("heads/{branch}"), &wanted.sha);
    Ok(Answer::json(201, body))
}

#[derive(Deserialize)]
struct MovedReference {
    sha: String,
    #[serde(default)]
    force: bool,
}

pub(super) fn update(call: &mut RepoCall<'_>, name: &str) -> Reply {
    let wanted: MovedReference = call.request.fields()?;
    let branch = name.strip_prefix("heads/").unwrap_or_default();
    let Some(tip) = call.repo().branches.get(branch) else {
        return Err(Answer::refusal(422, "Reference does not exist"));
    };
    if call.commit(&wanted.sha).is_none_or(|commit| commit.sha != wanted.sha) {
        return Err(Answer::refusal(422, "Object does not exist"));
    }
    if !wanted.force && !call.world.descends(&wanted.sha, tip) {
        return Err(Answer::refusal(422, "Update is not a fast forward"));
    }
    call.world.move_branch(&call.repo, branch, &wanted.sha, &call.login);
    Ok(Answer::json(200, reference(call, name, &wanted.sha)))
}

pub(super) fn delete(call: &mut RepoCall<'_>, name: &str) -> Reply {
    let branch = name.strip_prefix("heads/").unwrap_or_default();
    if call.repo_mut().branches.remove(branch).is_none() {
        return Err(Answer::refusal(422, "Reference does not exist"));
    }
    Ok(Answer::empty(204))
}

fn reference(call: &RepoCall<'_>, name: &str, sha: &str) -> Value {
    let url = call.world.api_url(&format!("repos/{}/git/refs/{name}", call.repo));
    let commit = call.world.api_url(&format!("repos/{}/git/commits/{sha}", call.repo));
    json!({
        "ref": format!("refs/{name}"),
        "node_id": format!("REF_{name}"),
        "url": url,
        "object": {"type": "commit", "sha": sha, "url": commit},
    })
}
