//! A stand-in for Google, as far as the service knows it: an issuer of tokens with its key server, the token server, and jobs on Dataflow.
//!
//! The production client talks to it unchanged, over HTTP on loopback. Tests put jobs into states, have tokens made, good ones and others,
//! and see what was asked. Nothing happens behind the test's back: no message is sent and no job moves by itself. The keys are made for
//! these tests and open nothing. Nothing of the service may be imported here.

pub(crate) mod issuer;
mod jobs;
mod logs;
mod server;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

pub use issuer::{Claims, ISSUER_PUBLIC_KEY, Signer};
pub use jobs::{Job, JobStatus};
pub use logs::LogLine;

/// For whom the tokens of the subscription are.
pub const AUDIENCE: &str = "https://api.example.org/dataflow/status";
/// Who signs its requests.
pub const PUSH_ACCOUNT: &str = "push@far-away.iam.gserviceaccount.com";
/// The subscription.
pub const SUBSCRIPTION: &str = "projects/far-away/subscriptions/dataflow-status-push";
/// The account as which the service asks.
pub const API_ACCOUNT: &str = "pangeo-forge@far-away.iam.gserviceaccount.com";
/// The project that the far-away bakery names.
pub const PROJECT: &str = "far-away";
/// The region in which its jobs are.
pub const LOCATION: &str = "us-central1";

/// A running stand-in. Clones are handles to the same world; it ends with the last of them.
#[derive(Clone)]
pub struct FakeGoogle {
    shared: Arc<Shared>,
    url: String,
    /// Held for its `Drop`, which ends the server.
    _server: Arc<AbortOnDropHandle<()>>,
}

struct Shared {
    now: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    url: String,
    state: Mutex<State>,
    /// Whether the key server keeps its answers back.
    held: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    /// The keys that the key server shows.
    published: Vec<Signer>,
    keys_down: bool,
    cache_control: Option<String>,
    api_failures: Vec<(&'static str, u16, &'static str)>,
    tokens: BTreeMap<String, DateTime<Utc>>,
    jobs: Vec<Job>,
    logs: Vec<LogLine>,
    requests: Vec<String>,
    statuses: u64,
}

impl FakeGoogle {
    /// Opens a port and starts to answer. Time is what `now` says.
    pub async fn start(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = State {
            published: vec![Signer::First],
            cache_control: Some("public, max-age=21600, must-revalidate, no-transform".into()),
            ..State::default()
        };
        let shared = Arc::new(Shared {
            now: Box::new(now),
            url: url.clone(),
            state: Mutex::new(state),
            held: watch::Sender::new(false),
        });
        let task = tokio::spawn(server::serve(listener, Arc::clone(&shared)));
        Ok(Self { shared, url, _server: Arc::new(AbortOnDropHandle::new(task)) })
    }

    /// The section of the service's settings that leads here. The account's key lies beside the settings, under this name.
    pub fn settings(&self, key_file: &str) -> String {
        format!(
            "dataflow:\n  audience: {AUDIENCE}\n  service_account: {PUSH_ACCOUNT}\n  subscription: {SUBSCRIPTION}\n  \
             credentials_file: {key_file}\n  jwks_url: {url}/oauth2/v3/certs\n  api_url: {url}\n  logging_url: {url}\n",
            url = self.url
        )
    }

    /// The file of the account's key, as Google writes it.
    pub fn key_file(&self) -> Value {
        json!({
            "type": "service_account", "project_id": PROJECT, "private_key_id": "account-key",
            "private_key": issuer::ACCOUNT_PRIVATE_KEY, "client_email": API_ACCOUNT, "client_id": "1",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": format!("{}/token", self.url),
        })
    }

    /// Where it answers, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The world's time.
    pub fn now(&self) -> DateTime<Utc> {
        (self.shared.now)()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }

    /// Every request so far: method, path and query.
    pub fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    /// The requests whose line holds this text.
    pub fn requests_with(&self, text: &str) -> usize {
        self.lock().requests.iter().filter(|line| line.contains(text)).count()
    }

    /// How often the keys were fetched.
    pub fn key_fetches(&self) -> usize {
        self.requests_with("/oauth2/v3/certs")
    }

    /// Shows these keys from now on.
    pub fn publish_keys(&self, keys: &[Signer]) {
        self.lock().published = keys.to_vec();
    }

    /// Says so how long the keys are good; nothing, with none.
    pub fn set_cache_control(&self, value: Option<&str>) {
        self.lock().cache_control = value.map(str::to_owned);
    }

    /// Makes the key server fail, or work again.
    pub fn set_keys_down(&self, down: bool) {
        self.lock().keys_down = down;
    }

    /// Makes the key server keep its answers back, or send them.
    pub fn hold_keys(&self, held: bool) {
        self.shared.held.send_replace(held);
    }

    /// Makes the next call of the Dataflow API by this method fail so, before it does anything. Several are met in their order.
    pub fn fail_next(&self, method: &'static str, status: u16, message: &'static str) {
        self.lock().api_failures.push((method, status, message));
    }

    /// Makes every token that the API has given out so far a bad one.
    pub fn revoke_tokens(&self) {
        self.lock().tokens.clear();
    }
}

impl Shared {
    /// The state, also after a test has panicked while holding it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
