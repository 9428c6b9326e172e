//! What a run of the checks came to: steps with their times, and figures read from what cargo and the tests print.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How a line of the report file of the tests starts; a number follows.
const VALIDATED: &str = "github requests validated: ";

/// The figures of one or more runs of `cargo test`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
    /// Stories that passed on SQLite: tests whose name ends in `::sqlite`.
    pub(crate) sqlite: u64,
    /// Stories that passed on Postgres: tests whose name ends in `::postgres`.
    pub(crate) postgres: u64,
}

impl Tally {
    /// Takes one line of what `cargo test` prints; lines that say nothing are passed over.
    pub(crate) fn read_line(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            // "ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.01s"
            let figures = result.split_once(". ").map_or("", |(_, figures)| figures);
            for figure in figures.split("; ") {
                match figure.split_once(' ').map(|(number, what)| (number.parse().unwrap_or(0), what)) {
                    Some((number, "passed")) => self.passed += number,
                    Some((number, "failed")) => self.failed += number,
                    Some((number, "ignored")) => self.ignored += number,
                    _ => {}
                }
            }
        } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... ok")) {
            self.sqlite += u64::from(name.ends_with("::sqlite"));
            self.postgres += u64::from(name.ends_with("::postgres"));
        }
    }
}

/// The sum of what the tests' processes reported, each by a line of its own; 0 if no file was written.
pub(crate) fn requests_validated(report: &Path) -> Result<u64> {
    if !report.exists() {
        return Ok(0);
    }
    let text = fs::read_to_string(report).with_context(|| format!("cannot read {}", report.display()))?;
    text.lines().filter_map(|line| line.strip_prefix(VALIDATED)).try_fold(0, |sum, number| {
        let number: u64 = number
            .trim()
            .parse()
            .with_context(|| format!("{}: {number:?} is no number", report.display()))?;
        Ok(sum + number)
    })
}

/// Steps as they happen, and what is to be said at the end.
#[derive(Default)]
pub(crate) struct Summary {
    steps: Vec<(&'static str, Duration, bool)>,
    notes: Vec<String>,
    left_out: Vec<String>,
}

impl Summary {
    /// Runs one step under its name and keeps how long it took.
    pub(crate) fn step<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = work().with_context(|| format!("the step `{name}` failed"));
        self.steps.push((name, started.elapsed(), outcome.is_ok()));
        outcome
    }

    /// Adds a line of figures.
    pub(crate) fn note(&mut self, line: String) {
        self.notes.push(line);
    }

    /// Adds something that was not checked, and why.
    pub(crate) fn leave_out(&mut self, line: String) {
        println!("\nleft out: {line}");
        self.left_out.push(line);
    }

    /// Prints it all, with what was left out last, where it is seen.
    pub(crate) fn print(&self) {
        println!("\n== summary");
        for (name, took, good) in &self.steps {
            println!("{:6} {:>7.1} s  {name}", if *good { "ok" } else { "FAILED" }, took.as_secs_f64());
        }
        for line in &self.notes {
            println!("{line}");
        }
        for line in &self.left_out {
            println!("left out: {line}");
        }
        if self.left_out.is_empty() && self.steps.iter().all(|(_, _, good)| *good) {
            println!("nothing was left out");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_several_runs_are_added() {
        let mut tally = Tally::default();
        for line in [
            "running 4 tests",
            "test run::merged_recipe_runs::sqlite ... ok",
            "test run::merged_recipe_runs::postgres ... ok",
            "test run::broken::postgres ... FAILED",
            "test container_builds ... ignored, needs a container engine",
            "test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s",
            "test result: without a figure",
        ] {
            tally.read_line(line);
        }
        assert_eq!(tally, Tally { passed: 7, failed: 1, ignored: 1, sqlite: 1, postgres: 1 });
    }

    #[test]
    fn validated_requests_are_summed_and_a_bad_figure_is_named() {
        let report = std::env::temp_dir().join(format!("xtask-summary-{}", std::process::id()));
        assert_eq!(requests_validated(&report).unwrap(), 0);
        fs::write(&report, "github requests validated: 40\nother\ngithub requests validated: 2\n").unwrap();
        assert_eq!(requests_validated(&report).unwrap(), 42);
        fs::write(&report, "github requests validated: many\n").unwrap();
        assert!(requests_validated(&report).unwrap_err().to_string().contains("many"));
        fs::remove_file(&report).unwrap();
    }
}
