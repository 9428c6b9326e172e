//! What is remembered of the runner's output: the few lines that carry its word, and the last of everything else.
//!
//! Bounded whatever a recipe prints. Facts only; [`crate::verdict`] decides what they are worth.

use std::collections::VecDeque;

use serde_json::Value;

use crate::lines::{Line, RunnerLine};
use crate::log::cut_at_word;
use crate::process::{Stop, Stream};

/// How many last lines of each stream are kept.
const TAIL_LINES: usize = 200;
/// How much of each of them.
const TAIL_LINE_BYTES: usize = 2 * 1024;
/// How many lines of one status are kept; the honest runner writes one of each for one recipe.
const KEPT: usize = 8;

/// The beginning of the traceback that Beam's local runner leaves when its worker process died; after it the runner waits
/// for ever.
const DEAD_WORKER: &str = "Exception in thread run_worker";

/// A `submitted` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The recipe's id.
    pub recipe: String,
    /// The job's name.
    pub job_name: String,
    /// The bakery's id of the job.
    pub job_id: String,
}

/// What the runner said.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    /// The last `failed` line: its message and traceback.
    pub failed: Option<(String, String)>,
    /// `meta` of the `completed` lines.
    pub completed: Vec<Value>,
    /// Whether a `completed` line was the last JSON line.
    pub closed: bool,
    /// Recipe and job name of the `running` lines that have both.
    pub running: Vec<(String, String)>,
    /// The `submitted` lines.
    pub submitted: Vec<Submission>,
    /// The last readable lines of standard output.
    pub output: VecDeque<String>,
    /// The last lines of standard error.
    pub errors: VecDeque<String>,
}

impl Transcript {
    /// Takes a line; answers [`Stop::Hang`] when it shows that the runner will wait for ever.
    pub fn hear(&mut self, stream: Stream, text: &str) -> Option<Stop> {
        if stream == Stream::Err {
            keep_last(&mut self.errors, text);
            return None;
        }
        let line = Line::parse(text);
        if let Some(shown) = line.text() {
            keep_last(&mut self.output, shown);
        }
        match line {
            Line::Runner(line) => {
                self.note(*line);
                None
            }
            Line::Text(text) => text.starts_with(DEAD_WORKER).then_some(Stop::Hang),
        }
    }

    fn note(&mut self, line: RunnerLine) {
        self.closed = line.status.as_deref() == Some("completed");
        match (line.status.as_deref(), line.recipe, line.job_name, line.job_id) {
            (Some("failed"), ..) => {
                self.failed = Some((line.message, line.exc_info.unwrap_or_default()));
            }
            (Some("completed"), ..) if self.completed.len() < KEPT => {
                self.completed.push(line.meta.unwrap_or_default());
            }
            (Some("running"), Some(recipe), Some(job_name), _) if self.running.len() < KEPT => {
                self.running.push((recipe, job_name));
            }
            (Some("submitted"), Some(recipe), Some(job_name), Some(job_id))
                if self.submitted.len() < KEPT =>
            {
                self.submitted.push(Submission { recipe, job_name, job_id });
            }
            _ => {}
        }
    }
}

fn keep_last(lines: &mut VecDeque<String>, text: &str) {
    if lines.len() == TAIL_LINES {
        lines.pop_front();
    }
    lines.push_back(cut_at_word(text, TAIL_LINE_BYTES).to_owned());
}
