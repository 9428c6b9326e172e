//! A stand-in for GitHub that keeps a world: what one request changes, the next one sees.
//!
//! The production client talks to it unchanged, over HTTP; the base URL is the only seam. [`FakeGithub`] is the handle. People act
//! through its verbs (`verbs*.rs`), the application through the REST routes (`routes/`); both change one [`World`] and leave their
//! webhooks in a queue that the test empties. Nothing is delivered, run or made up behind the test's back, and what GitHub would
//! refuse is refused: permissions, limits and expired tokens included. Nothing of the service may be imported here.

mod actions;
mod auth;
mod builder;
mod contract;
mod contract_schema;
mod faults;
mod git;
mod history;
mod hooks;
mod http;
mod objects;
mod records;
mod records_ci;
mod records_talk;
mod render;
mod render_ci;
mod routes;
mod server;
mod sha1;
mod transcript;
mod verbs;
mod verbs_actions;
mod verbs_comments;
mod verbs_installations;
mod verbs_pulls;
mod world;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

pub use actions::{Artifact, WorkflowRun, zip_of};
pub use auth::PRIVATE_KEY;
pub use builder::Builder;
pub use contract::validated_in_process;
pub use faults::{FaultOrder, Moment, Stop};
pub use git::{Commit, File, Mode, Sha, Tree};
pub use history::Change;
pub use hooks::{Delivery, Hook, sign};
pub use http::Request;
pub use records::{
    Access, AppRecord, HookSettings, Installation, Permissions, Repository, Role, TokenGrant, User,
};
pub use records_ci::{CheckRun, Deployment, DeploymentStatus};
pub use records_talk::{Comment, Issue, Pull, Reaction};
pub use transcript::Exchange;
pub use verbs_pulls::NewPull;
pub use world::{Clock, World};

/// The App's id in every world.
pub const APP_ID: u64 = 1001;
/// The App's short name unless the builder was told another.
pub const APP_SLUG: &str = "pangeo-forge";

/// A running stand-in. Clones are handles to the same world; it ends with the last of them.
#[derive(Debug, Clone)]
pub struct FakeGithub {
    shared: Arc<Shared>,
    url: String,
    /// Held for its `Drop`, which ends the server.
    _server: Arc<AbortOnDropHandle<()>>,
}

/// What the handles and the server share.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Told whenever a webhook joins the queue.
    hook_queued: Notify,
}

/// The world and what is known about the talk with it.
#[derive(Debug)]
struct State {
    world: World,
    faults: faults::Faults,
    stops: Vec<faults::StopOrder>,
    requests: usize,
    log: Vec<Exchange>,
    unhandled: Vec<String>,
    check_contract: bool,
    violations: Vec<String>,
    validated: u64,
}

impl Shared {
    /// The state, also after a test has panicked while holding it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeGithub {
    /// The usual world, started.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// The base URL of the REST routes, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }

    /// Looks at the world. The world is locked meanwhile, so `look` must not call this handle.
    pub fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.lock().world)
    }

    /// Changes the world, and wakes whoever waits for webhooks. As with [`FakeGithub::read`], `change` must not call this handle.
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let result = change(&mut self.lock().world);
        self.shared.hook_queued.notify_waiters();
        result
    }

    /// The world's time.
    pub fn now(&self) -> DateTime<Utc> {
        self.read(|world| world.clock.now())
    }

    /// Moves the world's clock on.
    pub fn advance(&self, by: TimeDelta) {
        let now = self.now();
        self.set_now(now + by);
    }

    /// Puts the world's clock to a moment, where it stands.
    pub fn set_now(&self, now: DateTime<Utc>) {
        self.change(|world| world.clock = Clock::Manual(now));
    }

    /// All waiting webhooks, in the order of what happened. They leave the queue.
    pub fn take_hooks(&self) -> Vec<Hook> {
        self.change(|world| world.outgoing.drain(..).collect())
    }

    /// Every webhook that was ever sent, in the order of what happened.
    pub fn sent_hooks(&self) -> Vec<Hook> {
        self.read(|world| world.deliveries.iter().map(|delivery| delivery.hook.clone()).collect())
    }

    /// How many webhooks wait.
    pub fn hooks_len(&self) -> usize {
        self.read(|world| world.outgoing.len())
    }

    /// The next webhook, as soon as there is one.
    pub async fn next_hook(&self) -> Hook {
        loop {
            let mut queued = std::pin::pin!(self.shared.hook_queued.notified());
            queued.as_mut().enable();
            // Not by `change`, which would wake this very wait.
            let hook = self.lock().world.outgoing.pop_front();
            if let Some(hook) = hook {
                return hook;
            }
            queued.await;
        }
    }

    /// Notes in the delivery log what the receiver answered to a webhook.
    pub fn delivered(&self, hook: &Hook, status: u16) {
        self.change(|world| {
            let mut attempts = world.deliveries.iter_mut().rev();
            if let Some(attempt) = attempts.find(|attempt| attempt.hook.delivery == hook.delivery) {
                attempt.status = Some(status);
            }
        });
    }

    /// One line per write that people can see the result of, in order.
    pub fn transcript(&self) -> Vec<String> {
        self.lock().log.iter().filter(|exchange| exchange.is_shown()).map(Exchange::line).collect()
    }

    /// Every request so far with its answer.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.lock().log.clone()
    }

    /// How many requests have arrived.
    pub fn request_count(&self) -> usize {
        self.lock().requests
    }

    /// Requests that no route is written for: method, path and body.
    pub fn unhandled(&self) -> Vec<String> {
        self.lock().unhandled.clone()
    }

    /// Where requests broke GitHub's published description.
    pub fn contract_violations(&self) -> Vec<String> {
        self.lock().violations.clone()
    }

    /// How many requests of this world were judged by GitHub's published description.
    pub fn requests_validated(&self) -> u64 {
        self.lock().validated
    }
}
