//! Every payload that GitHub publishes as an example, of every kind of event there is.

use axum::http::StatusCode;
use harness::stories;
use orchestrator::store;
use serde::Deserialize;
use serde_json::Value;

use super::{hook, jobs, stored};

/// One kind of event with its examples.
#[derive(Deserialize)]
struct Kind {
    name: String,
    examples: Vec<Value>,
}

fn published() -> Vec<Kind> {
    let path = std::env::var("GITHUB_WEBHOOK_EXAMPLES").unwrap_or_default();
    assert!(
        !path.is_empty(),
        "GITHUB_WEBHOOK_EXAMPLES must name the file api.github.com/index.json of the npm package @octokit/webhooks-examples; \
         `cargo xtask test` provides it"
    );
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("GITHUB_WEBHOOK_EXAMPLES={path}: {error}"));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("GITHUB_WEBHOOK_EXAMPLES={path}: {error}"))
}

stories! {
    async fn r23_every_published_example_is_taken_in_and_read_without_a_stumble(app: &mut TestApp) {
        let (mut accepted, mut ignored) = (0, 0);
        for Kind { name, examples } in published() {
            for (n, example) in examples.iter().enumerate() {
                let (status, answer) = app.deliver(&hook(&name, &format!("{name}-{n}"), example.to_string())).await;
                assert_eq!(status, StatusCode::ACCEPTED, "{name} {n}: {answer}");
                match answer["status"].as_str() {
                    Some("accepted") => accepted += 1,
                    Some("ignored") => ignored += 1,
                    _ => panic!("{name} {n}: {answer}"),
                }
            }
        }
        assert!(accepted >= 40 && ignored >= 250, "{accepted} to be read and {ignored} others are too few examples");
        assert_eq!(jobs(app).await, accepted, "each kind that is read gives a job, and no other");
        app.settle().await;
        let stored = stored(app).await;
        assert_eq!(stored.len(), accepted + ignored);
        assert_eq!(stored.iter().filter(|delivery| delivery.interpreted_at.is_some()).count(), accepted);
        let mut tx = app.app.store.read().await.unwrap();
        let made: Vec<_> = store::job::list(&mut tx, None, 1_000).await.unwrap().into_iter().map(|job| job.kind).collect();
        let of = |kind: &str| made.iter().filter(|made| *made == kind).count();
        assert!(of("apply_installation") > 0, "installations came, changed and went");
        assert_eq!(
            of("interpret_delivery") + of("apply_installation"),
            made.len(),
            "none of them is about a repository with recipes"
        );
        let asked = app.github.exchanges();
        assert!(asked.iter().all(|one| one.request.path.ends_with("/installation") || one.request.path.starts_with("/app/installations/")));
    }
}
