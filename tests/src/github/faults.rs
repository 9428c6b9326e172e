//! What can go wrong between the application and GitHub, on order.
//!
//! A fault waits for requests that fit and is used up by them; one that nothing ran into is reported, so that a test which means
//! to show a failure really shows it. Kill points stop one request for good, for a harness that then drops the application.

use std::time::Duration;

use axum::http::Method;
use tokio::sync::watch;

use super::FakeGithub;
use super::http::{Answer, Request};
use super::render::time;
use super::world::World;

/// What GitHub says where somebody asks for too much at once.
const SECONDARY_LIMIT: &str =
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

/// On which side of a request's effect something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing has been done yet.
    Before,
    /// It is done, and the answer is not yet out.
    After,
}

/// What the application sees of a fault.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// This answer.
    Answer(Answer),
    /// No answer: the connection is closed after a while.
    Silence(Duration),
    /// The answer of a world that is no more.
    Stale(Box<World>),
}

/// A fault that waits for its requests.
#[derive(Debug)]
pub(super) struct Fault {
    method: Method,
    path_contains: String,
    left: usize,
    moment: Moment,
    failure: Failure,
}

/// All faults that have been ordered, oldest first.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// The oldest fault that fits the request; counts as used.
    pub(super) fn take(&mut self, method: &Method, path: &str) -> Option<(Moment, Failure)> {
        let fits = |fault: &&mut Fault| {
            fault.left > 0 && fault.method == *method && path.contains(&fault.path_contains)
        };
        let fault = self.0.iter_mut().find(fits)?;
        fault.left -= 1;
        Some((fault.moment, fault.failure.clone()))
    }

    /// One line for each fault that is not used up.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.0.iter().filter(|fault| fault.left > 0);
        unused
            .map(|fault| format!("{} …{}… ({} left)", fault.method, fault.path_contains, fault.left))
            .collect()
    }
}

/// A fault that is being ordered; one of the verbs that say what happens completes it.
#[must_use = "a fault is ordered by saying what shall happen"]
pub struct FaultOrder<'a> {
    github: &'a FakeGithub,
    method: Method,
    path_contains: String,
    times: usize,
}

impl FakeGithub {
    /// Orders a fault for requests of this method whose path contains this text. It happens once unless `times` says otherwise.
    pub fn fault(&self, method: Method, path_contains: &str) -> FaultOrder<'_> {
        FaultOrder { github: self, method, path_contains: path_contains.to_owned(), times: 1 }
    }

    /// The faults that nothing, or too little, ran into.
    pub fn unused_faults(&self) -> Vec<String> {
        self.lock().faults.unused()
    }

    /// Stops the `number`-th request of this world's life (from 1; see [`FakeGithub::request_count`]) for good, before or after it
    /// takes effect.
    pub fn stop_at(&self, number: usize, moment: Moment) -> Stop {
        let (sender, receiver) = watch::channel(false);
        self.lock().stops.push(StopOrder { which: Which::Number(number), moment, reached: sender });
        Stop(receiver)
    }

    /// Stops the next request of this method and path for good, before or after it takes effect.
    pub fn stop_when(&self, method: Method, path: &str, moment: Moment) -> Stop {
        let (sender, receiver) = watch::channel(false);
        let which = Which::Next(method, path.to_owned());
        self.lock().stops.push(StopOrder { which, moment, reached: sender });
        Stop(receiver)
    }

    /// Forgets every kill point.
    pub fn stop_no_more(&self) {
        self.lock().stops.clear();
    }
}

impl FaultOrder<'_> {
    /// Happens to the first `times` requests that fit.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Nothing is done, and this status is answered.
    pub fn status(self, status: u16) {
        self.order(Moment::Before, Failure::Answer(Answer::refusal(status, "Server Error")));
    }

    /// The work is done, and this status is answered in place of the true answer.
    pub fn after_effect(self, status: u16) {
        self.order(Moment::After, Failure::Answer(Answer::refusal(status, "Server Error")));
    }

    /// Nothing is done, and the connection is closed without an answer.
    pub fn drop_connection(self) {
        self.order(Moment::Before, Failure::Silence(Duration::ZERO));
    }

    /// The work is done, and the connection is closed without an answer.
    pub fn drop_after_effect(self) {
        self.order(Moment::After, Failure::Silence(Duration::ZERO));
    }

    /// Nothing is done, and there is no answer for this long; then the connection is closed. Where that is longer than the client
    /// is willing to wait, its time-out is what it sees.
    pub fn hang(self, wait: Duration) {
        self.order(Moment::Before, Failure::Silence(wait));
    }

    /// The same, but the work is done.
    pub fn hang_after_effect(self, wait: Duration) {
        self.order(Moment::After, Failure::Silence(wait));
    }

    /// Nothing is done: the hour's requests are used up, and begin anew in so many seconds of the world's clock.
    pub fn rate_limited(self, seconds: i64) {
        let reset = self.github.now() + chrono::TimeDelta::seconds(seconds);
        let answer = Answer::refusal(
            403,
            &format!("API rate limit exceeded for installation. It resets at {}", time(reset)),
        )
        .header("x-ratelimit-limit", "5000")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-used", "5000")
        .header("x-ratelimit-resource", "core")
        .header("x-ratelimit-reset", reset.timestamp().to_string());
        self.order(Moment::Before, Failure::Answer(answer));
    }

    /// Nothing is done: too much at once; the client is told to wait for 60 seconds.
    pub fn secondary_limit(self) {
        self.retry_after(60);
    }

    /// The same, with another number of seconds.
    pub fn retry_after(self, seconds: u32) {
        let answer = Answer::refusal(403, SECONDARY_LIMIT).header("retry-after", seconds.to_string());
        self.order(Moment::Before, Failure::Answer(answer));
    }

    /// The same, with no word of how long to wait.
    pub fn secondary_limit_unsaid(self) {
        self.order(Moment::Before, Failure::Answer(Answer::refusal(403, SECONDARY_LIMIT)));
    }

    /// The next `reads` requests that fit are answered out of the world as it is at this moment: later writes do not show yet.
    pub fn stale_reads(mut self, reads: usize) {
        self.times = reads;
        let world = self.github.read(World::clone);
        self.order(Moment::Before, Failure::Stale(Box::new(world)));
    }

    fn order(self, moment: Moment, failure: Failure) {
        let Self { github, method, path_contains, times } = self;
        github.lock().faults.0.push(Fault { method, path_contains, left: times, moment, failure });
    }
}

/// A kill point that has been set.
#[derive(Debug)]
pub(super) struct StopOrder {
    which: Which,
    moment: Moment,
    reached: watch::Sender<bool>,
}

/// The request that a kill point waits for.
#[derive(Debug)]
enum Which {
    /// The so many-th of this world's life.
    Number(usize),
    /// The next one of this method and path.
    Next(Method, String),
}

impl StopOrder {
    /// Whether the request is held here; whoever waits for it is told. A kill point holds one request.
    pub(super) fn holds(&self, request: &Request, moment: Moment) -> bool {
        let fits = match &self.which {
            Which::Number(number) => *number == request.number,
            Which::Next(method, path) => *method == request.method && *path == request.path,
        };
        fits && self.moment == moment && !self.reached.send_replace(true)
    }
}

/// The other end of a kill point.
#[derive(Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits until the request has arrived and is held.
    pub async fn reached(&mut self) {
        // The sender lives as long as the world; without a world there is nothing left to wait for.
        _ = self.0.wait_for(|reached| *reached).await;
    }

    /// Whether the request has arrived.
    pub fn is_reached(&self) -> bool {
        *self.0.borrow()
    }
}
