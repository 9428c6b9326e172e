//! Words that look like a command and are none.
//!
//! Words that are not ours are a matter of manners: other bots listen to the same comments (`/assign`, `/lgtm`), and people write
//! paths (`/etc/passwd`). So an unknown word is answered only when it looks like one of ours mistyped, and met with silence otherwise.

use super::Slash;
use super::usage::COMMANDS;
use crate::domain::nearest::nearest;

/// The longest word that may be a mistyped command, in characters with the slash.
pub(super) const MAX_COMMAND: usize = 20;
/// Commands of widespread bots that look like ours mistyped.
const OTHERS: [&str; 4] = ["gcbrun", "help-wanted", "hold", "ready"];
/// Words for what other services, and GitHub's own buttons, call otherwise.
const SYNONYMS: [(&str, &str); 5] = [
    ("rerun", "/retry"),
    ("re-run", "/retry"),
    ("restart", "/retry"),
    ("stop", "/cancel"),
    ("abort", "/cancel"),
];
/// The shortest beginning of a command that stands for the whole.
const MIN_BEGINNING: usize = 4;

/// What a first word that is no command is taken for.
pub(super) fn unknown(word: &str) -> Slash {
    let Some(name) = word.strip_prefix('/') else { return Slash::NotACommand };
    let is_printable = |c: char| c.is_ascii_graphic() && c != '/' && c != '`';
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_printable);
    let folded = name.to_ascii_lowercase();
    if !is_word || word.len() > MAX_COMMAND || OTHERS.contains(&folded.as_str()) {
        return Slash::NotACommand;
    }
    match mistyped(&folded) {
        Some(suggestion) => Slash::Unknown { word: word.to_owned(), suggestion },
        None => Slash::NotACommand,
    }
}

/// The command that `name`, without slash and in lower case, is a mistyped form of.
fn mistyped(name: &str) -> Option<&'static str> {
    if let Some((_, meant)) = SYNONYMS.iter().find(|(other, _)| *other == name) {
        return Some(meant);
    }
    let names = COMMANDS.map(|command| command.word.trim_start_matches('/'));
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    let joined = |word: &str| word.replace(['-', '_'], "");
    let is_beginning = |known: &&str| name.len() >= MIN_BEGINNING && joined(known).starts_with(&joined(name));
    // In a word as short as `run`, two exchanged letters are more than half of it, so letters in any order are looked for as well;
    // a long word is written in short (`/run-prod`); and a command with something attached (`/runall`, `/run:`) is further away
    // than it looks.
    let near = nearest(name, &names)
        .or_else(|| names.into_iter().find(|known| letters(known) == letters(name)))
        .or_else(|| names.into_iter().find(is_beginning))
        .or_else(|| names.into_iter().find(|known| name.starts_with(known) || name.ends_with(known)))?;
    COMMANDS.iter().map(|command| command.word).find(|word| word.trim_start_matches('/') == near)
}
