//! What is counted, for Prometheus. Every application has figures of its own, since several may live in one process.
//!
//! Labels are words from closed lists, route templates and ids of installations; nothing that a stranger, a repository or a secret could
//! add a series with may enter.

mod book;
mod queue;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

pub use book::Entry;

use crate::domain::command;
use crate::domain::id::InstallationId;
use crate::github::call::Call;
use crate::github::observer::Observer;
use crate::store::job::Waiting;
use book::{Book, Labelled, Seconds};
use queue::Queue;

/// The commit that the program was built from, where whoever built it has said so in `PFO_COMMIT`.
pub const COMMIT: Option<&str> = option_env!("PFO_COMMIT");
/// Upper bounds of the time that an answer takes, in seconds.
const ANSWER: &[f64] = &[0.001, 0.005, 0.025, 0.1, 0.5, 2.0, 10.0];
/// Upper bounds of the time that a run takes: a minute, ten, an hour, six hours, a day, a week.
const RUN: &[f64] = &[60.0, 600.0, 3600.0, 21_600.0, 86_400.0, 604_800.0];
/// The limit of further installations is not shown: with 500 repositories there are rarely as many.
const INSTALLATIONS: usize = 300;
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The figures of one application.
pub struct Metrics {
    book: Book,
    /// Deliveries that wait to be stored at this moment.
    pub at_the_door: Gauge,
    deliveries: Labelled<2, Counter>,
    ack: Histogram,
    missed: Counter,
    recovered: Counter,
    status_messages: Labelled<1, Counter>,
    unmatched: Counter,
    jobs: Labelled<2, Counter>,
    leases_lost: Counter,
    sweeper: Labelled<1, Counter>,
    runs_started: Labelled<1, Counter>,
    runs_ended: Labelled<2, Counter>,
    run_seconds: Labelled<1, Histogram, Seconds>,
    github_calls: Labelled<2, Counter>,
    github_remaining: Labelled<1, Gauge>,
    /// The installations of which that is shown.
    installations: Mutex<HashSet<InstallationId>>,
    requests: Labelled<3, Counter>,
    request_seconds: Labelled<2, Histogram, Seconds>,
    rate_limited: Labelled<1, Counter>,
}

/// The figures of one route, found once.
pub struct RouteMetrics {
    by_class: [Counter; 5],
    seconds: Histogram,
}

