//! Syntax errors in words that help: the YAML reader says where it gave up, which is often a line after the cause.
//!
//! Only sentences about YAML live here, and the search for the line that is to blame.

use saphyr_parser::ScanError;

use super::finding::{Place, quoted};
use super::tree::Stop;

pub(super) const TITLE: &str = "Not valid YAML";
/// Instead of an explanation, which could repeat a secret.
pub(super) const NOT_REPEATED: &str = "The file is not valid YAML from here on. Look at the indentation, the quotes and the colons of this \
                                line and the one before; what stands there is not repeated, since the file is secret.";
const TAB: &str = "A tab character was found; YAML allows only spaces here. Replace the tab by spaces.";

/// Explains where and why the YAML reader gave up on `text`. `open_flow` is the innermost `[` or `{` not closed by then.
pub(super) fn explain(text: &str, error: &ScanError, open_flow: Option<Place>) -> Stop {
    let lines: Vec<&str> = text.lines().collect();
    let noticed = Place::at(error.marker().line(), error.marker().col() + 1);
    // At the end of a file the reader stands on a line that does not exist.
    let last = Place::at(lines.len(), 1).line;
    let noticed = if noticed.line > last { Place::at(lines.len(), 1) } else { noticed };
    let (place, cause) = tab(&lines, noticed)
        .or_else(|| open_flow.map(|open| unclosed(&lines, open, noticed)))
        .or_else(|| missing_colon(&lines, noticed, error.info()))
        .unwrap_or_else(|| (noticed, cause(error.info())));
    Stop { place, title: TITLE, message: format!("{cause} (The YAML reader says: {}.)", plain(error.info())) }
}

/// The reader's own words, which repeat at most one character of the file.
fn plain(info: &str) -> String {
    info.replace('`', "'").chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Tabs that the YAML reader here lets pass and the runner's does not: all but those in comments and in `quoted`, the stretches of
/// the text between quotes or under `|` and `>`, in characters and in order. One for each line.
pub(super) fn stray_tabs(text: &str, quoted: &[(usize, usize)]) -> Vec<(Place, String)> {
    let characters: Vec<char> = text.chars().collect();
    let closed = quoted.iter().map(|&(start, end)| (start, closing_quote(&characters, start, end)));
    let mut quoted = closed.peekable();
    let (mut line, mut column, mut before) = (1_u32, 1_usize, ' ');
    let (mut in_comment, mut reported) = (false, false);
    let mut found = Vec::new();
    for (index, &character) in characters.iter().enumerate() {
        while quoted.next_if(|&(_, end)| end <= index).is_some() {}
        let is_quoted = quoted.peek().is_some_and(|&(start, _)| start <= index);
        match character {
            '\n' => {
                (line, column, before) = (line.saturating_add(1), 1, ' ');
                (in_comment, reported) = (false, false);
                continue;
            }
            '#' if !is_quoted && before.is_whitespace() => in_comment = true,
            '\t' if !is_quoted && !in_comment && !reported => {
                reported = true;
                found.push((on_line(line, column), TAB.to_owned()));
            }
            _ => {}
        }
        (column, before) = (column + 1, character);
    }
    found
}

/// Where the text between quotes really ends: the reader counts blanks and a comment behind it as part of the text. A text under `|`
/// or `>` has no quotes, and ends at `end`.
fn closing_quote(characters: &[char], start: usize, end: usize) -> usize {
    let stretch = characters.get(start..end).unwrap_or_default();
    let Some((&quote, rest)) = stretch.split_first().filter(|&(first, _)| matches!(first, '"' | '\'')) else {
        return end;
    };
    let mut is_escaped = false;
    for (index, &character) in rest.iter().enumerate() {
        let is_doubled = quote == '\'' && rest.get(index + 1) == Some(&quote);
        if is_escaped {
            is_escaped = false;
        } else if character == quote && !is_doubled {
            return start + index + 2;
        } else {
            is_escaped = (quote == '"' && character == '\\') || (character == quote && is_doubled);
        }
    }
    end
}

fn on_line(line: u32, column: usize) -> Place {
    Place { line, last_line: line, ..Place::at(1, column) }
}

fn line_at<'a>(lines: &[&'a str], number: u32) -> Option<&'a str> {
    usize::try_from(number).ok().and_then(|number| lines.get(number.checked_sub(1)?)).copied()
}

