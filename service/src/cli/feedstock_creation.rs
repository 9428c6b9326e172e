//! `pfo feedstock-creation list|resume|abandon`

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::print;
use crate::clock::{Clock, SystemClock};
use crate::domain::id::{Cause, FeedstockCreationId};
use crate::domain::report::creation as report;
use crate::job::show_creation;
use crate::store::feedstock_creation::FeedstockCreation;
use crate::store::{self, Store, Tx};

/// Look at merged recipes that become feedstocks, and decide about those that cannot go on by themselves.
#[derive(Debug, Subcommand)]
pub(super) enum FeedstockCreationCommand {
    /// Show the newest creations, how far each has come, and what it waits for.
    List {
        /// Only those in this state.
        #[arg(long)]
        state: Option<State>,
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        limit: i64,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Let a creation that has stopped go on where it stood.
    Resume {
        /// Which.
        id: i64,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// End a creation. What it has made stays, and is listed.
    Abandon {
        /// Which.
        id: i64,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum State {
    Open,
    Blocked,
    Done,
    Abandoned,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Blocked => "blocked",
            Self::Done => "done",
            Self::Abandoned => "abandoned",
        }
    }
}

impl FeedstockCreationCommand {
    pub(super) async fn run(self, store: &Store) -> anyhow::Result<ExitCode> {
        match self {
            Self::List { state, limit, json } => list(store, state, limit, json).await,
            Self::Resume { id, json } => resume(store, FeedstockCreationId(id), json).await,
            Self::Abandon { id, json } => abandon(store, FeedstockCreationId(id), json).await,
        }
    }
}

async fn list(store: &Store, state: Option<State>, limit: i64, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut tx = store.read().await?;
    let all = store::feedstock_creation::list(&mut tx, state.map(State::as_str), limit).await?;
    for creation in &all {
        let next = creation.progress.next().map(|step| format!("{step:?}"));
        if as_json {
            print(described(creation));
        } else {
            print(format!(
                "{:>6}  {:<9} {}#{} -> {}  next {}  moved {}  {}",
                creation.id,
                creation.state,
                creation.repository,
                creation.pull_request,
                creation.feedstock,
                next.as_deref().unwrap_or("-"),
                creation.updated_at,
                creation.problem.as_deref().unwrap_or_default()
            ));
        }
    }
    if all.is_empty() && !as_json {
        print("no feedstock creations");
    }
    Ok(ExitCode::SUCCESS)
}

async fn resume(store: &Store, id: FeedstockCreationId, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut tx = store.write().await?.because_of(Some(Cause::cli()));
    let creation = find(&mut tx, id).await?;
    if !show_creation::resume(&mut tx, &creation, SystemClock.now()).await? {
        bail!(
            "feedstock creation {id} is {}, so there is nothing to resume: nothing was changed",
            creation.state
        );
    }
    tx.commit().await?;
    if as_json {
        print(json!({ "id": id, "state": "open" }));
    } else {
        print(format!("feedstock creation {id} goes on where it stood"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn abandon(store: &Store, id: FeedstockCreationId, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut tx = store.write().await?.because_of(Some(Cause::cli()));
    let creation = find(&mut tx, id).await?;
    if !show_creation::abandon(&mut tx, &creation, SystemClock.now()).await? {
        bail!("feedstock creation {id} is {} and has ended: nothing was changed", creation.state);
    }
    tx.commit().await?;
    let made = report::made(&show_creation::facts(&creation));
    if as_json {
        print(json!({ "id": id, "state": "abandoned", "made": made }));
        return Ok(ExitCode::SUCCESS);
    }
    print(format!("feedstock creation {id} is abandoned"));
    match made.as_slice() {
        [] => print("nothing had been made"),
        made => {
            print("what was made stays; remove by hand what is not wanted:");
            for one in made {
                print(format!("  {one}"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(tx: &mut Tx, id: FeedstockCreationId) -> anyhow::Result<FeedstockCreation> {
    store::feedstock_creation::get(tx, id)
        .await?
        .with_context(|| format!("there is no feedstock creation {id}"))
}

fn described(creation: &FeedstockCreation) -> serde_json::Value {
    json!({
        "id": creation.id, "repository": creation.repository, "pull_request": creation.pull_request,
        "directory": creation.directory, "feedstock": creation.feedstock, "state": creation.state,
        "next": creation.progress.next().map(|step| format!("{step:?}")), "problem": creation.problem,
        "progress": creation.progress.0, "created_at": creation.created_at, "updated_at": creation.updated_at,
    })
}
