//! The keys of the tokens' issuer: kept, rotated, and missed.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::google::Signer;
use harness::stories;
use jsonwebtoken::Algorithm;
use serde_json::json;

/// Brings a message that is signed so, and answers the status.
async fn try_with(app: &TestApp, signer: Signer) -> u16 {
    let token = app.google.sign(signer, &app.google.claims());
    let body = app.google.status("x", "2026-01-01_00_00_00-1", "RUNNING").push();
    let (status, _) = app.push(&token, &body).await;
    app.settle().await;
    status.as_u16()
}

/// Brings a message whose token names a key that nobody has.
async fn try_made_up(app: &TestApp, name: &str) -> (u16, String) {
    let header = json!({"alg": "RS256", "kid": name, "typ": "JWT"});
    let token = app.google.sign_with(&header, &app.google.claims(), &Signer::First.key(), Algorithm::RS256);
    let (status, answer) = app.push(&token, &json!({})).await;
    (status.as_u16(), answer["detail"].as_str().unwrap_or_default().to_owned())
}

stories! {
    async fn s15_keys_are_kept_for_as_long_as_their_server_says(app: &mut TestApp) {
        app.google.set_cache_control(Some("public, max-age=600"));
        for (minutes, fetches) in [(0, 1), (5, 1), (4, 1), (1, 2), (9, 2), (2, 3)] {
            app.github.advance(TimeDelta::minutes(minutes));
            assert_eq!(try_with(app, Signer::First).await, 204);
            assert_eq!(app.google.key_fetches(), fetches);
        }
    }

    async fn s15_a_new_key_is_known_as_soon_as_it_is_used(app: &mut TestApp) {
        assert_eq!(try_with(app, Signer::First).await, 204);
        app.google.publish_keys(&[Signer::First, Signer::Second]);
        app.github.advance(TimeDelta::minutes(1));
        assert_eq!((try_with(app, Signer::Second).await, app.google.key_fetches()), (204, 2));
        assert_eq!((try_with(app, Signer::First).await, app.google.key_fetches()), (204, 2));
        // One that was withdrawn is good for as long as its set is, and not longer.
        app.google.publish_keys(&[Signer::Second]);
        app.github.advance(TimeDelta::hours(5));
        assert_eq!(try_with(app, Signer::First).await, 204);
        app.github.advance(TimeDelta::hours(1));
        assert_eq!(try_with(app, Signer::First).await, 401);
        assert_eq!((try_with(app, Signer::Second).await, app.google.key_fetches()), (204, 3));
    }

    async fn s15_made_up_keys_cost_one_fetch_a_minute(app: &mut TestApp) {
        assert_eq!(try_with(app, Signer::First).await, 204);
        for minute in 0..3 {
            for number in 0..20 {
                let (status, _) = try_made_up(app, &format!("key-{minute}-{number}")).await;
                assert_eq!(status, 401);
            }
            assert_eq!(app.google.key_fetches(), minute + 1, "a fetch a minute");
            app.github.advance(TimeDelta::minutes(1));
        }
    }

    async fn s15_made_up_keys_cost_one_fetch_a_minute_also_when_the_server_is_down(app: &mut TestApp) {
        app.google.set_keys_down(true);
        for fetches in 1..=3 {
            for _ in 0..5 {
                let detail = "The keys of the token's issuer cannot be had; please deliver again later.";
                assert_eq!(try_made_up(app, "key-9").await, (503, detail.into()));
            }
            assert_eq!(app.google.key_fetches(), fetches);
            app.github.advance(TimeDelta::minutes(1));
        }
        app.google.set_keys_down(false);
        assert_eq!(try_made_up(app, "key-9").await.0, 401);
        assert_eq!(try_with(app, Signer::First).await, 204);
    }

    async fn s15_the_last_good_keys_serve_for_a_day_when_their_server_is_down(app: &mut TestApp) {
        app.google.set_cache_control(None);
        assert_eq!(try_with(app, Signer::First).await, 204);
        app.google.set_keys_down(true);
        for _ in 0..23 {
            app.github.advance(TimeDelta::hours(1));
            assert_eq!(try_with(app, Signer::First).await, 204);
            assert_eq!(try_with(app, Signer::Second).await, 503, "it may be a new one");
        }
        app.github.advance(TimeDelta::minutes(59));
        assert_eq!(try_with(app, Signer::First).await, 204);
        app.github.advance(TimeDelta::minutes(1));
        assert_eq!(try_with(app, Signer::First).await, 503);
        app.google.set_keys_down(false);
        app.github.advance(TimeDelta::minutes(1));
        assert_eq!(try_with(app, Signer::First).await, 204);
    }

    async fn s15_without_any_keys_a_message_is_to_come_again(app: &mut TestApp) {
        app.google.set_keys_down(true);
        assert_eq!(try_with(app, Signer::First).await, 503);
        app.google.set_keys_down(false);
        app.github.advance(TimeDelta::minutes(1));
        assert_eq!(try_with(app, Signer::First).await, 204);
    }

    async fn s15_a_key_server_without_an_rsa_key_is_no_better_than_one_that_is_down(app: &mut TestApp) {
        app.google.publish_keys(&[]);
        assert_eq!(try_with(app, Signer::First).await, 503);
    }

    async fn s15_a_slow_key_server_holds_nobody_up_whose_key_is_known(app: &mut TestApp) {
        assert_eq!(try_with(app, Signer::First).await, 204);
        app.github.advance(TimeDelta::minutes(1));
        app.google.hold_keys(true);
        let app = &*app;
        let made_up = async {
            let answer = try_made_up(app, "key-9").await;
            assert_eq!(answer.0, 401);
        };
        let known = async {
            while app.google.key_fetches() < 2 {
                tokio::task::yield_now().await;
            }
            let (token, body) = (app.google.token(), app.google.status("x", "2026-01-01_00_00_00-1", "RUNNING").push());
            assert_eq!(app.push(&token, &body).await.0, 204, "while the other request waits");
            app.google.hold_keys(false);
        };
        tokio::join!(made_up, known);
        app.settle().await;
    }
}
