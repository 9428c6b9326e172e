//! What Terraform made for the deployment, compared with what the service is told. Read are the outputs that `terraform output -json` prints
//! in the deployment's environment; nobody is asked, and nothing is changed.

use std::collections::BTreeMap;
use std::io::{Error, read_to_string, stdin};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::finding::{Finding, Level, Said};
use crate::config::{Config, PushConfig, Sources};
use crate::domain::bakery::{Bakery, DataflowBakery, Storage};

/// Where the runner has Dataflow's workers when a bakery does not say it.
const DEFAULT_REGION: &str = "us-central1";

/// Those of an environment's outputs that say what a service is told: `terraform/*/outputs.tf`. Terraform leaves out what is null.
/// <https://developer.hashicorp.com/terraform/cli/commands/output#json>
#[derive(Debug, Deserialize)]
struct Outputs {
    dataflow: Output<BTreeMap<String, App>>,
    dataflow_regions: Output<Vec<String>>,
    bakeries: Output<BTreeMap<String, Place>>,
    service_url: Option<Output<Option<String>>>,
}

#[derive(Debug, Deserialize)]
struct Output<T> {
    value: T,
}

/// Whose status messages an app believes.
#[derive(Debug, Deserialize)]
struct App {
    audience: String,
    service_account: String,
    subscription: String,
}

/// What a bakery has at Google. Buckets are `gs://…`, without a slash at the end.
#[derive(Debug, Deserialize)]
struct Place {
    project_id: String,
    data: String,
    temporary: String,
    service_account_email: String,
}

/// Everything in which the files of a deployment differ from the outputs in `file`, or on standard input if it is `-`. Files that cannot be
/// read say so without Terraform.
pub(super) async fn of_sources(
    sources: &Sources,
    file: &Path,
    now: DateTime<Utc>,
) -> Result<Vec<Finding>, Error> {
    let (name, text) = if file == Path::new("-") {
        ("standard input".to_owned(), read_to_string(stdin())?)
    } else {
        (file.display().to_string(), std::fs::read_to_string(file)?)
    };
    let Ok(config) = Config::read(sources, now).await else { return Ok(Vec::new()) };
    Ok(findings(&config, &sources.config_dir, &name, &text))
}

/// The same for a configuration that was read from `root`, and the `text` of a file that people know as `name`.
pub fn findings(config: &Config, root: &Path, name: &str, text: &str) -> Vec<Finding> {
    let mut said = Said::default();
    let environment = format!("terraform/{}", config.deployment.terraform_environment());
    let outputs: Outputs = match serde_json::from_str(text) {
        Ok(outputs) => outputs,
        Err(error) => {
            said.0.push(Finding {
                level: Level::Error,
                subject: name.to_owned(),
                line: u32::try_from(error.line()).ok(),
                // A file of nothing ends before its first character.
                column: u32::try_from(error.column()).ok().map(|column| column.max(1)),
                // What the parser says could quote what another file holds.
                problem: "is not what `terraform output -json` prints: `dataflow`, `dataflow_regions` and `bakeries` are read".to_owned(),
                fix: Some(format!("`terraform -chdir={environment} output -json`, after an apply of what stands there now")),
            });
            return said.0;
        }
    };
    let variables = format!("{environment}/terraform.tfvars");
    let file = config.deployment.config_file(root).display().to_string();
    let app = outputs.dataflow.value.get(config.deployment.name());
    messages(&mut said, config, app, &file, &variables);
    address(&mut said, config, &outputs, &file);
    for bakery in config.bakeries.iter() {
        let file = config.deployment.bakery_file(root, &bakery.name).display().to_string();
        if let (Some(dataflow), Some(_)) = (&bakery.config.dataflow, app) {
            region(&mut said, dataflow, &outputs.dataflow_regions.value, &file, &variables);
        }
        if let Some(place) = outputs.bakeries.value.get(bakery.name.as_str()) {
            accounts(&mut said, bakery, place, &file);
            storages(&mut said, bakery, place, &file);
        }
    }
    for name in outputs.bakeries.value.keys().filter(|name| config.bakeries.get(name).is_none()) {
        said.warn(
            &variables,
            format!(
                "has the bakery `{name}`, of which {} has no file: no recipe can use it",
                config.deployment
            ),
            format!(
                "write bakeries/{name}.{}.yaml (docs/bakeries.md), or take the entry away",
                config.deployment
            ),
        );
    }
    said.0
}

