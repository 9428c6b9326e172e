//! A bakery: a place where recipes run, as its public file `bakeries/{bakery}.{deployment}.yaml` describes it.
//!
//! The typed model, the rules of the file, and what follows from it (does a run wait for its end, where is the dataset published).
//! Reading files and merging secrets is done elsewhere.

mod config;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::naming::PRODUCTION_FIELDS;

pub use self::config::{Bake, BakeryConfig, DataflowBakery, FlinkOperatorBakery, LocalDirectBakery, Storage};

/// The longest bakery name, in characters.
const MAX_NAME: usize = 64;
/// The field in a path that stands for the place of one run; see [`super::naming::test_subpath`].
const SUBPATH: &str = "{subpath}";
/// The field in a path that the runner fills with the job's name.
const JOB_NAME: &str = "{job_name}";
/// The field in a public address that stands for the storage path.
const ROOT_PATH: &str = "{root_path}";
/// Arguments that are secret wherever they appear.
const SECRET_ARGUMENTS: [&str; 5] = ["key", "secret", "password", "connection_string", "account_key"];
/// Values of the argument `token` that only say how credentials are found.
const TOKEN_METHODS: [&str; 4] = ["anon", "cache", "cloud", "google_default"];

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

/// What is wrong with a bakery's file. The text names the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BakeryError {
    /// Not YAML, a key that does not exist, a missing one, or a value of the wrong type. The reader's text says where.
    #[error("the file of bakery `{bakery}`: {text}")]
    Layout {
        /// Which bakery.
        bakery: BakeryName,
        /// Path, line and what was expected.
        text: String,
    },
    /// A value that cannot work.
    #[error("the file of bakery `{bakery}`: `{path}` {problem}")]
    Value {
        /// Which bakery.
        bakery: BakeryName,
        /// The key, with its section: `TargetStorage.root_path`.
        path: String,
        /// What was found and what is allowed; never a secret's value.
        problem: String,
    },
}

/// Reads and checks the file of the bakery `name`.
pub fn parse(name: BakeryName, text: &str) -> Result<Bakery, BakeryError> {
    match serde_yaml::from_str(text) {
        Ok(config) => {
            let bakery = Bakery { name, config };
            bakery.check()?;
            Ok(bakery)
        }
        Err(error) => Err(BakeryError::Layout { bakery: name, text: error.to_string() }),
    }
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

    fn check(&self) -> Result<(), BakeryError> {
        let config = &self.config;
        self.class_name("Bake.bakery_class", &config.bake.bakery_class)?;
        if let Some(dataflow) = &config.dataflow
            && let Some(location) = &dataflow.temp_gcs_location
            && !location.starts_with("gs://")
        {
            return Err(self.wrong(
                "DataflowBakery.temp_gcs_location",
                format!("is {location:?}; it must start with `gs://`"),
            ));
        }
        if let Some(layout) = &config.production_path {
            self.production_path(layout)?;
        }
        self.storage("TargetStorage", &config.target)?;
        for (section, storage) in
            [("InputCacheStorage", &config.input_cache), ("MetadataCacheStorage", &config.metadata_cache)]
        {
            if let Some(storage) = storage {
                self.storage(section, storage)?;
            }
        }
        let root = &config.target.root_path;
        if !root.contains(SUBPATH) {
            let problem =
                format!("is {root:?}; it must contain `{SUBPATH}`, or all runs would write to one place");
            return Err(self.wrong("TargetStorage.root_path", problem));
        }
        if root.contains(JOB_NAME) {
            let problem = format!(
                "is {root:?}; a dataset's address cannot depend on `{JOB_NAME}`; use `{SUBPATH}` alone"
            );
            return Err(self.wrong("TargetStorage.root_path", problem));
        }
        Ok(())
    }

    fn production_path(&self, layout: &str) -> Result<(), BakeryError> {
        self.fields("production_path", layout, &PRODUCTION_FIELDS)?;
        let is_part = |part: &str| !matches!(part, "" | "." | "..");
        let tells_apart = layout.contains("{feedstock}") && layout.contains("{recipe_id}");
        if tells_apart && layout.split('/').all(is_part) && !layout.contains(['\\', ' ']) {
            return Ok(());
        }
        let problem = format!(
            "is {layout:?}; it must be a relative path that contains `{{feedstock}}` and `{{recipe_id}}`, or two recipes would write to one place"
        );
        Err(self.wrong("production_path", problem))
    }

    fn storage(&self, section: &str, storage: &Storage) -> Result<(), BakeryError> {
        self.class_name(&format!("{section}.fsspec_class"), &storage.fsspec_class)?;
        self.fields(&format!("{section}.root_path"), &storage.root_path, &[SUBPATH, JOB_NAME])?;
        if let Some(argument) = secret_argument(&storage.fsspec_args) {
            let problem = format!(
                "is a secret, and this file is public; put it into `secrets/bakery-args.{}.yaml`, and change it where it came from",
                self.name
            );
            return Err(self.wrong(&format!("{section}.fsspec_args.{argument}"), problem));
        }
        let Some(url) = &storage.public_url else { return Ok(()) };
        let path = format!("{section}.public_url");
        self.fields(&path, url, &[ROOT_PATH])?;
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        if is_web && url.contains(ROOT_PATH) {
            return Ok(());
        }
        let problem = format!("is {url:?}; it must start with `https://` and contain `{ROOT_PATH}`");
        Err(self.wrong(&path, problem))
    }

    /// The runner fills templates with Python's `format`, which stops at any field that it does not know.
    fn fields(&self, path: &str, template: &str, allowed: &[&str]) -> Result<(), BakeryError> {
        let rest = allowed.iter().fold(template.to_owned(), |rest, field| rest.replace(field, ""));
        if rest.contains(['{', '}']) {
            let problem = format!("is {template:?}; between braces only {} may stand", allowed.join(" and "));
            return Err(self.wrong(path, problem));
        }
        Ok(())
    }

    fn class_name(&self, path: &str, class: &str) -> Result<(), BakeryError> {
        let is_name = |part: &str| {
            part.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic())
                && part.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
        };
        if class.contains('.') && class.split('.').all(is_name) {
            return Ok(());
        }
        let problem =
            format!("is {class:?}; it must be a class with its module, such as `s3fs.S3FileSystem`");
        Err(self.wrong(path, problem))
    }

    fn wrong(&self, path: &str, problem: String) -> BakeryError {
        BakeryError::Value { bakery: self.name.clone(), path: path.to_owned(), problem }
    }
}

/// The dotted path of the first argument that must not stand in a public file. Looks into mappings such as `client_kwargs`; the
/// reader of the file has bounded their depth.
fn secret_argument<'a>(arguments: impl IntoIterator<Item = (&'a String, &'a Value)>) -> Option<String> {
    arguments.into_iter().find_map(|(name, value)| match value {
        Value::Null => None,
        _ if SECRET_ARGUMENTS.contains(&name.as_str()) => Some(name.clone()),
        // A token is a credential, or the name of a way to find one.
        value if name == "token" => {
            (!value.as_str().is_some_and(|method| TOKEN_METHODS.contains(&method))).then(|| name.clone())
        }
        Value::Object(inner) => secret_argument(inner).map(|path| format!("{name}.{path}")),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
