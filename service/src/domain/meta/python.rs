//! The names that a Python file defines at its top level, found by looking at the text alone.
//!
//! Nothing is run or imported. The search is built to miss no name rather than to report none too many: what it says is only ever
//! a warning. No other knowledge about Python may enter.

use std::collections::HashSet;

use super::object::{is_name_part, is_name_start};

/// Longer files are not searched, in bytes.
const MAX_SEARCHED: usize = 256 * 1024;
/// `if a: if b: x = 1` on one line; Python itself allows only one, so more are not looked into.
const MAX_HEADS: usize = 4;

/// The names defined at the top level of `source` by assignment, `def`, `class`, `import` and the like, in order, each once.
///
/// `None` when a search of the text cannot know: names come from `import *` or are made while the file runs, or the file is
/// longer than 256 KiB.
pub(super) fn top_level_names(source: &str) -> Option<Vec<String>> {
    if source.len() > MAX_SEARCHED {
        return None;
    }
    let lines = logical_lines(source);
    let makes_names = |line: &Line| {
        let bare: String = line.text.split_whitespace().collect();
        bare.ends_with("import*")
            || ["globals()", "locals()", "vars()", "exec("].iter().any(|call| bare.contains(call))
    };
    if lines.iter().any(makes_names) {
        return None;
    }
    let mut names = Names::default();
    let mut inside_block: Option<usize> = None;
    for line in &lines {
        if inside_block.is_some_and(|indent| line.indent > indent) {
            continue;
        }
        inside_block = None;
        let text = line.text.trim();
        let definition = text.strip_prefix("async ").unwrap_or(text).trim_start();
        if let Some(rest) = definition.strip_prefix("def ").or_else(|| definition.strip_prefix("class ")) {
            names.add(leading_name(rest.trim_start()));
            inside_block = Some(line.indent);
            continue;
        }
        for statement in text.split(';') {
            names.statement(statement.trim());
        }
    }
    Some(names.list)
}

/// One statement with its continuation lines, without comments, every string as `""`.
struct Line {
    indent: usize,
    text: String,
}

fn logical_lines(source: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut text = String::new();
    let mut depth = 0_usize;
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        let mut taken = character.len_utf8();
        match character {
            '#' => taken = rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => {
                taken = string_length(rest, character);
                text.push_str("\"\"");
            }
            '\\' if rest.starts_with("\\\n") => taken = 2,
            '\\' if rest.starts_with("\\\r\n") => taken = 3,
            '\n' if depth == 0 => finish(&mut text, &mut lines),
            '\n' => text.push(' '),
            '(' | '[' | '{' => {
                depth += 1;
                text.push(character);
            }
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                text.push(character);
            }
            other => text.push(other),
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    finish(&mut text, &mut lines);
    lines
}

fn finish(text: &mut String, lines: &mut Vec<Line>) {
    let text = std::mem::take(text);
    let indent = text.len() - text.trim_start().len();
    if !text.trim().is_empty() {
        lines.push(Line { indent, text });
    }
}

/// The bytes of the string literal that `rest` starts with, quotes included; an unclosed one ends with its line or the file.
fn string_length(rest: &str, quote: char) -> usize {
    let triple: String = [quote; 3].iter().collect();
    let (open, is_triple) = if rest.starts_with(&triple) { (3, true) } else { (1, false) };
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(open) {
        let here = rest.get(at..).unwrap_or_default();
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if is_triple && here.starts_with(&triple) {
            return at + 3;
        } else if !is_triple && character == quote {
            return at + 1;
        } else if !is_triple && character == '\n' {
            return at;
        }
    }
    rest.len()
}

#[derive(Default)]
struct Names {
    list: Vec<String>,
    known: HashSet<String>,
}

impl Names {
    fn add(&mut self, name: &str) {
        let is_name = name.starts_with(is_name_start) && name.chars().all(is_name_part);
        if is_name && self.known.insert(name.to_owned()) {
            self.list.push(name.to_owned());
        }
    }

    /// The targets of an assignment, an import, a loop or a `with`.
    fn statement(&mut self, text: &str) {
        for (at, _) in text.match_indices(":=") {
            let before = text.get(..at).unwrap_or_default().trim_end();
            self.add(before.rsplit(|c| !is_name_part(c)).next().unwrap_or_default());
        }
        let mut text = text;
        for _ in 0..MAX_HEADS {
            let (keyword, rest) = text.split_once(|c: char| !is_name_part(c)).unwrap_or((text, ""));
            match keyword {
                "import" => return self.imported(rest, true),
                "from" => {
                    let imported = rest.split_once(" import").map_or("", |(_, imported)| imported);
                    return self.imported(imported.trim_matches([' ', '(', ')']), false);
                }
                "if" | "elif" | "else" | "try" | "except" | "finally" | "while" | "with" | "for"
                | "async" | "case" => {
                    let (head, body) = split_outside(text, ':').unwrap_or((text, ""));
                    self.head(head);
                    text = body.trim();
                }
                _ => return self.assigned(text),
            }
        }
    }

