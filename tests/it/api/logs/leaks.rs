//! Secrets that a recipe's code, a library or a machine writes are shown nowhere.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::stories;
use harness::world::{API_KEY, STAGED, WEBHOOK_SECRET};
use orchestrator::domain::id::RecipeRunId;
use orchestrator::store;
use runner_contract::{Failure, FailureClass, RunResult};
use runner_redact::canaries::{Canary, Numbers, one_of_each, parts, place};

use super::{LOGS, dispatched, read};

/// Demands that nothing of any canary is seen.
fn assert_clean(shown: &str, canaries: &[Canary], place: &str) {
    let strip =
        |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect::<String>();
    let seen = strip(shown);
    for canary in canaries {
        let secret = strip(&canary.secret);
        let leaked = parts(&secret).iter().any(|part| seen.contains(part));
        assert!(!leaked, "{} in {place}:\n{shown}", canary.kind);
    }
}

/// Everything that is published, stored for the public and served about run 1.
async fn everything(app: &TestApp) -> Vec<(&'static str, String)> {
    let mut tx = app.app.store.read().await.unwrap();
    let run = store::recipe_run::get(&mut tx, RecipeRunId(1)).await.unwrap();
    drop(tx);
    let checks =
        app.github.read(|world| format!("{:#?}", world.repositories[STAGED].check_runs).replace("\\n", "\n"));
    let comments: String = (1..=9).flat_map(|number| app.bot_comments(STAGED, number)).collect();
    vec![
        ("the log", read(app, "").await.text()),
        ("the log as JSON", read(app, "?format=json").await.text().replace("\\n", "\n")),
        ("the trace", app.get(&format!("{LOGS}/trace")).await.text()),
        ("the timeline", app.get("/recipe_runs/1/events").await.text().replace("\\n", "\n")),
        ("the message", run.message.unwrap_or_default()),
        ("the fault", format!("{:?}", run.fault)),
        ("check runs", checks),
        ("comments", comments),
    ]
}

stories! {
    async fn s19_no_canary_gets_from_a_run_to_anybody(app: &mut TestApp) {
        let mut numbers = Numbers(7);
        let mut canaries = Vec::new();
        for known in [WEBHOOK_SECRET, API_KEY].iter().cycle().take(10) {
            canaries.extend(one_of_each(&mut numbers, known));
        }
        let planted: Vec<String> = canaries.iter().map(|canary| place(canary, &mut numbers)).collect();
        let text = planted.join("\n");
        let log = text.lines().fold(String::new(), |log, line| log + "2026-01-01T00:00:00.0000000Z " + line + "\n");
        let run = dispatched(app).await;
        app.github.write_log(run.id, log);
        // Not one of them is whole in a title of 200 characters, so they are told in the trace as well.
        app.finish_run(run.id, RunResult::Failed(Failure {
            class: FailureClass::Recipe,
            error: format!("ValueError: {}", canaries[1].text),
            explanation: Some(planted[..5].join("\n")),
            location: None,
            trace: Some(text.clone()),
        }));
        app.settle().await;
        for (place, shown) in everything(app).await {
            assert!(!shown.is_empty(), "{place}");
            assert_clean(&shown, &canaries, place);
        }
        let answer = read(app, "?format=json").await.json();
        assert!(answer.as_array().unwrap().len() > 150, "the lines are there");
    }

    async fn s19_a_secret_in_what_the_service_says_itself_is_not_published(app: &mut TestApp) {
        let run = dispatched(app).await;
        // An outcome that cannot be read is quoted.
        let outcome = format!(r#"{{"schema": "{WEBHOOK_SECRET}", "x": 1}}"#);
        app.github.finish_run(run.id, "failure", Some(outcome.as_bytes()));
        app.settle().await;
        app.advance(TimeDelta::minutes(1)).await;
        let canary = Canary { kind: "the webhook secret", text: String::new(), secret: WEBHOOK_SECRET.into(), survives_breaks: true };
        for (place, shown) in everything(app).await {
            assert_clean(&shown, std::slice::from_ref(&canary), place);
        }
    }
}
