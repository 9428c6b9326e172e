//! The job log: what a person reads in the Actions tab.
//!
//! GitHub reads the same stream for commands (`::error::`, `::add-mask::`). Text of a recipe is therefore printed between
//! `::stop-commands::` and its random token, inside a folded group, cleaned and counted. Our own sentences go through the same
//! cleaning, since they quote.

use std::io::Write;

use uuid::Uuid;

use runner_redact::Redactor;

/// The most lines of a recipe that are shown.
const LINES_MAX: usize = 20_000;
/// The most bytes of a recipe that are shown.
const BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most bytes of one line that are shown.
const LINE_SHOWN_BYTES: usize = 4 * 1024;

/// Writes the job log.
pub struct JobLog<W> {
    out: W,
    redactor: Redactor,
    /// Set while commands are stopped; ends them again.
    token: Option<String>,
    lines_left: usize,
    bytes_left: usize,
}

impl<W: Write> JobLog<W> {
    /// A log on `out`, which knows no secrets yet.
    pub fn new(out: W) -> Self {
        let redactor = Redactor::default();
        Self { out, redactor, token: None, lines_left: LINES_MAX, bytes_left: BYTES_MAX }
    }

    /// From now on these secrets are hidden, by us and, where it reads the log (`masked`), by GitHub. Anywhere else naming them
    /// would show them.
    pub fn hide(&mut self, redactor: Redactor, masked: bool) {
        for secret in redactor.masks().filter(|_| masked) {
            let command = format!("::add-mask::{}", secret.replace('%', "%25"));
            self.print(&command);
        }
        self.redactor = redactor;
    }

    /// One sentence of ours.
    pub fn note(&mut self, text: &str) {
        let clean = self.redactor.clean(text);
        for line in clean.lines() {
            // A quoted text must not become a command either.
            let line =
                if line.trim_start().starts_with("::") { format!("| {line}") } else { line.to_owned() };
            self.print(&line);
        }
    }

    /// An error that GitHub shows beside the job.
    pub fn error(&mut self, text: &str) {
        let clean = self.redactor.clean(text);
        let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
        self.print(&format!("::error::{}", line.replace('%', "%25")));
    }

    /// Opens a folded group for text that others wrote.
    pub fn open(&mut self, title: &str) {
        self.close();
        let token = Uuid::now_v7().simple().to_string();
        let title = self.redactor.clean(title).replace('\n', " ");
        self.print(&format!("::group::{title}"));
        self.print(&format!("::stop-commands::{token}"));
        self.token = Some(token);
    }

    /// A line of text that others wrote; only inside an open group, so that it cannot be a command.
    pub fn line(&mut self, text: &str) {
        if self.token.is_none() || self.lines_left == 0 {
            return;
        }
        let clean = self.redactor.clean(text);
        for line in clean.lines() {
            let shown = cut(line, LINE_SHOWN_BYTES);
            if self.lines_left == 1 || self.bytes_left < shown.len() {
                self.lines_left = 0;
                self.print("[further output is not shown]");
                return;
            }
            self.lines_left -= 1;
            self.bytes_left -= shown.len();
            let marked =
                if shown.len() < line.len() { format!("{shown} …[cut]") } else { shown.to_owned() };
            self.print(&marked);
        }
    }

    /// Closes the group, if one is open.
    pub fn close(&mut self) {
        if let Some(token) = self.token.take() {
            self.print(&format!("::{token}::"));
            self.print("::endgroup::");
        }
    }

    /// The redactor of this run, for the texts that go elsewhere.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    fn print(&mut self, line: &str) {
        // The log is a help, not the result: a closed pipe must not keep the outcome from being written.
        let _ = writeln!(self.out, "{line}");
        let _ = self.out.flush();
    }
}

/// The first `most` bytes of a text, or a little less so as not to split a character.
pub fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The beginning of a text in whole words, `most` bytes at most. What is cut before its secrets are taken out may not end in the middle
/// of one: nobody would recognise the half.
pub fn cut_at_word(text: &str, most: usize) -> &str {
    let kept = cut(text, most);
    let is_whole = kept.len() == text.len() || text[kept.len()..].starts_with(char::is_whitespace);
    if is_whole { kept } else { kept.rfind(char::is_whitespace).map_or("", |end| kept[..end].trim_end()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s19_a_text_is_not_cut_in_the_middle_of_a_word() {
        for (text, most, kept) in [
            ("one two", 7, "one two"),
            ("one two", 6, "one"),
            ("one two", 3, "one"),
            ("one  two", 7, "one"),
            ("onetwo", 3, ""),
            ("één twee", 7, "één"),
        ] {
            assert_eq!(cut_at_word(text, most), kept, "{text} {most}");
        }
    }

    fn log_of(write: impl FnOnce(&mut JobLog<&mut Vec<u8>>)) -> String {
        let mut bytes = Vec::new();
        write(&mut JobLog::new(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn a_recipe_can_not_end_the_stop_of_commands_nor_speak_in_our_voice() {
        let text = log_of(|log| {
            log.line("before any group");
            log.open("recipe\n::error::x");
            log.line("::error::forged");
            log.line("\r::endgroup::");
            log.close();
            log.note("found \n::set-env name=A::b");
        });
        let lines: Vec<&str> = text.lines().collect();
        assert!(!text.contains("before any group"));
        assert_eq!(lines[0], "::group::recipe ::error::x");
        let token = lines[1].strip_prefix("::stop-commands::").expect("commands are stopped");
        assert_eq!(lines[4], format!("::{token}::"));
        assert_eq!(lines[2..4], ["::error::forged", "::endgroup::"]);
        assert_eq!(lines.last(), Some(&"| ::set-env name=A::b"));
    }

    #[test]
    fn a_flood_is_cut_once() {
        let text = log_of(|log| {
            log.open("flood");
            for _ in 0..LINES_MAX * 2 {
                log.line("x");
            }
            log.close();
        });
        assert_eq!(text.matches("further output").count(), 1);
        assert!(text.lines().count() < LINES_MAX + 5);
    }
}
