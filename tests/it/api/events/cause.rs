//! One id from the delivery to the report: in the timeline, with every job, and in every line of the log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use harness::events::words;
use harness::stories;
use harness::world::{MAINTAINER, STAGED};
use orchestrator::store;
use orchestrator::telemetry;
use serde_json::Value;
use tracing::Dispatch;

use super::{open, say};

/// A log that is kept.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn dispatch(&self) -> Dispatch {
        let log = self.clone();
        Dispatch::new(telemetry::json_log("off,orchestrator=info", move || log.clone()))
    }

    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

stories! {
    async fn one_id_leads_from_the_delivery_to_the_report(app: &mut TestApp) {
        let number = open(app).await;
        app.github.advance(TimeDelta::minutes(1));
        app.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        let hooks = app.github.take_hooks();
        let [hook] = &hooks[..] else { panic!("one comment is one delivery") };
        let log = Log::default();
        // With one dispatcher alone, `tracing` asks the thread that meets a line first whether anybody wants it, and remembers: another
        // story's thread would answer for this one.
        let _second = Dispatch::new(tracing::subscriber::NoSubscriber::new());
        let guard = tracing::dispatcher::set_default(&log.dispatch());
        app.deliver(hook).await;
        app.work().await;
        drop(guard);
        let id = Value::from(hook.delivery.clone());
        let lines = log.lines();
        let came = lines.iter().find(|line| line["message"] == "a delivery came").expect("the door logs");
        assert_eq!(came["cause"], id);
        let of_jobs: Vec<&Value> = lines.iter().filter(|line| line["span"]["name"] == "job").collect();
        assert!(of_jobs.iter().all(|line| line["span"]["cause"] == id), "{of_jobs:#?}");
        let kinds: Vec<&Value> = of_jobs.iter().map(|line| &line["span"]["kind"]).collect();
        assert!(kinds.contains(&&"interpret_delivery".into()) && kinds.contains(&&"dispatch_workflow".into()), "{kinds:?}");

        let mut tx = app.app.store.read().await.unwrap();
        let jobs = store::job::list(&mut tx, None, 100).await.unwrap();
        drop(tx);
        let of_it: Vec<&str> = jobs.iter().rev()
            .filter(|job| job.cause.as_ref().is_some_and(|cause| cause.as_str() == hook.delivery))
            .map(|job| job.kind.as_str())
            .collect();
        for kind in ["interpret_delivery", "answer_command", "dispatch_workflow", "publish_report"] {
            assert!(of_it.contains(&kind), "{kind} is missing in {of_it:?}");
        }
        let causes = words(&app.timeline(1).await, "cause");
        assert!(causes[2..].iter().all(|cause| *cause == hook.delivery), "{causes:?}");
        assert!(!causes[..2].contains(&hook.delivery));
        app.settle().await;
        let run = app.only_workflow_run();
        app.bake(run.id, &["tiny.zarr"]);
        app.settle().await;
    }

    async fn what_the_timer_finds_goes_back_to_the_timer(app: &mut TestApp) {
        let number = open(app).await;
        say(app, number, MAINTAINER, "/run tiny-daily").await;
        let run = app.only_workflow_run();
        app.bake(run.id, &["tiny.zarr"]);
        for hook in app.github.take_hooks() {
            // GitHub tells nobody that the run has ended.
            app.github.delivered(&hook, 202);
        }
        app.advance(TimeDelta::minutes(3)).await;
        let timeline = app.timeline(1).await;
        let ended = timeline["events"].as_array().unwrap().iter().find(|event| event["kind"] == "succeeded").unwrap();
        assert_eq!(ended["cause"], "timer");
    }
}
