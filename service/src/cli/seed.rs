//! `pfo seed`: something to look at in a review app, whose database begins empty.

use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use serde_json::json;

use super::print;
use crate::clock::{Clock, SystemClock};
use crate::config::{Deployment, DeploymentKind};
use crate::domain::id::RepoName;
use crate::domain::public::{NaiveTime, RecipeRun};
use crate::store::{self, Store, Tx};

const BAKERY: &str = "pangeo-ldeo-nsf-earthcube";
const FEEDSTOCKS: [&str; 2] = ["pforgetest/test-staged-recipes", "pforgetest/gpcp-from-gcs-feedstock"];
const RECIPE: &str = "gpcp-from-gcs";

/// Fill the empty database of a review app with something to look at: feedstocks, a bakery, runs that have ended.
///
/// Only for deployments that begin with `pforge-`. Where a feedstock is already, nothing is done.
#[derive(Debug, Args)]
pub(super) struct Seed {
    /// The deployment's name.
    #[arg(long, env = "PANGEO_FORGE_DEPLOYMENT", default_value = "pforge-local-dev")]
    deployment: String,
    /// Print one JSON document instead of a line.
    #[arg(long)]
    json: bool,
}

/// A run that has ended: the feedstock by its place in [`FEEDSTOCKS`], how it ended, and its data.
struct Ended {
    feedstock: usize,
    version: &'static str,
    conclusion: &'static str,
    hours_ago: i64,
    dataset: Option<&'static str>,
}

const RUNS: [Ended; 3] = [
    Ended { feedstock: 0, version: "", conclusion: "failure", hours_ago: 30, dataset: None },
    Ended { feedstock: 0, version: "", conclusion: "success", hours_ago: 28, dataset: None },
    Ended {
        feedstock: 1,
        version: "1.0",
        conclusion: "success",
        hours_ago: 3,
        dataset: Some("https://ncsa.osn.xsede.org/Pangeo/pangeo-forge/gpcp-feedstock/gpcp.zarr"),
    },
];

impl Seed {
    pub(super) async fn run(self, store: &Store) -> anyhow::Result<ExitCode> {
        let deployment = Deployment::parse(&self.deployment)?;
        if !matches!(deployment.kind(), DeploymentKind::Local | DeploymentKind::Review) {
            bail!(
                "{deployment} is not to be seeded: its data are people's; only `pforge-pr-<number>` and `pforge-local-<user>` are"
            );
        }
        store.check_schema().await?;
        let mut tx = store.write().await?;
        let is_empty = store::feedstock::count(&mut tx).await? == 0;
        if is_empty {
            seed(&mut tx, SystemClock.now()).await?;
        }
        tx.commit().await?;
        if self.json {
            print(json!({ "seeded": is_empty }));
        } else if is_empty {
            print(format_args!(
                "{} feedstocks, a bakery and {} runs are there",
                FEEDSTOCKS.len(),
                RUNS.len()
            ));
        } else {
            print("there are feedstocks already: nothing was done");
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn seed(tx: &mut Tx, now: DateTime<Utc>) -> anyhow::Result<()> {
    let bakery = store::bakery::register(
        tx,
        BAKERY,
        "us-central1",
        "Jobs at Dataflow, data at the Open Storage Network",
    )
    .await?;
    let mut feedstocks = Vec::new();
    for spec in FEEDSTOCKS.into_iter().filter_map(RepoName::parse) {
        feedstocks.push(store::feedstock::register(tx, &spec).await?);
    }
    for (number, ended) in RUNS.iter().enumerate() {
        let Some(feedstock) = feedstocks.get(ended.feedstock) else { continue };
        let started = now - TimeDelta::hours(ended.hours_ago);
        let run = RecipeRun {
            recipe_id: RECIPE.to_owned(),
            bakery_id: bakery.0,
            feedstock_id: feedstock.0,
            head_sha: format!("{number:040x}"),
            version: ended.version.to_owned(),
            started_at: NaiveTime(started),
            completed_at: Some(NaiveTime(started + TimeDelta::minutes(11))),
            conclusion: Some(ended.conclusion.to_owned()),
            status: "completed".to_owned(),
            is_test: ended.version.is_empty(),
            dataset_type: Some("zarr".to_owned()),
            dataset_public_url: ended.dataset.map(ToOwned::to_owned),
            message: None,
            id: 0,
        };
        store::recipe_run::public::insert(tx, &run).await?;
    }
    Ok(())
}
