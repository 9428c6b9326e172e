//! The production application with a stand-in for GitHub, a fresh database and a clock that the test moves. Its verbs change the
//! world first and then bring the webhooks that GitHub would have sent.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt;
use orchestrator::app::{self, App};
use orchestrator::clock::Clock;
use orchestrator::config::{Config, Sources};
use orchestrator::job::{sweep, worker};
use orchestrator::store::{self, Store};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::db::{Engine, TestDb};
use crate::github::{FakeGithub, Hook, PRIVATE_KEY};
use crate::world::{self, DEPLOYMENT, WEBHOOK_SECRET};

/// No story needs more rounds than this to come to rest.
const MAX_ROUNDS: usize = 50;

/// A running application and its world.
pub struct TestApp {
    /// GitHub.
    pub github: FakeGithub,
    /// The application's parts.
    pub app: Arc<App>,
    router: Router,
    clock: Arc<dyn Clock>,
    db: TestDb,
    files: TempDir,
}

/// The world's time, and names that count up.
struct WorldClock {
    github: FakeGithub,
    names: AtomicU64,
}

impl Clock for WorldClock {
    fn now(&self) -> DateTime<Utc> {
        self.github.now()
    }

    fn fresh_name(&self) -> String {
        format!("{:04}", self.names.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// Tells one story on one engine, and audits its end.
pub async fn tell(engine: Engine, story: impl AsyncFnOnce(&mut TestApp)) {
    let mut app = TestApp::start(engine).await;
    story(&mut app).await;
    app.finish().await;
}

impl TestApp {
    /// The usual world with the application in it.
    pub async fn start(engine: Engine) -> Self {
        let github = FakeGithub::builder().app_tokens_by_system_clock().start().await.expect("a free port");
        Self::start_with(engine, github).await
    }

    /// The same with a world that was begun otherwise.
    pub async fn start_with(engine: Engine, github: FakeGithub) -> Self {
        world::furnish(&github);
        let db = TestDb::create(engine).await.expect("a database");
        let files = tempfile::tempdir().expect("a temporary directory");
        write_config(files.path(), &files.path().join("data").display().to_string());
        let clock: Arc<dyn Clock> = Arc::new(WorldClock { github: github.clone(), names: AtomicU64::new(0) });
        let (app, router) = build(&github, &db, files.path().to_owned(), Arc::clone(&clock)).await;
        Self { github, app, router, clock, db, files }
    }

    /// Another copy of the application on the same database.
    pub async fn second(&self) -> Arc<App> {
        build(&self.github, &self.db, self.files.path().to_owned(), Arc::clone(&self.clock)).await.0
    }

    /// Ends the application as a crash would, and starts it again.
    pub async fn restart(&mut self) {
        let (app, router) =
            build(&self.github, &self.db, self.files.path().to_owned(), Arc::clone(&self.clock)).await;
        self.app = app;
        self.router = router;
    }

    /// Brings one webhook, signed as GitHub signs it.
    pub async fn deliver(&self, hook: &Hook) -> (StatusCode, Value) {
        self.post("/github/hooks/", &hook.signed_headers(WEBHOOK_SECRET), hook.body.clone()).await
    }

    /// Posts anything.
    pub async fn post(&self, path: &str, headers: &[(String, String)], body: Vec<u8>) -> (StatusCode, Value) {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Brings every webhook that waits, in order, and expects each to be taken.
    pub async fn deliver_all(&self) -> usize {
        let hooks = self.github.take_hooks();
        for hook in &hooks {
            let (status, answer) = self.deliver(hook).await;
            assert_eq!(status, StatusCode::ACCEPTED, "{} was answered {answer}", hook.event);
        }
        hooks.len()
    }

    /// Does every job that is due.
    pub async fn work(&self) -> usize {
        worker::run_until_idle(&self.app).await.expect("the queue works")
    }

    /// Brings webhooks and does jobs until neither is left.
    pub async fn settle(&self) {
        for _ in 0..MAX_ROUNDS {
            if self.deliver_all().await + self.work().await == 0 {
                return;
            }
        }
        panic!("the world does not come to rest:\n{}", self.github.transcript().join("\n"));
    }

    /// Moves the time on, lets the timer look once, and settles.
    pub async fn advance(&self, by: TimeDelta) {
        self.github.advance(by);
        sweep::sweep(&self.app).await.expect("the sweep works");
        self.settle().await;
    }

    /// Moves the time on for as long as jobs wait for a later time.
    pub async fn exhaust(&self) {
        for _ in 0..MAX_ROUNDS {
            self.settle().await;
            let mut tx = self.app.store.read().await.expect("the database answers");
            let Some(due) = store::job::next_due(&mut tx).await.expect("the database answers") else {
                return;
            };
            drop(tx);
            self.github.set_now(due.max(self.github.now()));
        }
        panic!("work is put off for ever:\n{}", self.github.transcript().join("\n"));
    }

    /// Demands that nothing is unread, nothing waits, nothing was given up, and everything is shown.
    pub async fn finish(self) {
        self.audit().await;
        self.end().await;
    }

    /// Removes what the story used, after whatever it came to.
    pub async fn end(self) {
        let Self { app, router, db, github, .. } = self;
        report_validated(github.requests_validated());
        drop(router);
        app.store.close().await;
        db.remove().await.expect("the database can be removed");
    }

    async fn audit(&self) {
        let transcript = || self.github.transcript().join("\n");
        assert_eq!(self.github.unhandled(), Vec::<String>::new(), "GitHub has no such route");
        assert_eq!(
            self.github.contract_violations(),
            Vec::<String>::new(),
            "GitHub's description allows no such request"
        );
        assert_eq!(self.github.unused_faults(), Vec::<String>::new(), "a fault was never met");
        assert_eq!(self.github.hooks_len(), 0, "webhooks were not delivered:\n{}", transcript());
        let mut tx = self.app.store.read().await.expect("the database answers");
        for state in ["ready", "running", "dead"] {
            let jobs = store::job::list(&mut tx, Some(state), 10).await.expect("the database answers");
            assert!(jobs.is_empty(), "{state} jobs are left: {jobs:#?}\n{}", transcript());
        }
        let later = self.github.now() + TimeDelta::days(1);
        let unpublished =
            store::report::list_unpublished(&mut tx, later).await.expect("the database answers");
        assert!(unpublished.is_empty(), "not shown: {unpublished:#?}");
    }
}

/// Adds to the figure that `cargo xtask test` prints.
fn report_validated(requests: u64) {
    let Some(path) = std::env::var_os("PFO_TEST_REPORT") else { return };
    let file = std::fs::File::options().create(true).append(true).open(path);
    let mut file = file.expect("the report file can be written");
    writeln!(file, "github requests validated: {requests}").expect("the report file can be written");
}

async fn build(
    github: &FakeGithub,
    db: &TestDb,
    config_dir: PathBuf,
    clock: Arc<dyn Clock>,
) -> (Arc<App>, Router) {
    let sources = Sources { deployment: DEPLOYMENT.into(), config_dir, github_api_url: github.url().into() };
    let config = Config::read(&sources).expect("the tests' own configuration");
    let store = Store::open(&db.url).await.expect("a migrated database");
    let app = Arc::new(App::build(config, store, clock).expect("the tests' own key"));
    let router = app::router(&app);
    (app, router)
}

/// Writes the files that a deployment has: the App's secrets, and two bakeries that keep their data below `data`.
pub fn write_config(directory: &std::path::Path, data: &str) {
    let key = PRIVATE_KEY.lines().collect::<Vec<_>>().join("\n    ");
    let app_id = crate::github::APP_ID;
    let config = format!(
        "github_app:\n  id: {app_id}\n  app_name: pangeo-forge\n  webhook_secret: '{WEBHOOK_SECRET}'\n  private_key: |\n    {key}\n\
         hub:\n  repository: {}\npublic_url: http://127.0.0.1:8000\n",
        world::HUB
    );
    let bakery = |class: &str| {
        format!(
            "description: Keeps its data in a directory\nregion: local\nBake:\n  bakery_class: {class}\n\
             TargetStorage:\n  fsspec_class: fsspec.implementations.local.LocalFileSystem\n  fsspec_args: {{}}\n  \
             root_path: {data}/{{subpath}}\n  public_url: 'https://data.example.org{{root_path}}'\n\
             InputCacheStorage:\n  fsspec_class: fsspec.implementations.local.LocalFileSystem\n  fsspec_args: {{}}\n  \
             root_path: {data}/cache\n"
        )
    };
    let files = [
        (format!("secrets/config.{DEPLOYMENT}.yaml"), config),
        (
            format!("bakeries/local-direct.{DEPLOYMENT}.yaml"),
            bakery("pangeo_forge_runner.bakery.local.LocalDirectBakery"),
        ),
        (
            format!("bakeries/far-away.{DEPLOYMENT}.yaml"),
            bakery("pangeo_forge_runner.bakery.dataflow.DataflowBakery")
                + "DataflowBakery:\n  project_id: far-away\n  temp_gcs_location: gs://far-away/temp\n",
        ),
    ];
    for (name, text) in files {
        let path = directory.join(name);
        let parent = path.parent().expect("every file lies in a directory");
        std::fs::create_dir_all(parent).expect("a directory can be made");
        std::fs::write(path, text).expect("a file can be written");
    }
}
