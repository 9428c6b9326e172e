//! The grammar of the commands that a comment on a pull request or an issue can hold.
//!
//! A comment is read as its author wrote it, never as Markdown shows it: a command is a first line that starts, without any blank or
//! sign before it, with a slash and a known word. So quotes (`> /run`), code in any form, hidden HTML and the quoted tail of an e-mail
//! are no commands by construction. Where one can be given, who may, and what becomes of it, is decided elsewhere.

mod typo;
mod usage;

pub use usage::{COMMANDS, CommandUsage, Place, Verb};

/// The most recipes that one comment may name; `all` is there for more.
pub const MAX_RECIPES: usize = 50;
/// The longest word that can name a recipe, in characters.
const MAX_WORD: usize = 128;
/// The longest first line that is read, in bytes.
pub const MAX_LINE: usize = 16 * 1024;

/// Which recipes are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All there are.
    All,
    /// The named ones: each once, in the order of the comment, at least one and at most [`MAX_RECIPES`]. The words are not checked to
    /// be recipe ids; one that is not is no recipe of the pull request either.
    Recipes(Vec<String>),
}

/// Why the recipes behind a command cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// There are none, and the command needs some.
    Nothing,
    /// `all` where each has to be named.
    All,
    /// `all` with more words: perhaps a recipe called so was meant, so nothing is done.
    AllAndMore(Vec<String>),
    /// `/run recipe-test recipe_run_id=N`, the form of the first bot.
    OldForm,
    /// More recipes than [`MAX_RECIPES`], a word longer than any recipe id, or a line beyond reading.
    TooLong,
}

/// What a comment says to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slash {
    /// Nothing; say nothing.
    NotACommand,
    /// A command: what to do, and to which recipes. Those that take no recipes have [`Selection::All`].
    Command(Verb, Selection),
    /// A command whose recipes cannot be read.
    Wrong(Verb, Mistake),
    /// A word that looks like a mistyped command.
    Unknown {
        /// The word with its slash, at most 20 printable ASCII characters without back-ticks.
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
    let Some(verb) = verb_of(word) else { return typo::unknown(word) };
    match verb {
        // People thank, and explain: what follows a command that takes nothing is for other people.
        Verb::Help | Verb::Status | Verb::Sync => Slash::Command(verb, Selection::All),
        _ if line.len() > MAX_LINE => Slash::Wrong(verb, Mistake::TooLong),
        Verb::Run | Verb::Retry | Verb::Cancel | Verb::RunProduction => match recipes(verb, words) {
            Ok(selection) => Slash::Command(verb, selection),
            Err(mistake) => Slash::Wrong(verb, mistake),
        },
    }
}

/// The verb of a word, with its slash, in any case.
pub fn verb_of(word: &str) -> Option<Verb> {
    COMMANDS.iter().find(|command| command.word.eq_ignore_ascii_case(word)).map(|command| command.verb)
}

fn recipes<'a>(verb: Verb, words: impl Iterator<Item = &'a str>) -> Result<Selection, Mistake> {
    let mut recipes: Vec<&str> = Vec::new();
    for word in words.map(bare).filter(|word| !word.is_empty()) {
        if recipes.contains(&word) {
            continue;
        }
        if recipes.len() == MAX_RECIPES || word.chars().count() > MAX_WORD {
            return Err(Mistake::TooLong);
        }
        recipes.push(word);
    }
    let is_all = |word: &str| word.eq_ignore_ascii_case("all");
    match recipes.as_slice() {
        [] if matches!(verb, Verb::Retry | Verb::Cancel) => Ok(Selection::All),
        [] => Err(Mistake::Nothing),
        ["recipe-test", rest @ ..] if rest.iter().any(|word| word.starts_with("recipe_run_id=")) => {
            Err(Mistake::OldForm)
        }
        words if verb == Verb::RunProduction && words.iter().any(|word| is_all(word)) => Err(Mistake::All),
        [all] if is_all(all) => Ok(Selection::All),
        words if words.iter().any(|word| is_all(word)) => {
            Err(Mistake::AllAndMore(owned(words.iter().filter(|word| !is_all(word)))))
        }
        words => Ok(Selection::Recipes(owned(words.iter()))),
    }
}

fn owned<'a>(words: impl Iterator<Item = &'a &'a str>) -> Vec<String> {
    words.map(|&word| word.to_owned()).collect()
}

/// The word without what people put around an id when they copy it from a text; none of these characters can be part of one.
fn bare(word: &str) -> &str {
    word.trim_matches(['`', '"', '\'', ',', ';', '<', '>', '[', ']'])
}

#[cfg(test)]
mod tests;
