//! Where a recipe is baked to, and with what: the public file of a bakery, its secret arguments, and one request, made into the
//! configuration of `pangeo-forge-runner`.
//!
//! The layout is that of the original service: `bakeries/<bakery>.<deployment>.yaml` is public, over a `bakeries/<bakery>.yaml` that
//! deployments may share; the secret arguments update each section's `fsspec_args`. Only keys that the runner knows go on. Values of secret arguments never stand in an error.

use std::path::Path;

use runner_contract::Request;
use serde_json::{Map, Value, json};
use thiserror::Error;

/// A bakery, ready for one request.
#[derive(Clone)]
pub struct Bakery {
    /// The content of the runner's configuration file.
    pub config: Value,
    /// Whether the runner waits for the data; `None` for a bakery class that is not known here.
    pub blocking: Option<bool>,
    /// Whether recipe code runs nowhere but here, so that the packages installed here are all that is needed.
    pub local: bool,
    /// Every text in the secret arguments, for redaction.
    pub secrets: Vec<String>,
    /// A Google credentials file, from the secret arguments.
    pub google_credentials: Option<String>,
    /// Public keys that the runner does not know, left out: `TargetStorage.public_url`.
    pub left_out: Vec<String>,
}

/// Why a bakery cannot be used.
#[derive(Debug, Error)]
pub enum BakeryError {
    /// There is no such file.
    #[error("there is no bakery {bakery:?} for deployment {deployment:?}; there are: {known}")]
    Unknown {
        /// The bakery that was asked for.
        bakery: String,
        /// The deployment.
        deployment: String,
        /// The bakeries of that deployment.
        known: String,
    },
    /// The file cannot be read, or is not what it should be.
    #[error("{file}: {problem}")]
    Public {
        /// `bakeries/<bakery>.<deployment>.yaml`.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The secret arguments are not what they should be.
    #[error("the secret bakery_args: {0}")]
    Secret(String),
}

/// The section of the secret arguments that holds the content of a Google credentials file.
const GOOGLE_CREDENTIALS: &str = "GoogleCredentials";

/// The sections that describe storage, with what the runner knows in them.
const STORAGE: [&str; 2] = ["TargetStorage", "InputCacheStorage"];
const STORAGE_KEYS: [&str; 3] = ["fsspec_class", "fsspec_args", "root_path"];
/// `recipe_id`, `job_name` and `prune` come from the request.
const BAKE_KEYS: [&str; 2] = ["bakery_class", "container_image"];

/// Reads the bakery of `request` below `workspace` and merges the secret arguments into it.
pub fn load(workspace: &Path, request: &Request, bakery_args: Option<&str>) -> Result<Bakery, BakeryError> {
    let file = format!("bakeries/{}.{}.yaml", request.bakery, request.deployment);
    let own = read(workspace, &file)?.ok_or_else(|| {
        let known = bakeries_of(workspace, &request.deployment);
        BakeryError::Unknown {
            bakery: request.bakery.clone(),
            deployment: request.deployment.clone(),
            known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
        }
    })?;
    let public = match read(workspace, &format!("bakeries/{}.yaml", request.bakery))? {
        Some(shared) => overlaid(shared, own),
        None => own,
    };
    let problem = |problem: String| BakeryError::Public { file: file.clone(), problem };
    let secret = parse_secret(bakery_args)?;
    build(public, secret, request).map_err(|fault| match fault {
        Fault::Public(text) => problem(text),
        Fault::Secret(text) => BakeryError::Secret(text),
    })
}

/// The content of a public file; `None` where there is none.
fn read(workspace: &Path, file: &str) -> Result<Option<Map<String, Value>>, BakeryError> {
    let problem = |problem: String| BakeryError::Public { file: file.to_owned(), problem };
    match std::fs::read_to_string(workspace.join(file)) {
        Ok(text) => serde_yaml::from_str(&text).map(Some).map_err(|error| problem(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(problem(error.to_string())),
    }
}

/// The file that deployments share with the deployment's own laid over it: mappings are merged key by key, of everything else the upper
/// one stays, and `null` takes away what lies below.
fn overlaid(mut lower: Map<String, Value>, upper: Map<String, Value>) -> Map<String, Value> {
    for (key, value) in upper {
        let merged = match (lower.remove(&key), value) {
            (_, Value::Null) => continue,
            (Some(Value::Object(below)), Value::Object(above)) => overlaid(below, above).into(),
            (_, above) => above,
        };
        lower.insert(key, merged);
    }
    lower
}

fn bakeries_of(workspace: &Path, deployment: &str) -> Vec<String> {
    let ending = format!(".{deployment}.yaml");
    let files = std::fs::read_dir(workspace.join("bakeries")).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(&ending)?.to_owned())).collect();
    names.sort();
    names
}

fn parse_secret(text: Option<&str>) -> Result<Map<String, Value>, BakeryError> {
    let Some(text) = text else { return Ok(Map::new()) };
    // JSON is YAML too. The parser's message could quote the text, so it is not passed on.
    serde_yaml::from_str(text)
        .map_err(|_| BakeryError::Secret("not a YAML or JSON mapping of section to values".into()))
}

enum Fault {
    Public(String),
    Secret(String),
}

fn build(
    mut public: Map<String, Value>,
    mut secret: Map<String, Value>,
    request: &Request,
) -> Result<Bakery, Fault> {
    let mut secrets = Vec::new();
    for value in secret.values() {
        collect_texts(value, &mut secrets);
    }
    let google_credentials = secret.remove(GOOGLE_CREDENTIALS).map(|value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    });
    merge(&mut public, secret)?;

