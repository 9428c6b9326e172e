//! Against Google's own emulator of Pub/Sub, and the real router on loopback. `PUBSUB_EMULATOR` names its launcher; `cargo xtask test` sets
//! it where the emulator is installed, and says so where it is not.
//!
//! The emulator takes a subscription's `oidcToken`, and sends no token all the same. So a small proxy stands between, which lets the first
//! try of each message through as it came, for the refusal, and adds a token of our own issuer to the later ones.

use std::collections::HashSet;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::app::{TestApp, tell};
use harness::db::Engine;
use harness::google::{AUDIENCE, FakeGoogle, PUSH_ACCOUNT, SUBSCRIPTION};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::{JOB, assert_ended, hand_over, notes};

const TOPIC: &str = "projects/far-away/topics/dataflow-status";
/// A virtual machine starts, and a message that was refused is sent again, in far less.
const WITHIN: Duration = Duration::from_mins(1);

/// The running emulator; it ends with its handle.
struct Emulator {
    url: String,
    http: reqwest::Client,
    _process: Child,
}

impl Emulator {
    async fn start() -> Self {
        let launcher =
            std::env::var_os("PUBSUB_EMULATOR").expect("PUBSUB_EMULATOR names the emulator's launcher");
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut process = Command::new(launcher)
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the emulator can be started");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let started = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("Server started") {
                    return;
                }
            }
            panic!("the emulator ended");
        };
        tokio::time::timeout(WITHIN, started).await.expect("the emulator starts");
        // It goes on talking, and stops when nobody listens.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { url: format!("http://127.0.0.1:{port}/v1/"), http: reqwest::Client::new(), _process: process }
    }

    async fn ask(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let answer =
            self.http.request(method, format!("{}{path}", self.url)).json(body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn subscribe(&self, endpoint: &str) {
        self.ask(reqwest::Method::PUT, TOPIC, &json!({})).await;
        let oidc = json!({"serviceAccountEmail": PUSH_ACCOUNT, "audience": AUDIENCE});
        let subscription =
            json!({"topic": TOPIC, "pushConfig": {"pushEndpoint": endpoint, "oidcToken": oidc}});
        self.ask(reqwest::Method::PUT, SUBSCRIPTION, &subscription).await;
    }

    async fn publish(&self, data: &Value, attributes: &Value) {
        let message = json!({"data": STANDARD.encode(data.to_string()), "attributes": attributes});
        self.ask(reqwest::Method::POST, &format!("{TOPIC}:publish"), &json!({"messages": [message]})).await;
    }
}

/// What stands between the emulator and the router.
struct Proxy {
    router: String,
    google: FakeGoogle,
    http: reqwest::Client,
    seen: Mutex<HashSet<String>>,
    answered: mpsc::UnboundedSender<u16>,
}

async fn forward(State(proxy): State<Arc<Proxy>>, body: Bytes) -> StatusCode {
    let push: Value = serde_json::from_slice(&body).expect("the emulator pushes JSON");
    let id = push["message"]["messageId"].as_str().expect("a message has an id").to_owned();
    let is_first = proxy.seen.lock().unwrap().insert(id);
    let mut request = proxy.http.post(&proxy.router).header("content-type", "application/json").body(body);
    if !is_first {
        request = request.bearer_auth(proxy.google.token());
    }
    let status = request.send().await.expect("the router answers").status();
    proxy.answered.send(status.as_u16()).expect("the test listens");
    status
}

async fn serve(router: Router) -> (String, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/dataflow/status", listener.local_addr().unwrap());
    let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, AbortOnDropHandle::new(task))
}

async fn story(app: &mut TestApp) {
    let begun = hand_over(app).await;
    let (router, router_task) = serve(orchestrator::app::router(&app.app)).await;
    let (answered, mut answers) = mpsc::unbounded_channel();
    let (google, http, seen) = (app.google.clone(), reqwest::Client::new(), Mutex::default());
    let proxy = Proxy { router, google, http, seen, answered };
    let (endpoint, proxy_task) = serve(Router::new().fallback(forward).with_state(Arc::new(proxy))).await;
    let emulator = Emulator::start().await;
    emulator.subscribe(&endpoint).await;

    let running = begun.status(app, "RUNNING");
    app.github.advance(chrono::TimeDelta::minutes(5));
    let done = begun.status(app, "DONE");
    for status in [&running, &done, &done] {
        emulator.publish(&status.data(), &status.attributes()).await;
    }
    emulator.publish(&json!({"schema": "of tomorrow"}), &json!({})).await;
    let mut statuses = Vec::new();
    while statuses.iter().filter(|status| **status == 204).count() < 4 {
        let next = tokio::time::timeout(WITHIN, answers.recv()).await;
        statuses.push(next.expect("the emulator delivers again").expect("the proxy lives"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 204, 204, 204, 401, 401, 401, 401], "each is refused once and taken once");
    app.settle().await;
    assert_ended(app, begun.number, "success", "Worked");
    assert_eq!(notes(app).await.len(), 2, "the two copies of one event are one");
    assert_eq!(app.app.metrics.status_messages("unusable"), 1);
    assert_eq!(app.google.job(JOB).state, "JOB_STATE_RUNNING", "nobody asked");
    drop((emulator, proxy_task, router_task));
}

#[tokio::test]
#[ignore = "needs the Pub/Sub emulator"]
async fn s20_the_pubsub_emulator_pushes_status_messages_and_the_run_ends() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        tell(engine, async |app| story(app).await).await;
    }
}
