//! `review-app.sh` and `comment.sh`: the app of a pull request, and what is told of it.

use std::process::Output;

use super::Stage;

const REVIEW: [(&str, &str); 6] = [
    ("PROJECT", "p"),
    ("REGION", "r"),
    ("SQL_INSTANCE", "p:r:review"),
    ("SERVICE_ACCOUNT", "review@p.example.org"),
    ("IMAGE", "registry/review-app@sha256:1"),
    ("NOW", "1000000"),
];

fn review(action: &str, pull: &str, rules: &str) -> (Stage, Output) {
    let stage = Stage::new(rules);
    let output = stage.run("review-app.sh", &[action], &[&REVIEW[..], &[("PULL", pull)]].concat());
    (stage, output)
}

#[test]
fn a_review_app_has_a_database_of_its_own_that_is_filled_before_it_serves() {
    let (stage, output) =
        review("up", "7", "sql databases describe|1|\nvalue(status.url)|0|https://pforge-pr-7.example.org\n");
    assert!(output.status.success(), "{output:?}");
    stage.happened_in_order(&[
        "gcloud sql databases create pforge-pr-7 --project p --instance review",
        "gcloud run jobs deploy pforge-pr-7-task",
        "run jobs execute pforge-pr-7-task --args migrate --wait",
        "run jobs execute pforge-pr-7-task --args seed --wait",
        "gcloud run deploy pforge-pr-7 --image registry/review-app@sha256:1",
    ]);
    let calls = stage.read("calls");
    assert!(calls.contains("PANGEO_FORGE_DEPLOYMENT=pforge-pr-7"), "{calls}");
    assert!(calls.contains("--labels review-app=7,deployed=1000000"), "{calls}");
    assert_eq!(stage.read("output"), "url=https://pforge-pr-7.example.org\n");
}

#[test]
fn a_review_app_is_ended_by_its_own_pull_request_alone() {
    let (stage, output) = review("down", "7", "labels.review-app|0|7\n");
    assert!(output.status.success(), "{output:?}");
    stage.happened_in_order(&[
        "gcloud run services delete pforge-pr-7",
        "gcloud run jobs delete pforge-pr-7-task",
        "gcloud sql databases delete pforge-pr-7",
    ]);

    let (stage, output) = review("down", "7", "labels.review-app|0|70\n");
    assert!(!output.status.success(), "{output:?}");
    stage.never_happened("delete");

    let (stage, output) = review("down", "7; true", "");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(stage.read("calls"), "");

    // Gone already.
    let (stage, output) = review("down", "7", "describe|1|\n");
    assert!(output.status.success(), "{output:?}");
    stage.never_happened("delete");
}

#[test]
fn review_apps_end_after_two_days() {
    let (stage, output) = review(
        "sweep",
        "",
        "services list|0|7,827199\\n8,827200\\n9,\\n\n\
         describe pforge-pr-7 --format=value(metadata|0|7\n\
         describe pforge-pr-9 --format=value(metadata|0|9\n",
    );
    assert!(output.status.success(), "{output:?}");
    stage.happened_in_order(&["services delete pforge-pr-7 ", "services delete pforge-pr-9 "]);
    stage.never_happened("delete pforge-pr-8");
}

#[test]
fn a_list_that_cannot_be_had_is_no_empty_list() {
    let (stage, output) = review("sweep", "", "services list|1|\n");
    assert!(!output.status.success(), "{output:?}");
    stage.never_happened("delete");

    let (_, output) = review("sweep", "", "");
    assert!(output.status.success(), "nothing to end: {output:?}");
}

#[test]
fn one_review_app_that_cannot_be_ended_keeps_no_other() {
    let (stage, output) = review(
        "sweep",
        "",
        "services list|0|7,1\\n9,1\\n\n\
         services delete pforge-pr-7|1|\n\
         describe pforge-pr-7 --format=value(metadata|0|7\n\
         describe pforge-pr-9 --format=value(metadata|0|9\n",
    );
    assert!(!output.status.success(), "somebody has to look at #7: {output:?}");
    stage.happened_in_order(&["services delete pforge-pr-7 ", "services delete pforge-pr-9 "]);
    stage.never_happened("sql databases delete pforge-pr-7");
}

#[test]
fn a_review_app_is_told_of_in_one_comment() {
    let variables = [("GITHUB_REPOSITORY", "o/r"), ("GH_TOKEN", "t")];
    let stage = Stage::new("");
    assert!(stage.run("comment.sh", &["7", "at …"], &variables).status.success());
    stage.happened_in_order(&["gh api --paginate", "gh api --method POST repos/o/r/issues/7/comments"]);

    let stage = Stage::new("--paginate|0|55\\n56\\n\n");
    assert!(stage.run("comment.sh", &["7", "at …"], &variables).status.success());
    stage.happened_in_order(&["gh api --method PATCH repos/o/r/issues/comments/55 "]);
    stage.never_happened("POST");
}
