//! From `INPUT_*` variables to a request that can be trusted to be well formed.
//!
//! Every input is checked, and every fault found is told, with what was given and what is allowed. What an input *means* is no
//! matter of this room. The value of `bakery_args`, of `sops_age_key` and of `token` never stands in an error.

use std::fmt;
use std::time::Duration;

use runner_contract::{Command, Request};
use runner_sops::sources::{AGE_KEY, AGE_KEY_FILE, KeySources};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::secrets;
use crate::surroundings::Variables;
use crate::wellformed::{
    is_branch, is_dispatch_id, is_git_ref, is_job_name, is_name, is_recipe_id, is_repository, is_sha,
    is_subdir, is_subpath, is_word,
};

/// What the action is asked to do.
#[derive(Debug, Clone)]
pub enum Order {
    /// Run `pangeo-forge-runner`.
    Run(Box<Run>),
    /// Start a workflow.
    Dispatch(Dispatch),
}

/// A checked request with what is given only to the action.
#[derive(Clone)]
pub struct Run {
    /// The inputs of the workflow.
    pub request: Request,
    /// Secret arguments of the bakery, YAML or JSON.
    pub bakery_args: Option<String>,
    /// What opens them where they are encrypted.
    pub keys: KeySources,
    /// The age keys among that, as they were given: for redaction.
    pub key_texts: Vec<String>,
    /// A file with credentials for Google, for a bakery whose secret arguments have none.
    pub google_credentials_file: Option<String>,
    /// After this the runner is killed.
    pub time_limit: Duration,
    /// After this without a line of output the runner is killed.
    pub silence_limit: Duration,
}

impl fmt::Debug for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The arguments of the bakery are secret.
        formatter.debug_struct("Run").field("request", &self.request).finish_non_exhaustive()
    }
}

/// A workflow to start.
#[derive(Clone)]
pub struct Dispatch {
    /// File name or id of the workflow.
    pub workflow: String,
    /// `owner/name`.
    pub repository: String,
    /// The branch or tag whose version of the workflow runs.
    pub git_ref: String,
    /// The workflow's inputs, all of them text.
    pub inputs: Map<String, Value>,
    /// The token to ask with.
    pub token: String,
}

impl fmt::Debug for Dispatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Dispatch").field("workflow", &self.workflow).finish_non_exhaustive()
    }
}

/// All that is wrong with the inputs, one sentence each.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{}", .0.join("; "))]
pub struct InputErrors(pub Vec<String>);

/// The dispatch id, if it is well formed: enough to answer a request that is otherwise refused.
pub fn dispatch_id(variables: &Variables) -> Option<&str> {
    variables.get("INPUT_DISPATCH_ID").map(String::as_str).filter(|id| is_dispatch_id(id))
}

/// Reads and checks the inputs.
pub fn read(variables: &Variables) -> Result<Order, InputErrors> {
    let mut reader = Reader { variables, errors: Vec::new() };
    let order = match reader.text("command") {
        "dispatch" => Order::Dispatch(reader.dispatch()),
        "bake" => Order::Run(Box::new(reader.run(Command::Bake))),
        // Any other command is an error by now or here; the rest is read to tell all faults at once.
        other => {
            if other != "expand-meta" {
                reader.fault("command", other, "expand-meta, bake or dispatch");
            }
            Order::Run(Box::new(reader.run(Command::ExpandMeta)))
        }
    };
    if reader.errors.is_empty() { Ok(order) } else { Err(InputErrors(reader.errors)) }
}

struct Reader<'a> {
    variables: &'a Variables,
    errors: Vec<String>,
}

