//! `pfo github-app` and `pfo forward`: an App comes into being, is asked and told things, and its webhooks reach a service behind a channel.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Output, Stdio};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use harness::app::sources;
use harness::files::write_config;
use harness::github::{FakeGithub, Hook};
use harness::world::{DEPLOYMENT, STAGED, furnish};
use orchestrator::config::Config;
use reqwest::header::LOCATION;
use runner_sops::age::AgeIdentity;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::mpsc;

fn pfo(github: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::from(crate::command_line::pfo());
    command.args(arguments).env("GITHUB_API_URL", github).env("PFO_CONFIG_DIR", folder);
    command.env("PANGEO_FORGE_DEPLOYMENT", DEPLOYMENT).stdin(Stdio::null()).kill_on_drop(true);
    command
}

fn started(command: &mut Command) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

async fn line(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = lines.next_line().await.unwrap().expect("one more line");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn browser() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// The value of an attribute of the page's form, as a browser reads it.
fn attribute(page: &str, before: &str) -> String {
    let value = page.split_once(before).expect("the form has it").1.split('"').next().unwrap();
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Goes the way that a person goes in a browser: the page, GitHub's confirmation, and back.
async fn confirm(page: &str) {
    let browser = browser();
    let html = browser.get(page).send().await.unwrap().text().await.unwrap();
    let (action, manifest) = (attribute(&html, "action=\""), attribute(&html, "name=\"manifest\" value=\""));
    let body = form_urlencoded(&[("manifest", &manifest)]);
    let form = browser.post(action).header("content-type", "application/x-www-form-urlencoded").body(body);
    let answer = form.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND);
    let back = answer.headers()[LOCATION].to_str().unwrap().to_owned();

    // Another site that has learned the code, and not the state, gets nothing done.
    let (address, _) = back.rsplit_once("state=").unwrap();
    let stranger = browser.get(format!("{address}state=guessed")).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::BAD_REQUEST);
    assert_eq!(browser.get(back).send().await.unwrap().status(), StatusCode::OK);
}

fn form_urlencoded(pairs: &[(&str, &str)]) -> String {
    reqwest::Url::parse_with_params("http://form/", pairs).unwrap().query().unwrap().to_owned()
}

async fn world() -> (FakeGithub, TempDir) {
    let github = FakeGithub::builder().system_clock().start().await.unwrap();
    furnish(&github);
    (github, tempfile::tempdir().unwrap())
}

fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("canary") && !said.contains("PRIVATE KEY"), "{said}");
    said
}

#[tokio::test]
async fn an_app_is_made_from_a_manifest_and_its_secrets_are_kept_for_its_owner_alone() {
    let (github, folder) = world().await;
    let arguments = ["github-app", "create", "pforge-local-me", "--json", "--github-url", github.url()];
    let (child, mut lines) = started(&mut pfo(github.url(), folder.path(), &arguments));
    let page = line(&mut lines).await["page"].as_str().unwrap().to_owned();
    confirm(&page).await;
    let made = line(&mut lines).await;
    assert_eq!(
        (&made["app_id"], &made["slug"]),
        (&json!(harness::github::APP_ID), &json!("pforge-local-me"))
    );
    assert!(child.wait_with_output().await.unwrap().status.success());

    let file = folder.path().join("secrets/config.pforge-local-me.yaml");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let mut told = sources(&github, folder.path().to_owned());
    told.deployment = "pforge-local-me".into();
    let config = Config::read(&told, github.now()).await.unwrap();
    assert_eq!((config.github.app_id, config.github.webhook_secrets.len()), (harness::github::APP_ID, 1));
    // What GitHub has is what the service needs.
    github.read(|world| assert!(world.app.events.contains("issue_comment"), "{:?}", world.app.events));

    let before = fs::read_to_string(&file).unwrap();
    let again = pfo(github.url(), folder.path(), &arguments).output().await.unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("is there already, and is never overwritten"));
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
}

#[tokio::test]
async fn s6_the_secrets_of_an_app_that_others_reach_are_written_encrypted_or_not_at_all() {
    let (github, folder) = world().await;
    let arguments = ["github-app", "create", "staging", "--json", "--github-url", github.url()];
    let refused = pfo(github.url(), folder.path(), &arguments).output().await.unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("has to be encrypted, and nothing says for whom"));

    let identity = AgeIdentity::generate().unwrap();
    let rules = format!("creation_rules: [{{age: {}}}]\n", identity.recipient());
    fs::write(folder.path().join(".sops.yaml"), rules).unwrap();
    let (child, mut lines) = started(&mut pfo(github.url(), folder.path(), &arguments));
    confirm(line(&mut lines).await["page"].as_str().unwrap()).await;
    let made = line(&mut lines).await;
    assert!(child.wait_with_output().await.unwrap().status.success());
    let file = made["file"].as_str().unwrap();
    let text = fs::read_to_string(file).unwrap();
    assert!(!text.contains("canary") && !text.contains("PRIVATE KEY") && text.contains("sops:"), "{text}");
    let mut view = pfo(github.url(), folder.path(), &["secrets", "view", file]);
    let seen = view.env("SOPS_AGE_KEY", identity.to_text().as_str()).output().await.unwrap();
    assert!(String::from_utf8(seen.stdout).unwrap().contains("webhook_secret: canary-webhook-secret"));
}

