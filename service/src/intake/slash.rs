//! The grammar of the commands that a comment on a pull request can hold.
//!
//! A comment is read as its author wrote it, never as Markdown shows it: a command is a first line that starts, without any blank or
//! sign before it, with a slash and a known word. So quotes (`> /run`), code in any form, hidden HTML and the quoted tail of an e-mail
//! are no commands by construction. Who may give one, and what becomes of it, is decided elsewhere.
//!
//! Words that are not ours are a matter of manners: other bots listen to the same comments (`/assign`, `/lgtm`), and people write
//! paths (`/etc/passwd`). So an unknown word is answered only when it looks like one of ours mistyped, and met with silence otherwise.

use crate::domain::nearest::nearest;

/// The most recipes that one comment may name; `/run all` is there for more.
pub const MAX_RECIPES: usize = 50;
/// The longest word that can name a recipe, in characters.
const MAX_WORD: usize = 128;
/// The longest first line that is read, in bytes.
pub const MAX_LINE: usize = 16 * 1024;
/// The longest word that may be a mistyped command, in characters with the slash.
const MAX_COMMAND: usize = 16;
/// Commands of widespread bots that look like ours mistyped.
const OTHERS: [&str; 3] = ["/gcbrun", "/help-wanted", "/hold"];

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Start recipes.
    Run,
    /// Explain the commands.
    Help,
}

/// One way to use a command, for the parser and for the help text.
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
}

/// All there is to say to us.
pub const COMMANDS: [CommandUsage; 3] = [
    CommandUsage {
        word: "/run",
        verb: Verb::Run,
        usage: "/run <recipe_id> [<recipe_id> ...]",
        meaning: "tests the named recipes of the newest commit",
    },
    CommandUsage {
        word: "/run",
        verb: Verb::Run,
        usage: "/run all",
        meaning: "tests every recipe of the newest commit",
    },
    CommandUsage { word: "/help", verb: Verb::Help, usage: "/help", meaning: "shows these commands" },
];

/// Which recipes to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of the commit.
    All,
    /// The named ones: each once, in the order of the comment, at least one and at most [`MAX_RECIPES`]. The words are not checked to
    /// be recipe ids; one that is not is no recipe of the pull request either.
    Recipes(Vec<String>),
}

/// What a comment says to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slash {
    /// Nothing; say nothing.
    NotACommand,
    /// Start recipes.
    Run(Selection),
    /// Explain.
    Help,
    /// `/run` without saying what.
    Incomplete,
    /// `/run all` with more words: perhaps a recipe called so was meant, so nothing is started.
    AllAndMore {
        /// The other words.
        rest: Vec<String>,
    },
    /// `/run recipe-test recipe_run_id=N`, the form of the first bot.
    OldForm,
    /// More recipes than [`MAX_RECIPES`], a word longer than any recipe id, or a line beyond reading.
    TooLong,
    /// A word that looks like a mistyped command.
    Unknown {
        /// The word with its slash, at most 16 printable ASCII characters without back-ticks.
        word: String,
        /// The command that was probably meant, with its slash.
        suggestion: &'static str,
    },
}

/// Reads a comment. Only the first line counts; upper and lower case of the command word and of `all` do not, those of recipe ids do.
pub fn parse(body: &str) -> Slash {
    let line = body.lines().next().unwrap_or_default();
    if !line.starts_with('/') {
        return Slash::NotACommand;
    }
    let mut words = line.split_whitespace();
    let word = words.next().unwrap_or_default();
    match COMMANDS.iter().find(|command| command.word.eq_ignore_ascii_case(word)) {
        None => unknown(word),
        Some(CommandUsage { verb: Verb::Help, .. }) => Slash::Help,
        Some(CommandUsage { verb: Verb::Run, .. }) if line.len() > MAX_LINE => Slash::TooLong,
        Some(CommandUsage { verb: Verb::Run, .. }) => run(words),
    }
}

fn run<'a>(words: impl Iterator<Item = &'a str>) -> Slash {
    let mut recipes: Vec<&str> = Vec::new();
    for word in words.map(bare).filter(|word| !word.is_empty()) {
        if recipes.contains(&word) {
            continue;
        }
        if recipes.len() == MAX_RECIPES || word.chars().count() > MAX_WORD {
            return Slash::TooLong;
        }
        recipes.push(word);
    }
    match recipes.as_slice() {
        [] => Slash::Incomplete,
        ["recipe-test", rest @ ..] if rest.iter().any(|word| word.starts_with("recipe_run_id=")) => {
            Slash::OldForm
        }
        [all] if all.eq_ignore_ascii_case("all") => Slash::Run(Selection::All),
        words if words.iter().any(|word| word.eq_ignore_ascii_case("all")) => {
            Slash::AllAndMore { rest: owned(words.iter().filter(|word| !word.eq_ignore_ascii_case("all"))) }
        }
        words => Slash::Run(Selection::Recipes(owned(words.iter()))),
    }
}

fn owned<'a>(words: impl Iterator<Item = &'a &'a str>) -> Vec<String> {
    words.map(|&word| word.to_owned()).collect()
}

/// The word without what people put around an id when they copy it from a text; none of these characters can be part of one.
fn bare(word: &str) -> &str {
    word.trim_matches(['`', '"', '\'', ',', ';', '<', '>', '[', ']'])
}

fn unknown(word: &str) -> Slash {
    let Some(name) = word.strip_prefix('/') else { return Slash::NotACommand };
    let is_printable = |c: char| c.is_ascii_graphic() && c != '/' && c != '`';
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_printable);
    let folded = word.to_ascii_lowercase();
    if !is_word || word.len() > MAX_COMMAND || OTHERS.contains(&folded.as_str()) {
        return Slash::NotACommand;
    }
    match mistyped(folded.trim_start_matches('/')) {
        Some(suggestion) => Slash::Unknown { word: word.to_owned(), suggestion },
        None => Slash::NotACommand,
    }
}

/// The command that `name`, without slash and in lower case, is a mistyped form of.
fn mistyped(name: &str) -> Option<&'static str> {
    let names = COMMANDS.map(|command| command.word.trim_start_matches('/'));
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    // In a word as short as `run`, two exchanged letters are more than half of it, so letters in any order are looked for as well;
    // and a command with something attached (`/runall`, `/rerun`, `/run:`) is further away than it looks.
    let near = nearest(name, &names)
        .or_else(|| names.into_iter().find(|known| letters(known) == letters(name)))
        .or_else(|| names.into_iter().find(|known| name.starts_with(known) || name.ends_with(known)))?;
    COMMANDS.iter().map(|command| command.word).find(|word| word.trim_start_matches('/') == near)
}

#[cfg(test)]
mod tests;
