//! What the check has to say about a file: one [`Finding`] for each thing wrong, and the collector that all rules write into.
//!
//! No rule lives here. The texts quote what contributors wrote, so everything quoted passes through [`quoted`].

/// The most findings that one check reports. Nobody reads more, and GitHub takes annotations in batches of 50.
pub const MAX_FINDINGS: usize = 200;

/// The most characters of a contributor's text that a message repeats.
const MAX_QUOTED: usize = 80;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The recipe cannot be run.
    Failure,
    /// It runs, but probably not as meant.
    Warning,
}

/// One thing to tell the contributor, at its place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, relative to the root of the repository.
    pub path: String,
    /// The first line, from 1.
    pub line: u32,
    /// The last line, inclusive; never before `line`.
    pub end_line: u32,
    /// The column where it starts, in characters from 1; only when it is on one line, since GitHub takes no columns otherwise.
    pub column: Option<u32>,
    /// How bad it is.
    pub level: Level,
    /// A few words.
    pub title: String,
    /// What was found, what is allowed, and where it helps an example.
    pub message: String,
}

/// A stretch of lines in a file that is being checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which of the checked files, by its place in [`Findings::of_files`]; 0 where there is one.
    pub file: usize,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// Inclusive.
    pub last_line: u32,
}

impl Place {
    /// The first character of the file.
    pub const START: Self = Self { file: 0, line: 1, column: 1, last_line: 1 };

    /// One position.
    pub fn at(line: usize, column: usize) -> Self {
        let line = narrow(line).max(1);
        Self { file: 0, line, column: narrow(column).max(1), last_line: line }
    }

    /// Where a finding is.
    pub fn of(finding: &Finding) -> Self {
        Self { file: 0, line: finding.line, column: finding.column.unwrap_or(1), last_line: finding.end_line }
    }

    /// Its first line alone.
    #[must_use]
    pub fn start(self) -> Self {
        Self { last_line: self.line, ..self }
    }

    /// The same start, with an end that is not before it.
    #[must_use]
    pub fn until(self, last_line: u32) -> Self {
        Self { last_line: last_line.max(self.line), ..self }
    }
}

/// Files are smaller than 4 Gi characters by far; the limit only spares a cast that could wrap.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Collects the findings about one file, or about a few that are read as one.
#[derive(Debug)]
pub struct Findings {
    paths: Vec<String>,
    list: Vec<Finding>,
    failed: bool,
    left_out: usize,
}

impl Findings {
    /// Starts with nothing found in the file at `path`.
    pub fn new(path: String) -> Self {
        Self::of_files(vec![path])
    }

    /// Starts with nothing found in the files at `paths`.
    pub fn of_files(paths: Vec<String>) -> Self {
        Self { paths, list: Vec::new(), failed: false, left_out: 0 }
    }

    /// Something that keeps the recipe from running.
    pub fn failure(&mut self, place: Place, title: impl Into<String>, message: impl Into<String>) {
        self.failed = true;
        self.push(Level::Failure, place, title.into(), message.into());
    }

    /// Something that is probably not meant.
    pub fn warning(&mut self, place: Place, title: impl Into<String>, message: impl Into<String>) {
        self.push(Level::Warning, place, title.into(), message.into());
    }

    /// Whether a failure was found, reported or left out.
    pub fn failed(&self) -> bool {
        self.failed
    }

    fn push(&mut self, level: Level, place: Place, title: String, message: String) {
        if self.list.len() >= MAX_FINDINGS {
            self.left_out += 1;
            return;
        }
        let Place { file, line, column, last_line } = place;
        let column = (line == last_line).then_some(column);
        let path = self.paths.get(file).or(self.paths.last()).cloned().unwrap_or_default();
        self.list.push(Finding { path, line, end_line: last_line, column, level, title, message });
    }

    /// All findings in the order of the file, with a last word about those left out.
    pub fn into_list(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|finding| (finding.line, finding.column));
        if self.left_out > 0 {
            let count = self.left_out;
            self.list.push(Finding {
                path: self.paths.pop().unwrap_or_default(),
                line: 1,
                end_line: 1,
                column: Some(1),
                level: if self.failed { Level::Failure } else { Level::Warning },
                title: "There is more".into(),
                message: format!(
                    "{count} more findings are not shown. Fix those that are and push again to see the rest."
                ),
            });
        }
        self.list
    }
}

/// A contributor's text as it may stand in a message: between back-ticks, on one line, cut to a bearable length, and without
/// characters that would end the back-ticks, drive a terminal or turn the direction of the text.
pub fn quoted(text: &str) -> String {
    let mut shown = String::from("`");
    for (index, character) in text.chars().enumerate() {
        if index == MAX_QUOTED {
            shown.push('…');
            break;
        }
        shown.push(match character {
            '`' => '\'',
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() || is_invisible(c) => '\u{fffd}',
            c => c,
        });
    }
    shown.push('`');
    shown
}

/// Characters that show nothing, or change how their neighbours are shown.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A list of known words for a message: each quoted, cut after ten.
pub fn listed<'a, S>(words: impl IntoIterator<Item = &'a S>) -> String
where
    S: AsRef<str> + ?Sized + 'a,
{
    const SHOWN: usize = 10;
    let words: Vec<&str> = words.into_iter().map(AsRef::as_ref).collect();
    let text = words.iter().take(SHOWN).map(|word| quoted(word)).collect::<Vec<_>>().join(", ");
    if words.len() > SHOWN { format!("{text} and {} more", words.len() - SHOWN) } else { text }
}

/// `" Did you mean `x`?"`, or nothing.
pub fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|word| format!(" Did you mean {}?", quoted(word))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_cannot_leave_its_quotes() {
        assert_eq!(quoted("plain"), "`plain`");
        assert_eq!(quoted("a`b\nc\u{202e}d\u{1b}[31m"), "`a'b c\u{fffd}d\u{fffd}[31m`");
        assert_eq!(quoted(&"x".repeat(500)).chars().count(), MAX_QUOTED + 3);
    }

    #[test]
    fn findings_beyond_the_limit_are_counted_and_still_fail() {
        let mut findings = Findings::new("feedstock/meta.yaml".into());
        for line in 1..=MAX_FINDINGS {
            findings.warning(Place::at(line, 1), "w", "w");
        }
        assert!(!findings.failed());
        findings.failure(Place::at(1, 1), "f", "f");
        assert!(findings.failed());
        let reported = findings.into_list();
        assert_eq!(reported.len(), MAX_FINDINGS + 1);
        let last = reported.last().map(|finding| (finding.level, finding.message.as_str()));
        assert!(matches!(last, Some((Level::Failure, text)) if text.starts_with("1 more")), "{last:?}");
    }

    #[test]
    fn several_lines_have_no_column() {
        let mut findings = Findings::new("m".into());
        findings.failure(Place::at(3, 5).until(4), "t", "m");
        findings.failure(Place::at(2, 5).until(1), "t", "m");
        let places: Vec<_> = findings.into_list().iter().map(|f| (f.line, f.end_line, f.column)).collect();
        assert_eq!(places, [(2, 2, Some(5)), (3, 4, None)]);
    }
}
