//! Two copies of the application on one database share the work of a whole story.

use harness::app::TestApp;
use orchestrator::job::worker;
use orchestrator::store;

use crate::restarts::whole::{self, assert_same};
use crate::restarts::{Tale, on_both_engines, undisturbed};

on_both_engines! {
    async fn r16_two_copies_tell_the_story_once(engine: Engine) {
        let (expected, _) = undisturbed(engine, Tale::Tested).await;
        let mut app = TestApp::start(engine).await;
        let second = app.second().await;
        let mut shares = [0, 0];
        // The two workers' futures are large for a stack.
        Box::pin(whole::play(&mut app, async |app: &mut TestApp| {
            loop {
                let brought = app.deliver_all().await;
                let (one, other) =
                    tokio::join!(worker::run_until_idle(&app.app), worker::run_until_idle(&second));
                let (one, other) = (one.unwrap(), other.unwrap());
                shares = [shares[0] + one, shares[1] + other];
                if brought + one + other == 0 {
                    break;
                }
            }
        }))
        .await;
        assert!(shares.iter().all(|share| *share > 0), "both have worked: {shares:?}");
        assert_same(&whole::end(&app).await, &expected, "told by two");
        let mut tx = app.app.store.read().await.unwrap();
        let jobs = store::job::list(&mut tx, None, 1_000).await.unwrap();
        assert!(jobs.iter().all(|job| job.attempt == 1), "{jobs:#?}");
        assert_eq!(jobs.len(), shares.iter().sum::<usize>());
        drop(tx);
        second.store.close().await;
        app.finish().await;
    }
}
