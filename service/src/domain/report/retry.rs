//! The answer to `/retry`, where there is more to say than that the attempts have begun.

use super::markdown::span;
use crate::domain::id::Sha;

/// Why there is no other attempt at a recipe.
#[derive(Debug, Clone)]
pub enum NotRetried {
    /// Its newest attempt goes on, or waits to.
    GoesOn {
        /// Its page.
        url: String,
    },
    /// It is ready, and was never run at the newest commit.
    NotRunYet,
    /// Its newest attempt tested a commit that is no longer the newest.
    NotTheHead {
        /// That commit.
        sha: Sha,
        /// The newest.
        head: Sha,
    },
    /// It was a test, and the pull request is closed.
    Closed,
    /// The newest commit was not shown when the comment was written.
    NotShown {
        /// That commit.
        head: Sha,
    },
}

/// Why some recipes get no other attempt, one line each; `started` tells how many did.
pub fn answer(reasons: &[(String, NotRetried)], started: usize) -> String {
    let mut text = match started {
        0 => String::from("No other attempt was started:\n"),
        1 => String::from("1 attempt was started, and others were not:\n"),
        _ => format!("{started} attempts were started, and others were not:\n"),
    };
    text.extend(reasons.iter().map(|(id, why)| format!("\n- {}: {}", span(id), reason(id, why))));
    text
}

/// Nothing has failed.
pub fn nothing() -> String {
    "Nothing here has ended otherwise than well, so there is nothing to try again. `/retry <recipe_id>` repeats a run that worked, and \
     `/status` shows how every run stands. Nothing was started."
        .into()
}

fn reason(id: &str, why: &NotRetried) -> String {
    match why {
        NotRetried::GoesOn { url } => format!("already running, see [its page]({url})"),
        NotRetried::NotRunYet => {
            format!("not run yet at the newest commit, {} does", span(&format!("/run {id}")))
        }
        NotRetried::NotTheHead { sha, head } => format!(
            "its newest attempt tested {}, and the newest commit is {}: {} tests that one",
            sha.short(),
            head.short(),
            span(&format!("/run {id}"))
        ),
        NotRetried::Closed => "it was a test, and this pull request is closed".into(),
        NotRetried::NotShown { head } => format!(
            "the commit {} had not been checked and shown when you wrote this; look at it and write the comment again",
            head.short()
        ),
    }
}
