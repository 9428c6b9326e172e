//! As whom Google is asked: a token for a key or of the machine, kept while it is good.

use chrono::TimeDelta;
use harness::stories;
use orchestrator::config::GoogleCredentials;
use secrecy::SecretString;

use super::{JOB, assert_open, hand_over, tell};

stories! {
    async fn a_token_serves_until_shortly_before_its_end(app: &mut TestApp) {
        let begun = hand_over(app).await;
        for tokens in [1, 1, 2, 2] {
            app.advance(TimeDelta::minutes(31)).await;
            assert_eq!(app.google.requests_with("POST /token"), tokens);
        }
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn a_token_that_is_refused_is_forgotten(app: &mut TestApp) {
        let begun = hand_over(app).await;
        app.advance(TimeDelta::minutes(31)).await;
        app.google.revoke_tokens();
        app.advance(TimeDelta::minutes(31)).await;
        app.exhaust().await;
        assert_eq!(app.google.requests_with("POST /token"), 2);
        assert_open(app);
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn on_googles_machines_the_machine_is_asked(app: &mut TestApp) {
        let url = app.google.url().to_owned();
        app.reconfigure(|config| {
            config.dataflow.as_mut().unwrap().credentials = GoogleCredentials::Metadata { url };
        })
        .await;
        let begun = hand_over(app).await;
        app.google.set_state(JOB, "RUNNING");
        app.advance(TimeDelta::minutes(31)).await;
        assert_eq!((app.google.requests_with("/computeMetadata/"), app.google.requests_with("POST /token")), (1, 0));
        assert_eq!(app.google.requests_with(&format!("/jobs/{JOB}")), 1);
        tell(app, &begun.status(app, "DONE")).await;
    }

    async fn s6_a_key_that_is_none_is_found_at_the_start_and_not_quoted(app: &mut TestApp) {
        let mut config = app.app.config.clone();
        config.dataflow.as_mut().unwrap().credentials = GoogleCredentials::Key {
            client_email: "x@y".into(),
            key_id: None,
            private_key: SecretString::from("hush"),
            token_uri: app.google.url().to_owned(),
        };
        let made = orchestrator::app::App::build(config, app.app.store.clone(), std::sync::Arc::clone(&app.app.clock));
        let said = made.err().expect("it is no key").to_string();
        assert!(said.contains("service account's private key") && !said.contains("hush"), "{said}");
    }
}
