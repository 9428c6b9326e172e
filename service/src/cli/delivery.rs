//! `pfo delivery list|show|replay`

use std::process::ExitCode;

use anyhow::{Context, bail};
use chrono::TimeDelta;
use clap::Subcommand;
use serde_json::json;

use super::print;
use crate::clock::{Clock, SystemClock};
use crate::domain::audience::Audience;
use crate::domain::command;
use crate::domain::id::{Cause, DeliveryId};
use crate::domain::job::Job;
use crate::intake::{self, Interpretation};
use crate::store::{self, Store};

/// Look at the webhooks that came, and read them again.
#[derive(Debug, Subcommand)]
pub(super) enum DeliveryCommand {
    /// Show the newest deliveries.
    List {
        /// Only of this event.
        #[arg(long)]
        event: Option<String>,
        /// Received within so many hours.
        #[arg(long, default_value_t = 24)]
        hours: i64,
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        limit: i64,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show one delivery, and what it means now to an App that shares its repositories with no other.
    Show {
        /// GitHub's id of it.
        id: String,
        /// With the whole body as GitHub sent it.
        #[arg(long)]
        body: bool,
        /// As a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Read a delivery again. What it asks for and is done already is not done twice.
    Replay {
        /// GitHub's id of it.
        id: String,
        /// Only say what it asks for.
        #[arg(long)]
        dry_run: bool,
        /// As a JSON object.
        #[arg(long)]
        json: bool,
    },
}

impl DeliveryCommand {
    pub(super) async fn run(self, store: &Store) -> anyhow::Result<ExitCode> {
        match self {
            Self::List { event, hours, limit, json } => {
                list(store, event.as_deref(), hours, limit, json).await
            }
            Self::Show { id, body, json } => show(store, DeliveryId(id), body, json).await,
            Self::Replay { id, dry_run, json } => replay(store, DeliveryId(id), dry_run, json).await,
        }
    }
}

async fn list(
    store: &Store,
    event: Option<&str>,
    hours: i64,
    limit: i64,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let time = TimeDelta::try_hours(hours).context("so many hours are more than time has")?;
    let since = SystemClock.now() - time;
    let mut tx = store.read().await?;
    for delivery in store::delivery::list(&mut tx, since, event, limit).await? {
        if as_json {
            print(json!({
                "id": delivery.id, "event": delivery.event, "received_at": delivery.received_at, "bytes": delivery.body.len(),
                "interpreted_at": delivery.interpreted_at, "interpreter": delivery.interpreter, "note": delivery.note,
            }));
        } else {
            let note = delivery.note.as_deref().unwrap_or(if command::is_read(&delivery.event) {
                "waits"
            } else {
                "kept, not read"
            });
            print(format!(
                "{}  {}  {:<16} {:>8} B  {note}",
                delivery.received_at,
                delivery.id,
                delivery.event,
                delivery.body.len()
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(store: &Store, id: DeliveryId, with_body: bool, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut tx = store.read().await?;
    let delivery = store::delivery::find(&mut tx, &id).await?.with_context(|| format!("no delivery {id}"))?;
    let meaning = intake::interpret(&delivery.event, &delivery.body, &Audience::default());
    if as_json {
        let body = with_body.then(|| String::from_utf8_lossy(&delivery.body));
        print(json!({
            "id": delivery.id, "event": delivery.event, "received_at": delivery.received_at,
            "interpreted_at": delivery.interpreted_at, "interpreter": delivery.interpreter,
            "means": meant(&meaning), "body": body,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    print(format!("{} {} received at {}", delivery.event, delivery.id, delivery.received_at));
    match (delivery.interpreted_at, delivery.interpreter) {
        (Some(at), Some(version)) => print(format!("interpreted at {at} by version {version}")),
        _ => print("not interpreted"),
    }
    print(format!("means now (version {}): {}", intake::VERSION, meaning.note));
    for command in meaning.commands {
        print(format!("  {command:?}"));
    }
    if with_body {
        print(String::from_utf8_lossy(&delivery.body));
    }
    Ok(ExitCode::SUCCESS)
}

async fn replay(store: &Store, id: DeliveryId, dry_run: bool, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut tx = store.write().await?.because_of(Some(Cause::from(&id)));
    let delivery = store::delivery::find(&mut tx, &id).await?.with_context(|| format!("no delivery {id}"))?;
    if dry_run {
        let meaning = intake::interpret(&delivery.event, &delivery.body, &Audience::default());
        if as_json {
            print(json!({ "id": id, "queued": false, "means": meant(&meaning) }));
        } else {
            print(format!("{}: {:?}", meaning.note, meaning.commands));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let now = SystemClock.now();
    if !store::job::insert(&mut tx, &Job::InterpretDelivery { delivery: id.clone() }, now, now).await? {
        bail!("delivery {id} waits to be read already");
    }
    tx.commit().await?;
    if as_json {
        print(json!({ "id": id, "queued": true }));
    } else {
        print(format!("delivery {id} will be read again"));
    }
    Ok(ExitCode::SUCCESS)
}

/// What a delivery means to this version. Commands are told as they are written in the code: for eyes, not to be taken apart.
fn meant(meaning: &Interpretation) -> serde_json::Value {
    let commands: Vec<String> = meaning.commands.iter().map(|command| format!("{command:?}")).collect();
    json!({ "version": intake::VERSION, "note": meaning.note, "commands": commands })
}
