//! The paths that a file names: `use` trees taken apart, and paths in expressions and types.

use super::source::{Source, is_word};

/// A path and where its last part stands in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) offset: usize,
    pub(super) segments: Vec<String>,
}

/// Every path of at least two segments, in the order of the file. `super` is resolved against `module`, the path of the
/// file's own module below the crate; a path inside the crate starts with `crate`.
pub(super) fn paths(source: &Source, module: &[String]) -> Vec<Named> {
    let mut reader = Reader { code: source.code.as_bytes(), at: 0, found: Vec::new() };
    while let Some(start) = reader.next_word() {
        let first = reader.word();
        reader.tree(start, vec![first]);
    }
    let mut found = reader.found;
    for named in &mut found {
        resolve(&mut named.segments, module);
    }
    found
}

fn resolve(segments: &mut Vec<String>, module: &[String]) {
    let ups = segments.iter().take_while(|segment| *segment == "super").count();
    let own = segments.first().is_some_and(|first| first == "self");
    if ups == 0 && !own {
        return;
    }
    // More ups than there are parents is no Rust; it then reads as a path from the root.
    let base = &module[..module.len().saturating_sub(ups)];
    let rest = segments.split_off(if own { 1 } else { ups });
    *segments = std::iter::once("crate".to_owned()).chain(base.iter().cloned()).chain(rest).collect();
}

struct Reader<'code> {
    code: &'code [u8],
    at: usize,
    found: Vec<Named>,
}

impl Reader<'_> {
    /// Goes to the next word, and gives its offset.
    fn next_word(&mut self) -> Option<usize> {
        while self.at < self.code.len() {
            if is_word(self.code[self.at]) {
                return Some(self.at);
            }
            self.at += 1;
        }
        None
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self.at < self.code.len() && is_word(self.code[self.at]) {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.code[start..self.at]).into_owned()
    }

    fn spaces(&mut self) {
        while self.at < self.code.len() && self.code[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
    }

    fn takes(&mut self, what: &[u8]) -> bool {
        let here = self.code[self.at..].starts_with(what);
        if here {
            self.at += what.len();
        }
        here
    }

    /// Reads what follows `segments`: more of them, a group, a star, or the end of the path.
    fn tree(&mut self, offset: usize, mut segments: Vec<String>) {
        let behind = self.at;
        self.spaces();
        if !self.takes(b"::") {
            self.at = behind;
            if segments.len() > 1 {
                self.found.push(Named { offset, segments });
            }
            return;
        }
        self.spaces();
        let here = self.at;
        match self.code.get(here) {
            Some(byte) if is_word(*byte) => {
                let word = self.word();
                segments.push(word);
                self.tree(here, segments);
            }
            Some(b'{') => {
                self.at += 1;
                self.group(&segments);
            }
            Some(b'*') => {
                self.at += 1;
                segments.push("*".to_owned());
                self.found.push(Named { offset: here, segments });
            }
            // Generic arguments: the path so far counts, and what stands in them is read as paths of their own.
            _ => self.found.push(Named { offset, segments }),
        }
    }

    fn group(&mut self, prefix: &[String]) {
        while self.at < self.code.len() && !self.takes(b"}") {
            let here = self.at;
            if is_word(self.code[here]) {
                let word = self.word();
                match word.as_str() {
                    // `{self, …}` is the prefix itself; the new name behind `as` is none of our business.
                    "self" => self.found.push(Named { offset: here, segments: prefix.to_vec() }),
                    "as" => {
                        self.spaces();
                        self.word();
                    }
                    _ => self.tree(here, prefix.iter().cloned().chain([word]).collect()),
                }
            } else if self.takes(b"*") {
                self.found.push(Named {
                    offset: here,
                    segments: prefix.iter().cloned().chain(["*".to_owned()]).collect(),
                });
            } else {
                self.at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, module: &[&str]) -> Vec<String> {
        let module: Vec<String> = module.iter().map(|part| (*part).to_owned()).collect();
        paths(&Source::new(text), &module).iter().map(|named| named.segments.join("::")).collect()
    }

    #[test]
    fn use_trees_are_taken_apart() {
        assert_eq!(
            found("use crate::{store::{self, Tx as T, job::*},\n  domain::id};", &[]),
            ["crate::store", "crate::store::Tx", "crate::store::job::*", "crate::domain::id"]
        );
    }

    #[test]
    fn paths_in_expressions_and_types_are_found() {
        assert_eq!(
            found("let x: Vec<crate::store::Row> = crate :: github::get::<std::env::Args>(a.b, Self);", &[]),
            ["crate::store::Row", "crate::github::get", "std::env::Args"]
        );
    }

    #[test]
    fn super_is_resolved_against_the_file() {
        assert_eq!(
            found("use super::super::store::Tx;", &["http", "api", "runs"]),
            ["crate::http::store::Tx"]
        );
        assert_eq!(found("use super::super::store::Tx;", &["http", "api"]), ["crate::store::Tx"]);
        assert_eq!(found("use self::part::Thing;", &["http"]), ["crate::http::part::Thing"]);
    }
}
