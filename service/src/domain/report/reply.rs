//! Answers to comments. Each says what was understood, why nothing or what happened, and what to write instead.

use std::fmt::Write as _;

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

/// `/help`: what can be said here, and by whom.
pub fn help(commands: &[(&str, &str)], for_everybody: &[&str], may: bool) -> String {
    let mut text = String::from("| command | what it does |\n| --- | --- |\n");
    text.extend(commands.iter().map(|(usage, meaning)| format!("| `{usage}` | {meaning} |\n")));
    text.push_str("\nA command is the first line of a new comment.");
    if !may {
        let words: Vec<String> = for_everybody.iter().map(|word| format!("`{word}`")).collect();
        let words = words.join(" and ");
        _ = write!(
            text,
            " {words} are for everybody; each other command needs write access to this repository, which you do not have."
        );
    }
    text
}

/// The author may not.
pub fn not_allowed(word: &str, author: &Login, role: &str, needed: &str) -> String {
    format!(
        "`{word}` needs the role `{needed}` or more in this repository, and {} has {}. Nothing was started or stopped; a maintainer can write \
         the same comment.",
        span(author.as_str()),
        span(role)
    )
}

/// The command is for another kind of repository.
pub fn only_on_feedstocks(word: &str) -> String {
    format!(
        "`{word}` is for a feedstock: here recipes are proposed, and `/run` tests them. Nothing was started; once the recipe is merged, write \
         it on a pull request or an issue of its feedstock."
    )
}

/// The command is about the commit of a pull request, and this is an issue.
pub fn only_on_pull_requests(word: &str, here: &[&str]) -> String {
    let here: Vec<String> = here.iter().map(|word| format!("`{word}`")).collect();
    let words = if here.is_empty() {
        String::new()
    } else {
        format!(" On an issue, these are understood: {}.", here.join(", "))
    };
    format!("`{word}` is for pull requests, and this is an issue. Nothing was started or stopped.{words}")
}

/// The word is not a command; `wrong_place` says why the one that was meant would not do here either.
pub fn unknown_command(word: &str, suggestion: &str, wrong_place: Option<&str>) -> String {
    let more =
        wrong_place.map_or_else(|| "`/help` lists them all. Nothing was started.".into(), ToOwned::to_owned);
    format!("There is no command {}; did you mean `{suggestion}`? {more}", span(word))
}

/// `/run` with nothing behind it.
pub fn incomplete(known: &[String]) -> String {
    format!("`/run` needs the id of a recipe, or `all`. {} Nothing was started.", known_recipes(known))
}

/// A command that wants each recipe to be named.
pub fn names_needed(word: &str, found_all: bool) -> String {
    let found = if found_all { ", and takes no `all`" } else { "" };
    format!("`{word}` needs the id of each recipe{found}: `{word} <recipe_id>`. Nothing was started.")
}

/// The form of years ago.
pub fn old_form(known: &[String]) -> String {
    format!(
        "The form `/run recipe-test recipe_run_id=…` is no longer understood: name the recipe instead. {} Nothing was started.",
        known_recipes(known)
    )
}

/// `all` and more words behind it.
pub fn all_and_more(word: &str, rest: &[String]) -> String {
    let rest: Vec<String> = rest.iter().take(20).map(|word| span(word)).collect();
    format!(
        "`{word} all` means every recipe and takes no other word; found {} behind it. Nothing was started or stopped.",
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

/// The same for another command than `/run`.
pub fn names_too_much(word: &str) -> String {
    format!(
        "That line names too many recipes, or a longer one than there can be, so `{word}` did nothing. Nothing was started or stopped."
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

/// No recipe of that id has a run in this conversation.
pub fn unknown_here(word: &str, recipe: &str, nearest: Option<&str>, known: &[String]) -> String {
    let hint =
        nearest.map_or_else(String::new, |id| format!(" Did you mean {}?", span(&format!("{word} {id}"))));
    let known = if known.is_empty() {
        "No recipe has a run here.".to_owned()
    } else {
        format!("There are runs of {}.", listed(known))
    };
    format!("There is no run of {} here.{hint} {known} Nothing was started or stopped.", span(recipe))
}

/// Nobody was there to read it in time.
pub fn too_old(hours: i64) -> String {
    format!(
        "This comes {hours} hours late: the service was down, or did not hear of the comment. What was wanted then may not be wanted now, so \
         nothing was started; write the comment again if it still is."
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
    format!("Ready at this commit: {}.", listed(known))
}

/// The first of some ids, and how many more there are.
pub(super) fn listed(ids: &[String]) -> String {
    let list: Vec<String> = ids.iter().take(20).map(|id| span(id)).collect();
    let more = if ids.len() > 20 { format!(" and {} more", ids.len() - 20) } else { String::new() };
    format!("{}{more}", list.join(", "))
}
