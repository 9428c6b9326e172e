//! GitHub asks for patience, and gets it: from that installation not one request before the time is over, and then the work is done.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, STAGED, feedstock};
use reqwest::Method;

use super::open;

/// How many requests one installation has made so far, for its tokens too.
fn requests_of(app: &TestApp, repository: &str) -> usize {
    let installation = app.github.read(|world| world.installation_of(repository).unwrap().id);
    let (actor, tokens) = (format!("installation {installation}"), format!("/installations/{installation}/"));
    let exchanges = app.github.exchanges();
    exchanges.iter().filter(|one| one.actor == actor || one.request.path.contains(&tokens)).count()
}

/// Demands that for so many seconds nothing is asked, whatever the timer finds, and that something is when they are over.
async fn assert_quiet_for(app: &TestApp, seconds: i64) {
    let before = requests_of(app, STAGED);
    app.advance(TimeDelta::seconds(seconds - 1)).await;
    assert_eq!(requests_of(app, STAGED), before, "in the first {} s", seconds - 1);
    app.advance(TimeDelta::seconds(1)).await;
    assert!(requests_of(app, STAGED) > before, "after {seconds} s");
}

fn is_green(app: &TestApp) -> bool {
    app.check("synchronize").conclusion.as_deref() == Some("success")
}

stories! {
    async fn r11_retry_after_is_obeyed_to_the_second(app: &mut TestApp) {
        app.github.fault(Method::GET, "/pulls/1").retry_after(37);
        open(app, "Add tiny");
        app.settle().await;
        assert!(app.checks("synchronize").is_empty());
        let before = requests_of(app, STAGED);
        open(app, "Add tiny once more");
        app.settle().await;
        assert_eq!(requests_of(app, STAGED), before, "what comes meanwhile waits too");
        assert_quiet_for(app, 37).await;
        let conclusions: Vec<_> = app.checks("synchronize").into_iter().map(|check| check.conclusion).collect();
        assert_eq!(conclusions, vec![Some("success".to_owned()); 2]);
    }

    async fn r11_used_up_requests_come_back_at_the_time_that_was_named(app: &mut TestApp) {
        app.github.fault(Method::GET, "/pulls/1").rate_limited(2_400);
        open(app, "Add tiny");
        app.settle().await;
        assert_quiet_for(app, 2_400).await;
        assert!(is_green(app));
    }

    async fn r11_without_a_word_of_how_long_the_wait_begins_with_a_minute_and_doubles(app: &mut TestApp) {
        app.github.fault(Method::GET, "/pulls/1").times(3).secondary_limit_unsaid();
        open(app, "Add tiny");
        app.settle().await;
        for seconds in [60, 120, 240] {
            assert_quiet_for(app, seconds).await;
        }
        assert!(is_green(app));
    }

    async fn r11_waiting_as_told_is_no_failed_attempt(app: &mut TestApp) {
        app.github.fault(Method::GET, "/pulls/1").times(20).retry_after(60);
        open(app, "Add tiny");
        app.exhaust().await;
        assert!(is_green(app), "20 waits are more than the attempts that a job has");
    }

    async fn r11_a_limit_on_a_write_delays_it_and_doubles_nothing(app: &mut TestApp) {
        app.github.fault(Method::POST, "/check-runs").retry_after(37);
        open(app, "Add tiny");
        app.settle().await;
        assert!(app.checks("synchronize").is_empty());
        assert_quiet_for(app, 37).await;
        assert!(is_green(app));
    }

    async fn r11_other_installations_go_on(app: &mut TestApp) {
        let other = "elsewhere/other-feedstock";
        app.github.add_repo(other);
        app.github.take_hooks();
        app.github.fault(Method::GET, "/repos/pangeo-forge/staged-recipes/pulls/1").retry_after(37);
        open(app, "Add tiny");
        app.settle().await;
        let files = feedstock("tiny-success", "feedstock");
        app.github.open_pull_request(NewPull::new(other, CONTRIBUTOR, "Add other").files(files));
        app.settle().await;
        let checks = app.github.read(|world| world.repositories[other].check_runs.clone());
        let conclusions: Vec<_> = checks.values().map(|check| check.conclusion.as_deref()).collect();
        assert_eq!(conclusions, [Some("success")]);
        assert!(app.checks("synchronize").is_empty(), "the one that was told to wait, waits");
        assert_quiet_for(app, 37).await;
        assert!(is_green(app));
    }
}
