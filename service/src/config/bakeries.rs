//! The public bakery files of one deployment: `bakeries/<bakery>.<deployment>.yaml`, each with a shared `bakeries/<bakery>.yaml`
//! underneath where there is one.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use super::Problem;
use super::deployment::{Deployment, shared_bakery_file};
use crate::domain::bakery::{self, Bakery, BakeryFile, BakeryName};

/// The bakeries that recipes of this deployment may name.
#[derive(Debug, Clone, Default)]
pub struct Bakeries {
    known: BTreeMap<BakeryName, Bakery>,
}

impl Bakeries {
    /// Reads every bakery of the deployment below `root`. A directory that is not there holds none. What is wrong goes to `problems`.
    pub(super) fn read(root: &Path, deployment: &Deployment, problems: &mut Vec<Problem>) -> Self {
        let directory = root.join("bakeries");
        let files = match file_names(&directory) {
            Ok(files) => files,
            Err(error) if error.kind() == ErrorKind::NotFound => return Self::default(),
            Err(error) => {
                problems.push(Problem::of(directory.display(), format!("cannot be read: {error}")));
                return Self::default();
            }
        };
        problems.extend(files.iter().filter_map(|file| {
            let wrong = misnamed(root, file)?;
            Some(Problem::of(directory.join(file).display(), format!("is read by no deployment: {wrong}")))
        }));
        let mut known = BTreeMap::new();
        for name in bakery::known(&files, deployment.name()) {
            match read_one(root, deployment, &name) {
                Ok(bakery) => _ = known.insert(name, bakery),
                Err(wrong) => problems.extend(wrong),
            }
        }
        Self { known }
    }

    /// All names.
    pub fn names(&self) -> Vec<BakeryName> {
        self.known.keys().cloned().collect()
    }

    /// All bakeries.
    pub fn iter(&self) -> impl Iterator<Item = &Bakery> {
        self.known.values()
    }

    /// The bakery of that name.
    pub fn get(&self, name: &str) -> Option<&Bakery> {
        self.known.iter().find(|(known, _)| known.as_str() == name).map(|(_, bakery)| bakery)
    }
}

fn file_names(directory: &Path) -> std::io::Result<Vec<String>> {
    std::fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// What is wrong with the name of a file that is not hidden, and would be passed over as if the bakery were not there.
fn misnamed(root: &Path, file: &str) -> Option<String> {
    let (stem, ending) = file.rsplit_once('.')?;
    if file.starts_with('.') || !matches!(ending, "yaml" | "yml") {
        return None;
    }
    let (bakery, deployment) =
        stem.split_once('.').map_or((stem, None), |(bakery, rest)| (bakery, Some(rest)));
    let bakery = match BakeryName::try_from(bakery.to_owned()) {
        Err(problem) => return Some(problem),
        Ok(bakery) => bakery,
    };
    let path = match deployment.map(Deployment::parse).transpose() {
        Err(unknown) => return Some(unknown.to_string()),
        Ok(None) => shared_bakery_file(root, &bakery),
        Ok(Some(deployment)) => deployment.bakery_file(root, &bakery),
    };
    let name = path.file_name()?.to_string_lossy();
    (name != file).then(|| format!("it has to be called `{name}`"))
}

fn read_one(root: &Path, deployment: &Deployment, name: &BakeryName) -> Result<Bakery, Vec<Problem>> {
    let mut texts = Vec::new();
    for (path, is_needed) in
        [(shared_bakery_file(root, name), false), (deployment.bakery_file(root, name), true)]
    {
        match std::fs::read_to_string(&path) {
            Ok(text) => texts.push((path.display().to_string(), text)),
            Err(error) if error.kind() == ErrorKind::NotFound && !is_needed => {}
            Err(error) => {
                return Err(vec![Problem::of(path.display(), format!("cannot be read: {error}"))]);
            }
        }
    }
    let files: Vec<BakeryFile<'_>> = texts.iter().map(|(path, text)| BakeryFile { path, text }).collect();
    match bakery::read(name.as_str(), &files) {
        Ok(config) => Ok(Bakery { name: name.clone(), config }),
        Err(findings) => Err(findings.into_iter().map(Problem::from).collect()),
    }
}
