//! How often somebody may ask, and who counts as one.

use axum::http::StatusCode;
use chrono::TimeDelta;
use harness::app::TestApp;
use harness::stories;
use orchestrator::config::RateLimit;
use orchestrator::domain::network::Network;
use serde_json::json;

use super::{PAGE, ask_from, request};
use crate::intake::{hook, signed};

/// Starts the service again with a small limit and one trusted network.
async fn limit(app: &mut TestApp) {
    app.reconfigure(|config| {
        let limit = RateLimit { per_second: 1, burst: 3, per_key_per_second: 1, per_key_burst: 3 };
        config.operating.rate_limit = Some(limit);
        config.operating.trusted_proxies = vec![Network::parse("10.0.0.0/8").unwrap()];
    })
    .await;
}

/// How many of so many requests were let through.
async fn passed(app: &TestApp, peer: &str, requests: usize, forwarded: impl Fn(usize) -> String) -> usize {
    let mut passed = 0;
    for n in 0..requests {
        let answer = ask_from(app, peer, PAGE, &[("x-forwarded-for", &forwarded(n))]).await;
        assert!([StatusCode::OK, StatusCode::TOO_MANY_REQUESTS].contains(&answer.status), "{answer:?}");
        passed += usize::from(answer.status == StatusCode::OK);
    }
    passed
}

stories! {
    async fn s31_who_asks_too_often_is_told_when_to_come_back(app: &mut TestApp) {
        limit(app).await;
        for _ in 0..3 {
            assert_eq!(ask_from(app, "203.0.113.1", PAGE, &[]).await.status, StatusCode::OK);
        }
        let refused = ask_from(app, "203.0.113.1", PAGE, &[]).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.header("retry-after"), "1");
        assert_eq!(refused.json(), json!({ "detail": "Too many requests; please wait 1 s." }));
        assert!(!refused.header("x-request-id").is_empty());
        assert_eq!(ask_from(app, "203.0.113.2", PAGE, &[]).await.status, StatusCode::OK, "others may");
        app.github.advance(TimeDelta::seconds(1));
        assert_eq!(ask_from(app, "203.0.113.1", PAGE, &[]).await.status, StatusCode::OK);
        assert_eq!(ask_from(app, "203.0.113.1", PAGE, &[]).await.status, StatusCode::TOO_MANY_REQUESTS);
        let page = app.app.metrics.page(None, app.github.now());
        assert!(page.contains("pfo_http_rate_limited_total{by=\"address\"} 2"), "{page}");
    }

    async fn s31_a_made_up_forwarded_for_helps_nobody(app: &mut TestApp) {
        limit(app).await;
        assert_eq!(passed(app, "203.0.113.1", 6, |n| format!("198.51.100.{n}")).await, 3, "not a proxy of ours");
        assert_eq!(passed(app, "10.0.0.1", 6, |n| format!("198.51.100.{n}, 192.0.2.1")).await, 3, "what the proxy added counts");
        assert_eq!(passed(app, "10.0.0.1", 6, |n| format!("198.51.100.{n}")).await, 6, "each of these is a client of the proxy");
        assert_eq!(passed(app, "2001:db8::1", 3, |_| String::new()).await, 3);
        assert_eq!(passed(app, "2001:db8::2", 3, |_| String::new()).await, 0, "one household");
    }

    async fn s31_doors_and_probes_are_never_limited(app: &mut TestApp) {
        limit(app).await;
        for n in 0..10 {
            for path in ["/livez", "/readyz", "/version", "/"] {
                assert_eq!(ask_from(app, "203.0.113.1", path, &[]).await.status, StatusCode::OK, "{path}");
            }
            let hook = hook("star", &format!("star-{n}"), b"{}");
            let mut delivery = request("203.0.113.1", "/github/hooks/", &[]);
            *delivery.method_mut() = axum::http::Method::POST;
            for (name, value) in signed(&[("x-github-event", "star"), ("x-github-delivery", &hook.delivery)], &hook.body) {
                delivery.headers_mut().insert(axum::http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
            }
            *delivery.body_mut() = hook.body.into();
            assert_eq!(app.ask(delivery).await.status, StatusCode::ACCEPTED);
        }
    }

    async fn s31_a_limit_that_is_switched_off_is_none(app: &mut TestApp) {
        app.reconfigure(|config| config.operating.rate_limit = None).await;
        assert_eq!(passed(app, "203.0.113.1", 200, |_| String::new()).await, 200);
    }
}
