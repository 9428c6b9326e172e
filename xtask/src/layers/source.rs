//! Rust text, taken apart just far enough: code without comments, and string literals with their places.
//!
//! Not a parser. It knows what can hide code from a search (comments, strings, characters, `#[cfg(test)]`), and nothing of
//! what the code means.

/// A file's code and its string literals; what is only compiled for tests is in neither.
pub(super) struct Source {
    /// The text with comments, the insides of literals and test items blanked. Offsets and lines are those of the file.
    pub(super) code: String,
    /// Offset and content of each string literal, escapes not resolved.
    pub(super) literals: Vec<(usize, String)>,
    /// Names of modules declared as `#[cfg(test)] mod name;`, whose files hold tests only.
    pub(super) test_modules: Vec<String>,
}

impl Source {
    pub(super) fn new(text: &str) -> Self {
        let mut lexer =
            Lexer { text: text.as_bytes(), code: text.as_bytes().to_vec(), literals: Vec::new(), at: 0 };
        lexer.run();
        // Only whole characters were blanked, so this changes nothing.
        let code = String::from_utf8_lossy(&lexer.code).into_owned();
        let mut source = Self { code, literals: lexer.literals, test_modules: Vec::new() };
        source.blank_tests();
        source
    }

    /// The number of the line that holds this offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        1 + self.code[..offset].matches('\n').count()
    }

    fn blank_tests(&mut self) {
        if self.code.contains("#![cfg(test)]") {
            self.blank(0, self.code.len());
        }
        while let Some(start) = self.code.find("#[cfg(test)]") {
            let item = start + "#[cfg(test)]".len();
            let end = match self.code[item..].find(['{', ';']).map(|at| item + at) {
                None => self.code.len(),
                Some(at) if self.code[at..].starts_with(';') => {
                    if let Some(name) = self.code[item..at].trim().strip_prefix("mod ") {
                        self.test_modules.push(name.trim().to_owned());
                    }
                    at + 1
                }
                Some(open) => matching_brace(&self.code, open),
            };
            self.blank(start, end);
        }
    }

    fn blank(&mut self, start: usize, end: usize) {
        let blanked: String =
            self.code[start..end].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
        self.code.replace_range(start..end, &blanked);
        self.literals.retain(|(at, _)| !(start..end).contains(at));
    }
}

/// The offset behind the brace that closes the one at `open`; the end of the text if none does.
fn matching_brace(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return at + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

struct Lexer<'text> {
    text: &'text [u8],
    code: Vec<u8>,
    literals: Vec<(usize, String)>,
    at: usize,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            let in_word = self.at > 0 && is_word(self.text[self.at - 1]);
            match rest {
                [b'/', b'/', ..] => self.blank_to(self.at + find(rest, b"\n").unwrap_or(rest.len())),
                [b'/', b'*', ..] => self.block_comment(),
                [b'"', ..] => self.string(),
                [b'r' | b'b' | b'c', ..] if !in_word => self.prefixed(),
                [b'\'', ..] => self.quote(),
                _ => self.at += 1,
            }
        }
    }

    /// A `r"…"`, `br#"…"#`, `b"…"` and the like, or just a word.
    fn prefixed(&mut self) {
        let letters = self.text[self.at..].iter().take(2).take_while(|byte| b"rbc".contains(byte)).count();
        let raw = self.text[self.at..self.at + letters].contains(&b'r');
        let after = &self.text[self.at + letters..];
        let hashes = if raw { after.iter().take_while(|byte| **byte == b'#').count() } else { 0 };
        match after.get(hashes) {
            Some(b'"') if raw => {
                let start = self.at + letters + hashes + 1;
                let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
                let end = find(&self.text[start..], &close).map_or(self.text.len(), |length| start + length);
                self.literal(start, end, close.len());
            }
            Some(b'"') => {
                self.at += letters;
                self.string();
            }
            _ => self.at += letters,
        }
    }

    fn string(&mut self) {
        let start = self.at + 1;
        let mut end = start;
        while end < self.text.len() && self.text[end] != b'"' {
            end += if self.text[end] == b'\\' { 2 } else { 1 };
        }
        self.literal(start, end.min(self.text.len()), 1);
    }

    fn literal(&mut self, start: usize, end: usize, closing: usize) {
        self.literals.push((start, String::from_utf8_lossy(&self.text[start..end]).into_owned()));
        self.blank_to((end + closing).min(self.text.len()));
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        let mut end = self.at;
        while end < self.text.len() {
            match &self.text[end..] {
                [b'/', b'*', ..] => (depth, end) = (depth + 1, end + 2),
                [b'*', b'/', ..] => (depth, end) = (depth - 1, end + 2),
                _ => end += 1,
            }
            if depth == 0 {
                break;
            }
        }
        self.blank_to(end);
    }

    /// A character such as `'"'`, or the start of a lifetime.
    fn quote(&mut self) {
        let rest = &self.text[self.at + 1..];
        let width = match rest.first() {
            // Behind a backslash stands at least one character, and that may be a quote itself.
            Some(b'\\') => find(rest.get(2..).unwrap_or_default(), b"'").map(|length| length + 2),
            Some(_) => {
                let width = 1 + rest[1..].iter().take_while(|byte| **byte & 0xC0 == 0x80).count();
                (rest.get(width) == Some(&b'\'')).then_some(width)
            }
            None => None,
        };
        match width {
            Some(width) => self.blank_to(self.at + width + 2),
            None => self.at += 1,
        }
    }

    fn blank_to(&mut self, end: usize) {
        for byte in &mut self.code[self.at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        self.at = end;
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_no_code() {
        let source = Source::new(
            "let a = \"x // \\\" y\"; // one { \"no\"\n/* two /* nested */ */ let b = '\"'; let c = '\\''; let d: &'static str = r#\"z\"z\"#;\nlet r#type = b\"q\";",
        );
        let literals: Vec<&str> = source.literals.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(literals, ["x // \\\" y", "z\"z", "q"]);
        for gone in ["one", "two", "nested", "x", "z"] {
            assert!(!source.code.contains(gone), "{gone} is still in {}", source.code);
        }
        assert!(source.code.contains("let d: &'static str"));
        assert!(source.code.contains("r#type"));
        assert_eq!(source.line(source.code.find("r#type").unwrap_or(0)), 3);
    }

    #[test]
    fn what_is_compiled_for_tests_only_is_left_out() {
        let source = Source::new(
            "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { \"c\" } }\n#[cfg(test)]\nmod more;\nfn d() {}",
        );
        assert!(source.code.contains("fn a()") && source.code.contains("fn d()"));
        assert!(!source.code.contains("fn b()"));
        assert!(source.literals.is_empty());
        assert_eq!(source.test_modules, ["more"]);
    }
}
