//! Requests that GitHub's description does not allow are found, whatever the routes here make of them.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, at};

/// Sends one request and returns what was found to be wrong with it.
async fn found(method: Method, path: &str, body: Option<Value>) -> Vec<String> {
    let caller = Caller::new().await;
    caller.send(method, path, body).await.unwrap();
    caller.github.contract_violations()
}

#[tokio::test]
async fn each_kind_of_mistake_is_named() {
    let comments = at("issues/1/comments");
    for (method, path, body, words) in [
        (Method::GET, at("pulls?colour=red"), None, "query parameter colour is unknown"),
        (Method::GET, at("pulls?state=ajar"), None, "query parameter state is \"ajar\"; allowed are"),
        (Method::GET, at("pulls?page=two"), None, "which is no \"integer\""),
        (Method::GET, at("pull/1"), None, "no such method and path"),
        (Method::PATCH, at("pulls"), Some(json!({})), "no such method and path"),
        (Method::POST, comments.clone(), None, "the body is missing"),
        (Method::POST, comments.clone(), Some(json!({"text": "x"})), "\"body\" is a required property"),
        (Method::POST, comments.clone(), Some(json!({"body": "x", "colour": 1})), "\"colour\" is unknown"),
        (
            Method::POST,
            at("issues/comments/1/reactions"),
            Some(json!({"content": "clap"})),
            "body at \"/content\"",
        ),
    ] {
        let found = found(method.clone(), &path, body).await;
        assert!(found.iter().any(|what| what.contains(words)), "{method} {path}: {words}: {found:?}");
    }
}

#[tokio::test]
async fn paths_with_slashes_in_a_parameter_are_understood() {
    for rest in [
        "contents/a/b/c.yaml?ref=refs/heads/x",
        "git/ref/heads/a/b",
        "commits/heads/a/b/check-runs",
        "branches/a/b",
    ] {
        assert_eq!(found(Method::GET, &at(rest), None).await, [""; 0], "{rest}");
    }
}

#[tokio::test]
async fn every_request_is_counted() {
    let caller = Caller::new().await;
    let before = caller.github.requests_validated();
    caller.get(&at("pulls/1")).await;
    assert_eq!(caller.github.requests_validated(), before + 1);
    assert!(harness::github::validated_in_process() > before);
}
