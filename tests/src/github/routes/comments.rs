//! Comments on pull requests and issues, and reactions to them.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::http::{Answer, Reply};
use super::super::records::Role;
use super::super::records_talk::{Comment, Reaction};
use super::{RepoCall, number};

const MAX_BODY: usize = 65_536;
const REACTIONS: [&str; 8] = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

#[derive(Deserialize)]
struct Text {
    body: String,
}

impl Text {
    fn checked(self) -> Result<String, Answer> {
        if self.body.trim().is_empty() {
            return Err(Answer::invalid("IssueComment", "body", "body cannot be blank"));
        }
        if self.body.chars().count() > MAX_BODY {
            return Err(Answer::invalid(
                "IssueComment",
                "body",
                "body is too long (maximum is 65536 characters)",
            ));
        }
        Ok(self.body)
    }
}

pub(super) fn create(call: &mut RepoCall<'_>, issue: &str) -> Reply {
    let issue = number(issue)?;
    let body = call.request.fields::<Text>()?.checked()?;
    if !call.repo().has_conversation(issue) {
        return Err(Answer::not_found());
    }
    unlocked(call, issue)?;
    let by_app = call.is_app();
    let id = call.world.add_comment(&call.repo, issue, &call.login, &body, by_app);
    shown(call, id, 201)
}

/// Oldest first. `since` counts the last edit.
pub(super) fn list(call: &RepoCall<'_>, issue: &str) -> Reply {
    let issue = number(issue)?;
    if !call.repo().has_conversation(issue) {
        return Err(Answer::not_found());
    }
    shown_list(call, |comment| comment.number == issue)
}

/// The same for all pull requests and issues of the repository.
pub(super) fn list_all(call: &RepoCall<'_>) -> Reply {
    shown_list(call, |_| true)
}

fn shown_list(call: &RepoCall<'_>, wanted: impl Fn(&Comment) -> bool) -> Reply {
    let since: Option<DateTime<Utc>> = match call.request.query("since") {
        Some(text) => Some(text.parse().map_err(|_| Answer::refusal(422, "since is no date-time"))?),
        None => None,
    };
    let comments = call.repo().comments.values().filter(|comment| wanted(comment));
    let comments = comments.filter(|comment| since.is_none_or(|since| comment.updated_at >= since));
    Ok(call.list(comments.map(|comment| call.world.comment_json(call.repo(), comment)).collect()))
}

pub(super) fn get(call: &RepoCall<'_>, id: &str) -> Reply {
    shown(call, number(id)?, 200)
}

pub(super) fn update(call: &mut RepoCall<'_>, id: &str) -> Reply {
    let id = number(id)?;
    own(call, id)?;
    let body = call.request.fields::<Text>()?.checked()?;
    call.world.edit_comment(&call.repo, id, &body, &call.login);
    shown(call, id, 200)
}

pub(super) fn delete(call: &mut RepoCall<'_>, id: &str) -> Reply {
    let id = number(id)?;
    own(call, id)?;
    call.world.delete_comment(&call.repo, id, &call.login);
    Ok(Answer::empty(204))
}

pub(super) fn reactions(call: &RepoCall<'_>, id: &str) -> Reply {
    let comment = find(call, number(id)?)?;
    let wanted = call.request.query("content");
    let reactions =
        comment.reactions.iter().filter(|reaction| wanted.is_none_or(|word| word == reaction.content));
    Ok(call.list(reactions.map(|reaction| call.world.reaction_json(reaction)).collect()))
}

#[derive(Deserialize)]
struct NewReaction {
    content: String,
}

/// The same reaction of the same account is there once, however often it is asked for.
pub(super) fn react(call: &mut RepoCall<'_>, id: &str) -> Reply {
    let id = number(id)?;
    let wanted: NewReaction = call.request.fields()?;
    if !REACTIONS.contains(&wanted.content.as_str()) {
        return Err(Answer::invalid("Reaction", "content", "content is not included in the list"));
    }
    let number = find(call, id)?.number;
    unlocked(call, number)?;
    let user = call.login.clone();
    let mut reactions = find(call, id)?.reactions.iter();
    if let Some(known) =
        reactions.find(|reaction| reaction.user == user && reaction.content == wanted.content)
    {
        return Ok(Answer::json(200, call.world.reaction_json(known)));
    }
    let created_at = call.world.now();
    let reaction =
        Reaction { id: call.world.ids.next("reaction"), user, content: wanted.content, created_at };
    let answer = Answer::json(201, call.world.reaction_json(&reaction));
    if let Some(comment) = call.repo_mut().comments.get_mut(&id) {
        comment.reactions.push(reaction);
    }
    Ok(answer)
}

/// A locked conversation takes no word from an App, nor from people without write access.
fn unlocked(call: &RepoCall<'_>, number: u64) -> Result<(), Answer> {
    let is_locked = call.repo().pulls.get(&number).is_some_and(|pull| pull.locked);
    if is_locked && (call.is_app() || call.repo().role(&call.login) < Role::Write) {
        return Err(Answer::refusal(403, "Unable to create comment because issue is locked."));
    }
    Ok(())
}

fn find<'c>(call: &'c RepoCall<'_>, id: u64) -> Result<&'c Comment, Answer> {
    call.repo().comments.get(&id).ok_or_else(Answer::not_found)
}

/// An App changes its own comments only. (A person with write access may change all.)
fn own(call: &RepoCall<'_>, id: u64) -> Result<(), Answer> {
    let comment = find(call, id)?;
    if call.is_app() && comment.author != call.login {
        return Err(Answer::refusal(403, "Resource not accessible by integration"));
    }
    Ok(())
}

fn shown(call: &RepoCall<'_>, id: u64, status: u16) -> Reply {
    Ok(Answer::json(status, call.world.comment_json(call.repo(), find(call, id)?)))
}
