//! Tokens: who gets one, what it opens, when it ends.

use chrono::TimeDelta;
use harness::github::{Access, FakeGithub, Role};
use serde_json::json;

use super::{Caller, REPO, app_token, at};

#[tokio::test]
async fn a_token_without_checks_write_cannot_make_a_check_run() {
    let mut caller = Caller::new().await;
    caller.use_token(json!({"repositories": ["staged-recipes"], "permissions": {"checks": "read"}})).await;
    let answer = caller.post(&at("check-runs"), json!({"name": "a", "head_sha": caller.head()})).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.body["message"], "Resource not accessible by integration");
    assert_eq!(answer.headers["x-accepted-github-permissions"], "checks=write");
    assert_eq!(caller.get(&at(&format!("commits/{}/check-runs", caller.head()))).await.status, 200);
    assert_eq!(caller.get(&at("pulls/1")).await.status, 403);
}

#[tokio::test]
async fn a_token_for_one_repository_does_not_see_another() {
    let mut caller = Caller::new().await;
    caller.github.add_repo("pangeo-forge/other");
    caller.use_token(json!({"repositories": ["other"]})).await;
    assert_eq!(caller.get(&at("pulls/1")).await.status, 404);
    assert_eq!(caller.get("/repos/pangeo-forge/other").await.status, 200);
}

#[tokio::test]
async fn more_than_the_app_has_cannot_be_asked_for() {
    let github = FakeGithub::builder().permissions(&[("checks", Access::Read)]).start().await.unwrap();
    github.add_repo(REPO);
    let caller = Caller { http: reqwest::Client::new(), token: app_token(&github, 300), github };
    let path = "/app/installations/2001/access_tokens";
    assert_eq!(caller.post(path, json!({"permissions": {"checks": "write"}})).await.status, 422);
    assert_eq!(caller.post(path, json!({"permissions": {"issues": "read"}})).await.status, 422);
    assert_eq!(caller.post(path, json!({"repositories": ["unknown"]})).await.status, 422);
    assert_eq!(caller.post("/app/installations/1/access_tokens", json!({})).await.status, 404);
    assert_eq!(caller.post(path, json!({"permissions": {"checks": "read"}})).await.status, 201);
}

#[tokio::test]
async fn a_token_ends_after_an_hour_of_the_worlds_time() {
    let caller = Caller::new().await;
    caller.github.advance(TimeDelta::minutes(59));
    assert_eq!(caller.get(&at("pulls/1")).await.status, 200);
    caller.github.advance(TimeDelta::minutes(1));
    assert_eq!(caller.get(&at("pulls/1")).await.status, 401);
}

#[tokio::test]
async fn an_app_token_must_be_fresh_short_lived_and_its_own() {
    let mut caller = Caller::new().await;
    caller.token = app_token(&caller.github, 300);
    assert_eq!(caller.get("/app").await.body["slug"], "pangeo-forge");
    assert_eq!(caller.get(&at("pulls/1")).await.status, 401, "it opens no repository");
    for seconds in [0, 601] {
        caller.token = app_token(&caller.github, seconds);
        assert_eq!(caller.get("/app").await.status, 401, "{seconds} seconds");
    }
    "a.b.c".clone_into(&mut caller.token);
    assert_eq!(caller.get("/app").await.status, 401);
}

#[tokio::test]
async fn the_permission_of_a_stranger_is_read_and_of_nobody_is_not_found() {
    let caller = Caller::new().await;
    caller.github.set_permission(REPO, "tom", Role::Maintain);
    let asked = async |login: &str| caller.get(&at(&format!("collaborators/{login}/permission"))).await;
    let ada = asked("ada").await.body;
    assert_eq!((&ada["permission"], &ada["role_name"]), (&json!("read"), &json!("read")));
    let tom = asked("tom").await.body;
    assert_eq!((&tom["permission"], &tom["role_name"]), (&json!("write"), &json!("maintain")));
    assert_eq!(asked("nobody-of-that-name").await.status, 404);
}
