//! `pfo job list|retry`

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::print;
use crate::clock::{Clock, SystemClock};
use crate::domain::id::JobId;
use crate::store::{self, Store};

/// Look at the work that waits, and revive what was given up.
#[derive(Debug, Subcommand)]
pub(super) enum JobCommand {
    /// Show the newest jobs.
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
    /// Queue jobs again that were given up, with a clean account of attempts.
    Retry {
        /// Which.
        #[arg(required = true)]
        ids: Vec<i64>,
        /// One JSON object a line, with what became of each.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum State {
    Ready,
    Running,
    Done,
    Dead,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

impl JobCommand {
    pub(super) async fn run(self, store: &Store) -> anyhow::Result<ExitCode> {
        match self {
            Self::List { state, limit, json } => list(store, state, limit, json).await,
            Self::Retry { ids, json } => retry(store, &ids, json).await,
        }
    }
}

async fn list(store: &Store, state: Option<State>, limit: i64, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut tx = store.read().await?;
    let counts = store::job::count_by_state(&mut tx).await?;
    for job in store::job::list(&mut tx, state.map(State::as_str), limit).await? {
        if as_json {
            print(json!({
                "id": job.id, "kind": job.kind, "lane": job.lane, "state": job.state, "attempt": job.attempt,
                "run_at": job.run_at, "created_at": job.created_at, "finished_at": job.finished_at,
                "last_error": job.last_error, "cause": job.cause, "payload": job.payload.0,
            }));
        } else {
            let lane = job.lane.as_deref().unwrap_or("-");
            let error = job.last_error.as_deref().unwrap_or_default();
            print(format!(
                "{:>8}  {:<22} {:<8} attempt {:<3} due {}  {lane}  {error}",
                job.id, job.kind, job.state, job.attempt, job.run_at
            ));
        }
    }
    if !as_json {
        let counts: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
        print(if counts.is_empty() { "no jobs".to_owned() } else { counts.join(", ") });
    }
    Ok(ExitCode::SUCCESS)
}

async fn retry(store: &Store, ids: &[i64], as_json: bool) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    let mut tx = store.write().await?;
    for id in ids {
        let is_queued = store::job::revive(&mut tx, JobId(*id), SystemClock.now()).await?;
        if as_json {
            print(json!({ "id": id, "queued": is_queued }));
        } else if is_queued {
            print(format!("job {id} is queued again"));
        } else {
            print(format!("job {id} is not dead, or the same work waits already: nothing was changed"));
        }
        if !is_queued {
            code = ExitCode::FAILURE;
        }
    }
    tx.commit().await?;
    Ok(code)
}
