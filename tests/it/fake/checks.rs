//! Check runs: limits, life, lists.

use serde_json::{Value, json};

use super::{Caller, at};

fn annotation(line: u64) -> Value {
    json!({"path": "meta.yaml", "start_line": line, "end_line": line, "annotation_level": "failure", "message": "no"})
}

fn output(annotations: u64) -> Value {
    json!({"title": "t", "summary": "s", "annotations": (1..=annotations).map(annotation).collect::<Vec<_>>()})
}

#[tokio::test]
async fn fifty_annotations_are_taken_and_fifty_one_are_refused() {
    let caller = Caller::new().await;
    let new = |count| json!({"name": "synchronize", "head_sha": caller.head(), "output": output(count)});
    assert_eq!(caller.post(&at("check-runs"), new(51)).await.status, 422);
    assert_eq!(caller.post(&at("check-runs"), new(50)).await.status, 201);
    let updated = caller.patch(&at("check-runs/7001"), json!({"output": output(2)})).await;
    assert_eq!(updated.body["output"]["annotations_count"], 52, "an update appends");
    let found = caller.github.contract_violations();
    assert!(
        found.len() == 1 && found[0].contains("annotations"),
        "only the 51 break the contract: {found:?}"
    );
}

#[tokio::test]
async fn a_completed_check_needs_a_conclusion() {
    let caller = Caller::new().await;
    let new = json!({"name": "a", "head_sha": caller.head(), "status": "completed"});
    assert_eq!(caller.post(&at("check-runs"), new).await.status, 422);
    let new = json!({"name": "a", "head_sha": caller.head(), "conclusion": "success"});
    let made = caller.post(&at("check-runs"), new).await;
    assert_eq!((&made.body["status"], &made.body["conclusion"]), (&json!("completed"), &json!("success")));
    let reopened = caller.patch(&at("check-runs/7001"), json!({"status": "in_progress"})).await;
    assert_eq!(reopened.body["conclusion"], Value::Null);
}

#[tokio::test]
async fn a_commit_that_is_not_there_cannot_be_checked() {
    let caller = Caller::new().await;
    let answer = caller.post(&at("check-runs"), json!({"name": "a", "head_sha": "f".repeat(40)})).await;
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn the_list_shows_the_latest_of_each_name_unless_all_are_asked_for() {
    let caller = Caller::new().await;
    for (name, key) in [("a", "1"), ("a", "2"), ("b", "3")] {
        let new = json!({"name": name, "head_sha": caller.head(), "external_id": key});
        caller.post(&at("check-runs"), new).await;
    }
    let list = at(&format!("commits/{}/check-runs", caller.head()));
    let keys = |body: &Value| -> Vec<Value> {
        body["check_runs"].as_array().unwrap().iter().map(|run| run["external_id"].clone()).collect()
    };
    assert_eq!(keys(&caller.get(&list).await.body), ["3", "2"]);
    assert_eq!(keys(&caller.get(&format!("{list}?filter=all&check_name=a")).await.body), ["2", "1"]);
    assert_eq!(caller.get(&format!("{list}?app_id=5")).await.body["total_count"], 0);
    assert_eq!(caller.github.contract_violations(), [""; 0]);
}
