//! The application: what it is made of, and the tasks it runs. Everything that needs a network, a database or a clock gets it from
//! here; nothing else spawns.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runner_redact::Redactor;
use secrecy::ExposeSecret;
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
use crate::http::limit::Limits;
use crate::http::listeners::{self, Listeners};
use crate::job::{sweep, worker};
use crate::lookup::Lookups;
use crate::lookup::repr::Pages;
use crate::metrics::Metrics;
use crate::store::{self, Store, Tx};
use crate::zarr::{self, Reach, Zarr};

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
    /// The stores of datasets.
    pub zarr: Zarr,
    /// Pages about datasets that were made a while ago.
    pub pages: Pages,
    /// Takes secrets out of whatever is served, stored as a message or published.
    pub redactor: Redactor,
    /// What was looked up for readers a moment ago.
    pub lookups: Lookups,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Notified when there is work.
    pub wake: Notify,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How often somebody may ask.
    pub limits: Limits,
    /// Whether it was told to stop.
    pub draining: AtomicBool,
    /// Whether this process has looked for deliveries that came while nobody was there.
    pub looked_back: AtomicBool,
    /// Who listens to the timelines of runs.
    pub listeners: Arc<Listeners>,
    bot_login: OnceCell<Login>,
    hub_installation: Mutex<Option<InstallationId>>,
}

impl App {
    /// Puts the parts together. The schema must be up to date.
    pub fn build(config: Config, store: Store, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        let credentials = config
            .github
            .private_key
            .clone()
            .map(|private_key| Credentials { app_id: config.github.app_id, private_key });
        let metrics = Arc::new(Metrics::new());
        let github = Github::new(&config.github.api_url, credentials.as_ref(), Arc::clone(&metrics) as _)?;
        let limits = Limits::new(config.operating.rate_limit.as_ref());
        let google = config.dataflow.as_ref().map(|told| Google::new(google_settings(told))).transpose()?;
        let reach = if config.deployment.is_public() { Reach::Public } else { Reach::Anywhere };
        let zarr = Zarr::new(zarr::Limits::default(), reach)?;
        let redactor = Redactor::new(&secrets(&config));
        Ok(Self {
            config,
            store,
            github,
            google,
            zarr,
            pages: Pages::default(),
            redactor,
            lookups: Lookups::default(),
            clock,
            wake: Notify::new(),
            metrics,
            limits,
            draining: AtomicBool::new(false),
            looked_back: AtomicBool::new(false),
            listeners: Arc::default(),
            bot_login: OnceCell::new(),
            hub_installation: Mutex::new(None),
        })
    }

    /// Commits, and wakes whoever waits for what was written: workers, and those who listen to a run.
    pub async fn commit(&self, tx: Tx) -> store::Result<()> {
        let told = tx.told().to_vec();
        tx.commit().await?;
        self.wake.notify_one();
        self.listeners.tell(&told);
        Ok(())
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
        self.metrics.forget_installation(installation);
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
    /// The client for object stores.
    #[error(transparent)]
    Zarr(#[from] zarr::SetupError),
}

/// Every secret that the service knows. The arguments of a bakery are not among them: its file may hold none, and those that are secret
/// lie where the recipes run.
fn secrets(config: &Config) -> Vec<String> {
    let google = config.dataflow.as_ref().and_then(|told| match &told.credentials {
        GoogleCredentials::Key { private_key, .. } => Some(private_key),
        GoogleCredentials::Metadata { .. } => None,
    });
    let all = config.github.webhook_secrets.iter().chain(&config.github.private_key);
    let operating = &config.operating.metrics_token;
    all.chain(&config.api_key)
        .chain(operating)
        .chain(google)
        .map(|secret| secret.expose_secret().to_owned())
        .collect()
}

fn google_settings(told: &DataflowConfig) -> google::Settings {
    let identity = match told.credentials.clone() {
        GoogleCredentials::Metadata { url } => google::Identity::Machine { url },
        GoogleCredentials::Key { client_email, key_id, private_key, token_uri } => {
            google::Identity::Account { email: client_email, key_id, private_key, token_uri }
        }
    };
    google::Settings {
        jwks_url: told.jwks_url.clone(),
        api_url: told.api_url.clone(),
        logging_url: told.logging_url.clone(),
        identity,
    }
}

/// Where is listened.
pub struct Sockets {
    /// For everybody.
    pub main: TcpListener,
    /// For operators: the figures and the probes, to the very end.
    pub operators: Option<TcpListener>,
}

/// Serves until `stop`, then answers what it has begun, lets the workers finish or hand back their jobs, and returns.
pub async fn serve(app: Arc<App>, sockets: Sockets, stop: CancellationToken) -> std::io::Result<()> {
    let tasks = TaskTracker::new();
    let (inbox, letters) = Inbox::new();
    // Deliveries are still being stored while the server drains: the inbox ends when the last request has dropped its end of it.
    tasks.spawn(inbox::store_letters(Arc::clone(&app), letters));
    for _ in 0..WORKERS {
        tasks.spawn(worker::work(Arc::clone(&app), stop.clone()));
    }
    tasks.spawn(sweep_regularly(Arc::clone(&app), stop.clone()));
    // It also ends the open streams at the stop, for which the server would wait.
    tasks.spawn(listeners::watch(Arc::clone(&app), stop.clone()));
    tasks.close();
    let router = http::router(Arc::clone(&app), inbox).into_make_service_with_connect_info::<SocketAddr>();
    let (stopped, draining) = (stop.clone(), Arc::clone(&app));
    let server = axum::serve(sockets.main, router).with_graceful_shutdown(async move {
        stopped.cancelled().await;
        // Whoever asks is told before the door closes.
        draining.draining.store(true, Ordering::Relaxed);
    });
    let for_operators = serve_operators(Arc::clone(&app), sockets.operators);
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
        failed = for_operators => failed,
        () = deadline => {
            tracing::warn!("stopped before everything was done; what is left is taken up at the next start");
            Ok(())
        }
    };
    app.store.close().await;
    outcome
}

/// Serves operators for as long as it is let.
async fn serve_operators(app: Arc<App>, listener: Option<TcpListener>) -> std::io::Result<()> {
    match listener {
        Some(listener) => axum::serve(listener, http::operators_router(app)).await,
        None => std::future::pending().await,
    }
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
