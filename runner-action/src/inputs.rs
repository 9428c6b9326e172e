//! From `INPUT_*` variables to a request that can be trusted to be well formed.
//!
//! Every input is checked, and every fault found is told, with what was given and what is allowed. What an input *means* is no
//! matter of this room. The value of `bakery_args` and of `token` never stands in an error.

use std::fmt;
use std::time::Duration;

use runner_contract::{Command, Request};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::surroundings::Variables;

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
                request.recipe_id =
                    self.checked("recipe_id", is_recipe_id, "1 to 128 characters, none of them a control character");
                request.bakery = self.checked("bakery", is_word, "1 to 64 of A-Z a-z 0-9 _ -");
                request.job_name = self.checked(
                    "job_name",
                    is_job_name,
                    "1 to 63 of a-z 0-9 _ - and start with a letter",
                );
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
            // Recipe code of `expand-meta` belongs to people who may not hold a secret: it is not even read.
            bakery_args: (command == Command::Bake && !self.text("bakery_args").trim().is_empty())
                .then(|| self.text("bakery_args").to_owned()),
            time_limit: self.minutes("time_limit_minutes", 330.0),
            silence_limit: self.minutes("silence_limit_minutes", 60.0),
        }
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
            self.errors.push("input token is empty, but dispatch needs a token with the permission actions: write".into());
        }
        Dispatch {
            workflow: self.checked("workflow", is_workflow, "a workflow's file name or number"),
            repository,
            git_ref: self.checked("workflow_ref", is_branch, "the name of a branch or tag"),
            inputs: inputs.unwrap_or_default(),
            token: self.text("token").trim().to_owned(),
        }
    }
}

fn all_in(text: &str, longest: usize, others: &str) -> bool {
    let fits = |character: char| character.is_ascii_alphanumeric() || others.contains(character);
    (1..=longest).contains(&text.len()) && text.chars().all(fits)
}

fn is_dispatch_id(text: &str) -> bool {
    all_in(text, 64, "_.-")
}

fn is_word(text: &str) -> bool {
    all_in(text, 64, "_-")
}

/// One part of a path that cannot climb, hide or pass for an option.
fn is_name(text: &str) -> bool {
    all_in(text, 100, "_.-") && !text.starts_with(['.', '-'])
}

fn is_repository(text: &str) -> bool {
    // A repository may be called `.github`, so only the two names that climb are refused.
    let fits = |part: &str| all_in(part, 100, "_.-") && part != "." && part != ".." && !part.starts_with('-');
    text.split_once('/').is_some_and(|(owner, name)| fits(owner) && fits(name))
}

fn is_branch(text: &str) -> bool {
    let refused = |character: char| character.is_control() || " ~^:?*[\\".contains(character);
    (1..=255).contains(&text.len())
        && !text.contains(refused)
        && !text.contains("..")
        && !text.contains("@{")
        && !text.ends_with(['/', '.'])
        && !text.starts_with(['/', '-'])
}

fn is_git_ref(text: &str) -> bool {
    (text.starts_with("refs/heads/") || text.starts_with("refs/pull/")) && is_branch(text)
}

fn is_sha(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_subdir(text: &str) -> bool {
    text == "feedstock" || text.strip_prefix("recipes/").is_some_and(is_name)
}

fn is_recipe_id(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 128 && !text.contains(char::is_control)
}

fn is_job_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    (1..=63).contains(&text.len()) && text.as_bytes()[0].is_ascii_lowercase() && text.bytes().all(fits)
}

fn is_subpath(text: &str) -> bool {
    let refused = |character: char| character.is_control() || "{}\\".contains(character);
    text.chars().count() <= 512 && !text.contains(refused) && text.split('/').all(|part| !["", ".", ".."].contains(&part))
}

