//! How the queue stands. That is the same for every process on the database, so it is read from there when somebody asks.

use chrono::{DateTime, Utc};

use prometheus_client::metrics::gauge::Gauge;

use super::book::{Book, Labelled};
use crate::store::job::Waiting;

/// The gauges of one look.
pub(super) struct Queue {
    up: Gauge,
    jobs: Labelled<2, Gauge>,
    oldest: Labelled<1, Gauge>,
}

impl Queue {
    pub(super) fn new(book: &mut Book) -> Self {
        Self {
            up: book.gauge("database_up", "1 if the database has answered this scrape, else 0"),
            jobs: book.gauges(
                "queue_jobs",
                ["kind", "state"],
                "Jobs that wait (ready), are worked on (running) or were given up (dead), of all processes",
            ),
            oldest: book.gauges(
                "queue_oldest_seconds",
                ["kind"],
                "For how long the first job of this kind that waits has been due, of all processes",
            ),
        }
    }

    /// Fills in what was read; none where the database did not answer.
    pub(super) fn show(&self, queue: Option<&[Waiting]>, now: DateTime<Utc>) {
        self.up.set(i64::from(queue.is_some()));
        for waiting in queue.unwrap_or_default() {
            let kind = || waiting.kind.clone().into();
            self.jobs.of([kind(), waiting.state.clone().into()]).set(waiting.jobs);
            if waiting.state == "ready" {
                self.oldest.of([kind()]).set((now - waiting.first_due).num_seconds().max(0));
            }
        }
    }
}
