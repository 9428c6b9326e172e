//! From bytes to lines, and from lines to what the runner says.
//!
//! `pangeo-forge-runner --json` writes one JSON object per line, but pip, dying threads and recipes write plain text to the
//! same stream. Nothing is believed here; [`crate::verdict`] weighs what was read.

use serde::Deserialize;
use serde_json::Value;

/// The longest line that is kept, in bytes; a list of some ten thousand recipe ids fits. The rest of the line is dropped.
pub const LINE_MAX_BYTES: usize = 1024 * 1024;

/// What stands at the end of a line that was cut.
pub const CUT_MARK: &str = " …[cut]";

/// Cuts a stream of bytes into lines, in bounded memory.
#[derive(Debug, Default)]
pub struct Splitter {
    pending: Vec<u8>,
    cut: bool,
}

impl Splitter {
    /// Takes the next bytes and hands every line that ended to `emit`, without its newline.
    pub fn push(&mut self, mut bytes: &[u8], emit: &mut impl FnMut(String)) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.keep(&bytes[..end]);
            self.emit(emit);
            bytes = &bytes[end + 1..];
        }
        self.keep(bytes);
    }

    /// Hands over what is left when the stream ends without a newline.
    pub fn finish(&mut self, emit: &mut impl FnMut(String)) {
        if !self.pending.is_empty() {
            self.emit(emit);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_MAX_BYTES - self.pending.len();
        self.cut |= bytes.len() > room;
        self.pending.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn emit(&mut self, emit: &mut impl FnMut(String)) {
        let mut line = String::from_utf8_lossy(&self.pending).into_owned();
        if std::mem::take(&mut self.cut) {
            line.push_str(CUT_MARK);
        }
        // A line of a megabyte must not keep its memory for the rest of the run.
        self.pending = Vec::new();
        emit(line.trim_end_matches('\r').to_owned());
    }
}

/// One JSON line of the runner; unknown keys are ignored, a `message` is what makes it one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RunnerLine {
    /// The text of the log record.
    pub message: String,
    /// `setup`, `running`, `submitted`, `completed`, `failed`, or none for third-party log records.
    #[serde(default)]
    pub status: Option<String>,
    /// The recipe's id, with `running` and `submitted`.
    #[serde(default)]
    pub recipe: Option<String>,
    /// The job's name, with `running` and `submitted`.
    #[serde(default)]
    pub job_name: Option<String>,
    /// The bakery's id of the job, with `submitted`.
    #[serde(default)]
    pub job_id: Option<String>,
    /// The traceback, with `failed`.
    #[serde(default)]
    pub exc_info: Option<String>,
    /// The expanded `meta.yaml`, with `completed`.
    #[serde(default)]
    pub meta: Option<Value>,
}

/// A line of standard output.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// A JSON object with a text `message`.
    Runner(Box<RunnerLine>),
    /// Anything else.
    Text(String),
}

impl Line {
    /// Reads one line of standard output.
    pub fn parse(text: &str) -> Self {
        if text.trim_start().starts_with('{')
            && let Ok(line) = serde_json::from_str(text)
        {
            return Self::Runner(Box::new(line));
        }
        Self::Text(text.to_owned())
    }

    /// What a reader of the job log wants to see; `None` for the runner's known noise.
    pub fn text(&self) -> Option<&str> {
        let text = match self {
            Self::Runner(line) => line.message.trim_end(),
            Self::Text(text) => text.trim_end(),
        };
        let noise = text.is_empty() || NOISE.iter().any(|start| text.starts_with(start));
        (!noise).then_some(text)
    }
}

/// Beam repeats these dozens of times in every run and they tell a recipe's author nothing.
const NOISE: [&str; 3] = [
    "Converting string literal type hint to Any",
    "Worker: severity: INFO",
    "No module named google.cloud.bigquery_storage_v1",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn split(pieces: &[&[u8]]) -> Vec<String> {
        let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
        for piece in pieces {
            splitter.push(piece, &mut |line| lines.push(line));
        }
        splitter.finish(&mut |line| lines.push(line));
        lines
    }

    #[test]
    fn lines_survive_any_cut_of_the_stream_and_invalid_text_is_replaced() {
        assert_eq!(split(&[b"a\nb", b"c\r\n", b"\xff", b"\nlast"]), ["a", "bc", "\u{fffd}", "last"]);
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory() {
        let megabyte = vec![b'x'; LINE_MAX_BYTES];
        let pieces: Vec<&[u8]> =
            std::iter::repeat_n(megabyte.as_slice(), 10).chain([b"\nnext".as_slice()]).collect();
        let lines = split(&pieces);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].len(), LINE_MAX_BYTES + CUT_MARK.len());
        assert_eq!(lines[1], "next");
    }

    #[test]
    fn only_an_object_with_a_text_message_is_a_runner_line() {
        assert!(matches!(Line::parse(r#"{"message": "x", "taskName": null}"#), Line::Runner(_)));
        for text in [r#"{"message": 1}"#, r#"{"status": "failed"}"#, "[1]", "null", "Collecting zarr", "{"] {
            assert_eq!(Line::parse(text), Line::Text(text.to_owned()));
        }
    }
}