fn is_workflow(text: &str) -> bool {
    is_name(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(changes: &[(&str, &str)]) -> Variables {
        let mut inputs = Variables::from(
            [
                ("COMMAND", "bake"),
                ("DISPATCH_ID", "pfo-1"),
                ("REPOSITORY", "pangeo-forge/eobs-feedstock"),
                ("GIT_REF", "refs/pull/7/head"),
                ("SHA", "0123456789abcdef0123456789abcdef01234567"),
                ("FEEDSTOCK_SUBDIR", "recipes/eobs"),
                ("RECIPE_ID", "NASA-SMAP-SSS/RSS/monthly"),
                ("BAKERY", "local-direct"),
                ("DEPLOYMENT", "pforge-local-demo"),
                ("JOB_NAME", "a6170"),
                ("SUBPATH", "app/test/owner/name/recipe-run-1/x.zarr"),
                ("PRUNE", "true"),
            ]
            .map(|(name, value)| (format!("INPUT_{name}"), value.to_owned())),
        );
        for (name, value) in changes {
            inputs.insert(format!("INPUT_{name}"), (*value).to_owned());
        }
        inputs
    }

    fn faults(changes: &[(&str, &str)]) -> Vec<String> {
        read(&variables(changes)).err().map(|errors| errors.0).unwrap_or_default()
    }

    #[test]
    fn a_good_request_is_read_as_it_was_written() {
        let Ok(Order::Run(run)) = read(&variables(&[("TIME_LIMIT_MINUTES", "1.5")])) else { panic!("it is good") };
        let wire = run.request.inputs();
        for (name, value) in variables(&[]) {
            let name = name.trim_start_matches("INPUT_").to_lowercase();
            assert_eq!(wire[name.as_str()], value, "{name}");
        }
        assert_eq!(run.time_limit, Duration::from_secs(90));
    }

    #[test]
    fn each_bad_input_is_refused_with_its_name() {
        let long = "x".repeat(129);
        for (name, bad) in [
            ("COMMAND", "Bake"),
            ("DISPATCH_ID", ""),
            ("DISPATCH_ID", "a b"),
            ("REPOSITORY", "owner"),
            ("REPOSITORY", "owner/../etc"),
            ("REPOSITORY", "../x"),
            ("REPOSITORY", "-o/x"),
            ("GIT_REF", "refs/tags/v1"),
            ("GIT_REF", "refs/heads/../x"),
            ("GIT_REF", "refs/heads/a b"),
            ("SHA", "0123"),
            ("SHA", "0123456789ABCDEF0123456789ABCDEF01234567"),
            ("FEEDSTOCK_SUBDIR", "recipes/../x"),
            ("FEEDSTOCK_SUBDIR", "recipes/a/b"),
            ("FEEDSTOCK_SUBDIR", "recipes/.git"),
            ("FEEDSTOCK_SUBDIR", ""),
            ("RECIPE_ID", ""),
            ("RECIPE_ID", "a\u{1b}[0m"),
            ("RECIPE_ID", long.as_str()),
            ("BAKERY", "a.b"),
            ("BAKERY", "../a"),
            ("DEPLOYMENT", ""),
            ("JOB_NAME", "1a"),
            ("JOB_NAME", "A"),
            ("JOB_NAME", long.as_str()),
            ("SUBPATH", "a/../b"),
            ("SUBPATH", "/a"),
            ("SUBPATH", "a/{job_name}"),
            ("SUBPATH", ""),
            ("PRUNE", "yes"),
            ("TIME_LIMIT_MINUTES", "0"),
            ("TIME_LIMIT_MINUTES", "NaN"),
            ("SILENCE_LIMIT_MINUTES", "for ever"),
        ] {
            let found = faults(&[(name, bad)]);
            assert!(
                found.iter().any(|fault| fault.contains(&name.to_lowercase())),
                "{name} = {bad:?}: {found:?}"
            );
        }
    }

    #[test]
    fn all_faults_are_told_at_once() {
        assert_eq!(faults(&[("SHA", ""), ("REPOSITORY", ""), ("PRUNE", "1")]).len(), 3);
    }

    #[test]
    fn expand_meta_takes_no_bakery_and_never_sees_its_secrets() {
        let empty = [("COMMAND", "expand-meta"), ("RECIPE_ID", ""), ("BAKERY", ""), ("JOB_NAME", ""), ("SUBPATH", "")];
        assert_eq!(faults(&empty[..1]).len(), 4);
        let mut with_secret = empty.to_vec();
        with_secret.push(("BAKERY_ARGS", "TargetStorage: {fsspec_args: {key: hidden}}"));
        let Ok(Order::Run(run)) = read(&variables(&with_secret)) else { panic!("it is good") };
        assert_eq!(run.bakery_args, None);
    }

    #[test]
    fn dispatch_wants_text_inputs_and_a_token_that_no_error_repeats() {
        let inputs = variables(&[
            ("COMMAND", "dispatch"),
            ("WORKFLOW", "run-recipe.yaml"),
            ("WORKFLOW_REPOSITORY", "o/r"),
            ("WORKFLOW_REF", "main"),
            ("WORKFLOW_INPUTS", r#"{"n": 1}"#),
            ("TOKEN", "ghs_secret"),
        ]);
        let error = read(&inputs).expect_err("a number is no input").to_string();
        assert!(error.contains("workflow_inputs") && !error.contains("ghs_secret"), "{error}");
    }
}