impl<'a> Reader<'a> {
    fn text(&self, name: &str) -> &'a str {
        self.variables.get(&format!("INPUT_{}", name.to_uppercase())).map_or("", String::as_str)
    }

    fn fault(&mut self, name: &str, found: &str, allowed: &str) {
        let shown: String = found.chars().take(80).collect();
        self.errors.push(format!("input {name} is {shown:?}, but must be {allowed}"));
    }

    fn checked(&mut self, name: &str, fits: fn(&str) -> bool, allowed: &str) -> String {
        let text = self.text(name);
        if !fits(text) {
            self.fault(name, text, allowed);
        }
        text.to_owned()
    }

    fn run(&mut self, command: Command) -> Run {
        let mut request = Request {
            dispatch_id: self.checked("dispatch_id", is_dispatch_id, "1 to 64 of A-Z a-z 0-9 _ . -"),
            command,
            repository: self.checked("repository", is_repository, "owner/name"),
            git_ref: self.checked("git_ref", is_git_ref, "a ref that starts with refs/heads/ or refs/pull/"),
            sha: self.checked("sha", is_sha, "a commit of 40 lower-case hexadecimal digits"),
            feedstock_subdir: self.checked("feedstock_subdir", is_subdir, "feedstock or recipes/<name>"),
            deployment: self.checked("deployment", is_word, "1 to 64 of A-Z a-z 0-9 _ -"),
            recipe_id: String::new(),
            bakery: String::new(),
            job_name: String::new(),
            subpath: String::new(),
            prune: self.text("prune") == "true",
        };
        if !["true", "false", ""].contains(&self.text("prune")) {
            self.fault("prune", self.text("prune"), "true or false");
        }
        match command {
            Command::Bake => {
                request.recipe_id = self.checked(
                    "recipe_id",
                    is_recipe_id,
                    "1 to 128 characters, none of them a control character",
                );
                request.bakery = self.checked("bakery", is_word, "1 to 64 of A-Z a-z 0-9 _ -");
                request.job_name =
                    self.checked("job_name", is_job_name, "1 to 63 of a-z 0-9 _ - and start with a letter");
                request.subpath = self.checked(
                    "subpath",
                    is_subpath,
                    "a relative path of at most 512 characters, without braces, control characters and empty, . or .. parts",
                );
            }
            Command::ExpandMeta => {
                for name in ["recipe_id", "bakery", "job_name", "subpath"] {
                    self.checked(name, str::is_empty, "empty for expand-meta");
                }
            }
        }
        Run {
            request,
            // Recipe code of `expand-meta` belongs to people who may not hold a secret: none is even read.
            bakery_args: (command == Command::Bake && !self.text("bakery_args").trim().is_empty())
                .then(|| self.text("bakery_args").to_owned()),
            keys: if command == Command::Bake { self.keys() } else { KeySources::default() },
            key_texts: secrets::keys(self.text("sops_age_key")),
            google_credentials_file: (command == Command::Bake)
                .then(|| self.text("google_credentials_file").to_owned())
                .filter(|path| !path.is_empty()),
            time_limit: self.minutes("time_limit_minutes", 330.0),
            silence_limit: self.minutes("silence_limit_minutes", 60.0),
        }
    }

    /// The age key is an input; credentials for AWS come by environment, where a step before puts them.
    fn keys(&self) -> KeySources {
        KeySources::of_variables(|name| match name {
            AGE_KEY => Some(self.text("sops_age_key").to_owned()),
            AGE_KEY_FILE => None,
            other => self.variables.get(other).cloned(),
        })
    }

    fn minutes(&mut self, name: &str, otherwise: f64) -> Duration {
        const DAY: f64 = 24.0 * 60.0;
        let minutes = match self.text(name).trim() {
            "" => Some(otherwise),
            text => text.parse().ok().filter(|minutes: &f64| *minutes > 0.0 && *minutes <= DAY),
        };
        if minutes.is_none() {
            self.fault(name, self.text(name), "a number of minutes above 0 and at most 1440");
        }
        Duration::from_secs_f64(minutes.unwrap_or(otherwise) * 60.0)
    }

    fn dispatch(&mut self) -> Dispatch {
        let repository = if self.text("workflow_repository").is_empty() {
            self.variables.get("GITHUB_REPOSITORY").cloned().unwrap_or_default()
        } else {
            self.text("workflow_repository").to_owned()
        };
        if !is_repository(&repository) {
            self.fault("workflow_repository", &repository, "owner/name");
        }
        let inputs = match self.text("workflow_inputs").trim() {
            "" => Some(Map::new()),
            text => serde_json::from_str::<Map<String, Value>>(text)
                .ok()
                .filter(|inputs| inputs.len() <= 25 && inputs.values().all(Value::is_string)),
        };
        if inputs.is_none() {
            self.fault(
                "workflow_inputs",
                self.text("workflow_inputs"),
                "a JSON object of at most 25 inputs whose values are all text",
            );
        }
        if self.text("token").trim().is_empty() {
            self.errors.push(
                "input token is empty, but dispatch needs a token with the permission actions: write".into(),
            );
        }
        Dispatch {
            workflow: self.checked("workflow", is_name, "a workflow's file name or number"),
            repository,
            git_ref: self.checked("workflow_ref", is_branch, "the name of a branch or tag"),
            inputs: inputs.unwrap_or_default(),
            token: self.text("token").trim().to_owned(),
        }
    }
}
