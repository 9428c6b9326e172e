//! What is wrong with what the service was told: everything at once, each thing with its file and place.

use std::fmt;

use serde::Serialize;

use super::UnknownDeployment;
use crate::domain::yaml::finding::Finding;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, or the setting: `--deployment`.
    pub subject: String,
    /// The line, from 1, where there is one.
    pub line: Option<u32>,
    /// The column, in characters from 1.
    pub column: Option<u32>,
    /// What was found, what is allowed, and what to do; never a secret.
    pub message: String,
}

impl Problem {
    /// About something that has no lines.
    pub fn of(subject: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self { subject: subject.to_string(), line: None, column: None, message: message.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        let Finding { path, line, column, message, .. } = finding;
        Self { subject: path, line: Some(line), column, message }
    }
}

/// Everything that keeps the service from starting with what it was told; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// In the order of files and lines.
    pub problems: Vec<Problem>,
}

impl ConfigError {
    /// Sorts them.
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort();
        Self { problems }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl From<UnknownDeployment> for ConfigError {
    fn from(unknown: UnknownDeployment) -> Self {
        Self { problems: vec![Problem::of("PANGEO_FORGE_DEPLOYMENT", unknown)] }
    }
}
