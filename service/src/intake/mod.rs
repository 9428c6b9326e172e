//! From the bytes of a delivery to what it asks of us. Pure: no clock, no database, no GitHub. A delivery that asks for nothing is
//! not an error, whatever is in it.

mod payload;
pub mod slash;

use crate::domain::command::{self, Command, CommentCommand, PullRequest, WorkflowRunNews};
use crate::domain::id::{DispatchId, RepoName};
use crate::domain::naming::is_dispatch_id;
use payload::Payload;
use slash::Slash;

/// Counts the changes of meaning of [`interpret`]: deliveries interpreted by an older one can be found and replayed.
pub const VERSION: i64 = 1;

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

/// Reads a delivery.
pub fn interpret(event: &str, body: &[u8]) -> Interpretation {
    if !command::is_read(event) {
        return Interpretation::nothing("an event that we do not act on");
    }
    let Ok(payload) = serde_json::from_slice::<Payload>(body) else {
        return Interpretation::nothing("not the JSON that this event has");
    };
    match event {
        "pull_request" => pull_request(&payload),
        "issue_comment" => issue_comment(&payload),
        _ => workflow_run(&payload),
    }
}

fn pull_request(payload: &Payload) -> Interpretation {
    if !matches!(payload.action(), "opened" | "synchronize" | "reopened") {
        return Interpretation::nothing("an action on a pull request that changes nothing for us");
    }
    let Some(number) = payload.pull_request.as_ref().and_then(|pr| pr.number) else {
        return Interpretation::nothing("no pull request");
    };
    match in_recipe_repository(payload) {
        Ok((repository, installation)) => Interpretation::one(
            Command::Synchronize(PullRequest { repository, number, installation }),
            "a new head commit",
        ),
        Err(note) => Interpretation::nothing(note),
    }
}

fn issue_comment(payload: &Payload) -> Interpretation {
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
    if author.kind.as_deref() == Some("Bot") {
        return Interpretation::nothing("a comment by a bot");
    }
    let body = comment.body.as_deref().unwrap_or_default();
    if slash::parse(body) == Slash::NotACommand {
        return Interpretation::nothing("a comment that is no command");
    }
    if issue.pull_request.is_none() {
        return Interpretation::nothing("a command on an issue that is no pull request");
    }
    let line = body.lines().next().unwrap_or_default();
    // One more than may be read: what is too long stays so, and no more of it is kept. Postgres keeps no NUL.
    let line: String = line.chars().filter(|c| *c != '\0').take(slash::MAX_LINE + 1).collect();
    match in_recipe_repository(payload) {
        Ok((repository, installation)) => Interpretation::one(
            Command::Answer(CommentCommand {
                pull_request: PullRequest { repository, number, installation },
                comment: id,
                author: author.login.clone(),
                created_at,
                line,
            }),
            "a command",
        ),
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

/// The dispatch id at the end of a run's name: `bake a/b [pfo-…]`.
pub fn dispatch_id(run_name: &str) -> Option<DispatchId> {
    let (_, last) = run_name.strip_suffix(']')?.rsplit_once('[')?;
    (last.starts_with("pfo-") && is_dispatch_id(last)).then(|| DispatchId(last.to_owned()))
}

fn in_recipe_repository(
    payload: &Payload,
) -> Result<(RepoName, crate::domain::id::InstallationId), &'static str> {
    let full_name = payload.repository.as_ref().and_then(|repository| repository.full_name.as_deref());
    let Some(repository) = full_name.and_then(RepoName::parse) else {
        return Err("no repository");
    };
    if !holds_recipes(&repository) {
        return Err("a repository that holds no recipes");
    }
    match payload.installation.as_ref().and_then(|installation| installation.id) {
        Some(installation) => Ok((repository, installation)),
        None => Err("no installation to speak through"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(event: &str, body: &serde_json::Value) -> Vec<Command> {
        interpret(event, body.to_string().as_bytes()).commands
    }

    #[test]
    fn r23_whatever_the_bytes_are_nothing_breaks() {
        for event in ["pull_request", "issue_comment", "workflow_run", "ping", "", "no such event"] {
            for body in [
                &b""[..],
                b"null",
                b"[]",
                b"{}",
                b"\xff\xfe",
                br#"{"action": 7}"#,
                br#"{"pull_request": []}"#,
            ] {
                assert_eq!(interpret(event, body).commands, vec![]);
            }
        }
    }

    #[test]
    fn a_run_name_gives_its_dispatch_id() {
        assert_eq!(dispatch_id("bake a/b [pfo-0193-ab]"), Some("pfo-0193-ab".into()));
        for other in ["bake", "bake [x]", "bake [pfo-a b]", "bake [pfo-1] more", "[pfo-]x]"] {
            assert_eq!(dispatch_id(other), None, "{other}");
        }
    }

    #[test]
    fn recipes_are_looked_for_in_whatever_case() {
        for (name, expected) in [
            ("pangeo-forge/staged-recipes", true),
            ("pforgetest/test-Staged-Recipes", true),
            ("pangeo-forge/X-FEEDSTOCK", true),
            ("pangeo-forge/feedstock", false),
            ("pangeo-forge/staged-recipes-archive", false),
        ] {
            let repository = RepoName::parse(name).expect("a name");
            assert_eq!(holds_recipes(&repository), expected, "{name}");
        }
    }

    #[test]
    fn a_new_head_is_a_synchronize() {
        let mut body = serde_json::json!({
            "action": "opened",
            "pull_request": { "number": 7 },
            "repository": { "full_name": "o/x-feedstock" },
            "installation": { "id": 3 },
        });
        assert_eq!(commands("pull_request", &body).len(), 1);
        body["action"] = "labeled".into();
        assert_eq!(commands("pull_request", &body), vec![]);
        body["action"] = "reopened".into();
        body["installation"] = serde_json::Value::Null;
        assert_eq!(commands("pull_request", &body), vec![]);
    }
}
