//! Answers to comments. Each says what was understood, why nothing or what happened, and what to write instead.

use super::markdown::span;
use crate::domain::id::{CommentId, Login, Sha};

/// The key of the answer to a comment.
pub fn key(comment: CommentId) -> String {
    format!("reply/{comment}")
}

/// The key of a reaction to a comment.
pub fn reaction_key(comment: CommentId, reaction: super::Reaction) -> String {
    format!("reaction/{comment}/{}", reaction.as_str())
}

/// `/help`.
pub fn help(commands: &[(&str, &str)], may_run: bool) -> String {
    let mut text = String::from("| command | what it does |\n| --- | --- |\n");
    text.extend(commands.iter().map(|(usage, meaning)| {
        format!(
            "| `{usage}` | {meaning} |
"
        )
    }));
    text.push_str("\nA command is the first line of a new comment on a pull request.");
    if !may_run {
        text.push_str(" You can read here but not start runs: that needs write access to this repository.");
    }
    text
}

/// The author may not.
pub fn not_allowed(author: &Login, role: &str, needed: &str) -> String {
    format!(
        "Starting a run needs the role `{needed}` or more in this repository, and {} has {}. Nothing was started; a maintainer can write the same \
         comment.",
        span(author.as_str()),
        span(role)
    )
}

/// The word is not a command.
pub fn unknown_command(word: &str, suggestion: &str) -> String {
    format!(
        "There is no command {}; did you mean `{suggestion}`? `/help` lists them all. Nothing was started.",
        span(word)
    )
}

/// `/run` with nothing behind it.
pub fn incomplete(known: &[String]) -> String {
    format!("`/run` needs the id of a recipe, or `all`. {} Nothing was started.", known_recipes(known))
}

/// The form of years ago.
pub fn old_form(known: &[String]) -> String {
    format!(
        "The form `/run recipe-test recipe_run_id=…` is no longer understood: name the recipe instead. {} Nothing was started.",
        known_recipes(known)
    )
}

/// `/run all` and more words behind it.
pub fn all_and_more(rest: &[String]) -> String {
    let rest: Vec<String> = rest.iter().take(20).map(|word| span(word)).collect();
    format!(
        "`/run all` starts every recipe and takes no other word; found {} behind it. Nothing was started.",
        rest.join(", ")
    )
}

/// More than anybody writes by hand.
pub fn too_long(known: &[String]) -> String {
    format!(
        "That line names too many recipes, or a longer one than there can be: `/run all` starts them all. {} Nothing was started.",
        known_recipes(known)
    )
}

/// No recipe has that id.
pub fn unknown_recipe(word: &str, nearest: Option<&str>, known: &[String]) -> String {
    let hint =
        nearest.map_or_else(String::new, |id| format!(" Did you mean {}?", span(&format!("/run {id}"))));
    format!(
        "There is no recipe {} at this commit.{hint} {} Nothing was started.",
        span(word),
        known_recipes(known)
    )
}

/// The pull request is closed.
pub fn closed() -> String {
    "This pull request is closed, so its recipes cannot be tested any more. Nothing was started.".into()
}

/// The check of the newest commit was not up when the comment was written.
pub fn head_moved(shown: Option<&Sha>, head: &Sha) -> String {
    match shown {
        Some(shown) => format!(
            "You saw {} when you wrote this, and the newest commit is {} now. A run uses the commit that was shown to the person who asks for it, so \
             nothing was started: look at the new commit and write the comment again.",
            shown.short(),
            head.short()
        ),
        None => format!(
            "The commit {} had not been checked when you wrote this. Wait for the `synchronize` check below, look at it, and write the comment again. \
             Nothing was started.",
            head.short()
        ),
    }
}

/// The head's recipes are not known: its check failed, or is not done.
pub fn nothing_queued(head: &Sha, is_done: bool) -> String {
    if is_done {
        format!(
            "No recipe is ready at {}: the `synchronize` check says why. Nothing was started.",
            head.short()
        )
    } else {
        format!(
            "The `synchronize` check of {} is not done yet. Write the comment again when it is. Nothing was started.",
            head.short()
        )
    }
}

/// Everything that was asked for runs already.
pub fn already_running(recipes: &[(String, String)]) -> String {
    let list: Vec<String> = recipes.iter().map(|(id, url)| format!("[{}]({url})", span(id))).collect();
    format!("Already running: {}. Nothing was started twice.", list.join(", "))
}

/// We gave up.
pub fn gave_up(what: &str) -> String {
    format!(
        "The service could not carry this out: {}. Nothing was started; the same comment tries again.",
        span(what)
    )
}

fn known_recipes(known: &[String]) -> String {
    if known.is_empty() {
        return "No recipe is ready at this commit: the `synchronize` check says why.".into();
    }
    let list: Vec<String> = known.iter().take(20).map(|id| span(id)).collect();
    let more = if known.len() > 20 { format!(" and {} more", known.len() - 20) } else { String::new() };
    format!("Ready at this commit: {}{more}.", list.join(", "))
}
