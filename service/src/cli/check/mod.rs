//! `pfo check`: whether the service could start with what it would be told, and everything that is wrong if not. Nothing is changed, and
//! no database is opened.

pub mod finding;
pub mod online;
pub mod terraform;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use self::finding::{Finding, Level};
use super::print;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Deployment, Sources, bakery_args};

/// Check the configuration of a deployment: every file it reads, all mistakes at once.
///
/// Prints one line for each thing found, `file:line:column: what was found and what is allowed`. Exits with 0 when the service can
/// start, also with warnings, and with 1 when it cannot.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pfo check                                   what a local deployment would be told
  pfo check --deployment staging --json       for a machine
  pfo check --deployment staging --online     and what GitHub says of the App and the hub
  terraform -chdir=terraform/pangeo-forge-staging output -json | pfo check --deployment staging --terraform -
")]
pub(super) struct Check {
    #[command(flatten)]
    sources: Sources,
    /// Also ask GitHub: the App's permissions, events, webhook, installations and recent deliveries, and the hub's workflow and its inputs.
    #[arg(long)]
    online: bool,
    /// Also compare with what Terraform made: the file that `terraform output -json` of the deployment's environment was written to, or `-` for
    /// standard input. Read are who sends status messages, the service's address, and the bakeries' buckets, accounts and regions.
    #[arg(long, value_name = "FILE")]
    terraform: Option<PathBuf>,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    deployment: &'a str,
    ok: bool,
    findings: &'a [Finding],
}

impl Check {
    pub(super) async fn run(self, database_url: &str) -> anyhow::Result<ExitCode> {
        let now = SystemClock.now();
        let mut findings = findings(&self.sources, database_url, now).await;
        if self.online {
            findings.extend(online::of_sources(&self.sources, now).await?);
        }
        if let Some(file) = &self.terraform {
            let read = terraform::of_sources(&self.sources, file, now).await;
            findings.extend(read.with_context(|| format!("{} cannot be read", file.display()))?);
        }
        findings.sort();
        let ok = findings.iter().all(|finding| finding.level != Level::Error);
        let deployment = Deployment::parse(&self.sources.deployment);
        let deployment = deployment.as_ref().map_or(self.sources.deployment.as_str(), Deployment::name);
        if self.json {
            let report = Report { deployment, ok, findings: &findings };
            print(serde_json::to_string_pretty(&report).context("the report cannot be written")?);
        } else {
            for finding in &findings {
                print(finding);
            }
            let errors = findings.iter().filter(|finding| finding.level == Level::Error).count();
            let warnings = findings.len() - errors;
            print(format_args!(
                "{deployment}: {}, {}",
                counted(errors, "error"),
                counted(warnings, "warning")
            ));
        }
        Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Everything that is found without asking GitHub.
pub async fn findings(sources: &Sources, database_url: &str, now: DateTime<Utc>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match Config::read(sources, now).await {
        Err(error) => {
            findings.extend(error.problems.into_iter().map(|problem| Finding::of(Level::Error, problem)));
        }
        Ok(config) => {
            let args = bakery_args::check(sources, &config, now).await;
            findings.extend(args.into_iter().map(|problem| Finding::of(Level::Error, problem)));
            findings.extend(config.warnings.into_iter().map(|problem| Finding::of(Level::Warning, problem)));
        }
    }
    if let Some(problem) =
        Deployment::parse(&sources.deployment).ok().and_then(|known| known.database_problem(database_url))
    {
        findings.push(Finding::of(Level::Error, problem));
    }
    findings
}

fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
