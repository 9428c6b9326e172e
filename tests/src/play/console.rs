//! What a watcher reads: one line for each thing that happens, with the time since the start.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Prints lines, or none of them.
#[derive(Debug)]
pub(super) struct Console {
    start: Instant,
    last: Mutex<Instant>,
    is_quiet: bool,
}

impl Console {
    /// A console whose clock begins now.
    pub(super) fn new() -> Self {
        let start = Instant::now();
        Self { start, last: Mutex::new(start), is_quiet: false }
    }

    /// One that says nothing, for a story among many.
    pub(super) fn quiet() -> Self {
        Self { is_quiet: true, ..Self::new() }
    }

    /// The time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Something happened.
    pub(super) fn step(&self, text: &str) {
        self.print(&format!("[{:6.1} s] {text}", self.elapsed().as_secs_f64()));
    }

    /// More about it, each line indented.
    pub(super) fn detail(&self, text: &str) {
        for line in text.lines() {
            self.print(&format!("{:12}{line}", ""));
        }
    }

    /// A line of a job's log.
    pub(super) fn log(&self, line: &str) {
        self.print(&format!("{:12}| {line}", ""));
    }

    /// A line that belongs to no moment.
    pub(super) fn plain(&self, text: &str) {
        self.print(text);
    }

    /// The time since something was last printed.
    pub(super) fn silence(&self) -> Duration {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    fn print(&self, line: &str) {
        if self.is_quiet {
            return;
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        println!("{line}");
    }
}