#[tokio::test]
async fn the_app_is_asked_and_told_things_and_its_key_is_never_said() {
    let (github, folder) = world().await;
    write_config(folder.path(), "/nowhere");
    let run = async |arguments: &[&str]| {
        let output =
            pfo(github.url(), folder.path(), &["github-app"]).args(arguments).output().await.unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout.clone()).unwrap(), said(&output))
    };

    let (code, jwt, _) = run(&["jwt"]).await;
    assert_eq!((code, jwt.trim().split('.').count()), (0, 3));
    let (code, token, _) = run(&["token", "--repo", STAGED, "--json"]).await;
    let token: Value = serde_json::from_str(&token).unwrap();
    assert!(code == 0 && token["token"].as_str().is_some_and(|token| token.len() > 10), "{token}");
    let (code, text, why) = run(&["token", "--repo", "somebody/else"]).await;
    assert!(code == 1 && text.is_empty() && why.contains("somebody/else"), "{why}");

    let hook = "https://channel.example.org/abc";
    assert_eq!(run(&["hook-url", hook]).await.0, 0);
    assert_eq!(run(&["hook-url"]).await.1.trim(), hook);
    github.read(|world| assert_eq!(world.app.hook.url.as_deref(), Some(hook)));
    let (code, _, why) = run(&["hook-url", "ftp://channel.example.org"]).await;
    assert!(code != 0 && why.contains("http"), "{why}");

    github.announce(STAGED, "issue_comment", "maintainer", json!({"action": "created"}));
    for hook in github.take_hooks() {
        github.delivered(&hook, 502);
    }
    let (code, list, _) = run(&["deliveries", "--failed", "--json"]).await;
    let delivery: Value = serde_json::from_str(list.lines().next().unwrap()).unwrap();
    assert!(code == 0 && delivery["status_code"] == 502, "{list}");

    let (code, answer, _) = run(&["call", "GET", &format!("/repos/{STAGED}"), "--json"]).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((code, &answer["body"]["full_name"]), (0, &json!(STAGED)));
    let (code, _, why) = run(&["call", "DELETE", &format!("/repos/{STAGED}")]).await;
    assert!(code == 1 && why.contains("docs/github.md"), "{why}");
}

/// A channel that first hands on what is none of GitHub's, then this delivery, twice: as it was sent, and with a changed body.
async fn channel(hook: Hook, secret: &str) -> String {
    let headers: Vec<(String, String)> = hook.signed_headers(secret);
    let mut event = json!({"host": "channel.example.org", "timestamp": 1});
    for (name, value) in headers {
        event[name.to_lowercase()] = json!(value);
    }
    let data = |body: &str| {
        // The body goes in as it is, as a channel has it that keeps the order of keys.
        let event = event.to_string();
        format!("id: 1\nevent: message\ndata: {},\"body\":{body}}}\n\n", event.strip_suffix('}').unwrap())
    };
    let body = String::from_utf8(hook.body).unwrap();
    let changed = body.replacen("created", "deleted", 1);
    assert_ne!(body, changed);
    let text = format!(
        "event: ready\ndata: {{}}\n\ndata: not JSON\n\ndata: {{\"body\": 1}}\n\n{}{}",
        data(&body),
        data(&changed)
    );
    let events = move || async move { ([("content-type", "text/event-stream")], text).into_response() };
    serve(Router::new().route("/channel", get(events))).await + "/channel"
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_channel_passes_deliveries_on_with_their_signatures_and_garbage_ends_nothing() {
    let (github, folder) = world().await;
    write_config(folder.path(), "/nowhere");
    github.announce(STAGED, "issue_comment", "maintainer", json!({"action": "created"}));
    let hook = github.take_hooks().remove(0);
    let (sent, secret) = (hook.body.clone(), harness::world::WEBHOOK_SECRET);
    let signature = hook
        .signed_headers(secret)
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("x-hub-signature-256"));

    let (taken, mut received) = mpsc::unbounded_channel();
    let take = move |headers: HeaderMap, body: axum::body::Bytes| async move {
        taken.send((headers["x-hub-signature-256"].to_str().unwrap().to_owned(), body)).unwrap();
        StatusCode::ACCEPTED
    };
    let service = serve(Router::new().route("/github/hooks/", post(take))).await;
    let channel = channel(hook, secret).await;
    let to = format!("{service}/github/hooks/");
    let (_child, mut lines) =
        started(&mut pfo(github.url(), folder.path(), &["forward", &channel, "--to", &to, "--json"]));
    for fits in ["fits", "differs"] {
        let report = line(&mut lines).await;
        assert_eq!((&report["signature"], &report["status"]), (&json!(fits), &json!(202)), "{report}");
        assert_eq!(report["event"], "issue_comment");
    }
    let (told, body) = received.recv().await.unwrap();
    assert_eq!((Some(told), body.as_ref()), (signature.map(|(_, value)| value), sent.as_slice()));

    let refused =
        pfo(github.url(), folder.path(), &["forward", &format!("{service}/nothing")]).output().await.unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("is no channel"));
}
