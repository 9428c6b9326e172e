//! The operator's commands about work and webhooks, as programs call them: one JSON object for each thing, and an exit code that says whether
//! all was done.

use harness::app::TestApp;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, STAGED, feedstock};
use reqwest::Method;
use serde_json::{Value, json};

use crate::command_line;

/// The exit code, and each line of the answer.
fn pfo(app: &TestApp, arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
    let output = command_line::pfo()
        .args(arguments)
        .arg("--json")
        .env("DATABASE_URL", app.database_url())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), said.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

stories! {
    async fn a_delivery_is_shown_and_read_again(app: &mut TestApp) {
        app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(feedstock("tiny-success", "recipes/tiny")));
        app.settle().await;
        // The world's time is not this machine's.
        let (code, listed) = pfo(app, &["delivery", "list", "--event", "pull_request", "--hours", "100000"]);
        assert_eq!((code, listed.len()), (Some(0), 1), "{listed:#?}");
        let id = listed[0]["id"].as_str().unwrap();

        let (code, shown) = pfo(app, &["delivery", "show", id, "--body"]);
        assert_eq!((code, &shown[0]["id"], &shown[0]["event"]), (Some(0), &json!(id), &json!("pull_request")));
        assert_eq!(shown[0]["received_at"], listed[0]["received_at"]);
        let body: Value = serde_json::from_str(shown[0]["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["action"], "opened");
        let means = &shown[0]["means"];
        assert!(means["commands"][0].as_str().unwrap().starts_with("Synchronize"), "{means}");

        let (code, dry) = pfo(app, &["delivery", "replay", id, "--dry-run"]);
        assert_eq!((code, dry), (Some(0), vec![json!({"id": id, "queued": false, "means": means})]));
        let (code, replayed) = pfo(app, &["delivery", "replay", id]);
        assert_eq!((code, replayed), (Some(0), vec![json!({"id": id, "queued": true})]));
        let (code, again) = pfo(app, &["delivery", "replay", id]);
        assert_eq!((code, again), (Some(1), vec![]), "it waits to be read already");
        app.exhaust().await;
        assert_eq!(app.checks("synchronize").len(), 1, "what is done already is not done twice");
    }

    async fn a_job_that_was_given_up_is_tried_again_and_no_other_is(app: &mut TestApp) {
        app.github.fault(Method::GET, "/contents/recipes/tiny").times(12).status(500);
        app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(feedstock("tiny-success", "recipes/tiny")));
        app.exhaust().await;
        let (_, dead) = pfo(app, &["job", "list", "--state", "dead"]);
        assert_eq!(dead.len(), 1, "{dead:#?}");
        let id = dead[0]["id"].as_i64().unwrap();

        let (code, tried) = pfo(app, &["job", "retry", &id.to_string(), "999999"]);
        assert_eq!(code, Some(1), "there is no job 999999");
        assert_eq!(tried, [json!({"id": id, "queued": true}), json!({"id": 999_999, "queued": false})]);
        app.exhaust().await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
        assert_eq!(pfo(app, &["job", "list", "--state", "dead"]), (Some(0), vec![]));
        assert_eq!(pfo(app, &["migrate"]), (Some(0), vec![json!({"up_to_date": true})]));
    }
}