    // Said to people, by the service; the runner has no use for them.
    for told in ["description", "region", "production_path"] {
        public.remove(told);
    }
    let mut left_out = Vec::new();
    let mut config = Map::new();
    for (section, value) in public {
        let Value::Object(mut values) = value else {
            return Err(Fault::Public(format!("section {section} is not a mapping")));
        };
        let keys: &[&str] = match section.as_str() {
            "Bake" => &BAKE_KEYS,
            name if STORAGE.contains(&name) => &STORAGE_KEYS,
            // The bakery class's own settings, whatever they are: LocalDirectBakery, DataflowBakery, …
            name if name.ends_with("Bakery") => {
                config.insert(section, values.into());
                continue;
            }
            _ => {
                left_out.push(section);
                continue;
            }
        };
        values.retain(|key, _| {
            let known = keys.contains(&key.as_str());
            if !known {
                left_out.push(format!("{section}.{key}"));
            }
            known
        });
        config.insert(section, values.into());
    }
    for name in STORAGE {
        fill_root_path(&mut config, name, request)?;
    }
    let bake = config
        .get_mut("Bake")
        .and_then(Value::as_object_mut)
        .ok_or_else(|| Fault::Public("section Bake is missing".into()))?;
    let class = bake
        .get("bakery_class")
        .and_then(Value::as_str)
        .ok_or_else(|| Fault::Public("Bake.bakery_class is missing or not text".into()))?
        .to_owned();
    // In the file rather than on the command line, where `None` would stand for "all recipes".
    bake.insert("recipe_id".into(), request.recipe_id.clone().into());
    bake.insert("job_name".into(), request.job_name.clone().into());
    bake.insert("prune".into(), request.prune.into());
    let (blocking, local) = match class.rsplit('.').next().unwrap_or_default() {
        "LocalDirectBakery" => (Some(true), true),
        "FlinkOperatorBakery" => (Some(true), false),
        "DataflowBakery" => (Some(false), false),
        _ => (None, false),
    };
    Ok(Bakery { config: config.into(), blocking, local, secrets, google_credentials, left_out })
}

/// Each section of the secret arguments updates the `fsspec_args` of the public section of that name.
fn merge(public: &mut Map<String, Value>, secret: Map<String, Value>) -> Result<(), Fault> {
    for (section, value) in secret {
        let Value::Object(values) = value else {
            return Err(Fault::Secret(format!("section {section} is not a mapping")));
        };
        let Some(Value::Object(base)) = public.get_mut(&section) else {
            return Err(Fault::Secret(format!("section {section} is not in the public file of the bakery")));
        };
        for (key, arguments) in values {
            let ("fsspec_args", Value::Object(arguments)) = (key.as_str(), arguments) else {
                return Err(Fault::Secret(format!(
                    "{section}.{key} is not allowed; only a mapping fsspec_args is"
                )));
            };
            let merged = base.entry("fsspec_args").or_insert_with(|| json!({}));
            let Value::Object(merged) = merged else {
                return Err(Fault::Public(format!("{section}.fsspec_args is not a mapping")));
            };
            merged.extend(arguments);
        }
    }
    Ok(())
}

/// Fills in the fields of a `root_path` here, since the runner knows only `{job_name}` and fails on all others.
fn fill_root_path(config: &mut Map<String, Value>, section: &str, request: &Request) -> Result<(), Fault> {
    let Some(storage) = config.get_mut(section).and_then(Value::as_object_mut) else {
        return match section {
            "TargetStorage" => Err(Fault::Public("section TargetStorage is missing".into())),
            _ => Ok(()),
        };
    };
    if !storage.get("fsspec_class").is_some_and(Value::is_string) {
        return Err(Fault::Public(format!("{section}.fsspec_class is missing or not text")));
    }
    let root = storage.get("root_path").and_then(Value::as_str).filter(|root| !root.is_empty());
    let root =
        root.ok_or_else(|| Fault::Public(format!("{section}.root_path is missing, empty or not text")))?;
    let filled = root.replace("{subpath}", &request.subpath).replace("{job_name}", &request.job_name);
    if filled.contains(['{', '}']) {
        let problem = format!(
            "{section}.root_path is {root:?}; the only fields allowed are {{subpath}} and {{job_name}}"
        );
        return Err(Fault::Public(problem));
    }
    storage.insert("root_path".into(), filled.into());
    Ok(())
}

fn collect_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            texts.push(text.clone());
            // Google credentials given as one text hold their own secrets.
            if let Ok(inner @ Value::Object(_)) = serde_json::from_str(text) {
                collect_texts(&inner, texts);
            }
        }
        Value::Number(number) => texts.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(map) => map.values().for_each(|item| collect_texts(item, texts)),
        Value::Null | Value::Bool(_) => {}
    }
}
