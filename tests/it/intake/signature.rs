//! Only GitHub is believed: signatures, secrets, and the headers that a delivery must have.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use harness::files::write_config;
use harness::github::sign;
use harness::stories;
use harness::world::{DEPLOYMENT, WEBHOOK_SECRET};
use orchestrator::app::{self, App};
use orchestrator::config::{Config, Sources};
use runner_sops::sources::KeySources;
use serde_json::json;
use tower::ServiceExt;

use super::{HOOKS, hook, jobs, signed, stored};

const BODY: &[u8] = br#"{"action": "opened"}"#;
const UNSIGNED: &str = "Request does not include a GitHub hash signature header.";
const BAD: &str = "Request hash signature invalid.";

stories! {
    async fn s1_a_delivery_that_github_did_not_sign_is_refused_and_leaves_no_trace(app: &mut TestApp) {
        let good = sign(WEBHOOK_SECRET, BODY);
        let capitals = format!("sha256={}", good["sha256=".len()..].to_uppercase());
        let plain = [("x-github-event", "pull_request"), ("x-github-delivery", "one")];
        for (name, signature, detail) in [
            ("none", None, UNSIGNED),
            ("empty", Some(""), UNSIGNED),
            ("of another secret", Some(sign("guess", BODY).as_str()), BAD),
            ("of another body", Some(sign(WEBHOOK_SECRET, b"{}").as_str()), BAD),
            ("cut short", Some(&good[..good.len() - 2]), BAD),
            ("in capitals", Some(capitals.as_str()), BAD),
            ("without its algorithm", Some(&good["sha256=".len()..]), BAD),
            ("no hexadecimal digits", Some("sha256=…"), BAD),
        ] {
            let mut headers: Vec<_> = plain.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            headers.extend(signature.map(|value| ("x-hub-signature-256".to_owned(), value.to_owned())));
            let (status, answer) = app.post(HOOKS, &headers, BODY.to_vec()).await;
            assert_eq!((status, answer), (StatusCode::UNAUTHORIZED, json!({ "detail": detail })), "{name}");
        }
        assert_eq!((stored(app).await.len(), jobs(app).await), (0, 0));
        // Nobody can burn the id of a delivery that is still to come.
        let (status, answer) = app.deliver(&hook("pull_request", "one", BODY)).await;
        assert_eq!((status, answer), (StatusCode::ACCEPTED, json!({ "status": "accepted", "delivery": "one" })));
        app.settle().await;
    }

    async fn s2_two_secrets_are_good_during_a_rotation(app: &mut TestApp) {
        let files = tempfile::tempdir().unwrap();
        write_config(files.path(), "/nowhere");
        let path = files.path().join(format!("secrets/config.{DEPLOYMENT}.yaml"));
        let text = std::fs::read_to_string(&path).unwrap();
        let one = format!("webhook_secret: '{WEBHOOK_SECRET}'");
        let two = format!("webhook_secret: ['the next one', '{WEBHOOK_SECRET}']");
        assert!(text.contains(&one), "{text}");
        std::fs::write(&path, text.replace(&one, &two)).unwrap();
        let sources = Sources {
            deployment: DEPLOYMENT.into(),
            config_dir: files.path().to_owned(),
            github_api_url: app.github.url().into(),
            keys: KeySources::default(),
        };
        let config = Config::read(&sources, app.now()).await.unwrap();
        let rotating = App::build(config, app.app.store.clone(), Arc::clone(&app.app.clock)).unwrap();
        let router = app::router(&Arc::new(rotating));
        for (secret, expected) in [
            (WEBHOOK_SECRET, StatusCode::ACCEPTED),
            ("the next one", StatusCode::ACCEPTED),
            ("the one before", StatusCode::UNAUTHORIZED),
        ] {
            let request = Request::post(HOOKS)
                .header("x-github-event", "ping")
                .header("x-github-delivery", format!("under-{}", secret.len()))
                .header("x-hub-signature-256", sign(secret, BODY))
                .body(Body::from(BODY))
                .unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), expected, "{secret}");
        }
        assert_eq!(stored(app).await.len(), 2);
    }

    async fn a_delivery_that_does_not_say_what_it_is_is_refused(app: &mut TestApp) {
        let long = "x".repeat(101);
        for (name, headers, missing) in [
            ("no event", vec![("x-github-delivery", "one")], "X-GitHub-Event"),
            ("no id", vec![("x-github-event", "ping")], "X-GitHub-Delivery"),
            ("an empty id", vec![("x-github-event", "ping"), ("x-github-delivery", " ")], "X-GitHub-Delivery"),
            ("a long id", vec![("x-github-event", "ping"), ("x-github-delivery", &long)], "X-GitHub-Delivery"),
            ("blanks", vec![("x-github-event", "pull request"), ("x-github-delivery", "one")], "X-GitHub-Event"),
        ] {
            let (status, answer) = app.post(HOOKS, &signed(&headers, BODY), BODY.to_vec()).await;
            let detail = answer["detail"].as_str().unwrap();
            assert_eq!(status, StatusCode::BAD_REQUEST, "{name}: {detail}");
            assert!(detail.starts_with(&format!("The header {missing} is missing")), "{name}: {detail}");
        }
        assert_eq!((stored(app).await.len(), jobs(app).await), (0, 0));
    }
}
