//! The application: what it is made of, and the tasks it runs. Everything that needs a network, a database or a clock gets it from
//! here; nothing else spawns.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Notify, OnceCell};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tracing::Instrument;

use crate::clock::Clock;
use crate::config::{Config, DataflowConfig, GoogleCredentials};
use crate::domain::id::{InstallationId, Login};
use crate::github::{self, Credentials, Github};
use crate::google::{self, Google};
use crate::http;
use crate::http::inbox::{self, Inbox};
use crate::job::{sweep, worker};
use crate::store::Store;

/// Jobs mostly wait for GitHub, so there are more workers than processors.
const WORKERS: usize = 8;
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// In all, a stop takes at most this: GitHub Actions, Cloud Run and systemd kill what is slower.
const STOP_WITHIN: Duration = Duration::from_secs(22);

/// The application.
pub struct App {
    /// What it was told.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// GitHub.
    pub github: Github,
    /// Google; none where no bakery uses Dataflow.
    pub google: Option<Google>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Notified when there is work.
    pub wake: Notify,
    /// How many deliveries wait to be stored.
    pub at_the_door: AtomicUsize,
    /// Whether this process has looked for deliveries that came while nobody was there.
    pub looked_back: AtomicBool,
    /// How many status messages came from the right sender and could not be used.
    pub unusable_status_messages: AtomicU64,
    bot_login: OnceCell<Login>,
    hub_installation: Mutex<Option<InstallationId>>,
}

impl App {
    /// Puts the parts together. The schema must be up to date.
    pub fn build(config: Config, store: Store, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        let credentials =
            Credentials { app_id: config.github.app_id, private_key: config.github.private_key.clone() };
        let github = Github::new(&config.github.api_url, &credentials)?;
        let google = config.dataflow.as_ref().map(|told| Google::new(google_settings(told))).transpose()?;
        Ok(Self {
            config,
            store,
            github,
            google,
            clock,
            wake: Notify::new(),
            at_the_door: AtomicUsize::new(0),
            looked_back: AtomicBool::new(false),
            unusable_status_messages: AtomicU64::new(0),
            bot_login: OnceCell::new(),
            hub_installation: Mutex::new(None),
        })
    }

    /// The user that the App's own comments and pull requests are by.
    pub async fn bot_login(&self) -> github::Result<&Login> {
        self.bot_login.get_or_try_init(|| self.github.bot_login()).await
    }

    /// The installation that covers the hub repository.
    pub async fn hub_installation(&self) -> github::Result<InstallationId> {
        if let Some(known) = self.known_hub_installation() {
            return Ok(known);
        }
        let found = self.github.installation_of(&self.config.hub.repository).await?;
        *self.hub_installation.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok(found)
    }

    /// The same as far as it is known without asking.
    fn known_hub_installation(&self) -> Option<InstallationId> {
        *self.hub_installation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what is remembered of an installation that has changed: who installs the App again gets another id and other tokens.
    pub fn forget_installation(&self, installation: InstallationId) {
        self.github.forget_tokens(installation);
        let mut hub = self.hub_installation.lock().unwrap_or_else(PoisonError::into_inner);
        if *hub == Some(installation) {
            *hub = None;
        }
    }

    /// A name for a dispatch that was never used before.
    pub fn fresh_dispatch_id(&self) -> String {
        format!("pfo-{}", self.clock.fresh_name())
    }
}

/// Why the application could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The client for GitHub.
    #[error(transparent)]
    Github(#[from] github::SetupError),
    /// The client for Google.
    #[error(transparent)]
    Google(#[from] google::SetupError),
}

fn google_settings(told: &DataflowConfig) -> google::Settings {
    let identity = match told.credentials.clone() {
        GoogleCredentials::Metadata { url } => google::Identity::Machine { url },
        GoogleCredentials::Key { client_email, key_id, private_key, token_uri } => {
            google::Identity::Account { email: client_email, key_id, private_key, token_uri }
        }
    };
    google::Settings { jwks_url: told.jwks_url.clone(), api_url: told.api_url.clone(), identity }
}

/// Serves until `stop`, then answers what it has begun, lets the workers finish or hand back their jobs, and returns.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    let tasks = TaskTracker::new();
    let (inbox, letters) = Inbox::new();
    // Deliveries are still being stored while the server drains: the inbox ends when the last request has dropped its end of it.
    tasks.spawn(inbox::store_letters(Arc::clone(&app), letters));
    for _ in 0..WORKERS {
        tasks.spawn(worker::work(Arc::clone(&app), stop.clone()));
    }
    tasks.spawn(sweep_regularly(Arc::clone(&app), stop.clone()));
    tasks.close();
    let router = http::router(Arc::clone(&app), inbox);
    let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    let deadline = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_WITHIN).await;
    };
    let everything = async {
        let outcome = server.await;
        tasks.wait().await;
        outcome
    };
    let outcome = tokio::select! {
        outcome = everything => outcome,
        () = deadline => {
            tracing::warn!("stopped before everything was done; what is left is taken up at the next start");
            Ok(())
        }
    };
    app.store.close().await;
    outcome
}

/// A router with its inbox, for callers that bring their own server. The inbox ends with the router.
pub fn router(app: &Arc<App>) -> axum::Router {
    let (inbox, letters) = Inbox::new();
    #[expect(clippy::disallowed_methods, reason = "this is the room that spawns")]
    tokio::spawn(inbox::store_letters(Arc::clone(app), letters));
    http::router(Arc::clone(app), inbox)
}

async fn sweep_regularly(app: Arc<App>, stop: CancellationToken) {
    loop {
        if let Err(error) = sweep::sweep(&app).await {
            tracing::error!(%error, "the sweep failed");
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP_EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Runs a future where its panic is an error of its own. Dropped, it takes the future with it.
pub async fn isolate<T: Send + 'static>(
    span: tracing::Span,
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, String> {
    #[expect(clippy::disallowed_methods, reason = "this is the room that spawns")]
    let task = AbortOnDropHandle::new(tokio::spawn(future.instrument(span)));
    task.await.map_err(|error| error.to_string())
}
