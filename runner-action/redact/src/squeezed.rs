//! A text as a secret is looked for in it: without escape sequences and control characters, its lines joined. With it goes the way
//! back from each place to where it stands in the text.

use std::borrow::Cow;
use std::cell::Cell;

/// No title and no link of a terminal is longer.
const TITLE_MAX: usize = 2048;

/// A text without what can stand in the middle of a secret.
pub(crate) struct Squeezed {
    text: String,
    pieces: Vec<Piece>,
    /// Where lines were joined: places in the squeezed text, rising.
    joints: Vec<usize>,
    /// The last stretch that was read in search of the end of a bare value: a line of many beginnings must not be read once for each.
    bare: Cell<(usize, usize)>,
}

/// A stretch that was taken over as it is.
struct Piece {
    /// Its place in the squeezed text.
    at: usize,
    /// Its place in the text.
    from: usize,
}

impl Squeezed {
    pub(crate) fn new(text: &str) -> Self {
        let mut squeezed = Self {
            text: String::with_capacity(text.len()),
            pieces: Vec::new(),
            joints: Vec::new(),
            bare: Cell::new((0, 0)),
        };
        let bytes = text.as_bytes();
        let (mut at, mut start) = (0, 0);
        while at < bytes.len() {
            let Some(dropped) = length_of_dropped(text, at) else {
                at += 1;
                continue;
            };
            squeezed.take(text, start, at);
            if bytes[at] == b'\n' {
                squeezed.joints.push(squeezed.text.len());
            }
            at += dropped;
            start = at;
        }
        squeezed.take(text, start, at);
        squeezed
    }

    fn take(&mut self, text: &str, from: usize, to: usize) {
        if from < to {
            self.pieces.push(Piece { at: self.text.len(), from });
            self.text.push_str(&text[from..to]);
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The next place at or after this one where lines were joined; the end of the text when there is none.
    pub(crate) fn next_joint(&self, after: usize) -> usize {
        let next = self.joints.partition_point(|joint| *joint < after);
        self.joints.get(next).copied().unwrap_or(self.text.len())
    }

    /// Where a value without quotes ends that begins here, in a line that ends there.
    pub(crate) fn end_of_bare(&self, at: usize, line_end: usize) -> usize {
        let (from, end) = self.bare.get();
        if (from..end).contains(&at) {
            return end;
        }
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",;&\"'`<>()[]{}|".contains(byte);
        let length = self.text.as_bytes()[at..line_end].iter().position(ends);
        let end = length.map_or(line_end, |length| at + length);
        self.bare.set((at, end));
        end
    }

    /// Whether a line begins here.
    pub(crate) fn is_joint(&self, at: usize) -> bool {
        self.joints.binary_search(&at).is_ok()
    }

    /// Where a place of the squeezed text stands in the text.
    pub(crate) fn origin(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|piece| piece.at <= at);
        next.checked_sub(1).map_or(0, |last| self.pieces[last].from + (at - self.pieces[last].at))
    }

    /// The same for the end of a stretch: behind its last character, and not where the next one stands.
    pub(crate) fn origin_of_end(&self, at: usize) -> usize {
        at.checked_sub(1).map_or(0, |last| self.origin(last) + 1)
    }
}

/// The length in bytes of what is dropped at this place; none where the text goes on. Looks only at the starts of characters.
fn length_of_dropped(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes[at] {
        b'\n' => {
            let rest = &bytes[at + 1..];
            let indent = rest.iter().take_while(|byte| matches!(**byte, b' ' | b'\t')).count();
            Some(1 + indent)
        }
        b'\t' => None,
        0x1b => Some(escape_length(&text[at..])),
        ..0x20 | 0x7f => Some(1),
        // What is not ASCII and dropped starts with one of these: controls, and the marks of direction and width.
        0xc2 | 0xe2 | 0xef => {
            let character = text.get(at..)?.chars().next()?;
            is_unseen(character).then(|| character.len_utf8())
        }
        _ => None,
    }
}

fn is_unseen(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || character.is_control()
}

/// The length of the escape sequence that a text begins with: `ESC [ parameters letter`, `ESC ] text BEL`, or two characters.
fn escape_length(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        Some((_, '[')) => {
            let end = text.char_indices().skip(2).find(|(_, next)| !matches!(next, '0'..='?' | ' '..='/'));
            match end {
                Some((at, last)) if last.is_ascii_graphic() => at + 1,
                Some((at, _)) => at,
                None => text.len(),
            }
        }
        Some((_, ']')) => {
            // A title or a link; one that does not end in its line is none.
            let near = &text[..text.floor_char_boundary(TITLE_MAX)];
            let line = near.split('\n').next().unwrap_or(near);
            let bell = line.find('\u{7}').map(|at| at + 1);
            let mut slashes = line.match_indices('\\').map(|(at, _)| at);
            let string_end = slashes.find(|at| line[..*at].ends_with('\u{1b}')).map(|at| at + 1);
            bell.into_iter().chain(string_end).min().unwrap_or(2)
        }
        Some((at, next)) if next != '\n' => at + next.len_utf8(),
        Some(_) | None => 1,
    }
}

/// The text without escape sequences, control characters (but newline and tab), and the marks that turn the direction of text.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let is_kept = |at: usize| matches!(text.as_bytes()[at], b'\n' | b'\t');
    let dropped = |at: usize| if is_kept(at) { None } else { length_of_dropped(text, at) };
    let Some(first) = (0..text.len()).find(|at| dropped(*at).is_some()) else { return Cow::Borrowed(text) };
    let mut kept = String::with_capacity(text.len());
    let (mut at, mut start) = (first, 0);
    while at < text.len() {
        match dropped(at) {
            Some(length) => {
                kept.push_str(&text[start..at]);
                at += length;
                start = at;
            }
            None => at += 1,
        }
    }
    kept.push_str(&text[start..]);
    Cow::Owned(kept)
}

/// A secret as it is looked for: its lines joined.
pub(crate) fn joined(text: &str) -> String {
    Squeezed::new(text).text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_knows_where_it_came_from() {
        let text = "ab\n   c\u{1b}[31md\u{200b}é\r\nf";
        let squeezed = Squeezed::new(text);
        assert_eq!(squeezed.text(), "abcdéf");
        for (at, character) in squeezed.text().char_indices() {
            assert!(text[squeezed.origin(at)..].starts_with(character), "{at}");
        }
        assert_eq!(squeezed.origin_of_end(2), 2, "the end of a line is before its newline");
        assert!(squeezed.is_joint(2) && !squeezed.is_joint(3));
        assert_eq!(squeezed.next_joint(3), "abcdé".len());
    }

    #[test]
    fn nothing_is_left_that_moves_a_cursor_or_turns_text() {
        assert_eq!(plain("a\u{1b}[2Jb\rc\u{202e}d\0e\tf\ng"), "abcde\tf\ng");
        assert_eq!(plain("\u{1b}]8;;https://x\u{7}link\u{1b}]8;;\u{1b}\\ \u{1b}(Bz \u{1b}"), "link Bz ");
        assert_eq!(
            plain("\u{1b}[1\nx \u{1b}[3ä"),
            "\nx ä",
            "a broken sequence swallows no line and no character"
        );
    }
}