/// Whether the messages that Terraform sends are the ones that are believed.
fn messages(said: &mut Said, config: &Config, app: Option<&App>, file: &str, variables: &str) {
    let told = config.dataflow.as_ref().and_then(|dataflow| dataflow.push.as_ref());
    match (told, app) {
        (None, None) => {}
        (Some(PushConfig { subscription, .. }), None) => said.error(
            file,
            format!(
                "`dataflow.subscription` is `{subscription}`, and Terraform sends nothing to {}",
                config.deployment
            ),
            format!("add it to `apps` in {variables} and apply, or take the section's three keys away"),
        ),
        (None, Some(_)) => said.warn(
            file,
            "`dataflow` names no subscription, and Terraform sends messages here: each is refused",
            format!("write there what the output `dataflow` has for `{}`", config.deployment),
        ),
        (Some(told), Some(app)) => {
            for (key, told, made) in [
                ("audience", &told.audience, &app.audience),
                ("service_account", &told.service_account, &app.service_account),
                ("subscription", &told.subscription, &app.subscription),
            ] {
                differs(said, file, &format!("dataflow.{key}"), Some(told), made);
            }
        }
    }
}

/// Whether the service is where it says it is.
fn address(said: &mut Said, config: &Config, outputs: &Outputs, file: &str) {
    let Some(made) = outputs.service_url.as_ref().and_then(|output| output.value.as_deref()) else { return };
    let told = config.host().map(|host| format!("https://{host}"));
    differs(said, file, "public_url", told.as_deref(), made);
}

/// Whether the ends of a bakery's jobs are heard of.
fn region(said: &mut Said, told: &DataflowBakery, heard: &[String], file: &str, variables: &str) {
    let region = told.region.as_deref().unwrap_or(DEFAULT_REGION);
    if !heard.iter().any(|heard| heard == region) {
        said.error(
            file,
            format!(
                "`DataflowBakery.region` is `{region}`; ends of jobs are heard of in {} only",
                words(heard.iter().map(String::as_str))
            ),
            format!("add it to `regions` in {variables} and apply"),
        );
    }
}

/// Whether jobs run where, and as whom, they may.
fn accounts(said: &mut Said, bakery: &Bakery, made: &Place, file: &str) {
    let Some(told) = &bakery.config.dataflow else { return };
    differs(said, file, "DataflowBakery.project_id", told.project_id.as_deref(), &made.project_id);
    let account = told.service_account_email.as_deref();
    differs(said, file, "DataflowBakery.service_account_email", account, &made.service_account_email);
    let staging = told.temp_gcs_location.as_deref().unwrap_or_default();
    if !is_within(staging, &made.temporary) {
        lies_elsewhere(said, file, "DataflowBakery.temp_gcs_location", staging, &[&made.temporary]);
    }
}

/// Whether datasets and copies go into the bakery's own buckets. What is kept at another company is no business of Terraform's.
fn storages(said: &mut Said, bakery: &Bakery, made: &Place, file: &str) {
    let is_google = |storage: &Storage| storage.fsspec_class.starts_with("gcsfs.");
    let target = &bakery.config.target;
    if is_google(target) && !is_within(&target.root_path, &made.data) {
        lies_elsewhere(said, file, "TargetStorage.root_path", &target.root_path, &[&made.data]);
    }
    let cache = bakery.config.input_cache.as_ref().filter(|storage| is_google(storage));
    let allowed = [made.temporary.as_str(), made.data.as_str()];
    if let Some(cache) =
        cache.filter(|cache| !allowed.iter().any(|bucket| is_within(&cache.root_path, bucket)))
    {
        lies_elsewhere(said, file, "InputCacheStorage.root_path", &cache.root_path, &allowed);
    }
}

/// Whether `path`, with its scheme or without, as `gcsfs` takes both, lies in the bucket `gs://…`.
fn is_within(path: &str, bucket: &str) -> bool {
    let bare = |path: &str| {
        path.strip_prefix("gs://").or_else(|| path.strip_prefix("gcs://")).unwrap_or(path).to_owned()
    };
    bare(path).split('/').next() == Some(bare(bucket).as_str())
}

fn differs(said: &mut Said, file: &str, key: &str, told: Option<&str>, made: &str) {
    let problem = match told {
        Some(told) if told == made => return,
        Some(told) => format!("`{key}` is `{told}`; Terraform made `{made}`"),
        None => format!("`{key}` is not told; Terraform made `{made}`"),
    };
    said.error(file, problem, format!("`{key}: {made}`"));
}

fn lies_elsewhere(said: &mut Said, file: &str, key: &str, told: &str, made: &[&str]) {
    said.error(
        file,
        format!("`{key}` is `{told}`; what Terraform made for the bakery is {}", words(made.iter().copied())),
        "let it begin with the bucket: the bakery's accounts reach no other",
    );
}

/// As people list things: `a` or `b`.
fn words<'a>(all: impl Iterator<Item = &'a str>) -> String {
    all.map(|one| format!("`{one}`")).collect::<Vec<_>>().join(" or ")
}
