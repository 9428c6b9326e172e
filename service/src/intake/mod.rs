//! From the bytes of a delivery to what it asks of us. Pure: no clock, no database, no GitHub. A delivery that asks for nothing is
//! not an error, whatever is in it.

mod installation;
mod payload;
pub mod slash;

use crate::domain::audience::Audience;
use crate::domain::command::{self, Command, CommentCommand, PullRequest, Rerun, WorkflowRunNews};
use crate::domain::id::{DispatchId, RepoName};
use crate::domain::naming::is_dispatch_id;
use payload::{Check, Payload, User};
use slash::{Place, Slash};

/// Counts the changes of meaning of [`interpret`]: deliveries interpreted by an older one can be found and replayed.
pub const VERSION: i64 = 3;

/// What a delivery means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpretation {
    /// What it asks for.
    pub commands: Vec<Command>,
    /// Why, or why nothing, for an operator.
    pub note: &'static str,
}

impl Interpretation {
    fn nothing(note: &'static str) -> Self {
        Self { commands: Vec::new(), note }
    }

    fn one(command: Command, note: &'static str) -> Self {
        Self { commands: vec![command], note }
    }
}

/// Whether recipes are looked for in this repository: staged-recipes, and every feedstock, in whatever case.
pub fn holds_recipes(repository: &RepoName) -> bool {
    let name = repository.name().to_ascii_lowercase();
    name.ends_with("-feedstock") || name.ends_with("staged-recipes")
}

/// Reads a delivery as an App with this audience does.
pub fn interpret(event: &str, body: &[u8], audience: &Audience) -> Interpretation {
    if !command::is_read(event) {
        return Interpretation::nothing("an event that we do not act on");
    }
    let Ok(payload) = serde_json::from_slice::<Payload>(body) else {
        return Interpretation::nothing("not the JSON that this event has");
    };
    match event {
        "pull_request" => pull_request(&payload, audience),
        "issue_comment" => issue_comment(&payload, audience),
        "workflow_run" => workflow_run(&payload),
        "check_run" => rerun(&payload, (payload.check_run.as_ref(), true), audience),
        "check_suite" => rerun(&payload, (payload.check_suite.as_ref(), false), audience),
        "installation" => installation::changed(&payload),
        "installation_repositories" => installation::repositories_changed(&payload),
        _ => Interpretation::nothing("an event that is not read yet"),
    }
}

fn pull_request(payload: &Payload, audience: &Audience) -> Interpretation {
    let is_merged = payload.pull_request.as_ref().is_some_and(|pr| pr.merged == Some(true));
    let is_new_head = match payload.action() {
        "opened" | "synchronize" | "reopened" => true,
        "closed" => false,
        // Somebody gave the pull request to us, or to another App: which one, GitHub says when we look.
        "labeled" | "unlabeled" if turns_on_label(payload, audience) => true,
        _ => return Interpretation::nothing("an action on a pull request that changes nothing for us"),
    };
    let Some(number) = payload.pull_request.as_ref().and_then(|pr| pr.number) else {
        return Interpretation::nothing("no pull request");
    };
    match in_recipe_repository(payload, audience) {
        Ok((repository, installation)) => {
            let pull_request = PullRequest { repository, number, installation };
            if is_new_head {
                Interpretation::one(Command::Synchronize(pull_request), "a new head commit")
            } else if is_merged {
                let commands = vec![Command::Merge(pull_request.clone()), Command::Close(pull_request)];
                Interpretation { commands, note: "a merge" }
            } else {
                Interpretation::one(Command::Close(pull_request), "a pull request that was closed")
            }
        }
        Err(note) => Interpretation::nothing(note),
    }
}

fn turns_on_label(payload: &Payload, audience: &Audience) -> bool {
    let label = payload.label.as_ref().and_then(|label| label.name.as_deref());
    label.is_some_and(|label| audience.turns_on(label))
}

/// The line by which a comment speaks to us, or why it does not. The same for a comment that GitHub told of and for one that we found.
pub fn spoken_to_us(is_by_bot: bool, body: &str, place: Place) -> Result<String, &'static str> {
    if is_by_bot {
        return Err("a comment by a bot");
    }
    match slash::parse(body) {
        Slash::NotACommand => return Err("a comment that is no command"),
        // Where no command is given, only one that is spelt right is worth an answer.
        Slash::Unknown { .. } if place == Place::OtherIssue => {
            return Err("on an issue where no command is given");
        }
        _ => {}
    }
    let line = body.lines().next().unwrap_or_default();
    // One more than may be read: what is too long stays so, and no more of it is kept. Postgres keeps no NUL.
    Ok(line.chars().filter(|c| *c != '\0').take(slash::MAX_LINE + 1).collect())
}

