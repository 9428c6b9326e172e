//! Workflows, their runs and what the runs leave behind.
//!
//! The text of a workflow is read from the repository of the world, so a dispatch is judged by what that text declares. Nothing
//! runs here: a run waits in `queued` until a test, or the real action, moves it on.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use chrono::{DateTime, TimeDelta, Utc};
use serde_yaml::Value as Yaml;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::git::Sha;

/// How many inputs one dispatch may carry.
pub(super) const MAX_INPUTS: usize = 25;
/// How long all inputs of a dispatch may be together, as JSON.
pub(super) const MAX_INPUT_CHARS: usize = 65_535;
/// How long an artifact is kept.
const ARTIFACT_LIFE: TimeDelta = TimeDelta::days(90);

/// One run of a workflow.
#[derive(Debug, Clone)]
pub struct WorkflowRun {
    /// Its id.
    pub id: u64,
    /// The id of its one job.
    pub job_id: u64,
    /// The file of the workflow, from the root of the repository.
    pub path: String,
    /// The workflow's `name`.
    pub workflow_name: String,
    /// The rendered `run-name`.
    pub title: String,
    /// What started it: `workflow_dispatch`.
    pub event: String,
    /// The branch whose workflow runs.
    pub head_branch: String,
    /// The commit whose workflow runs.
    pub head_sha: Sha,
    /// Who started it.
    pub actor: String,
    /// The inputs, with the defaults of the workflow filled in.
    pub inputs: BTreeMap<String, String>,
    /// `queued`, `in_progress` or `completed`.
    pub status: String,
    /// Set once completed.
    pub conclusion: Option<String>,
    /// Counts up when a run is started again.
    pub attempt: u64,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What it left behind.
    pub artifacts: Vec<Artifact>,
    /// What its job wrote, as GitHub shows it once the job has ended.
    pub log: Option<Vec<u8>>,
}

impl WorkflowRun {
    /// The id of the workflow, the same for all runs of a file.
    pub fn workflow_id(&self) -> u64 {
        workflow_id(&self.path)
    }

    /// The file's name without its directory.
    pub fn file(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The id of the workflow in a file.
pub(super) fn workflow_id(path: &str) -> u64 {
    path.bytes().fold(160_000, |id, byte| id + u64::from(byte))
}

/// A file that a workflow run left behind.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The zip file.
    pub archive: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it goes away.
    pub expires_at: DateTime<Utc>,
}

impl Artifact {
    /// An artifact with any bytes as its archive, which need not be a zip file.
    pub(super) fn new(id: u64, name: &str, archive: Vec<u8>, now: DateTime<Utc>) -> Self {
        Self { id, name: name.to_owned(), archive, created_at: now, expires_at: now + ARTIFACT_LIFE }
    }
}

/// A zip file with one file in it.
pub fn zip_of(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let written = archive
        .start_file(name, SimpleFileOptions::default())
        .and_then(|()| archive.write_all(content).map_err(Into::into))
        .and_then(|()| archive.finish());
    match written {
        Ok(cursor) => cursor.into_inner(),
        Err(error) => unreachable!("a zip file in memory cannot fail to be written: {error}"),
    }
}

/// What a workflow's text says about being dispatched.
pub(super) struct Workflow {
    /// Its `name`, or its path where it has none.
    pub(super) name: String,
    run_name: Option<String>,
    declared: BTreeMap<String, DeclaredInput>,
}

struct DeclaredInput {
    required: bool,
    default: Option<String>,
    options: Option<Vec<String>>,
}

impl Workflow {
    /// Reads the text of the workflow at `path`. The error is GitHub's sentence for what is wrong with it.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self, String> {
        let yaml: Yaml = serde_yaml::from_str(text)
            .map_err(|error| format!("Failed to parse workflow {path}: {error}"))?;
        let on = yaml.get("on").unwrap_or(&Yaml::Null);
        let trigger = match on {
            Yaml::String(event) => (event == "workflow_dispatch").then_some(&Yaml::Null),
            Yaml::Sequence(events) => {
                let listed = events.iter().any(|event| event.as_str() == Some("workflow_dispatch"));
                listed.then_some(&Yaml::Null)
            }
            other => other.get("workflow_dispatch"),
        };
        let trigger = trigger.ok_or("Workflow does not have 'workflow_dispatch' trigger")?;
        let declared = trigger.get("inputs").and_then(Yaml::as_mapping).into_iter().flatten();
        let declared = declared
            .filter_map(|(name, input)| Some((name.as_str()?.to_owned(), DeclaredInput::read(input))));
        Ok(Self {
            name: yaml.get("name").and_then(Yaml::as_str).unwrap_or(path).to_owned(),
            run_name: yaml.get("run-name").and_then(Yaml::as_str).map(str::to_owned),
            declared: declared.collect(),
        })
    }

    /// Judges the inputs of a dispatch and fills in the defaults. The error is GitHub's sentence.
    pub(super) fn accept(&self, given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
        let unexpected: Vec<_> = given.keys().filter(|name| !self.declared.contains_key(*name)).collect();
        if !unexpected.is_empty() {
            return Err(format!("Unexpected inputs provided: {unexpected:?}"));
        }
        let mut inputs = given;
        for (name, input) in &self.declared {
            if !inputs.contains_key(name) {
                match &input.default {
                    Some(default) => _ = inputs.insert(name.clone(), default.clone()),
                    None if input.required => return Err(format!("Required input '{name}' not provided")),
                    None => _ = inputs.insert(name.clone(), String::new()),
                }
            }
            if let (Some(options), Some(value)) = (&input.options, inputs.get(name))
                && !options.contains(value)
            {
                return Err(format!(
                    "Provided value '{value}' for input '{name}' not in the list of allowed values"
                ));
            }
        }
        Ok(inputs)
    }

    /// The run's name: `run-name` with its `inputs.` expressions replaced, else the workflow's name. An expression of another kind
    /// stays as it is written, so that a workflow which uses one is noticed.
    pub(super) fn title(&self, inputs: &BTreeMap<String, String>) -> String {
        let Some(template) = &self.run_name else { return self.name.clone() };
        let mut title = String::new();
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once("${{") {
            title.push_str(before);
            let Some((expression, after)) = after.split_once("}}") else {
                title.push_str("${{");
                rest = after;
                continue;
            };
            let name = expression.trim();
            let name = name.strip_prefix("inputs.").or_else(|| name.strip_prefix("github.event.inputs."));
            match name.and_then(|name| inputs.get(name)) {
                Some(value) => title.push_str(value),
                None => title = title + "${{" + expression + "}}",
            }
            rest = after;
        }
        title + rest
    }
}

impl DeclaredInput {
    fn read(input: &Yaml) -> Self {
        let options = input.get("options").and_then(Yaml::as_sequence);
        Self {
            required: input.get("required").and_then(Yaml::as_bool).unwrap_or(false),
            default: input.get("default").and_then(scalar),
            options: options.map(|options| options.iter().filter_map(scalar).collect()),
        }
    }
}

fn scalar(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Bool(flag) => Some(flag.to_string()),
        Yaml::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
