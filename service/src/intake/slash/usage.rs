//! All there is to say to us: one table for the parser, for the help text and for the documentation, so that none of the three can
//! know a command that the others do not.

use crate::domain::id::RepoName;
use crate::domain::meta::layout::RepositoryKind;

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Test recipes.
    Run,
    /// Make another attempt.
    Retry,
    /// Stop what goes on.
    Cancel,
    /// Run recipes in production.
    RunProduction,
    /// Check the newest commit again.
    Sync,
    /// Say how everything stands.
    Status,
    /// Explain the commands.
    Help,
}

/// Where a comment stands, as far as that decides what can be said there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A pull request that proposes a new recipe.
    NewRecipe,
    /// A pull request to a feedstock.
    Feedstock,
    /// An issue of a feedstock.
    FeedstockIssue,
    /// Any other issue: no command is given there.
    OtherIssue,
}

impl Place {
    /// The kind of place that a pull request, or an issue, of a repository is.
    pub fn of(repository: &RepoName, on_issue: bool) -> Self {
        match (RepositoryKind::of(repository.name()), on_issue) {
            (Some(RepositoryKind::Feedstock), true) => Self::FeedstockIssue,
            (Some(RepositoryKind::Feedstock), false) => Self::Feedstock,
            (_, true) => Self::OtherIssue,
            (_, false) => Self::NewRecipe,
        }
    }
}

/// One way to use a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandUsage {
    /// The word, with its slash, in lower case.
    pub word: &'static str,
    /// What the word does.
    pub verb: Verb,
    /// How to write it.
    pub usage: &'static str,
    /// What happens then.
    pub meaning: &'static str,
    /// Where it can be said.
    pub places: &'static [Place],
    /// Whether everybody may say it; all others need a role in the repository.
    pub is_for_everybody: bool,
}

const PULL_REQUESTS: &[Place] = &[Place::NewRecipe, Place::Feedstock];
const FEEDSTOCKS: &[Place] = &[Place::Feedstock, Place::FeedstockIssue];
const EVERYWHERE: &[Place] = &[Place::NewRecipe, Place::Feedstock, Place::FeedstockIssue];

const fn usage(word: &'static str, verb: Verb, usage: &'static str, meaning: &'static str) -> CommandUsage {
    let is_for_everybody = matches!(verb, Verb::Status | Verb::Help);
    let places = match verb {
        Verb::Run | Verb::Sync => PULL_REQUESTS,
        Verb::RunProduction => FEEDSTOCKS,
        Verb::Retry | Verb::Cancel | Verb::Status | Verb::Help => EVERYWHERE,
    };
    CommandUsage { word, verb, usage, meaning, places, is_for_everybody }
}

/// All of them, in the order in which they are explained.
pub const COMMANDS: [CommandUsage; 8] = [
    usage(
        "/run",
        Verb::Run,
        "/run <recipe_id> [<recipe_id> ...]",
        "tests the named recipes of the newest commit",
    ),
    usage("/run", Verb::Run, "/run all", "tests every recipe of the newest commit"),
    usage(
        "/retry",
        Verb::Retry,
        "/retry [<recipe_id> ...]",
        "makes another attempt, at the same commit, at the named recipes, or at all whose newest attempt did not succeed",
    ),
    usage(
        "/cancel",
        Verb::Cancel,
        "/cancel [<recipe_id> ...]",
        "stops what goes on here for the named recipes, or for all",
    ),
    usage(
        "/run-production",
        Verb::RunProduction,
        "/run-production <recipe_id> [<recipe_id> ...]",
        "runs the named recipes of the default branch in production",
    ),
    usage("/sync", Verb::Sync, "/sync", "checks the newest commit again, from the start"),
    usage("/status", Verb::Status, "/status", "shows how every run here stands"),
    usage("/help", Verb::Help, "/help", "shows these commands"),
];

impl Verb {
    /// The command's word, with its slash.
    pub fn word(self) -> &'static str {
        COMMANDS.iter().find(|command| command.verb == self).map_or("/help", |command| command.word)
    }

    /// Whether it can be said there.
    pub fn fits(self, place: Place) -> bool {
        COMMANDS.iter().any(|command| command.verb == self && command.places.contains(&place))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The table in the documentation.
    fn table() -> String {
        let mut text = String::from("| command | what it does | where | who |\n| --- | --- | --- | --- |\n");
        for command in COMMANDS {
            let place = match command.places {
                PULL_REQUESTS => "a pull request",
                FEEDSTOCKS => "a pull request or issue of a feedstock",
                _ => "any pull request; an issue of a feedstock",
            };
            let who = if command.is_for_everybody { "everybody" } else { "`write` or more" };
            _ = writeln!(text, "| `{}` | {} | {place} | {who} |", command.usage, command.meaning);
        }
        text
    }

    #[test]
    fn the_documentation_lists_every_command() {
        let documented = include_str!("../../../../docs/commands.md");
        assert!(documented.contains(&table()), "docs/commands.md must hold this table:\n{}", table());
    }

    #[test]
    fn a_place_is_told_from_its_repository() {
        let of = |name, on_issue| Place::of(&RepoName::parse(name).expect("a name"), on_issue);
        assert_eq!(of("o/staged-recipes", false), Place::NewRecipe);
        assert_eq!(of("o/staged-recipes", true), Place::OtherIssue);
        assert_eq!(of("o/x-feedstock", false), Place::Feedstock);
        assert_eq!(of("o/x-Feedstock", true), Place::FeedstockIssue);
    }
}
