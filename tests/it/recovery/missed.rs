//! What did not arrive is asked for, for as long as there is hope, and never what arrived.

use axum::http::StatusCode;
use chrono::TimeDelta;
use harness::stories;
use harness::world::{MAINTAINER, STAGED};
use reqwest::Method;

use super::{EVERY, advance_deaf, asked, begin, listed, lose, open};

stories! {
    async fn r4_r6_what_came_while_the_database_was_down_is_taken_in_at_the_next_start(app: &mut TestApp) {
        begin(app).await;
        app.app.store.close().await;
        for n in 0..3 {
            open(app, &format!("Add tiny {n}"));
        }
        for hook in app.github.take_hooks() {
            assert_eq!(app.deliver(&hook).await.0, StatusCode::SERVICE_UNAVAILABLE);
        }
        app.restart().await;
        app.advance(TimeDelta::seconds(20)).await;
        let conclusions: Vec<_> = app.checks("synchronize").into_iter().map(|check| check.conclusion).collect();
        assert_eq!(conclusions, vec![Some("success".to_owned()); 3]);
    }

    async fn r6_what_was_lost_is_asked_for_within_five_minutes(app: &mut TestApp) {
        begin(app).await;
        open(app, "Add tiny");
        lose(app);
        app.advance(EVERY - TimeDelta::seconds(1)).await;
        assert!(app.checks("synchronize").is_empty());
        app.advance(TimeDelta::seconds(1)).await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
    }

    async fn r6_what_arrived_is_not_asked_for_however_often_it_was_tried(app: &mut TestApp) {
        begin(app).await;
        open(app, "Add tiny");
        let hooks = lose(app);
        for hook in &hooks {
            app.github.delivered(hook, 503);
            // Somebody presses "redeliver" before we come to it.
            app.deliver(hook).await;
        }
        for _ in 0..4 {
            app.advance(EVERY).await;
        }
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
        assert_eq!((asked(app), listed(app)), (0, 4), "a look every five minutes, and nothing is missing");
    }

    async fn r5_r6_a_command_that_comes_again_when_asked_for_and_then_by_itself_runs_once(app: &mut TestApp) {
        let number = open(app, "Add tiny");
        app.settle().await;
        begin(app).await;
        app.github.advance(TimeDelta::minutes(1));
        let comment = app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        let late = lose(app);
        app.advance(EVERY).await;
        assert_eq!(app.reactions(STAGED, comment), ["eyes", "rocket"]);
        for hook in &late {
            let (_, answer) = app.deliver(hook).await;
            assert_eq!(answer["status"], "duplicate");
        }
        app.settle().await;
        assert_eq!(app.only_workflow_run().inputs["recipe_id"], "tiny-daily");
    }

    async fn r6_what_does_not_come_is_asked_for_every_half_hour_and_given_up_after_a_day(app: &mut TestApp) {
        begin(app).await;
        open(app, "Add tiny");
        assert_eq!(lose(app).len(), 1);
        let step = TimeDelta::minutes(10);
        advance_deaf(app, step).await;
        assert_eq!(asked(app), 1);
        advance_deaf(app, step).await;
        advance_deaf(app, step).await;
        assert_eq!(asked(app), 1, "not before half an hour is over");
        advance_deaf(app, step).await;
        assert_eq!(asked(app), 2);
        for _ in 0..(25 * 6) {
            advance_deaf(app, step).await;
        }
        let in_all = asked(app);
        assert!((48..=49).contains(&in_all), "every half hour of a day: {in_all}");
        for _ in 0..12 {
            advance_deaf(app, step).await;
        }
        assert_eq!(asked(app), in_all, "given up");
    }

    async fn r6_ids_beyond_what_a_float_holds_and_deliveries_that_were_held_back(app: &mut TestApp) {
        begin(app).await;
        app.github.number_deliveries_from(9_007_199_254_740_993);
        open(app, "Add tiny");
        for hook in lose(app) {
            app.github.throttled(&hook.delivery);
        }
        app.advance(EVERY).await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
    }

    async fn r11_githubs_patience_with_the_app_itself_is_waited_for(app: &mut TestApp) {
        begin(app).await;
        open(app, "Add tiny");
        lose(app);
        app.github.fault(Method::GET, "/app/hook/deliveries").retry_after(37);
        app.advance(EVERY).await;
        let before = app.github.request_count();
        app.advance(TimeDelta::seconds(36)).await;
        assert_eq!(app.github.request_count(), before);
        app.github.fault(Method::POST, "/attempts").rate_limited(600);
        app.advance(TimeDelta::seconds(1)).await;
        assert!(app.checks("synchronize").is_empty());
        app.exhaust().await;
        assert_eq!(app.check("synchronize").conclusion.as_deref(), Some("success"));
    }

    async fn r6_one_that_github_cannot_repeat_stands_in_nobodys_way(app: &mut TestApp) {
        begin(app).await;
        for n in 0..3 {
            open(app, &format!("Add tiny {n}"));
        }
        assert_eq!(lose(app).len(), 3);
        // The first for good, the second for now.
        app.github.fault(Method::POST, "/attempts").status(404);
        app.github.fault(Method::POST, "/attempts").status(502);
        app.advance(EVERY).await;
        assert_eq!(app.checks("synchronize").len(), 1);
        app.advance(TimeDelta::minutes(31)).await;
        assert_eq!(app.checks("synchronize").len(), 2);
        assert_eq!(asked(app), 4);
    }
}
