//! Comments and reactions.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use super::{Caller, REPO, at};

#[tokio::test]
async fn the_app_edits_its_own_comments_only() {
    let caller = Caller::new().await;
    let own = caller.post(&at("issues/1/comments"), json!({"body": "hello"})).await;
    assert_eq!((own.status.as_u16(), &own.body["id"]), (201, &json!(5001)));
    assert_eq!(own.body["user"]["login"], "pangeo-forge[bot]");
    assert_eq!(own.body["performed_via_github_app"]["id"], 1001);
    let hers = caller.github.comment(REPO, 1, "maria", "/run a");
    assert_eq!(caller.patch(&at("issues/comments/5001"), json!({"body": "again"})).await.status, 200);
    assert_eq!(
        caller.patch(&at(&format!("issues/comments/{hers}")), json!({"body": "no"})).await.status,
        403
    );
    assert_eq!(caller.send(Method::DELETE, &at("issues/comments/5001"), None).await.unwrap().status, 204);
    assert_eq!(caller.get(&at("issues/comments/5001")).await.status, 404);
}

#[tokio::test]
async fn too_long_and_blank_comments_are_refused() {
    let caller = Caller::new().await;
    for (body, status) in [("x".repeat(65_536), 201), ("x".repeat(65_537), 422), (" ".to_owned(), 422)] {
        assert_eq!(caller.post(&at("issues/1/comments"), json!({"body": body})).await.status, status);
    }
    assert_eq!(caller.post(&at("issues/99/comments"), json!({"body": "x"})).await.status, 404);
}

#[tokio::test]
async fn a_reaction_is_there_once() {
    let caller = Caller::new().await;
    let id = caller.github.comment(REPO, 1, "maria", "/run a");
    let path = at(&format!("issues/comments/{id}/reactions"));
    for status in [201, 200] {
        let answer = caller.post(&path, json!({"content": "eyes"})).await;
        assert_eq!((answer.status.as_u16(), &answer.body["id"]), (status, &json!(4001)));
    }
    assert_eq!(caller.post(&path, json!({"content": "applause"})).await.status, 422);
    assert_eq!(caller.get(&path).await.body.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn long_lists_come_in_pages_that_lead_to_each_other() {
    let caller = Caller::new().await;
    for number in 1..=5 {
        caller.github.comment(REPO, 1, "maria", &format!("comment {number}"));
    }
    let mut path = at("issues/1/comments?per_page=2");
    let mut bodies = Vec::new();
    loop {
        let page = caller.get(&path).await;
        bodies.extend(page.body.as_array().unwrap().iter().map(|comment| comment["body"].clone()));
        let links = page.headers.get("link").map_or("", |links| links.to_str().unwrap());
        let Some(next) = links.split(", ").find(|link| link.ends_with("rel=\"next\"")) else { break };
        let address = next.split(['<', '>']).nth(1).unwrap();
        address.strip_prefix(caller.github.url()).unwrap().clone_into(&mut path);
    }
    assert_eq!(bodies, ["comment 1", "comment 2", "comment 3", "comment 4", "comment 5"]);
}

#[tokio::test]
async fn since_leaves_out_what_was_there_before() {
    let caller = Caller::new().await;
    caller.github.comment(REPO, 1, "maria", "old");
    caller.github.advance(TimeDelta::minutes(1));
    caller.github.comment(REPO, 1, "maria", "new");
    let answer = caller.get(&at("issues/1/comments?since=2026-01-01T00:00:30Z")).await;
    assert_eq!(answer.body.as_array().unwrap().len(), 1);
    assert_eq!(answer.body[0]["body"], "new");
}

#[tokio::test]
async fn an_issue_shares_the_numbers_of_pull_requests_and_is_none() {
    let caller = Caller::new().await;
    let issue = caller.github.open_issue(REPO, "ada", "A question");
    assert_eq!(issue, 2, "the pull request has the first number");
    let pull = caller
        .github
        .open_pull_request(harness::github::NewPull::new(REPO, "ada", "Another").files([("a.txt", "a\n")]));
    assert_eq!(pull, 3);
    caller.github.take_hooks();
    caller.github.comment(REPO, issue, "maria", "/help");
    let hook = caller.github.take_hooks().pop().unwrap().json();
    assert_eq!((&hook["issue"]["number"], hook["issue"].get("pull_request")), (&json!(2), None));
    assert_eq!(caller.post(&at("issues/2/comments"), json!({"body": "hello"})).await.status, 201);
    assert_eq!(caller.get(&at("issues/2/comments")).await.body.as_array().unwrap().len(), 2);
    assert_eq!(caller.get(&at("pulls/2")).await.status, 404);
    assert_eq!(caller.github.contract_violations(), [""; 0]);
}

#[tokio::test]
async fn a_locked_conversation_takes_no_word_from_the_app() {
    let caller = Caller::new().await;
    let hers = caller.github.comment(REPO, 1, "maria", "/run a");
    caller.github.lock_conversation(REPO, 1);
    assert_eq!(caller.post(&at("issues/1/comments"), json!({"body": "hello"})).await.status, 403);
    let path = at(&format!("issues/comments/{hers}/reactions"));
    assert_eq!(caller.post(&path, json!({"content": "eyes"})).await.status, 403);
    caller.github.unlock_conversation(REPO, 1);
    assert_eq!(caller.post(&path, json!({"content": "eyes"})).await.status, 201);
}