/// A tab in the indentation, or after a colon, of the line where the reader stopped or the next.
fn tab(lines: &[&str], noticed: Place) -> Option<(Place, String)> {
    for number in noticed.line..=noticed.line.saturating_add(1) {
        let Some(line) = line_at(lines, number) else { break };
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        let in_indentation = line.get(..indentation).and_then(|blank| blank.find('\t'));
        let Some(at) = in_indentation.or_else(|| line.find(":\t").map(|at| at + 1)) else { continue };
        let column = line.get(..at).map_or(0, |before| before.chars().count()) + 1;
        let place = on_line(number, column);
        let cause = "A tab character was found; YAML allows only spaces here. Replace the tab by two spaces."
            .to_owned();
        return Some((place, cause));
    }
    None
}

fn unclosed(lines: &[&str], open: Place, noticed: Place) -> (Place, String) {
    let column = usize::try_from(open.column).unwrap_or(1);
    let bracket =
        line_at(lines, open.line).and_then(|line| line.chars().nth(column.saturating_sub(1))).unwrap_or('[');
    let closing = if bracket == '{' { '}' } else { ']' };
    let opening = if open.line == noticed.line {
        format!("The `{bracket}` here is not closed")
    } else {
        format!("The `{bracket}` that opens on line {} is not closed before line {}", open.line, noticed.line)
    };
    let cause = format!(
        "{opening}, or something in it needs quotes or a comma. Close it with `{closing}`, or put the text between quotes if the \
         bracket is part of it."
    );
    (open.until(noticed.line), cause)
}

/// A line that is neither `key: value` nor a list item, at or above the place where the reader missed the colon.
fn missing_colon(lines: &[&str], noticed: Place, info: &str) -> Option<(Place, String)> {
    if !info.contains("simple key") {
        return None;
    }
    for number in (1..=noticed.line).rev() {
        let line = line_at(lines, number)?;
        let content = line.trim();
        if content.is_empty()
            || content.starts_with('#')
            || content.starts_with("- ")
            || content.contains(':')
        {
            continue;
        }
        let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let place = on_line(number, column);
        return Some((
            place,
            format!("{} has no colon; a key is written `key: value` or `key:`.", quoted(content)),
        ));
    }
    None
}

fn cause(info: &str) -> String {
    let cause = if info.contains("invalid indentation") {
        "A text between quotes or brackets goes on in a line that is not indented more than its key. Indent that line, or close \
         the quote or bracket before it: quotes and brackets come in pairs."
    } else if info.contains("quoted") {
        "A text between quotes does not end as it should: the closing quote is missing, comes too early, or a backslash stands \
         before a letter that has no meaning there. Within single quotes write a quote twice: `'it''s'`."
    } else if info.contains("mapping values are not allowed") {
        "A colon was found where none can be: either this line is indented more than the one before, or a text that contains \
         `: ` needs quotes, as in `title: \"Rain: daily\"`."
    } else if info.contains("unexpected character") {
        "A text cannot start with this character. Put the text between quotes, as in `title: \"@home\"`."
    } else if info.contains("unknown anchor") {
        "An alias (a word that starts with `*`) was found, and no anchor (`&`) of that name stands before it. Put the text \
         between quotes if no alias is meant."
    } else if info.contains("bracket") {
        "A closing bracket was found, and none is open. Remove it, or put the text between quotes."
    } else if info.contains("expected key") || info.contains("expected '-'") || info.contains("simple key") {
        "This line does not fit the lines above it. Keys of one mapping and items (`- `) of one list must start in the same \
         column."
    } else if info.contains("recursion") {
        "Too many brackets are open at once."
    } else {
        "The file cannot be read from here on. Look at the indentation, the quotes and the colons of this line and the one \
         before."
    };
    cause.to_owned()
}
