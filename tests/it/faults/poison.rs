//! One thing that keeps failing stands in nobody's way, comes to an end, and is told.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};
use orchestrator::store;
use reqwest::Method;

use super::open;
use crate::store::execute;

/// The attempts that a job has.
const ATTEMPTS: usize = 12;
const UNREADABLE: &str = "INSERT INTO job (kind, payload, state, attempt, epoch, run_at, created_at) VALUES \
    ('of_tomorrow', '{\"kind\": \"of_tomorrow\"}', 'ready', 0, 0, '1970-01-01T00:00:00+00:00', '1970-01-01T00:00:00+00:00')";

async fn dead(app: &TestApp) -> Vec<store::job::Row> {
    let mut tx = app.app.store.read().await.unwrap();
    store::job::list(&mut tx, Some("dead"), 10).await.unwrap()
}

/// An operator has it tried again.
async fn revive(app: &TestApp, job: &store::job::Row) {
    let mut tx = app.app.store.write().await.unwrap();
    assert!(store::job::revive(&mut tx, job.id, app.github.now()).await.unwrap());
    tx.commit().await.unwrap();
    app.settle().await;
}

stories! {
    async fn r12b_a_pull_request_that_cannot_be_checked_holds_up_no_other_and_is_given_up(app: &mut TestApp) {
        app.github.fault(Method::GET, "/contents/recipes/poison").times(ATTEMPTS).status(500);
        let files = feedstock("two-recipes", "recipes/poison");
        let poisoned = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add poison").files(files));
        let good = open(app, "Add tiny");
        app.settle().await;
        let check_of = |number| {
            let head = app.github.read(|world| world.repositories[STAGED].pulls[&number].head_sha.clone());
            let checks = app.checks("synchronize");
            checks.into_iter().find(|check| check.head_sha == head).expect("the check is up")
        };
        assert_eq!(check_of(good).conclusion.as_deref(), Some("success"));
        assert_eq!(check_of(poisoned).status, "in_progress");
        app.github.advance(TimeDelta::seconds(1));
        app.github.comment(STAGED, good, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        app.bake(app.only_workflow_run().id, &["tiny.zarr"]);
        app.settle().await;
        assert_eq!(app.check("tiny-daily").conclusion.as_deref(), Some("success"));

        app.exhaust().await;
        let given_up = check_of(poisoned);
        assert_eq!(given_up.conclusion.as_deref(), Some("failure"));
        assert_eq!(given_up.title.as_deref(), Some("The service could not check the recipe"));
        let summary = given_up.summary.unwrap();
        assert!(summary.contains("The recipe is not at fault"), "{summary}");
        let buried = dead(app).await;
        assert_eq!(buried.len(), 1, "{buried:#?}");
        assert_eq!(buried[0].attempt, i64::try_from(ATTEMPTS).unwrap());
        assert!(buried[0].last_error.as_deref().unwrap().contains("500"), "{buried:#?}");

        revive(app, &buried[0]).await;
        assert_eq!(check_of(poisoned).conclusion.as_deref(), Some("success"));
    }

    async fn r12b_a_command_that_cannot_be_carried_out_is_refused_in_the_end(app: &mut TestApp) {
        let number = open(app, "Add tiny");
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        app.github.fault(Method::GET, "/collaborators/").times(ATTEMPTS).status(502);
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.exhaust().await;
        assert!(app.workflow_runs().is_empty(), "who may is not known, so nobody may");
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "-1"]);
        let reply = app.last_bot_comment(STAGED, number);
        assert!(reply.contains("could not carry this out") && reply.contains("tries again"), "{reply}");
        let buried = dead(app).await;
        assert_eq!(buried.len(), 1, "{buried:#?}");
        // The comment has its answer: an operator who has the job tried again starts nothing that nobody expects by now.
        revive(app, &buried[0]).await;
        assert!(app.workflow_runs().is_empty());
    }

    async fn r12b_a_dispatch_that_never_works_fails_the_run(app: &mut TestApp) {
        let number = open(app, "Add tiny");
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        app.github.fault(Method::GET, "/actions/workflows/").times(ATTEMPTS - 1).status(500);
        app.github.fault(Method::POST, "/dispatches").status(500);
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.exhaust().await;
        let check = app.check("tiny-daily");
        assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("failure")));
        assert!(check.title.unwrap().starts_with("The service could not do it"));
        assert!(app.last_bot_comment(STAGED, number).contains("The recipe is not at fault"));
        let buried = dead(app).await;
        revive(app, &buried[0]).await;
        assert!(app.workflow_runs().is_empty(), "a run that was ended is not started");
    }

    async fn r12b_r19_a_job_of_a_newer_version_stands_before_no_other(app: &mut TestApp) {
        execute(&app.app.store, UNREADABLE).await;
        open(app, "Add tiny");
        app.settle().await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
        let buried = dead(app).await;
        assert_eq!(buried.len(), 1, "{buried:#?}");
        let why = buried[0].last_error.as_deref().unwrap();
        assert!(why.contains("this version of the program cannot read the job") && why.contains("of_tomorrow"), "{why}");
        execute(&app.app.store, "DELETE FROM job WHERE kind = 'of_tomorrow'").await;
    }
}
