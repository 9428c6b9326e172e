//! The answer to `/cancel`: what is being stopped, and what cannot be stopped from here.

use super::markdown::span;
use crate::domain::id::{Login, Sha};

/// A run that `/cancel` found going on, or waiting.
#[derive(Debug, Clone)]
pub struct Found {
    /// The recipe; none for the workflow run that lists the recipes of a commit.
    pub recipe_id: Option<String>,
    /// The commit.
    pub sha: Sha,
    /// Whether it is a test.
    pub is_test: bool,
    /// Its page.
    pub url: Option<String>,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a run that is to be stopped.
#[derive(Debug, Clone)]
pub enum Fate {
    /// Nothing had begun elsewhere: it is over.
    Ended,
    /// GitHub Actions is asked to stop it.
    AskedActions,
    /// Dataflow is asked to stop it.
    AskedDataflow,
    /// It is with a bakery that takes no word from us.
    OutOfReach {
        /// The bakery's id of the job.
        job_id: String,
    },
    /// Somebody asked before.
    AskedBefore {
        /// Who; none for the service itself.
        by: Option<Login>,
    },
}

impl Fate {
    /// Whether the comment changed anything.
    pub fn is_news(&self) -> bool {
        !matches!(self, Self::AskedBefore { .. })
    }
}

/// What was found, one line each.
pub fn answer(found: &[Found]) -> String {
    let mut text = String::from(if found.iter().any(|one| one.fate.is_news()) {
        "Stopping what goes on here:\n"
    } else {
        "Nothing more to stop here:\n"
    });
    text.extend(found.iter().map(row));
    text.push_str("\n\nEach check ends when its run has. `/retry` makes another attempt, `/status` shows how everything stands.");
    text
}

/// There is nothing to stop.
pub fn nothing(recipes: &[String]) -> String {
    if recipes.is_empty() {
        return "Nothing goes on here that could be stopped. `/status` shows how every run stands.".into();
    }
    format!(
        "Nothing goes on here for {}, so there is nothing to stop. `/status` shows how every run stands.",
        super::reply::listed(recipes)
    )
}

fn row(found: &Found) -> String {
    let what = match (&found.recipe_id, found.is_test) {
        (None, _) => "the run that lists the recipes".to_owned(),
        (Some(id), true) => format!("the test of {}", span(id)),
        (Some(id), false) => format!("{} in production", span(id)),
    };
    let what = match &found.url {
        Some(url) => format!("[{what}]({url})"),
        None => what,
    };
    let fate = match &found.fate {
        Fate::Ended => "stopped: nothing of it had begun".to_owned(),
        Fate::AskedActions => "GitHub Actions is asked to stop it".to_owned(),
        Fate::AskedDataflow => "Dataflow is asked to stop it".to_owned(),
        Fate::OutOfReach { job_id } => format!(
            "it is with the bakery as {}, which this service cannot stop: the bakery's own page is the place to do it",
            span(job_id)
        ),
        Fate::AskedBefore { by: Some(by) } => {
            format!("is being stopped already, as {} asked", span(by.as_str()))
        }
        Fate::AskedBefore { by: None } => "is being stopped already".to_owned(),
    };
    format!("\n- {what} at {}: {fate}", found.sha.short())
}
