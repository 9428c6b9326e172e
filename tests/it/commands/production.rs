//! Commands about production: on a feedstock's pull requests and issues.

use harness::app::TestApp;
use harness::github::NewPull;
use harness::stories;
use harness::world::{CONTRIBUTOR, FEEDSTOCK, MAINTAINER, feedstock};
use orchestrator::domain::id::{InstallationId, PullNumber, RepoName, Sha};
use orchestrator::domain::job::Job;
use orchestrator::store;
use orchestrator::store::recipe_run::NewRecipeRun;
use serde_json::{Value, json};

use super::{runs_of, say_in, under_another_id};

const RECIPE: &str = "tiny-daily";

/// Queues a production run of the tip of the default branch, spoken of in a conversation, as a merge does.
async fn deploy(app: &TestApp, conversation: u64) {
    let number = PullNumber(i64::try_from(conversation).unwrap());
    let installation = InstallationId(i64::try_from(app.github.install(FEEDSTOCK)).unwrap());
    let tip = Sha(app.github.read(|world| world.repositories[FEEDSTOCK].branches["main"].clone()));
    let now = app.github.now();
    let mut tx = app.app.store.write().await.unwrap();
    let feedstock = store::feedstock::register(&mut tx, &RepoName::parse(FEEDSTOCK).unwrap()).await.unwrap();
    let bakery = store::bakery::register(&mut tx, "local-direct", "local", "").await.unwrap();
    let run = NewRecipeRun {
        recipe_id: RECIPE,
        bakery,
        feedstock,
        head_sha: &tip,
        pull_request: Some(number),
        feedstock_subdir: "feedstock",
        is_test: false,
        version: "1",
        attempt: 1,
        requested_by: None,
        installation,
        git_ref: "refs/heads/main",
    };
    let id = store::recipe_run::insert(&mut tx, run, now).await.unwrap();
    store::recipe_run::set_place(
        &mut tx,
        id,
        "pangeo-forge/pangeo-forge/tiny-feedstock/tiny-daily.zarr",
        Some("local-direct:pangeo-forge/pangeo-forge/tiny-feedstock/tiny-daily.zarr"),
    )
    .await
    .unwrap();
    store::job::insert(&mut tx, &Job::StartRun { recipe_run: id }, now, now).await.unwrap();
    tx.commit().await.unwrap();
    app.settle().await;
}

fn open_issue(app: &TestApp, title: &str) -> u64 {
    app.github.open_issue(FEEDSTOCK, CONTRIBUTOR, title)
}

/// The attempt, the state and the commit of every run of a conversation.
async fn states(app: &TestApp, number: u64) -> Vec<String> {
    let runs = runs_of(app, FEEDSTOCK, number).await;
    runs.iter()
        .map(|run| format!("{} {:?} {}", run.attempt, run.state().unwrap(), run.head_sha.short()))
        .collect()
}

/// What was ordered of `deploy_production`, oldest first.
async fn orders(app: &TestApp) -> Vec<Value> {
    let mut tx = app.app.store.read().await.unwrap();
    let jobs = store::job::list(&mut tx, None, 1000).await.unwrap();
    let mut orders: Vec<Value> = jobs
        .into_iter()
        .filter(|job| job.kind == "deploy_production")
        .map(|job| job.payload.0["order"].clone())
        .collect();
    orders.reverse();
    orders
}

/// The newest status of every deployment, oldest first.
fn deployments(app: &TestApp) -> Vec<String> {
    app.github.read(|world| {
        let all = world.repositories[FEEDSTOCK].deployments.values();
        all.map(|deployment| deployment.statuses.last().map_or("none", |status| &status.state).to_owned())
            .collect()
    })
}

