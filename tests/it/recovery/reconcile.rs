//! Four days without a single webhook, beside a twin of the service that hears everything: afterwards both know the same.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::NewPull;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, MAINTAINER, STAGED, feedstock};
use orchestrator::domain::id::{PullNumber, RepoName, Sha};
use orchestrator::store;

use super::{EVERY, begin, lose, open};
use crate::restarts::on_both_engines;

/// One step of the four days.
const STEP: TimeDelta = TimeDelta::hours(6);

/// Lets people work for four days. `step` lets six hours pass. Answers the comments with commands, by their pull requests.
async fn four_days(
    app: &mut TestApp,
    pulls: u64,
    mut step: impl AsyncFnMut(&mut TestApp),
) -> Vec<(u64, u64)> {
    let mut numbers = Vec::new();
    let mut commands = Vec::new();
    for n in 0..pulls {
        let files = feedstock("tiny-success", &format!("recipes/r{n}"));
        let pull =
            NewPull::new(STAGED, CONTRIBUTOR, &format!("Add r{n}")).files(files).branch(&format!("r{n}"));
        numbers.push(app.github.open_pull_request(pull));
        if n % 8 == 7 {
            step(app).await;
        }
    }
    for (n, number) in numbers.iter().enumerate() {
        match n % 4 {
            0 => _ = app.github.push(STAGED, *number, [(format!("recipes/r{n}/more.py"), "import os\n")]),
            1 => app.github.close(STAGED, *number, CONTRIBUTOR),
            2 => commands.push((*number, app.github.comment(STAGED, *number, MAINTAINER, "/run tiny-daily"))),
            _ => {}
        }
    }
    step(app).await;
    // Somebody mends a recipe, somebody breaks one.
    for (n, number) in numbers.iter().enumerate().filter(|(n, _)| n % 8 == 4) {
        app.github.push(STAGED, *number, [(format!("recipes/r{n}/meta.yaml"), "recipes: []\n")]);
    }
    let production =
        NewPull::new(FEEDSTOCK, MAINTAINER, "Update").files(feedstock("tiny-success", "feedstock"));
    let production = app.github.open_pull_request(production);
    step(app).await;
    app.github.merge(FEEDSTOCK, production, MAINTAINER);
    for (n, number) in numbers.iter().enumerate() {
        if n % 8 == 3 {
            app.github.merge(STAGED, *number, MAINTAINER);
        }
    }
    for _ in 0..9 {
        step(app).await;
    }
    commands
}

/// What the service has made of it: the check of every open pull request's head and the recipes that wait there, and the merges that it
/// took up.
async fn state(app: &TestApp) -> Vec<String> {
    let open: BTreeMap<u64, String> = app.github.read(|world| {
        let open = world.repositories[STAGED].pulls.values().filter(|pull| pull.open);
        open.map(|pull| (pull.number, pull.head_sha.clone())).collect()
    });
    let mut state = Vec::new();
    let mut tx = app.app.store.read().await.unwrap();
    let staged = RepoName::parse(STAGED).unwrap();
    let feedstock = store::feedstock::find(&mut tx, &staged).await.unwrap().expect("the feedstock is known");
    for (number, head) in open {
        let number = PullNumber(number.try_into().unwrap());
        let checks = app.github.read(|world| {
            let checks = world.repositories[STAGED].check_runs.values();
            let of_head = checks.filter(|check| check.name == "synchronize" && check.head_sha == head);
            of_head
                .map(|check| format!("{} {:?} {:?}", check.status, check.conclusion, check.title))
                .collect::<Vec<_>>()
        });
        let head = Sha(head);
        let known = store::pull_request_head::newest(&mut tx, feedstock, number).await.unwrap();
        let runs = store::recipe_run::list_by_head(&mut tx, feedstock, number, &head).await.unwrap();
        let recipes: BTreeSet<_> = runs.iter().map(|run| &run.recipe_id).collect();
        state.push(format!("#{number}: head known {}, {checks:?}, {recipes:?}", known == Some(head)));
    }
    let jobs = store::job::list(&mut tx, None, 100_000).await.unwrap();
    let merges = jobs.iter().filter_map(|job| match job.kind.as_str() {
        "create_feedstock" => Some(format!("feedstock of #{}", job.payload.0["pull_request"]["number"])),
        "deploy_production" => Some(format!("production of #{}", job.payload.0["order"]["conversation"])),
        _ => None,
    });
    state.extend(merges.collect::<BTreeSet<_>>());
    state
}

on_both_engines! {
    async fn r7_after_four_days_without_a_webhook_the_service_knows_what_a_twin_knows(engine: Engine) {
        // A database on a server costs more time; a third of the pull requests has every case in it.
        let pulls = if engine == Engine::Sqlite { 40 } else { 16 };
        let mut twin = TestApp::start(engine).await;
        begin(&twin).await;
        four_days(&mut twin, pulls, async |app: &mut TestApp| app.advance(STEP).await).await;

        let mut deaf = TestApp::start(engine).await;
        begin(&deaf).await;
        let commands = four_days(&mut deaf, pulls, async |app: &mut TestApp| {
            app.github.advance(STEP);
            lose(app);
        })
        .await;
        assert!(deaf.checks("synchronize").is_empty());
        deaf.restart().await;
        deaf.advance(EVERY).await;
        twin.advance(EVERY).await;

        let expected = state(&twin).await;
        assert!(expected.iter().any(|line| line.starts_with("feedstock of")), "{expected:#?}");
        assert!(expected.iter().any(|line| line.starts_with("production of")), "{expected:#?}");
        assert_eq!(state(&deaf).await, expected);
        assert!(!commands.is_empty());
        for (number, comment) in commands {
            assert_eq!(deaf.reactions(STAGED, comment), ["eyes", "-1"]);
            let reply = deaf.last_bot_comment(STAGED, number);
            assert!(reply.contains("hours late"), "{reply}");
        }
        let tests = deaf.workflow_runs().into_iter().filter(|run| run.inputs["prune"] == "true");
        assert_eq!(tests.count(), 0, "no command is carried out that nobody waits for any more");
        twin.finish().await;
        deaf.finish().await;
    }

    async fn r7_a_new_database_has_missed_nothing(engine: Engine) {
        let mut app = TestApp::start(engine).await;
        open(&app, "Add tiny");
        lose(&app);
        app.github.advance(TimeDelta::days(5));
        app.advance(EVERY).await;
        app.restart().await;
        app.advance(EVERY).await;
        assert!(app.checks("synchronize").is_empty(), "what was there before is not ours to touch");
        app.finish().await;
    }

    async fn r7_every_page_of_installations_and_repositories_is_read(engine: Engine) {
        let mut app = TestApp::start(engine).await;
        for n in 0..120 {
            app.github.add_repo(&format!("many/r{n:03}-feedstock"));
        }
        let elsewhere = "zebra/last-feedstock";
        app.github.add_repo(elsewhere);
        lose(&app);
        begin(&app).await;
        for repo in ["many/r119-feedstock", elsewhere] {
            let files = feedstock("tiny-success", "feedstock");
            app.github.open_pull_request(NewPull::new(repo, CONTRIBUTOR, "Change").files(files));
        }
        lose(&app);
        app.github.advance(TimeDelta::days(4));
        app.restart().await;
        app.advance(TimeDelta::zero()).await;
        for repo in ["many/r119-feedstock", elsewhere] {
            let checks = app.github.read(|world| world.repositories[repo].check_runs.clone());
            assert_eq!(checks.len(), 1, "{repo}");
        }
        app.finish().await;
    }
}
