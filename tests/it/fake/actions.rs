//! Dispatches, runs and artifacts.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, at};

const DISPATCH: &str = "actions/workflows/run-recipe.yaml/dispatches";

fn dispatch(inputs: &Value) -> Value {
    json!({"ref": "main", "inputs": inputs, "return_run_details": true})
}

fn good() -> Value {
    dispatch(&json!({"dispatch_id": "d-1", "command": "bake"}))
}

#[tokio::test]
async fn a_dispatch_tells_its_run_whose_name_holds_the_inputs() {
    let caller = Caller::new().await;
    let answer = caller.post(&at(DISPATCH), good()).await;
    assert_eq!((answer.status.as_u16(), &answer.body["workflow_run_id"]), (200, &json!(9001)));
    let run = caller.get(&at("actions/runs/9001")).await.body;
    assert_eq!(run["display_title"], "bake [d-1]");
    assert_eq!(run["status"], "queued");
    assert_eq!(caller.github.run(9001).unwrap().inputs["prune"], "true", "the default is filled in");
    assert_eq!(caller.github.contract_violations(), [""; 0]);
}

#[tokio::test]
async fn inputs_are_judged_by_the_text_of_the_workflow() {
    let caller = Caller::new().await;
    for (inputs, word) in [
        (json!({"dispatch_id": "1", "command": "bake", "colour": "red"}), "Unexpected"),
        (json!({"command": "bake"}), "Required"),
        (json!({"dispatch_id": "1", "command": "delete"}), "allowed values"),
    ] {
        let answer = caller.post(&at(DISPATCH), dispatch(&inputs)).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body["message"].as_str().unwrap().contains(word), "{}", answer.body);
    }
    assert_eq!(caller.post(&at("actions/workflows/other.yaml/dispatches"), good()).await.status, 404);
    let elsewhere = json!({"ref": "nowhere", "inputs": {}});
    assert_eq!(caller.post(&at(DISPATCH), elsewhere).await.status, 422);
}

#[tokio::test]
async fn an_old_host_refuses_to_be_asked_for_the_run() {
    let caller = Caller::new().await;
    caller.github.change(|world| world.old_host = true);
    assert_eq!(caller.post(&at(DISPATCH), good()).await.status, 422);
    let mut plain = good();
    plain.as_object_mut().unwrap().remove("return_run_details");
    assert_eq!(caller.post(&at(DISPATCH), plain).await.status, 204);
    let runs = caller.get(&at("actions/workflows/run-recipe.yaml/runs?event=workflow_dispatch")).await.body;
    assert_eq!(runs["workflow_runs"][0]["id"], 9001);
}

#[tokio::test]
async fn runs_are_found_by_the_time_they_were_made() {
    let caller = Caller::new().await;
    caller.post(&at(DISPATCH), good()).await;
    caller.github.advance(TimeDelta::minutes(5));
    caller.post(&at(DISPATCH), good()).await;
    for (created, count) in [
        (">=2026-01-01T00:00:00Z", 2),
        (">2026-01-01T00:00:00Z", 1),
        ("<2026-01-01T00:05:00Z", 1),
        ("2026-01-01T00:01:00Z..*", 1),
        ("2026-01-01", 2),
        ("2026-01-02", 0),
    ] {
        let path = at(&format!("actions/workflows/run-recipe.yaml/runs?created={created}"));
        assert_eq!(caller.get(&path).await.body["total_count"], count, "{created}");
    }
}

#[tokio::test]
async fn an_artifact_is_fetched_from_a_signed_address_without_the_token() {
    let caller = Caller::new().await;
    caller.post(&at(DISPATCH), good()).await;
    caller.github.start_run(9001);
    caller.github.finish_run(9001, "success", Some(b"{}"));
    let list = caller.get(&at("actions/runs/9001/artifacts?name=outcome")).await.body;
    assert_eq!(list["artifacts"][0]["id"], 8001);
    let sent_on = caller.get(&at("actions/artifacts/8001/zip")).await;
    assert_eq!(sent_on.status, 302);
    let address = sent_on.headers["location"].to_str().unwrap();
    let path = address.strip_prefix(caller.github.url()).unwrap();
    assert_eq!(caller.get(path).await.status, 403, "the token must not follow");
    let bytes = reqwest::get(address).await.unwrap().bytes().await.unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let content = std::io::read_to_string(archive.by_name("outcome.json").unwrap()).unwrap();
    assert_eq!(content, "{}");
    caller.github.advance(TimeDelta::minutes(2));
    assert_eq!(reqwest::get(address).await.unwrap().status(), 403, "the address ends");
}

#[tokio::test]
async fn a_run_is_cancelled_once_and_may_vanish() {
    let caller = Caller::new().await;
    caller.post(&at(DISPATCH), good()).await;
    let cancel = at("actions/runs/9001/cancel");
    for status in [202, 409] {
        assert_eq!(caller.send(Method::POST, &cancel, None).await.unwrap().status, status);
    }
    assert_eq!(caller.get(&at("actions/runs/9001")).await.body["conclusion"], "cancelled");
    assert_eq!(caller.get(&at("actions/runs/9001/jobs")).await.body["jobs"][0]["conclusion"], "cancelled");
    caller.github.vanish_run(9001);
    assert_eq!(caller.get(&at("actions/runs/9001")).await.status, 404);
}

#[tokio::test]
async fn where_stopping_takes_time_a_run_goes_on_until_it_has_stopped() {
    let caller = Caller::new().await;
    caller.github.change(|world| world.slow_cancel = true);
    caller.post(&at(DISPATCH), good()).await;
    let cancel = at("actions/runs/9001/cancel");
    for _ in 0..2 {
        assert_eq!(caller.send(Method::POST, &cancel, None).await.unwrap().status, 202);
    }
    assert_eq!(caller.get(&at("actions/runs/9001")).await.body["status"], "queued");
    caller.github.finish_run(9001, "cancelled", None);
    assert_eq!(caller.send(Method::POST, &cancel, None).await.unwrap().status, 409);
    assert_eq!(caller.get(&at("actions/runs/9001")).await.body["conclusion"], "cancelled");
}
