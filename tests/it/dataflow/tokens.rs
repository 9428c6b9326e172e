//! Whose word counts: the tokens of status messages, good and bad. Each refusal is one row, and none of them leaves a trace.

use axum::http::StatusCode;
use harness::app::TestApp;
use harness::github::PRIVATE_KEY;
use harness::google::{AUDIENCE, ISSUER_PUBLIC_KEY, Signer};
use harness::stories;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::{hand_over, notes, tell};

const BAD: &str = "Request token invalid.";

/// Brings a message with this token, and answers the status and the words.
async fn try_with(app: &TestApp, token: &str) -> (u16, String) {
    let body = app.google.status("x", "2026-01-01_00_00_00-1", "DONE").push();
    let (status, answer) = app.push(token, &body).await;
    (status.as_u16(), answer["detail"].as_str().unwrap_or_default().to_owned())
}

/// Demands that a token is refused, and that nothing was kept.
async fn assert_refused(app: &TestApp, token: &str, what: &str) {
    assert_eq!(try_with(app, token).await, (401, BAD.into()), "{what}");
    assert_eq!(notes(app).await.len(), 0, "{what}");
}

/// Good claims with one of them changed; null takes it away.
fn with(app: &TestApp, name: &str, value: Value) -> Value {
    let mut claims = app.google.claims();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

/// A token with another header.
fn headed(app: &TestApp, header: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    app.google.sign_with(header, &app.google.claims(), key, algorithm)
}

stories! {
    async fn s15_a_token_of_the_subscriptions_account_opens_the_door(app: &mut TestApp) {
        assert_eq!(try_with(app, &app.google.token()).await.0, 204);
        for issuer in ["https://accounts.google.com", "accounts.google.com"] {
            let token = app.google.sign(Signer::First, &with(app, "iss", json!(issuer)));
            assert_eq!(try_with(app, &token).await.0, 204, "{issuer}");
        }
        app.settle().await;
        // The scheme has no case, and there is a second address.
        let headers = [("authorization".to_owned(), format!("bearer {}", app.google.token()))];
        let body = app.google.status("x", "2026-01-01_00_00_00-1", "DONE").push().to_string();
        assert_eq!(app.post("/dataflow/status/", &headers, body.into_bytes()).await.0, 204);
        app.settle().await;
    }

    async fn s15_without_a_token_nothing_is_taken(app: &mut TestApp) {
        let body = app.google.status("x", "2026-01-01_00_00_00-1", "DONE").push().to_string().into_bytes();
        for headers in [
            vec![],
            vec![("authorization".to_owned(), String::new())],
            vec![("authorization".to_owned(), "Basic eDp5".to_owned())],
            vec![("authorization".to_owned(), app.google.token())],
        ] {
            let (status, answer) = app.post("/dataflow/status", &headers, body.clone()).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            assert_eq!(answer, json!({"detail": "Request does not include a bearer token."}), "{headers:?}");
        }
        // Two good ones are none: which of them would count?
        let twice = ["one", "two"].map(|_| ("authorization".to_owned(), format!("Bearer {}", app.google.token())));
        assert_eq!(app.post("/dataflow/status", &twice, body).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!((notes(app).await.len(), app.google.key_fetches()), (0, 0));
    }

    async fn s15_what_is_no_token_is_refused_without_asking_for_keys(app: &mut TestApp) {
        let good = app.google.token();
        let [header, claims, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
        for token in [
            "x".to_owned(),
            "..".to_owned(),
            format!("{header}.{claims}"),
            format!("{header}.{claims}."),
            format!("{good}.{signature}"),
            format!("!{good}"),
            format!("{good}{}", "x".repeat(64 * 1024)),
        ] {
            assert_refused(app, &token, &token[..token.len().min(60)]).await;
        }
        assert_eq!(app.google.key_fetches(), 0);
    }

    async fn s15_alg_none_is_refused(app: &mut TestApp) {
        let key = Signer::First.key();
        for alg in ["none", "None", "NONE", ""] {
            let token = headed(app, &json!({"alg": alg, "kid": "key-1"}), &key, Algorithm::RS256);
            assert_refused(app, &token, alg).await;
            let unsigned = token.rsplit_once('.').unwrap().0.to_owned() + ".";
            assert_refused(app, &unsigned, alg).await;
        }
        assert_refused(app, &headed(app, &json!({"kid": "key-1"}), &key, Algorithm::RS256), "no alg").await;
    }

    async fn s15_hs256_with_the_public_key_is_refused(app: &mut TestApp) {
        let jwk = Signer::First.jwk();
        for secret in [ISSUER_PUBLIC_KEY, ISSUER_PUBLIC_KEY.trim_end(), jwk["n"].as_str().unwrap()] {
            let key = EncodingKey::from_secret(secret.as_bytes());
            for alg in ["HS256", "RS256"] {
                let header = json!({"alg": alg, "kid": "key-1", "typ": "JWT"});
                assert_refused(app, &headed(app, &header, &key, Algorithm::HS256), alg).await;
            }
        }
    }

    async fn s15_rs512_and_other_kinds_are_refused_with_the_right_key_too(app: &mut TestApp) {
        for (alg, algorithm) in [("RS512", Algorithm::RS512), ("RS384", Algorithm::RS384), ("PS256", Algorithm::PS256)] {
            let header = json!({"alg": alg, "kid": "key-1", "typ": "JWT"});
            assert_refused(app, &headed(app, &header, &Signer::First.key(), algorithm), alg).await;
            // And when it says that it is another kind than it is.
            let header = json!({"alg": "RS256", "kid": "key-1", "typ": "JWT"});
            assert_refused(app, &headed(app, &header, &Signer::First.key(), algorithm), alg).await;
        }
    }

    async fn s15_a_kid_that_is_a_path_is_refused_without_asking_for_it(app: &mut TestApp) {
        for kid in ["../../../../dev/null", "/etc/passwd", "https://evil.example.org/key", "key-1\u{0}", "key-1' OR 1=1", "", &"k".repeat(101)] {
            let header = json!({"alg": "RS256", "kid": kid, "typ": "JWT"});
            assert_refused(app, &headed(app, &header, &Signer::First.key(), Algorithm::RS256), kid).await;
        }
        for kid in [json!(null), json!(1), json!(["key-1"])] {
            let header = json!({"alg": "RS256", "kid": kid, "typ": "JWT"});
            assert_refused(app, &headed(app, &header, &Signer::First.key(), Algorithm::RS256), &kid.to_string()).await;
        }
        assert_eq!(app.google.key_fetches(), 0);
    }

    async fn s15_a_key_in_the_header_is_not_taken(app: &mut TestApp) {
        let jwk = Signer::Second.jwk();
        let jku = format!("{}/oauth2/v3/certs", app.google.url());
        for (name, value) in [
            ("jwk", jwk),
            ("jku", json!(jku)),
            ("x5u", json!(jku)),
            ("x5c", json!(["AQAB"])),
            ("crit", json!(["exp"])),
        ] {
            for signer in [Signer::First, Signer::Second] {
                let mut header = json!({"alg": "RS256", "kid": "key-1", "typ": "JWT"});
                header[name] = value.clone();
                assert_refused(app, &headed(app, &header, &signer.key(), Algorithm::RS256), name).await;
            }
        }
        assert_eq!(app.google.key_fetches(), 0);
    }

    async fn s15_another_key_under_a_good_name_is_refused(app: &mut TestApp) {
        let header = json!({"alg": "RS256", "kid": "key-1", "typ": "JWT"});
        let apps_own = EncodingKey::from_rsa_pem(PRIVATE_KEY.as_bytes()).unwrap();
        for key in [Signer::Second.key(), apps_own] {
            assert_refused(app, &headed(app, &header, &key, Algorithm::RS256), "another key").await;
        }
        let good = app.google.token();
        let forged = with(app, "email", json!("other@far-away.iam.gserviceaccount.com"));
        let other = app.google.sign(Signer::First, &forged);
        let mixed: Vec<&str> = good.split('.').take(1).chain(other.split('.').skip(1).take(1)).chain(good.split('.').skip(2)).collect();
        assert_refused(app, &mixed.join("."), "the claims of another token").await;
    }

    async fn s15_the_audience_is_exactly_one_and_ours(app: &mut TestApp) {
        for audience in [
            json!("https://api.example.org/dataflow"),
            json!(format!("{AUDIENCE}/")),
            json!(AUDIENCE.to_uppercase()),
            json!("https://evil.example.org/"),
            json!(""),
            json!([AUDIENCE]),
            json!([AUDIENCE, "https://evil.example.org"]),
            json!(null),
            json!(7),
        ] {
            let token = app.google.sign(Signer::First, &with(app, "aud", audience.clone()));
            assert_refused(app, &token, &audience.to_string()).await;
        }
    }

    async fn s15_another_issuer_is_refused(app: &mut TestApp) {
        for issuer in [
            json!("https://accounts.google.com/"),
            json!("http://accounts.google.com"),
            json!("https://token.actions.githubusercontent.com"),
            json!("accounts.google.com.evil.example.org"),
            json!(["https://accounts.google.com"]),
            json!(null),
        ] {
            let token = app.google.sign(Signer::First, &with(app, "iss", issuer.clone()));
            assert_refused(app, &token, &issuer.to_string()).await;
        }
    }

    async fn s20_another_account_or_one_that_is_not_verified_is_refused(app: &mut TestApp) {
        for (name, value) in [
            ("email", json!("other@far-away.iam.gserviceaccount.com")),
            ("email", json!("PUSH@far-away.iam.gserviceaccount.com")),
            ("email", json!("")),
            ("email", json!(null)),
            ("email_verified", json!(false)),
            ("email_verified", json!("true")),
            ("email_verified", json!(1)),
            ("email_verified", json!(null)),
        ] {
            let token = app.google.sign(Signer::First, &with(app, name, value.clone()));
            assert_refused(app, &token, &format!("{name}: {value}")).await;
        }
    }

    async fn s15_times_count_to_the_second_with_a_minute_of_leeway(app: &mut TestApp) {
        let now = app.google.now().timestamp();
        for (name, value, is_good) in [
            ("exp", json!(now - 60), true),
            ("exp", json!(now - 61), false),
            ("exp", json!(i64::MIN), false),
            ("exp", json!(i64::MAX), true),
            ("exp", json!("never"), false),
            ("exp", json!(null), false),
            ("iat", json!(now + 60), true),
            ("iat", json!(now + 61), false),
            ("iat", json!(i64::MAX), false),
            ("iat", json!(null), false),
            ("nbf", json!(now + 60), true),
            ("nbf", json!(now + 61), false),
            ("nbf", json!("soon"), false),
        ] {
            let token = app.google.sign(Signer::First, &with(app, name, value.clone()));
            let (status, _) = try_with(app, &token).await;
            assert_eq!(status, if is_good { 204 } else { 401 }, "{name}: {value}");
        }
        app.settle().await;
    }

    async fn s20_each_door_has_its_own_key(app: &mut TestApp) {
        let begun = hand_over(app).await;
        let message = begun.status(app, "FAILED").push().to_string().into_bytes();
        let signature = harness::github::sign(harness::world::WEBHOOK_SECRET, &message);
        let github = [
            ("x-github-event".to_owned(), "dataflow".to_owned()),
            ("x-github-delivery".to_owned(), "one".to_owned()),
            ("x-hub-signature-256".to_owned(), signature),
        ];
        let google = [("authorization".to_owned(), format!("Bearer {}", app.google.token()))];
        let before = notes(app).await.len();
        assert_eq!(app.post("/dataflow/status", &github, message.clone()).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(app.post("/github/hooks/", &google, message.clone()).await.0, StatusCode::UNAUTHORIZED);
        // Signed by GitHub at GitHub's door it is an event of a kind that nobody reads.
        let (_, answer) = app.post("/github/hooks/", &github, message).await;
        assert_eq!(answer["status"], "ignored");
        assert_eq!(notes(app).await.len(), before);
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn s20_where_no_subscription_is_named_nobody_is_believed(app: &mut TestApp) {
        app.reconfigure(|config| config.dataflow.as_mut().unwrap().push = None).await;
        assert_refused(app, &app.google.token(), "no subscription").await;
        app.reconfigure(|config| config.dataflow = None).await;
        assert_refused(app, &app.google.token(), "no Google at all").await;
        assert_eq!(app.google.key_fetches(), 0);
    }
}
