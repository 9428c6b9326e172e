//! The production application with a stand-in for GitHub, a fresh database and a clock that the test moves. Its verbs change the
//! world first and then bring the webhooks that GitHub would have sent.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use orchestrator::app::{self, App};
use orchestrator::clock::{Clock, SystemClock};
use orchestrator::config::{Config, Sources};
use orchestrator::job::{sweep, worker};
use orchestrator::store::{self, Store};
use runner_sops::sources::KeySources;
use serde_json::Value;
use tempfile::TempDir;

use crate::audit;
use crate::db::{Engine, TestDb};
use crate::files::{self, lead_to, write_config_with};
use crate::github::{FakeGithub, Hook};
use crate::google::{FakeGoogle, JobStatus};
use crate::leaks;
use crate::world::{self, DEPLOYMENT, WEBHOOK_SECRET};

/// No story needs more rounds than this to come to rest.
const MAX_ROUNDS: usize = 50;

/// A running application and its world.
pub struct TestApp {
    /// GitHub.
    pub github: FakeGithub,
    /// Google.
    pub google: FakeGoogle,
    /// The application's parts.
    pub app: Arc<App>,
    pub(crate) router: Router,
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

    fn secret_bytes(&self) -> std::io::Result<[u8; 64]> {
        SystemClock.secret_bytes()
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
        Self::start_told(engine, "").await
    }

    /// The same with a world that was begun otherwise.
    pub async fn start_with(engine: Engine, github: FakeGithub) -> Self {
        Self::furnished(fresh(engine).await, github, "").await
    }

    /// The usual world with the application on what the old service's production database held, imported: an [`TestApp::start`] that
    /// knows 1 bakery, 29 feedstocks and 1,416 recipe runs.
    pub async fn start_imported(engine: Engine) -> Self {
        let github = FakeGithub::builder().app_tokens_by_system_clock().start().await.expect("a free port");
        let db = TestDb::create_imported(engine).await.expect("an imported database");
        Self::furnished(db, github, "").await
    }

    /// The usual world with an App that is told these lines more of `github_app`, without their indentation.
    pub async fn start_told(engine: Engine, github_app: &str) -> Self {
        let github = FakeGithub::builder().app_tokens_by_system_clock().start().await.expect("a free port");
        Self::furnished(fresh(engine).await, github, github_app).await
    }

    async fn furnished(db: TestDb, github: FakeGithub, github_app: &str) -> Self {
        world::furnish(&github);
        let clock: Arc<dyn Clock> = Arc::new(WorldClock { github: github.clone(), names: AtomicU64::new(0) });
        Self::put_up(db, github, clock, github_app).await
    }

    /// The service of another App in the same world, with a database of its own and these lines more of `github_app`. The stand-in knows
    /// one App only: both write under its name, and a story that has both brings every webhook to both.
    pub async fn beside(&self, engine: Engine, github_app: &str) -> Self {
        Self::put_up(fresh(engine).await, self.github.clone(), Arc::clone(&self.clock), github_app).await
    }

    async fn put_up(db: TestDb, github: FakeGithub, clock: Arc<dyn Clock>, github_app: &str) -> Self {
        leaks::watch();
        let files = tempfile::tempdir().expect("a temporary directory");
        let google = FakeGoogle::start({
            let github = github.clone();
            move || github.now()
        });
        let google = google.await.expect("a free port");
        let data = files.path().join("data").display().to_string();
        write_config_with(files.path(), &data, github_app);
        lead_to(files.path(), &google);
        let (app, router) = build(&github, &db, files.path().to_owned(), Arc::clone(&clock)).await;
        Self { github, google, app, router, clock, db, files }
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

    /// The time that the application is told.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The address of the database, for a command of the operator's.
    pub fn database_url(&self) -> &str {
        &self.db.url
    }

    /// Brings one webhook, signed as GitHub signs it.
    pub async fn deliver(&self, hook: &Hook) -> (StatusCode, Value) {
        let headers = hook.signed_headers(WEBHOOK_SECRET);
        let answer = self.post("/github/hooks/", &headers, hook.body.clone()).await;
        self.github.delivered(hook, answer.0.as_u16());
        answer
    }

    /// Brings one status message, as the subscription pushes it, and expects it to be taken.
    pub async fn push_job_status(&self, status: &JobStatus) {
        let (code, answer) = self.push(&self.google.token(), &status.push()).await;
        assert_eq!(code, StatusCode::NO_CONTENT, "{status:?} was answered {answer}");
    }

    /// Brings any push, with any token.
    pub async fn push(&self, token: &str, body: &Value) -> (StatusCode, Value) {
        let headers = [
            ("content-type".to_owned(), "application/json".to_owned()),
            ("authorization".to_owned(), format!("Bearer {token}")),
        ];
        self.post("/dataflow/status", &headers, body.to_string().into_bytes()).await
    }

    /// Starts the application again with settings that were changed so.
    pub async fn reconfigure(&mut self, change: impl FnOnce(&mut Config)) {
        let sources = sources(&self.github, self.files.path().to_owned());
        let mut config =
            Config::read(&sources, self.clock.now()).await.expect("the tests' own configuration");
        change(&mut config);
        (self.app, self.router) = put_together(config, &self.db, Arc::clone(&self.clock)).await;
    }

    /// Gives the production of the bakery `local-direct` a layout of its own, and starts the application again.
    pub async fn lay_out_production(&mut self, layout: &str) {
        files::lay_out_production(self.files.path(), layout);
        self.restart().await;
    }

    /// Lets the bakery `local-direct` publish below an address, and starts the application again. Answers the path at which its data lies
    /// there.
    pub async fn publish_at(&mut self, url: &str) -> String {
        files::publish_at(self.files.path(), url);
        self.restart().await;
        self.files.path().join("data").display().to_string()
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

    /// Ends a story that came to a good end: nothing is unread, nothing waits, nothing was given up, and everything is shown.
    pub async fn finish(self) {
        audit::audit(&self).await;
        self.end().await;
    }

    /// Removes what the story used, after whatever it came to.
    pub async fn end(self) {
        let Self { app, router, db, github, .. } = self;
        audit::report_validated(github.requests_validated());
        leaks::none_logged();
        drop(router);
        app.store.close().await;
        db.remove().await.expect("the database can be removed");
    }
}

async fn fresh(engine: Engine) -> TestDb {
    TestDb::create(engine).await.expect("a database")
}

async fn build(
    github: &FakeGithub,
    db: &TestDb,
    config_dir: PathBuf,
    clock: Arc<dyn Clock>,
) -> (Arc<App>, Router) {
    let config =
        Config::read(&sources(github, config_dir), clock.now()).await.expect("the tests' own configuration");
    put_together(config, db, clock).await
}

/// What the service is told so that it finds the stand-in, and its files below a directory.
pub fn sources(github: &FakeGithub, config_dir: PathBuf) -> Sources {
    Sources {
        deployment: DEPLOYMENT.into(),
        config_dir,
        github_api_url: github.url().into(),
        keys: KeySources::default(),
    }
}

async fn put_together(config: Config, db: &TestDb, clock: Arc<dyn Clock>) -> (Arc<App>, Router) {
    let store = Store::open(&db.url).await.expect("a migrated database");
    let app = Arc::new(App::build(config, store, clock).expect("the tests' own key"));
    let router = app::router(&app);
    (app, router)
}
