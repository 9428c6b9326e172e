//! Pull requests.

use serde::Deserialize;
use serde_json::json;

use super::super::http::{Answer, Reply};
use super::super::records_talk::Pull;
use super::{RepoCall, number};

fn find<'c>(call: &'c RepoCall<'_>, text: &str) -> Result<&'c Pull, Answer> {
    call.repo().pulls.get(&number(text)?).ok_or_else(Answer::not_found)
}

pub(super) fn get(call: &RepoCall<'_>, number: &str) -> Reply {
    Ok(Answer::json(200, call.world.pull_json(call.repo(), find(call, number)?)))
}

/// An issue, or a pull request as the issue that it is too.
pub(super) fn issue(call: &RepoCall<'_>, text: &str) -> Reply {
    let repo = call.repo();
    Ok(Answer::json(
        200,
        match repo.issues.get(&number(text)?) {
            Some(issue) => call.world.issue_json(repo, issue),
            None => call.world.pull_as_issue_json(repo, find(call, text)?),
        },
    ))
}

/// Newest first, as GitHub lists them unless told otherwise.
pub(super) fn list(call: &RepoCall<'_>) -> Answer {
    let request = call.request;
    let state = request.query("state").unwrap_or("open");
    let owner = |pull: &Pull| pull.head_repo.split('/').next().unwrap_or_default().to_owned();
    let fits = |pull: &&Pull| {
        (state == "all" || (state == "open") == pull.open)
            && request
                .query("head")
                .is_none_or(|head| head == format!("{}:{}", owner(pull), pull.head_branch))
            && request.query("base").is_none_or(|base| base == pull.base_branch)
    };
    let mut pulls: Vec<&Pull> = call.repo().pulls.values().rev().filter(fits).collect();
    if request.query("sort") == Some("updated") {
        pulls.sort_by_key(|pull| std::cmp::Reverse(pull.updated_at));
    }
    let pulls = pulls.into_iter();
    let mut pulls: Vec<_> = pulls.map(|pull| call.world.pull_summary_json(call.repo(), pull)).collect();
    if request.query("direction") == Some("asc") {
        pulls.reverse();
    }
    call.list(pulls)
}

pub(super) fn files(call: &RepoCall<'_>, number: &str) -> Reply {
    let pull = find(call, number)?;
    let head = &pull.head_sha;
    let files = call.world.pull_diff(pull).into_iter().map(|diff| {
        let lines = u8::from(diff.status != "renamed");
        let (additions, deletions) = if diff.status == "removed" { (0, lines) } else { (lines, 0) };
        let mut file = json!({
            "sha": diff.sha,
            "filename": diff.path,
            "status": diff.status,
            "additions": additions,
            "deletions": deletions,
            "changes": lines,
            "blob_url": format!("https://github.com/{}/blob/{head}/{}", call.repo, diff.path),
            "raw_url": format!("https://github.com/{}/raw/{head}/{}", call.repo, diff.path),
            "contents_url": call.world.api_url(&format!("repos/{}/contents/{}?ref={head}", call.repo, diff.path)),
        });
        if let Some(previous) = diff.previous {
            file["previous_filename"] = json!(previous);
        }
        file
    });
    Ok(call.list(files.collect()))
}

pub(super) fn commits(call: &RepoCall<'_>, number: &str) -> Reply {
    let commits = call.world.pull_commits(find(call, number)?).into_iter();
    Ok(call.list(commits.take(250).map(|commit| call.world.commit_json(&call.repo, commit)).collect()))
}

#[derive(Deserialize)]
struct NewPull {
    title: String,
    head: String,
    base: String,
    #[serde(default)]
    body: String,
}

pub(super) fn create(call: &mut RepoCall<'_>) -> Reply {
    let wanted: NewPull = call.request.fields()?;
    let base = call.repo();
    // `owner:branch` names a branch of a fork, `branch` one of this repository.
    let (owner, branch) = wanted.head.split_once(':').unwrap_or((&base.owner, &wanted.head));
    let mut heads = call.world.repositories.values();
    let head = heads.find(|head| {
        head.owner == owner && head.network == base.network && head.branches.contains_key(branch)
    });
    let head = head.ok_or_else(|| Answer::invalid("PullRequest", "head", "head is invalid"))?.full_name();
    if !base.branches.contains_key(&wanted.base) {
        return Err(Answer::invalid("PullRequest", "base", "base is invalid"));
    }
    if base.pulls.values().any(|pull| pull.open && pull.head_repo == head && pull.head_branch == branch) {
        let message = format!("A pull request already exists for {owner}:{branch}.");
        return Err(Answer::invalid("PullRequest", "head", &message));
    }
    let (base, head) = ((call.repo.as_str(), wanted.base.as_str()), (head.as_str(), branch));
    let number = call.world.open_pull(base, head, &call.login, &wanted.title, &wanted.body);
    call.world.emit_pull(&call.repo, number, "opened", &call.login, json!({}));
    Ok(Answer::json(201, call.world.pull_json(call.repo(), call.world.pull(&call.repo, number))))
}

#[derive(Deserialize)]
struct PullUpdate {
    state: Option<String>,
    title: Option<String>,
    body: Option<String>,
}

pub(super) fn update(call: &mut RepoCall<'_>, number: &str) -> Reply {
    let wanted: PullUpdate = call.request.fields()?;
    let id = find(call, number)?.number;
    let now = call.world.now();
    let pull = call.world.pull_mut(&call.repo, id);
    let was_open = pull.open;
    pull.title = wanted.title.unwrap_or_else(|| pull.title.clone());
    pull.body = wanted.body.unwrap_or_else(|| pull.body.clone());
    pull.open = wanted.state.map_or(was_open, |state| state == "open");
    pull.updated_at = now;
    let action = match (was_open, pull.open) {
        (true, false) => "closed",
        (false, true) => "reopened",
        _ => "edited",
    };
    call.world.emit_pull(&call.repo, id, action, &call.login, json!({}));
    get(call, number)
}

#[derive(Deserialize)]
struct Merge {
    sha: Option<String>,
}

pub(super) fn merge(call: &mut RepoCall<'_>, number: &str) -> Reply {
    let wanted: Merge = call.request.fields()?;
    let pull = find(call, number)?;
    if !pull.open || pull.draft || call.world.conflicts(&call.repo, pull) {
        return Err(Answer::refusal(405, "Pull Request is not mergeable"));
    }
    if wanted.sha.is_some_and(|sha| sha != pull.head_sha) {
        return Err(Answer::refusal(409, "Head branch was modified. Review and try the merge again."));
    }
    let id = pull.number;
    let sha = call.world.merge_pull(&call.repo, id, &call.login);
    Ok(Answer::json(200, json!({"sha": sha, "merged": true, "message": "Pull Request successfully merged"})))
}
