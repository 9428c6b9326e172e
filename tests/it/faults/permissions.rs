//! The App was installed with too little, or GitHub refuses for good: nothing is tried for ever, and somebody is told what is missing.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::Access;
use harness::stories;
use harness::world::{MAINTAINER, STAGED};
use orchestrator::store;
use reqwest::Method;

use super::open;

/// Why a report cannot be shown, as an operator finds it in the database.
async fn undeliverable(app: &TestApp, key: &str) -> Option<String> {
    let mut tx = app.app.store.read().await.unwrap();
    store::report::find(&mut tx, key).await.unwrap().expect("the report is there").undeliverable
}

fn lower(app: &TestApp, permission: &str, access: Access) {
    app.github.change(|world| world.app.permissions.insert(permission.to_owned(), access));
}

/// How many requests were made, but for those about GitHub's log of deliveries, which is looked through all the time.
fn requests(app: &TestApp) -> usize {
    app.github.exchanges().iter().filter(|one| !one.request.path.starts_with("/app/hook/")).count()
}

/// Lets an hour pass in which the timer looks, and demands that GitHub is not asked again.
async fn assert_at_rest(app: &TestApp) {
    let before = requests(app);
    for _ in 0..4 {
        app.advance(TimeDelta::minutes(15)).await;
    }
    assert_eq!(requests(app), before, "{}", app.github.transcript().join("\n"));
}

stories! {
    async fn r12_without_checks_write_an_operator_is_told_and_nothing_runs_unseen(app: &mut TestApp) {
        lower(app, "checks", Access::Read);
        let number = open(app, "Add tiny");
        app.exhaust().await;
        let head = app.github.read(|world| world.repositories[STAGED].pulls[&number].head_sha.clone());
        let why = undeliverable(app, &format!("synchronize/{STAGED}/{head}")).await.unwrap();
        assert!(why.contains("permissions requested are not granted"), "{why}");
        assert!(why.contains("checks: write"), "the operator learns what to grant: {why}");
        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.exhaust().await;
        assert!(app.workflow_runs().is_empty(), "nobody was shown what would run");
        assert_at_rest(app).await;
    }

    async fn r12_without_actions_write_the_run_fails_and_says_whose_turn_it_is(app: &mut TestApp) {
        lower(app, "actions", Access::Read);
        let number = open(app, "Add tiny");
        app.settle().await;
        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        let check = app.check("tiny-daily");
        assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("failure")));
        let title = check.title.unwrap();
        assert!(title.starts_with("GitHub would not start the workflow"), "{title}");
        let comment = app.last_bot_comment(STAGED, number);
        assert!(comment.contains("actions: write"), "{comment}");
        assert!(comment.contains("An operator has to see to"), "{comment}");
        assert_at_rest(app).await;

        // Once it is granted, the same comment works.
        lower(app, "actions", Access::Write);
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        app.settle().await;
        assert_eq!(app.only_workflow_run().inputs["recipe_id"], "tiny-daily");
    }

    async fn r12_what_github_refuses_for_good_is_sent_once_and_stands_in_nobodys_way(app: &mut TestApp) {
        let number = open(app, "Add tiny");
        app.settle().await;
        for status in [400, 403, 404, 410, 422] {
            let before = posts(app);
            app.github.fault(Method::POST, "/issues/1/comments").status(status);
            let comment = app.github.comment(STAGED, number, MAINTAINER, "/help");
            app.exhaust().await;
            let why = undeliverable(app, &format!("reply/{comment}")).await.unwrap();
            assert!(why.contains(&status.to_string()), "{status}: {why}");
            assert_eq!(app.reactions(STAGED, comment), ["eyes"], "{status}");
            assert_at_rest(app).await;
            assert_eq!(posts(app), before + 1, "{status}");
        }
        assert_eq!(app.bot_comments(STAGED, number), Vec::<String>::new());
    }

    async fn r12_a_token_that_github_no_longer_takes_is_replaced(app: &mut TestApp) {
        let number = open(app, "Add tiny");
        app.settle().await;
        app.github.fault(Method::POST, "/issues/1/comments").status(401);
        app.github.comment(STAGED, number, MAINTAINER, "/help");
        app.exhaust().await;
        assert_eq!(app.bot_comments(STAGED, number).len(), 1);
    }
}

fn posts(app: &TestApp) -> usize {
    let exchanges = app.github.exchanges();
    exchanges
        .iter()
        .filter(|one| one.request.method == Method::POST && one.request.path.ends_with("/1/comments"))
        .count()
}
