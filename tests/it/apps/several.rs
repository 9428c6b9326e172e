//! A staging App and a production App are installed on the same repositories: whatever happens there, one of them acts.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::NewPull;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};
use orchestrator::store;

use crate::restarts::on_both_engines;

const LABEL: &str = "staging";

/// Both services, each with a database of its own.
struct Both {
    staging: TestApp,
    production: TestApp,
}

impl Both {
    async fn start(engine: Engine) -> Self {
        let staging = TestApp::start_told(engine, "run_only_on: [Staging]").await;
        let production = staging.beside(engine, "not_on: [staging]").await;
        Self { staging, production }
    }

    /// Brings every webhook to both, and lets both work until nothing is left.
    async fn settle(&self) {
        loop {
            let hooks = self.staging.github.take_hooks();
            for hook in &hooks {
                self.staging.deliver(hook).await;
                self.production.deliver(hook).await;
            }
            if self.staging.work().await + self.production.work().await + hooks.len() == 0 {
                return;
            }
        }
    }

    /// Which of them has something to say under any of these keys: staging, production.
    async fn speakers(&self, keys: &[String]) -> (bool, bool) {
        let speaks = async |app: &TestApp| {
            let mut tx = app.app.store.read().await.unwrap();
            for key in keys {
                if store::report::find(&mut tx, key).await.unwrap().is_some() {
                    return true;
                }
            }
            false
        };
        (speaks(&self.staging).await, speaks(&self.production).await)
    }

    /// Who shows a check of a pull request's head.
    async fn checker(&self, number: u64) -> (bool, bool) {
        let head =
            self.staging.github.read(|world| world.repositories[STAGED].pulls[&number].head_sha.clone());
        self.speakers(&[format!("synchronize/{STAGED}/{head}")]).await
    }

    /// Somebody asks for a run; who reacts, and who answers.
    async fn ask(&self, number: u64) -> [(bool, bool); 2] {
        self.staging.github.advance(TimeDelta::minutes(1));
        let comment = self.staging.github.comment(STAGED, number, MAINTAINER, "/run tiny-daily");
        self.settle().await;
        let reacts = self.speakers(&[format!("reaction/{comment}/eyes")]).await;
        let answers = ["rocket", "-1"].map(|word| format!("reaction/{comment}/{word}"));
        let answers = [answers.as_slice(), &[format!("reply/{comment}")]].concat();
        [reacts, self.speakers(&answers).await]
    }

    fn open(&self, title: &str, label: Option<&str>) -> u64 {
        let files = feedstock("tiny-success", "recipes/tiny");
        let mut pull = NewPull::new(STAGED, CONTRIBUTOR, title).files(files);
        if let Some(label) = label {
            pull = pull.label(label);
        }
        self.staging.github.open_pull_request(pull)
    }

    fn push(&self, number: u64, name: &str) {
        self.staging.github.advance(TimeDelta::minutes(1));
        self.staging.github.push(STAGED, number, [(format!("recipes/tiny/{name}.py"), "import os\n")]);
    }

    async fn finish(self) {
        self.production.finish().await;
        self.staging.finish().await;
    }
}

const STAGING: (bool, bool) = (true, false);
const PRODUCTION: (bool, bool) = (false, true);

on_both_engines! {
    async fn r25_of_two_apps_one_acts_whatever_happens(engine: Engine) {
        let both = Both::start(engine).await;
        let (labelled, plain) = (both.open("Labelled", Some(LABEL)), both.open("Plain", None));
        both.settle().await;
        assert_eq!((both.checker(labelled).await, both.checker(plain).await), (STAGING, PRODUCTION));
        both.push(labelled, "one");
        both.push(plain, "two");
        both.settle().await;
        assert_eq!((both.checker(labelled).await, both.checker(plain).await), (STAGING, PRODUCTION));
        assert_eq!(both.ask(labelled).await, [STAGING; 2]);
        assert_eq!(both.ask(plain).await, [PRODUCTION; 2]);
        assert_eq!(both.staging.workflow_runs().len(), 2, "each started one");

        both.staging.github.close(STAGED, labelled, CONTRIBUTOR);
        both.settle().await;
        assert_eq!(both.ask(labelled).await, [STAGING; 2], "also where the answer is no");
        both.finish().await;
    }

    async fn r25_a_label_that_comes_or_goes_hands_a_pull_request_over(engine: Engine) {
        let both = Both::start(engine).await;
        let number = both.open("Add tiny", None);
        both.settle().await;
        assert_eq!(both.checker(number).await, PRODUCTION);
        both.staging.github.label(STAGED, number, MAINTAINER, "docs");
        both.settle().await;
        assert_eq!(both.checker(number).await, PRODUCTION, "no label of ours");

        both.staging.github.label(STAGED, number, MAINTAINER, LABEL);
        both.settle().await;
        assert!(both.checker(number).await.0, "staging looks at it without a push");
        assert_eq!(both.ask(number).await, [STAGING; 2]);
        both.push(number, "one");
        both.settle().await;
        assert_eq!(both.checker(number).await, STAGING);

        both.staging.github.unlabel(STAGED, number, MAINTAINER, LABEL);
        both.settle().await;
        assert!(both.checker(number).await.1, "and production takes it back");
        assert_eq!(both.ask(number).await, [PRODUCTION; 2]);
        both.finish().await;
    }
}
