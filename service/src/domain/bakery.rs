//! A bakery: a place where recipes run, as its public file `bakeries/{bakery}.{deployment}.yaml` describes it, with a
//! `bakeries/{bakery}.yaml` that several deployments share underneath.
//!
//! The typed model, the rules of the file, and what follows from it (does a run wait for its end, where is the dataset published).
//! Reading files and merging secrets is done elsewhere.

mod config;
mod read;
mod rules;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::config::{Bake, BakeryConfig, DataflowBakery, FlinkOperatorBakery, LocalDirectBakery, Storage};
pub use self::read::{BakeryFile, read};
use self::rules::{ROOT_PATH, SUBPATH};

/// The longest bakery name, in characters.
const MAX_NAME: usize = 64;

/// The name of a bakery: 1 to 64 letters, digits, `_` and `-`, starting with a letter or digit. No dots, since the name is the first
/// part of a file name whose parts they separate.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BakeryName(String);

impl BakeryName {
    /// Reads a name; `None` for a text of another form.
    pub fn parse(text: &str) -> Option<Self> {
        let part = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        let valid = (1..=MAX_NAME).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(part);
        valid.then(|| Self(text.to_owned()))
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for BakeryName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BakeryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for BakeryName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| {
            format!("a bakery's name is 1 to {MAX_NAME} letters, digits, `_` and `-`, starting with a letter or digit; found {text:?}")
        })
    }
}

impl From<BakeryName> for String {
    fn from(name: BakeryName) -> Self {
        name.0
    }
}

/// The names of the bakeries that `deployment` has, from the names of the files in the bakery directory: `{bakery}.{deployment}.yaml`.
/// Other files are other deployments' or none of ours. Sorted.
pub fn known<S: AsRef<str>>(files: &[S], deployment: &str) -> Vec<BakeryName> {
    let of = |file: &S| {
        let (name, rest) = file.as_ref().split_once('.')?;
        (rest.strip_suffix(".yaml")? == deployment).then(|| BakeryName::parse(name)).flatten()
    };
    let mut names: Vec<BakeryName> = files.iter().filter_map(of).collect();
    names.sort();
    names.dedup();
    names
}

/// What kind of place a bakery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BakeryKind {
    /// The workflow run itself does the work.
    Local,
    /// Google Dataflow.
    Dataflow,
    /// A Flink cluster on Kubernetes.
    Flink,
    /// A class that the runner does not come with.
    Other,
}

impl BakeryKind {
    /// Whether the runner waits until the data is written. If not it says `submitted`, and the end must be watched elsewhere; a
    /// class we do not know is taken for one of these, since a run that is ended too early is worse than one looked at too often.
    pub fn is_blocking(self) -> bool {
        matches!(self, Self::Local | Self::Flink)
    }
}

/// The whole file, with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Bakery {
    /// The name.
    pub name: BakeryName,
    /// The content.
    pub config: BakeryConfig,
}

impl Bakery {
    /// What kind of place it is, from the last part of its class's name.
    pub fn kind(&self) -> BakeryKind {
        match self.config.bake.bakery_class.rsplit('.').next() {
            Some("LocalDirectBakery") => BakeryKind::Local,
            Some("DataflowBakery") => BakeryKind::Dataflow,
            Some("FlinkOperatorBakery") => BakeryKind::Flink,
            _ => BakeryKind::Other,
        }
    }

    /// The path within the storage of the run with this subpath (see [`super::naming`]).
    pub fn target_root(&self, subpath: &str) -> String {
        self.config.target.root_path.replace(SUBPATH, subpath)
    }

    /// The address from which anyone can read the run's dataset; `None` for a bakery that publishes nothing.
    pub fn target_url(&self, subpath: &str) -> Option<String> {
        self.config.target.public_url.as_ref().map(|url| url.replace(ROOT_PATH, &self.target_root(subpath)))
    }
}

#[cfg(test)]
mod tests;
