//! What a check found, for people on a line and for machines in JSON.

use std::fmt;

use serde::Serialize;

use crate::config::Problem;
use crate::github;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It does not work.
    Error,
    /// It works, but something is off or probably not meant.
    Warning,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What it is about: a file, a setting, or a part of the GitHub App.
    pub subject: String,
    /// The line in the file, from 1.
    pub line: Option<u32>,
    /// The column, in characters from 1.
    pub column: Option<u32>,
    /// What was found and what is allowed.
    pub problem: String,
    /// What to do, where the problem does not say it.
    pub fix: Option<String>,
}

impl Finding {
    /// From a problem with what the service was told.
    pub fn of(level: Level, problem: Problem) -> Self {
        let Problem { subject, line, column, message } = problem;
        Self { level, subject, line, column, problem: message, fix: None }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        write!(f, "{level}: {}", self.subject)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        write!(f, ": {}", self.problem)?;
        match &self.fix {
            Some(fix) => write!(f, "\n  to do: {fix}"),
            None => Ok(()),
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Said(pub(super) Vec<Finding>);

impl Said {
    pub(super) fn error(&mut self, subject: &str, problem: impl Into<String>, fix: impl Into<String>) {
        self.push(Level::Error, subject, problem.into(), Some(fix.into()));
    }

    pub(super) fn warn(&mut self, subject: &str, problem: impl Into<String>, fix: impl Into<String>) {
        self.push(Level::Warning, subject, problem.into(), Some(fix.into()));
    }

    /// GitHub did not answer what was asked: what it would have shown stays unknown.
    pub(super) fn unanswered(&mut self, subject: &str, error: &github::Error) {
        self.push(Level::Error, subject, error.to_string(), None);
    }

    fn push(&mut self, level: Level, subject: &str, problem: String, fix: Option<String>) {
        let subject = subject.to_owned();
        self.0.push(Finding { level, subject, line: None, column: None, problem, fix });
    }
}
