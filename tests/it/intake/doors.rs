//! What is taken in and how it is answered, and what every other door says.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, STAGED, feedstock};
use orchestrator::app;
use serde_json::json;

use super::{HOOKS, ask, hook, jobs, signed, stored};

/// GitHub's own limit for a payload, in bytes.
const LIMIT: usize = 25 * 1024 * 1024;

stories! {
    async fn r2_a_delivery_is_answered_before_github_is_asked_anything(app: &mut TestApp) {
        let files = feedstock("tiny-success", "recipes/tiny");
        let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
        app.github.comment(STAGED, number, CONTRIBUTOR, "/help");
        assert_eq!(app.deliver_all().await, 2);
        assert_eq!(app.github.request_count(), 0);
        let waiting = stored(app).await;
        assert!(waiting.iter().all(|delivery| delivery.interpreted_at.is_none()));
        app.settle().await;
        assert!(app.github.request_count() > 0);
        let notes: Vec<_> = stored(app).await.into_iter().filter_map(|delivery| delivery.note).collect();
        assert!(notes.contains(&"a command".to_owned()), "{notes:?}");
    }

    async fn the_door_opens_with_and_without_its_slash(app: &mut TestApp) {
        for (path, delivery) in [("/github/hooks/", "with"), ("/github/hooks", "without")] {
            let hook = hook("pull_request", delivery, b"{}");
            let headers = signed(&[("x-github-event", "pull_request"), ("x-github-delivery", delivery)], &hook.body);
            let (status, answer) = app.post(path, &headers, hook.body).await;
            assert_eq!((status, answer["status"].as_str()), (StatusCode::ACCEPTED, Some("accepted")), "{path}");
        }
        app.settle().await;
    }

    async fn r5_of_equal_deliveries_at_the_same_moment_one_is_accepted(app: &mut TestApp) {
        let hook = hook("pull_request", "the-same", br#"{"action": "labeled"}"#);
        let answers: [_; 5] = tokio::join!(
            app.deliver(&hook), app.deliver(&hook), app.deliver(&hook), app.deliver(&hook), app.deliver(&hook)
        ).into();
        assert!(answers.iter().all(|(status, _)| *status == StatusCode::ACCEPTED), "{answers:?}");
        let mut words: Vec<_> = answers.iter().map(|(_, answer)| answer["status"].as_str().unwrap()).collect();
        words.sort_unstable();
        assert_eq!(words, ["accepted", "duplicate", "duplicate", "duplicate", "duplicate"]);
        assert_eq!((stored(app).await.len(), jobs(app).await), (1, 1));
        app.settle().await;
    }

    async fn r23_kinds_that_nobody_reads_are_kept_and_make_no_work(app: &mut TestApp) {
        for event in ["ping", "push", "release", "star", "deployment_status", "kind_of_tomorrow"] {
            let (status, answer) = app.deliver(&hook(event, event, b"{}")).await;
            assert_eq!((status, answer["status"].as_str()), (StatusCode::ACCEPTED, Some("ignored")), "{event}");
            let (status, answer) = app.deliver(&hook(event, event, b"{}")).await;
            assert_eq!((status, answer["status"].as_str()), (StatusCode::ACCEPTED, Some("duplicate")), "{event}");
        }
        assert_eq!((stored(app).await.len(), jobs(app).await), (6, 0));
    }

    async fn r23_bodies_that_nobody_can_read_are_taken_and_mean_nothing(app: &mut TestApp) {
        let bodies: [&[u8]; 7] = [
            b"",
            b"null",
            b"not JSON",
            b"payload=%7B%7D",
            b"{\"action\": \"opened\"",
            b"\xff\xfe\x00",
            br#"{"action": ["opened"], "pull_request": {"number": "seven"}, "repository": 7}"#,
        ];
        for event in ["pull_request", "issue_comment", "workflow_run"] {
            for (n, body) in bodies.iter().enumerate() {
                let (status, answer) = app.deliver(&hook(event, &format!("{event}-{n}"), *body)).await;
                assert_eq!((status, answer["status"].as_str()), (StatusCode::ACCEPTED, Some("accepted")), "{body:?}");
            }
        }
        app.settle().await;
        let stored = stored(app).await;
        assert_eq!(stored.len(), 21);
        for delivery in stored {
            assert_eq!(delivery.note.as_deref(), Some("not the JSON that this event has"), "{}", delivery.id);
        }
        assert_eq!(app.github.request_count(), 0);
    }

    async fn a_body_beyond_githubs_limit_is_refused_whether_it_says_so_or_not(app: &mut TestApp) {
        let headers = [("x-github-event", "push"), ("x-github-delivery", "large")];
        let too_large = (StatusCode::PAYLOAD_TOO_LARGE, json!({ "detail": "A delivery has at most 25 MiB." }));

        let mut declared = signed(&headers, b"{}");
        declared.push(("content-length".into(), (LIMIT + 1).to_string()));
        assert_eq!(app.post(HOOKS, &declared, b"{}".to_vec()).await, too_large, "not a byte of it is read");

        let undeclared = signed(&headers, b"");
        assert_eq!(app.post(HOOKS, &undeclared, vec![b' '; LIMIT + 1]).await, too_large, "nor is it held whole");
        assert_eq!(stored(app).await.len(), 0);

        let body = vec![b' '; LIMIT];
        let (status, _) = app.post(HOOKS, &signed(&headers, &body), body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "GitHub's largest");
        assert_eq!(stored(app).await[0].body.len(), LIMIT);
    }

    async fn every_other_door_answers_in_json(app: &mut TestApp) {
        let router = app::router(&app.app);
        let (not_found, not_allowed) = (json!({ "detail": "Not Found" }), json!({ "detail": "Method Not Allowed" }));
        let ok = json!({ "status": "ok" });
        for (method, path, status, body) in [
            (Method::GET, "/", StatusCode::OK, &ok),
            (Method::GET, "/livez", StatusCode::OK, &ok),
            (Method::GET, "/readyz", StatusCode::OK, &ok),
            (Method::GET, "/nowhere", StatusCode::NOT_FOUND, &not_found),
            (Method::POST, "/github", StatusCode::NOT_FOUND, &not_found),
            (Method::POST, "/github/hooks///", StatusCode::NOT_FOUND, &not_found),
            (Method::GET, "/github/hooks/", StatusCode::METHOD_NOT_ALLOWED, &not_allowed),
            (Method::PUT, "/github/hooks", StatusCode::METHOD_NOT_ALLOWED, &not_allowed),
            (Method::POST, "/", StatusCode::METHOD_NOT_ALLOWED, &not_allowed),
        ] {
            assert_eq!(ask(&router, method.clone(), path).await, (status, body.clone()), "{method} {path}");
        }
    }

    async fn deliveries_are_kept_for_a_month_whether_somebody_read_them_or_not(app: &mut TestApp) {
        app.deliver(&hook("star", "never-read", b"{}")).await;
        app.deliver(&hook("pull_request", "read", b"{}")).await;
        app.settle().await;
        app.advance(TimeDelta::days(29)).await;
        assert_eq!(stored(app).await.len(), 2);
        app.advance(TimeDelta::days(2)).await;
        assert_eq!(stored(app).await.len(), 0);
    }

    async fn an_installation_that_is_not_told_is_not_guessed(app: &mut TestApp) {
        let files = feedstock("tiny-success", "feedstock");
        app.github.open_pull_request(NewPull::new(FEEDSTOCK, CONTRIBUTOR, "Add tiny").files(files));
        let mut opened = app.github.take_hooks().remove(0);
        let mut body = opened.json();
        body.as_object_mut().unwrap().remove("installation").unwrap();
        opened.body = body.to_string().into_bytes();
        app.deliver(&opened).await;
        app.settle().await;
        assert_eq!(stored(app).await[0].note.as_deref(), Some("no installation to speak through"));
        assert_eq!(app.github.request_count(), 0);
    }
}
