//! Faults and kill points do what they say, and are missed when nothing ran into them.

use std::time::Duration;

use harness::github::Moment;
use reqwest::Method;
use serde_json::json;

use super::{Caller, at};

#[tokio::test]
async fn after_effect_keeps_the_write_and_loses_the_answer() {
    let caller = Caller::new().await;
    caller.github.fault(Method::POST, "/comments").after_effect(502);
    assert_eq!(caller.post(&at("issues/1/comments"), json!({"body": "hello"})).await.status, 502);
    assert_eq!(caller.get(&at("issues/1/comments")).await.body[0]["body"], "hello");
    assert_eq!(
        caller.github.transcript(),
        ["POST /repos/pangeo-forge/staged-recipes/issues/1/comments body=hello → 502, but done"]
    );
}

#[tokio::test]
async fn a_status_happens_before_the_effect_and_as_often_as_ordered() {
    let caller = Caller::new().await;
    caller.github.fault(Method::POST, "/comments").times(2).status(500);
    for expected in [500, 500, 201] {
        assert_eq!(caller.post(&at("issues/1/comments"), json!({"body": "hello"})).await.status, expected);
    }
    assert_eq!(caller.get(&at("issues/1/comments")).await.body.as_array().unwrap().len(), 1);
    assert_eq!(caller.github.unused_faults(), [""; 0]);
}

#[tokio::test]
async fn a_dropped_connection_gives_no_status_at_all() {
    let caller = Caller::new().await;
    caller.github.fault(Method::POST, "/comments").drop_after_effect();
    let lost = caller.send(Method::POST, &at("issues/1/comments"), Some(json!({"body": "hello"}))).await;
    assert!(lost.is_err_and(|error| error.is_request() && error.status().is_none()));
    caller.github.fault(Method::POST, "/comments").hang(Duration::from_millis(5));
    assert!(
        caller.send(Method::POST, &at("issues/1/comments"), Some(json!({"body": "hello"}))).await.is_err()
    );
    assert_eq!(caller.get(&at("issues/1/comments")).await.body.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn limits_tell_when_to_come_back() {
    let caller = Caller::new().await;
    caller.github.fault(Method::GET, "/pulls").rate_limited(90);
    let limited = caller.get(&at("pulls")).await;
    let reset = (caller.github.now().timestamp() + 90).to_string();
    assert_eq!(limited.status, 403);
    assert_eq!(limited.headers["x-ratelimit-remaining"], "0");
    assert_eq!(limited.headers["x-ratelimit-reset"], *reset);
    caller.github.fault(Method::GET, "/pulls").secondary_limit();
    assert_eq!(caller.get(&at("pulls")).await.headers["retry-after"], "60");
}

#[tokio::test]
async fn stale_reads_show_the_world_of_before() {
    let caller = Caller::new().await;
    caller.github.fault(Method::GET, "/comments").stale_reads(2);
    caller.post(&at("issues/1/comments"), json!({"body": "hello"})).await;
    for expected in [0, 0, 1] {
        assert_eq!(caller.get(&at("issues/1/comments")).await.body.as_array().unwrap().len(), expected);
    }
}

#[tokio::test]
async fn a_fault_that_nothing_ran_into_is_reported() {
    let caller = Caller::new().await;
    caller.github.fault(Method::PUT, "/merge").times(3).status(500);
    assert_eq!(caller.github.unused_faults(), ["PUT …/merge… (3 left)"]);
}

#[tokio::test]
async fn a_kill_point_holds_its_request_on_the_right_side_of_the_effect() {
    for (moment, comments) in [(Moment::Before, 0), (Moment::After, 1)] {
        let caller = Caller::new().await;
        let mut stop = caller.github.stop_at(caller.github.request_count() + 1, moment);
        let path = at("issues/1/comments");
        let held = caller.post(&path, json!({"body": "hello"}));
        tokio::select! {
            answer = held => panic!("answered {} in spite of the kill point", answer.status),
            () = stop.reached() => {}
        }
        assert_eq!(caller.get(&path).await.body.as_array().unwrap().len(), comments, "{moment:?}");
    }
}

#[tokio::test]
async fn an_unknown_route_is_remembered() {
    let caller = Caller::new().await;
    assert_eq!(caller.post(&at("labels"), json!({"name": "x"})).await.status, 501);
    assert_eq!(caller.github.unhandled(), [format!("POST {} {{\"name\":\"x\"}}", at("labels"))]);
}