fn issue_comment(payload: &Payload, audience: &Audience) -> Interpretation {
    if payload.action() != "created" {
        return Interpretation::nothing("only a new comment can be a command");
    }
    let (Some(issue), Some(comment)) = (&payload.issue, &payload.comment) else {
        return Interpretation::nothing("no comment");
    };
    let (Some(number), Some(id), Some(created_at)) = (issue.number, comment.id, comment.created_at) else {
        return Interpretation::nothing("a comment without number, id or time");
    };
    let Some(author) = &comment.user else {
        return Interpretation::nothing("a comment without an author");
    };
    let on_issue = issue.pull_request.is_none();
    match in_recipe_repository(payload, audience) {
        Ok((repository, installation)) => {
            let body = comment.body.as_deref().unwrap_or_default();
            let line = match spoken_to_us(author.is_bot(), body, Place::of(&repository, on_issue)) {
                Ok(line) => line,
                Err(note) => return Interpretation::nothing(note),
            };
            Interpretation::one(
                Command::Answer(CommentCommand {
                    pull_request: PullRequest { repository, number, installation },
                    comment: id,
                    author: author.login.clone(),
                    created_at,
                    line,
                    on_issue,
                }),
                "a command",
            )
        }
        Err(note) => Interpretation::nothing(note),
    }
}

fn workflow_run(payload: &Payload) -> Interpretation {
    let Some(run) = &payload.workflow_run else {
        return Interpretation::nothing("no workflow run");
    };
    if run.event.as_deref() != Some("workflow_dispatch") {
        return Interpretation::nothing("a workflow run that nobody dispatched");
    }
    let Some(dispatch) = run.display_title.as_deref().and_then(dispatch_id) else {
        return Interpretation::nothing("a workflow run without a dispatch id in its name");
    };
    let news = WorkflowRunNews { dispatch, github_run: run.id };
    Interpretation::one(Command::LookAtWorkflowRun(news), "news of a workflow run")
}

/// Somebody pressed the button beside one of our checks, or beside all of them.
fn rerun(payload: &Payload, (check, is_one): (Option<&Check>, bool), audience: &Audience) -> Interpretation {
    if payload.action() != "rerequested" {
        return Interpretation::nothing("news of a check, which we know");
    }
    let (Some(check), Some(sender)) = (check, &payload.sender) else {
        return Interpretation::nothing("no check, or nobody who asked");
    };
    let Some(head_sha) = check.head_sha.clone() else {
        return Interpretation::nothing("a check without a commit");
    };
    if sender.is_bot() {
        return Interpretation::nothing("a check that a bot asked for again");
    }
    let key = check.external_id.clone().filter(|key| is_one && !key.is_empty());
    if is_one && key.is_none() {
        return Interpretation::nothing("a check without a key of ours");
    }
    let asked_by = sender.login.clone();
    let app = check.app.as_ref().and_then(|app| app.id);
    match in_recipe_repository(payload, audience) {
        Ok((repository, installation)) => Interpretation::one(
            Command::Rerun(Rerun { repository, installation, asked_by, head_sha, check: key, app }),
            "a check that is asked for again",
        ),
        Err(note) => Interpretation::nothing(note),
    }
}

impl User {
    fn is_bot(&self) -> bool {
        self.kind.as_deref() == Some("Bot")
    }
}

/// The dispatch id at the end of a run's name: `bake a/b [pfo-…]`.
pub fn dispatch_id(run_name: &str) -> Option<DispatchId> {
    let (_, last) = run_name.strip_suffix(']')?.rsplit_once('[')?;
    (last.starts_with("pfo-") && is_dispatch_id(last)).then(|| DispatchId(last.to_owned()))
}

fn in_recipe_repository(
    payload: &Payload,
    audience: &Audience,
) -> Result<(RepoName, crate::domain::id::InstallationId), &'static str> {
    let full_name = payload.repository.as_ref().and_then(|repository| repository.full_name.as_deref());
    let Some(repository) = full_name.and_then(RepoName::parse) else {
        return Err("no repository");
    };
    if !holds_recipes(&repository) {
        return Err("a repository that holds no recipes");
    }
    if !audience.covers(&repository) {
        return Err("a repository that is not on this App's list");
    }
    match payload.installation.as_ref().and_then(|installation| installation.id) {
        Some(installation) => Ok((repository, installation)),
        None => Err("no installation to speak through"),
    }
}

#[cfg(test)]
mod tests;
