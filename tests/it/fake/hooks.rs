//! Webhooks come out of the world, in order, and only those the App asked for.

use harness::github::{FakeGithub, Hook, NewPull, sign};
use reqwest::Method;
use serde_json::json;

use super::{Caller, REPO, app_token, at};

fn names(hooks: &[Hook]) -> Vec<String> {
    hooks.iter().map(|hook| format!("{} {}", hook.event, hook.action)).collect()
}

#[tokio::test]
async fn the_life_of_a_pull_request_is_told_in_order() {
    let caller = Caller::new().await;
    let opened = caller.github.take_hooks();
    assert_eq!(names(&opened), ["check_suite requested", "pull_request opened"]);
    let body = opened[1].json();
    assert_eq!(body["number"], 1);
    assert_eq!(body["installation"]["id"], 2001);
    assert_eq!(body["pull_request"]["head"]["repo"]["full_name"], "ada/staged-recipes");
    assert_eq!(body["pull_request"]["base"]["repo"]["full_name"], REPO);
    assert_eq!(body["sender"]["login"], "ada");

    caller.github.push(REPO, 1, [("b", "c")]);
    let id = caller.github.comment(REPO, 1, "maria", "/run a");
    caller.github.edit_comment(REPO, id, "maria", "/run b");
    caller.github.delete_comment(REPO, id, "maria");
    caller.github.close(REPO, 1, "ada");
    caller.github.reopen(REPO, 1, "ada");
    caller.github.merge(REPO, 1, "maria");
    let hooks = caller.github.take_hooks();
    assert_eq!(
        names(&hooks),
        [
            "pull_request synchronize",
            "issue_comment created",
            "issue_comment edited",
            "issue_comment deleted",
            "pull_request closed",
            "pull_request reopened",
            "check_suite requested",
            "pull_request closed",
        ]
    );
    assert_eq!(hooks[7].json()["pull_request"]["merged"], true);
    assert_eq!(hooks[2].json()["changes"]["body"]["from"], "/run a");
    assert_eq!(caller.github.hooks_len(), 0);
}

#[tokio::test]
async fn what_the_app_does_comes_back_as_webhooks_too() {
    let caller = Caller::new().await;
    caller.github.take_hooks();
    caller
        .post(&at("check-runs"), json!({"name": "a", "head_sha": caller.head(), "conclusion": "success"}))
        .await;
    caller.post(&at("issues/1/comments"), json!({"body": "hello"})).await;
    let inputs = json!({"dispatch_id": "d", "command": "bake"});
    let dispatch = json!({"ref": "main", "inputs": inputs, "return_run_details": true});
    caller.post(&at("actions/workflows/run-recipe.yaml/dispatches"), dispatch).await;
    caller.github.start_run(9001);
    caller.github.finish_run(9001, "failure", None);
    let hooks = caller.github.take_hooks();
    assert_eq!(
        names(&hooks),
        [
            "check_run created",
            "check_run completed",
            "issue_comment created",
            "workflow_run requested",
            "workflow_run in_progress",
            "workflow_run completed",
        ]
    );
    assert_eq!(hooks[2].json()["comment"]["user"]["type"], "Bot");
    assert_eq!(hooks[5].json()["workflow_run"]["conclusion"], "failure");
    assert_eq!(hooks[5].json()["workflow_run"]["path"], ".github/workflows/run-recipe.yaml");
}

#[tokio::test]
async fn nothing_is_told_where_the_app_is_not_installed_or_not_subscribed() {
    let github = FakeGithub::builder().events(&["issue_comment"]).start().await.unwrap();
    github.add_repo(REPO);
    github.add_repo_without_app("pangeo-forge/other");
    for repo in [REPO, "pangeo-forge/other"] {
        let number = github.open_pull_request(NewPull::new(repo, "ada", "Add").files([("a", "b")]));
        github.comment(repo, number, "ada", "hello");
    }
    let hooks = github.take_hooks();
    assert_eq!(names(&hooks), ["issue_comment created"]);
    assert_eq!(hooks[0].json()["repository"]["full_name"], REPO);
}

#[tokio::test]
async fn the_log_of_deliveries_can_be_read_and_asked_to_send_again() {
    let mut caller = Caller::new().await;
    let hooks = caller.github.take_hooks();
    caller.github.delivered(&hooks[0], 202);
    caller.github.delivered(&hooks[1], 503);
    caller.token = app_token(&caller.github, 300);
    let log = caller.get("/app/hook/deliveries?per_page=1").await;
    assert_eq!((&log.body[0]["guid"], &log.body[0]["status_code"]), (&json!(hooks[1].delivery), &json!(503)));
    assert!(log.headers["link"].to_str().unwrap().contains("cursor=2"), "an older page is named");
    let one = caller.get("/app/hook/deliveries/2").await.body;
    assert_eq!(one["request"]["payload"]["action"], "opened");
    let again = caller.send(Method::POST, "/app/hook/deliveries/2/attempts", None).await.unwrap();
    assert_eq!(again.status, 202);
    let repeated = caller.github.take_hooks();
    assert_eq!((&repeated[0].delivery, &repeated[0].body), (&hooks[1].delivery, &hooks[1].body));
    assert_eq!(caller.github.contract_violations(), [""; 0]);
}

#[test]
fn the_signature_is_the_one_of_githubs_documentation() {
    assert_eq!(
        sign("It's a Secret to Everybody", b"Hello, World!"),
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    );
}
