//! The public bakery files of one deployment: `bakeries/<bakery>.<deployment>.yaml`.

use std::collections::BTreeMap;
use std::path::Path;

use super::{ConfigError, read_text, wrong};
use crate::domain::bakery::{self, Bakery, BakeryName};

/// The bakeries that recipes of this deployment may name.
#[derive(Debug, Clone, Default)]
pub struct Bakeries {
    known: BTreeMap<BakeryName, Bakery>,
}

impl Bakeries {
    /// Reads every file of the deployment. A directory that is not there holds none.
    pub fn read(directory: &Path, deployment: &str) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: directory.to_owned(), source };
        let entries = match std::fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            files.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
        }
        let mut known = BTreeMap::new();
        for name in bakery::known(&files, deployment) {
            let path = directory.join(format!("{}.{deployment}.yaml", name.as_str()));
            let parsed = bakery::parse(name.clone(), &read_text(&path)?)
                .map_err(|error| wrong(&path, error.to_string()))?;
            known.insert(name, parsed);
        }
        Ok(Self { known })
    }

    /// All names.
    pub fn names(&self) -> Vec<BakeryName> {
        self.known.keys().cloned().collect()
    }

    /// The bakery of that name.
    pub fn get(&self, name: &str) -> Option<&Bakery> {
        self.known.iter().find(|(known, _)| known.as_str() == name).map(|(_, bakery)| bakery)
    }
}