stories! {
    async fn a_maintainer_asks_for_production_on_an_issue_or_a_pull_request(app: &mut TestApp) {
        let issue = open_issue(app, "The data of May is missing");
        let files = feedstock("tiny-success", "feedstock");
        let pull = app.github.open_pull_request(NewPull::new(FEEDSTOCK, CONTRIBUTOR, "Mend tiny").files(files));
        app.settle().await;
        for number in [issue, pull] {
            let comment = say_in(app, FEEDSTOCK, number, MAINTAINER, "/run-production tiny-daily `other`").await;
            assert_eq!(app.reactions(FEEDSTOCK, comment)[..2], ["eyes", "rocket"]);
            let order = orders(app).await.pop().unwrap();
            assert_eq!(order["conversation"], json!(number));
            assert_eq!(order["repository"], json!(FEEDSTOCK));
            assert_eq!(order["asked"], json!({"comment": comment, "by": MAINTAINER, "recipes": [RECIPE, "other"]}));
        }
    }

    async fn s13_production_is_not_begun_for_who_may_not_nor_for_what_cannot_be_read(app: &mut TestApp) {
        let issue = open_issue(app, "The data of May is missing");
        for (who, said, words) in [
            (CONTRIBUTOR, "/run-production tiny-daily", "`/run-production` needs the role `write` or more"),
            (MAINTAINER, "/run-production", "needs the id of each recipe: `/run-production <recipe_id>`"),
            (MAINTAINER, "/run-production all", "needs the id of each recipe, and takes no `all`"),
            (MAINTAINER, "/run-productoin tiny-daily", "did you mean `/run-production`?"),
        ] {
            let comment = say_in(app, FEEDSTOCK, issue, who, said).await;
            assert_eq!(app.reactions(FEEDSTOCK, comment), ["eyes", "-1"], "{said}");
            let reply = app.last_bot_comment(FEEDSTOCK, issue);
            assert!(reply.contains(words), "{reply}");
        }
        assert_eq!(orders(app).await, Vec::<Value>::new());
    }

    async fn r5b_an_order_told_under_three_delivery_ids_is_one(app: &mut TestApp) {
        let issue = open_issue(app, "The data of May is missing");
        app.github.comment(FEEDSTOCK, issue, MAINTAINER, "/run-production tiny-daily");
        let hook = app.github.take_hooks().pop().unwrap();
        for delivery in ["one", "two", "three"] {
            app.deliver(&under_another_id(&hook, delivery)).await;
            app.settle().await;
        }
        assert_eq!(orders(app).await.len(), 1);
    }

    async fn r14_a_production_run_that_waits_for_its_turn_is_given_up_at_once(app: &mut TestApp) {
        let (first, second) = (open_issue(app, "May"), open_issue(app, "June"));
        deploy(app, first).await;
        deploy(app, second).await;
        let reply = {
            say_in(app, FEEDSTOCK, second, CONTRIBUTOR, "/status").await;
            app.last_bot_comment(FEEDSTOCK, second)
        };
        assert!(reply.contains("| production | 1 | waiting for [run 1]("), "{reply}");

        let comment = say_in(app, FEEDSTOCK, second, MAINTAINER, "/cancel").await;
        assert_eq!(app.reactions(FEEDSTOCK, comment), ["eyes", "rocket"]);
        let reply = app.last_bot_comment(FEEDSTOCK, second);
        assert!(reply.contains("`tiny-daily` in production") && reply.contains("stopped: nothing of it had begun"), "{reply}");
        assert!(states(app, second).await[0].starts_with("1 Completed(Cancelled)"));
        assert!(states(app, first).await[0].starts_with("1 InProgress"), "what others asked for goes on");
        assert_eq!(deployments(app), ["queued", "inactive"]);
    }

    async fn a_production_run_that_goes_on_is_stopped_and_the_next_one_begins(app: &mut TestApp) {
        let (first, second) = (open_issue(app, "May"), open_issue(app, "June"));
        deploy(app, first).await;
        deploy(app, second).await;
        say_in(app, FEEDSTOCK, first, MAINTAINER, "/cancel tiny-daily").await;
        assert!(states(app, first).await[0].starts_with("1 Completed(Cancelled)"));
        assert!(states(app, second).await[0].starts_with("1 InProgress"));
        assert_eq!(deployments(app), ["inactive", "queued"]);
    }

    async fn production_is_tried_again_at_its_own_commit_also_where_the_pull_request_is_closed(app: &mut TestApp) {
        let files = feedstock("tiny-success", "feedstock");
        let pull = app.github.open_pull_request(NewPull::new(FEEDSTOCK, CONTRIBUTOR, "Mend tiny").files(files));
        app.github.close(FEEDSTOCK, pull, MAINTAINER);
        app.settle().await;
        deploy(app, pull).await;
        app.github.finish_run(app.only_workflow_run().id, "failure", None);
        app.exhaust().await;
        app.github.commit(FEEDSTOCK, "main", [("README.md", "Newer\n")], "Newer");
        app.settle().await;
        let comment = say_in(app, FEEDSTOCK, pull, MAINTAINER, "/retry").await;
        assert_eq!(app.reactions(FEEDSTOCK, comment), ["eyes", "rocket"]);
        let states = states(app, pull).await;
        let sha = states[0].rsplit_once(' ').unwrap().1.to_owned();
        assert_eq!(states, [format!("1 Completed(Failure) {sha}"), format!("2 InProgress {sha}")]);
        let runs = app.workflow_runs();
        assert_eq!(runs[0].inputs["subpath"], runs[1].inputs["subpath"], "a retry writes to the same place");
        assert_eq!(runs[1].inputs["prune"], "false");
        assert_ne!(runs[0].inputs["job_name"], runs[1].inputs["job_name"]);
        assert_eq!(deployments(app), ["failure", "queued"]);
        let comment = say_in(app, FEEDSTOCK, pull, MAINTAINER, "/retry tiny-daily").await;
        assert_eq!(app.reactions(FEEDSTOCK, comment), ["eyes"]);
        assert!(app.last_bot_comment(FEEDSTOCK, pull).contains("already running"));
    }
}
