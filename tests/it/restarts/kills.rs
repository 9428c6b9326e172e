//! Kill points: the application is dropped while GitHub holds one of its requests, before or after the effect of it.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::{Moment, Stop};
use orchestrator::job::worker;

use super::whole::{End, assert_same};
use super::{Tale, on_both_engines, undisturbed};

/// Longer than the lease of a job: what the dead process held is then free.
const LEASE_IS_OVER: TimeDelta = TimeDelta::seconds(91);

/// Plays a story with a crash at the `number`-th request.
async fn killed_at(engine: Engine, tale: Tale, number: usize, moment: Moment) -> End {
    let mut app = TestApp::start(engine).await;
    let mut stop = Some(app.github.stop_at(number, moment));
    tale.play(&mut app, async |app: &mut TestApp| {
        settle_or_die(app, &mut stop).await;
    })
    .await;
    assert!(stop.is_none(), "request {number} was never made");
    let end = tale.end(&app).await;
    app.finish().await;
    end
}

/// Settles; where the kill point is reached meanwhile, the application ends there and another one goes on.
async fn settle_or_die(app: &mut TestApp, stop: &mut Option<Stop>) {
    if let Some(point) = stop {
        let died = tokio::select! {
            () = app.settle() => false,
            () = point.reached() => true,
        };
        if !died {
            return;
        }
        *stop = None;
        app.restart().await;
        app.advance(LEASE_IS_OVER).await;
    }
    app.exhaust().await;
}

on_both_engines! {
    async fn r0_killed_before_or_after_any_request_it_comes_to_the_same_end(engine: Engine) {
        for tale in Tale::ALL {
            let (expected, requests) = undisturbed(engine, tale).await;
            // A database on a server costs more time; the points between are the same code.
            let every = if engine == Engine::Sqlite { 1 } else { 3 };
            for number in (1..=requests).step_by(every) {
                for moment in [Moment::Before, Moment::After] {
                    let end = killed_at(engine, tale, number, moment).await;
                    let when = format!("{tale:?}, killed {moment:?} the effect of request {number} of {requests}");
                    assert_same(&end, &expected, &when);
                }
            }
        }
    }

    async fn r3_restarted_between_any_two_jobs_it_comes_to_the_same_end(engine: Engine) {
        for tale in Tale::ALL {
            let (expected, _) = undisturbed(engine, tale).await;
            let mut app = TestApp::start(engine).await;
            tale.play(&mut app, async |app: &mut TestApp| {
                while app.deliver_all().await > 0 || worker::run_next(&app.app).await.unwrap() {
                    app.restart().await;
                }
            })
            .await;
            assert_same(&tale.end(&app).await, &expected, &format!("{tale:?}, restarted between any two jobs"));
            app.finish().await;
        }
    }
}