    /// The targets between `for` and `in`, and those after `as`.
    fn head(&mut self, head: &str) {
        if let Some((targets, _)) = head.split_once(" in ") {
            self.targets(targets.trim_start_matches("async ").trim_start_matches("for "));
        }
        for (at, separator) in head.match_indices(" as ") {
            let target = head.get(at + separator.len()..).unwrap_or_default();
            self.add(leading_name(target.trim_start_matches('(')));
        }
    }

    /// `a.b as c, d` of an import statement; without `as`, `import a.b` defines `a`.
    fn imported(&mut self, list: &str, dotted: bool) {
        for item in list.split(',').map(str::trim) {
            let name = match item.split_once(" as ") {
                Some((_, name)) => name.trim(),
                None if dotted => item.split('.').next().unwrap_or(item).trim(),
                None => item,
            };
            self.add(name);
        }
    }

    /// Everything before an `=` of `a = b: int = (c, d) = value`.
    fn assigned(&mut self, text: &str) {
        let mut rest = text;
        if let Some((target, _)) = split_outside(text, ':')
            && !text.contains(":=")
        {
            // `name: type`, with or without a value; the value is no target, and neither is the type.
            self.targets(target);
        }
        while let Some((target, value)) = split_outside(rest, '=') {
            self.targets(target);
            rest = value;
        }
    }

    fn targets(&mut self, text: &str) {
        for target in text.split(',') {
            self.add(target.trim_matches([' ', '\t', '(', ')', '[', ']', '*']));
        }
    }
}

/// Splits at the first `separator` outside brackets that is not part of a longer operator.
fn split_outside(text: &str, separator: char) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map_or(' ', |&(_, next)| next);
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            c if c == separator && depth == 0 && after != '=' && !"=!<>:+-*/%&|^@".contains(before) => {
                return Some((text.get(..at)?, text.get(at + c.len_utf8()..)?));
            }
            _ => {}
        }
        before = character;
    }
    None
}

fn leading_name(text: &str) -> &str {
    text.split(|c| !is_name_part(c)).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> String {
        top_level_names(source).map_or_else(|| "?".into(), |names| names.join(" "))
    }

    #[test]
    fn names_of_the_top_level_are_found() {
        for (source, expected) in [
            ("recipe = 1\n", "recipe"),
            ("a = b = f(x=1, y==2)\n", "a b"),
            ("x: int = 3\ny: dict[str, int]\n", "x y"),
            ("(a, *b), c = z\n[d, e] = f\n", "a b c d e"),
            ("a.b = 1\nc['k'] = 2\nd += 1\nf(x=1)\na == b\n", ""),
            ("recipe = (\n    beam.Create(x)\n    | Store(y=1)\n)\nlater = 1", "recipe later"),
            ("def f(a=1):\n    inner = 2\n\nclass C:\n    attribute = 1\nasync def g(): pass\n", "f C g"),
            (
                "import os\nimport a.b\nimport c.d as e, f\nfrom x import (\n  g,\n  h as i,\n)\n",
                "os a e f g i",
            ),
            ("if x:\n    a = 1\nelse:\n    b = 2\ntry: c = 3\nexcept E as d: pass\n", "a b c d"),
            (
                "for k, v in items():\n    recipes[k] = v\n    last = v\nwith open(p) as f, g() as h: pass\n",
                "k v last f h",
            ),
            ("'''\nhidden = 1\n'''\n# also = 2\ns = 'x = 1' # t = 3\nr = r'\\'\n", "s r"),
            ("if (n := f()) > 1: m = n\n", "n m"),
            ("a = 1; b = 2\nc = \\\n  3\n", "a b c"),
            ("f = lambda x=1: x\n", "f"),
            ("@decorate(x=1)\ndef h(): pass\n", "h"),
            ("", ""),
        ] {
            assert_eq!(names(source), expected, "{source}");
        }
    }

    #[test]
    fn a_file_that_makes_names_as_it_runs_is_not_judged() {
        for source in
            ["from x import *\n", "globals()['recipe'] = 1\n", "exec('recipe = 1')\n", "globals ( ) [x] = 1"]
        {
            assert_eq!(names(source), "?", "{source}");
        }
        assert_eq!(top_level_names(&"x".repeat(MAX_SEARCHED + 1)), None);
    }

    #[test]
    fn broken_python_is_survived() {
        for source in [
            "'",
            "\"\"\"open",
            "(((",
            ")))",
            "\\",
            "a = 'x\nb = 1",
            "é = 1\n:= 2",
            "def",
            "from x import",
            "for in",
        ] {
            let _ = names(source);
        }
        assert_eq!(names("a = 'x\nb = 1"), "a b");
    }
}