impl RouteMetrics {
    /// One request was answered.
    pub fn answered(&self, status: u16, took: Duration) {
        let class = usize::from(status / 100).clamp(1, CLASSES.len()) - 1;
        self.by_class[class].inc();
        self.seconds.observe(took.as_secs_f64());
    }
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut book = Book::new();
        let build = ["version", "commit"];
        let build = book.gauges("build_info", build, "1, with the program's version and commit");
        build.of([env!("CARGO_PKG_VERSION").into(), COMMIT.unwrap_or("unknown").into()]).set(1);
        Self {
            deliveries: book.counters(
                "deliveries",
                ["event", "result"],
                "Webhooks that came: accepted, duplicate, ignored, refused, or failed because the database did not answer",
            ),
            ack: book
                .seconds("delivery_ack_seconds", [], ANSWER, "Time from a webhook to its answer")
                .of([]),
            at_the_door: book.gauge("deliveries_at_the_door", "Webhooks that wait to be stored"),
            missed: book.counter("deliveries_missed", "Deliveries that GitHub's log shows and that never came"),
            recovered: book.counter("deliveries_recovered", "Missed deliveries that came after all"),
            status_messages: book.counters(
                "status_messages",
                ["result"],
                "Messages about Dataflow jobs: kept, duplicate, unusable, refused, or failed for want of the database or of keys",
            ),
            unmatched: book.counter("status_messages_unmatched", "Messages about jobs that were nobody's for a day"),
            jobs: book.counters(
                "jobs",
                ["kind", "result"],
                "Attempts at jobs: done, retry (it failed and is tried again), wait (GitHub named a time), dead (given up), lost (another worker has it)",
            ),
            leases_lost: book.counter("leases_lost", "Jobs whose worker was not heard of until its lease ended"),
            sweeper: book.counters(
                "sweeper_actions",
                ["action"],
                "What the timer found forgotten, by the kind of job that it queued for it",
            ),
            runs_started: book.counters("runs_started", ["stage"], "Recipe runs that began: test or production"),
            runs_ended: book.counters("runs_ended", ["stage", "conclusion"], "Recipe runs that ended"),
            run_seconds: book.seconds("run_seconds", ["stage"], RUN, "Time from the start of a recipe run to its end"),
            github_calls: book.counters(
                "github_calls",
                ["call", "status"],
                "Requests to GitHub, by operation and status; `lost` where no answer came",
            ),
            github_remaining: book.gauges(
                "github_rate_limit_remaining",
                ["installation"],
                "Requests that GitHub still allows an installation this hour; 0 is the App itself",
            ),
            installations: Mutex::default(),
            requests: book.counters("http_requests", ["route", "method", "status"], "Requests, by route and class of status"),
            request_seconds: book.seconds("http_request_seconds", ["route", "method"], ANSWER, "Time to the head of an answer"),
            rate_limited: book.counters("http_rate_limited", ["by"], "Requests that were answered 429, by address or key"),
            book,
        }
    }

    /// A webhook of that kind was answered; `result` is one of the words of its description.
    pub fn delivery(&self, event: &str, result: &'static str, took: Duration) {
        let event = command::READ.into_iter().find(|known| *known == event).unwrap_or("other");
        self.deliveries.of([event.into(), result.into()]).inc();
        self.ack.observe(took.as_secs_f64());
    }

    /// So many deliveries were found missing, and so many of those that were have come.
    pub fn missed_deliveries(&self, missed: u64, recovered: u64) {
        self.missed.inc_by(missed);
        self.recovered.inc_by(recovered);
    }

    /// A message about a job on Dataflow was answered.
    pub fn status_message(&self, result: &'static str) {
        self.status_messages.of([result.into()]).inc();
    }

    /// How many messages had that result.
    pub fn status_messages(&self, result: &'static str) -> u64 {
        self.status_messages.of([result.into()]).get()
    }

    /// So many messages were given up as nobody's.
    pub fn unmatched_messages(&self, messages: u64) {
        self.unmatched.inc_by(messages);
    }

    /// An attempt at a job is over.
    pub fn job(&self, kind: &'static str, result: &'static str) {
        self.jobs.of([kind.into(), result.into()]).inc();
    }

    /// A worker was lost with its job.
    pub fn lease_lost(&self) {
        self.leases_lost.inc();
    }

    /// The timer queued a job of that kind.
    pub fn swept(&self, kind: &'static str) {
        self.sweeper.of([kind.into()]).inc();
    }

    /// A recipe run began.
    pub fn run_started(&self, stage: &'static str) {
        self.runs_started.of([stage.into()]).inc();
    }

    /// A recipe run ended; `took` is from its start, if it had begun.
    pub fn run_ended(&self, stage: &'static str, conclusion: &'static str, took: Option<Duration>) {
        self.runs_ended.of([stage.into(), conclusion.into()]).inc();
        if let Some(took) = took {
            self.run_seconds.of([stage.into()]).observe(took.as_secs_f64());
        }
    }

    /// A request was answered 429, by `address` or `key`.
    pub fn rate_limited(&self, by: &'static str) {
        self.rate_limited.of([by.into()]).inc();
    }

    /// The figures of a route, to be kept by whoever serves it.
    pub fn route(&self, template: &str, method: &'static str) -> RouteMetrics {
        let template = || Cow::Owned(template.to_owned());
        RouteMetrics {
            by_class: CLASSES.map(|class| self.requests.of([template(), method.into(), class.into()])),
            seconds: self.request_seconds.of([template(), method.into()]),
        }
    }

    /// An installation has ended or changed: what GitHub allowed it says nothing any more.
    pub fn forget_installation(&self, installation: InstallationId) {
        self.installations.lock().unwrap_or_else(PoisonError::into_inner).remove(&installation);
        self.github_remaining.forget([installation.to_string().into()]);
    }

    /// Everything in Prometheus's text format, with how the queue stands; none where the database did not answer.
    pub fn page(&self, queue: Option<&[Waiting]>, now: DateTime<Utc>) -> String {
        let mut text = String::new();
        let mut at_this_moment = Book::new();
        Queue::new(&mut at_this_moment).show(queue, now);
        // Writing to a string cannot fail.
        _ = prometheus_text::encode(&mut text, &self.book.registry);
        _ = prometheus_text::encode(&mut text, &at_this_moment.registry);
        text
    }

    /// Every metric there is.
    pub fn entries(&self) -> Vec<Entry> {
        let mut at_this_moment = Book::new();
        Queue::new(&mut at_this_moment);
        let mut entries = [self.book.entries.clone(), at_this_moment.entries].concat();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for Metrics {
    fn answered(
        &self,
        call: &'static Call,
        installation: InstallationId,
        status: Option<u16>,
        remaining: Option<i64>,
    ) {
        let status = status.map_or(Cow::Borrowed("lost"), |status| status.to_string().into());
        self.github_calls.of([format!("{} {}", call.method, call.path).into(), status]).inc();
        let Some(remaining) = remaining else { return };
        let mut shown = self.installations.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.len() < INSTALLATIONS || shown.contains(&installation) {
            shown.insert(installation);
            self.github_remaining.of([installation.to_string().into()]).set(remaining);
        }
    }
}

#[cfg(test)]
mod tests;
