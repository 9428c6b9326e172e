//! Storing deliveries: all that wait at one moment go into one transaction, each with its job, and are answered after the commit.
//!
//! A commit costs a flush of the disk, whatever it holds. Under load the requests that arrive during one commit share the next, so
//! the door is never slower than single commits would be, and mostly faster.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use super::problem::Problem;
use crate::app::App;
use crate::domain::command;
use crate::domain::id::{Cause, DeliveryId};
use crate::domain::job::Job;
use crate::store;
use crate::store::delivery::NewDelivery;

/// So many requests may wait to be stored; the next one waits for a place.
const CAPACITY: usize = 1024;
/// So many deliveries share one transaction at most: a large one holds the writer for longer.
const BATCH: usize = 64;

/// A delivery whose signature is good.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) id: DeliveryId,
    pub(super) event: String,
    pub(super) body: Bytes,
    pub(super) received_at: DateTime<Utc>,
    /// Whether it is for this App; another's is kept, and not read.
    pub(super) is_ours: bool,
}

impl Letter {
    fn row(&self) -> NewDelivery<'_> {
        NewDelivery { id: &self.id, event: &self.event, body: &self.body, received_at: self.received_at }
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// It is new, and a job will read it.
    Accepted,
    /// It was here before.
    Duplicate,
    /// It is new, and kept, but nobody reads events of its kind, or of the App that it is for.
    Ignored,
}

type Answer = oneshot::Sender<Result<Stored, Problem>>;

/// The end of the inbox that requests hold.
#[derive(Clone)]
pub struct Inbox {
    letters: mpsc::Sender<(Letter, Answer)>,
}

/// The end of the inbox that is emptied.
pub struct Letters(mpsc::Receiver<(Letter, Answer)>);

impl Inbox {
    /// Both ends.
    pub fn new() -> (Self, Letters) {
        let (letters, receiver) = mpsc::channel(CAPACITY);
        (Self { letters }, Letters(receiver))
    }

    /// Answers when the delivery is committed, or cannot be.
    pub(super) async fn store(&self, letter: Letter) -> Result<Stored, Problem> {
        let (answer, answered) = oneshot::channel();
        self.letters.send((letter, answer)).await.map_err(|_| Problem::Unavailable)?;
        answered.await.map_err(|_| Problem::Unavailable)?
    }
}

/// Empties the inbox until every request has let go of it.
pub async fn store_letters(app: Arc<App>, mut letters: Letters) {
    let mut batch = Vec::with_capacity(BATCH);
    while letters.0.recv_many(&mut batch, BATCH).await > 0 {
        // A request that gave up waiting was answered 503: its delivery will come again.
        batch.retain(|(_, answer)| !answer.is_closed());
        let stored = store_batch(&app, &batch).await;
        if let Err(error) = &stored {
            tracing::error!(%error, deliveries = batch.len(), "deliveries could not be stored");
        }
        let mut stored = stored.unwrap_or_default().into_iter();
        for (_, answer) in batch.drain(..) {
            // Nobody listens when the request gave up in the meantime, and nothing follows from that.
            let _ = answer.send(stored.next().ok_or(Problem::Unavailable));
        }
        app.wake.notify_one();
    }
}

async fn store_batch(app: &App, batch: &[(Letter, Answer)]) -> store::Result<Vec<Stored>> {
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<NewDelivery<'_>> = batch.iter().map(|(letter, _)| letter.row()).collect();
    let mut tx = app.store.write().await?;
    let mut new: HashSet<DeliveryId> = store::delivery::insert(&mut tx, &rows).await?.into_iter().collect();
    let mut jobs = Vec::new();
    let mut stored = Vec::with_capacity(batch.len());
    for (letter, _) in batch {
        // Taken out: a delivery that is in the batch twice is new once.
        let is_read = letter.is_ours && command::is_read(&letter.event);
        stored.push(match (new.remove(&letter.id), is_read) {
            (false, _) => Stored::Duplicate,
            (true, false) => Stored::Ignored,
            (true, true) => {
                let job = Job::InterpretDelivery { delivery: letter.id.clone() };
                jobs.push((job, Cause::from(&letter.id)));
                Stored::Accepted
            }
        });
    }
    if !jobs.is_empty() {
        store::job::insert_all(&mut tx, &jobs, app.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(stored)
}
