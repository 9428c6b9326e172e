//! Claiming: every job to one worker, no two of a lane at once, and nothing from a worker whose time is over.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use harness::stories;
use orchestrator::domain::command::{CommentCommand, PullRequest};
use orchestrator::domain::id::{CommentId, DeliveryId, InstallationId, Login, PullNumber, RepoName};
use orchestrator::domain::job::Job;
use orchestrator::store::job::Claimed;
use orchestrator::store::{self, Store};

use super::{fresh, remove};
use crate::restarts::on_both_engines;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
const LEASE: TimeDelta = TimeDelta::seconds(90);

/// A job without a lane.
fn reading(number: usize) -> Job {
    Job::InterpretDelivery { delivery: DeliveryId(format!("delivery-{number}")) }
}

/// A job in the lane of a pull request.
fn answering(pull_request: i64, comment: i64) -> Job {
    let repository = RepoName::parse("pangeo-forge/staged-recipes").unwrap();
    let pull_request =
        PullRequest { repository, number: PullNumber(pull_request), installation: InstallationId(1) };
    let command = CommentCommand {
        pull_request,
        comment: CommentId(comment),
        author: Login("maintainer".into()),
        created_at: NOW,
        on_issue: false,
        line: "/run all".into(),
    };
    Job::AnswerCommand { command }
}

async fn insert(store: &Store, jobs: impl IntoIterator<Item = Job>) -> usize {
    let mut tx = store.write().await.unwrap();
    let mut queued = 0;
    for job in jobs {
        queued += usize::from(store::job::insert(&mut tx, &job, NOW, NOW).await.unwrap());
    }
    tx.commit().await.unwrap();
    queued
}

/// Claims as a worker does: where another one took a job of the same lane at the same moment, it asks again.
async fn claim(store: &Store, now: DateTime<Utc>) -> Option<Claimed> {
    loop {
        let mut tx = store.write().await.unwrap();
        match store::job::claim(&mut tx, LEASE, now).await {
            Ok(claim) => {
                tx.commit().await.unwrap();
                return claim;
            }
            Err(error) => assert!(error.is_unique_violation(), "{error}"),
        }
    }
}

async fn finish(store: &Store, claim: &Claimed) -> bool {
    let mut tx = store.write().await.unwrap();
    let finished = store::job::finish(&mut tx, claim, NOW).await.unwrap();
    tx.commit().await.unwrap();
    finished
}

async fn put_back(store: &Store, claim: &Claimed, now: DateTime<Utc>) {
    let mut tx = store.write().await.unwrap();
    store::job::retry(&mut tx, claim, now, claim.attempt, "its worker was lost", now).await.unwrap();
    tx.commit().await.unwrap();
}

/// Eight workers empty the queue; `done` is told of every job between its claim and its end.
async fn empty_the_queue(store: &Store, done: impl Fn(&Claimed, Step)) {
    let worker = || {
        Box::pin(async {
            while let Some(claim) = claim(store, NOW).await {
                done(&claim, Step::Began);
                tokio::task::yield_now().await;
                done(&claim, Step::Ends);
                assert!(finish(store, &claim).await);
            }
        })
    };
    tokio::join!(worker(), worker(), worker(), worker(), worker(), worker(), worker(), worker());
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Began,
    Ends,
}

on_both_engines! {
    async fn r16_eight_workers_do_four_hundred_jobs_once_each(engine: Engine) {
        let (db, store) = fresh(engine).await;
        assert_eq!(insert(&store, (0..400).map(reading)).await, 400);
        let seen = Mutex::new(BTreeMap::new());
        empty_the_queue(&store, |claim, step| {
            if step == Step::Began {
                *seen.lock().unwrap().entry(claim.id).or_insert(0) += 1;
            }
        })
        .await;
        let seen = seen.into_inner().unwrap();
        assert_eq!(seen.len(), 400);
        assert!(seen.values().all(|times| *times == 1), "{seen:?}");
        remove(db, store).await;
    }

    async fn r16_no_two_jobs_of_a_lane_run_at_once(engine: Engine) {
        let (db, store) = fresh(engine).await;
        let jobs = (0..20).flat_map(|comment| (1..=6).map(move |pull| answering(pull, 100 * pull + comment)));
        assert_eq!(insert(&store, jobs).await, 120);
        let running = Mutex::new(BTreeMap::<String, i64>::new());
        let done = Mutex::new(BTreeMap::<String, usize>::new());
        empty_the_queue(&store, |claim, step| {
            let lane = claim.payload.lane().expect("these have lanes");
            match step {
                Step::Began => {
                    let other = running.lock().unwrap().insert(lane.clone(), claim.id.0);
                    assert_eq!(other, None, "{} beside it in {lane}", claim.id);
                    *done.lock().unwrap().entry(lane).or_default() += 1;
                }
                Step::Ends => _ = running.lock().unwrap().remove(&lane),
            }
        })
        .await;
        let done: Vec<usize> = done.into_inner().unwrap().into_values().collect();
        assert_eq!(done, [20; 6]);
        remove(db, store).await;
    }

    async fn the_same_work_waits_once_and_runs_again_for_news_that_comes_meanwhile(engine: Engine) {
        let (db, store) = fresh(engine).await;
        assert_eq!(insert(&store, [reading(1), reading(1)]).await, 1);
        let first = claim(&store, NOW).await.unwrap();
        assert_eq!(insert(&store, [reading(1), reading(1)]).await, 1, "what already runs may have read too early");
        // The first does not finish: the one that waits does its work too.
        put_back(&store, &first, NOW).await;
        let second = claim(&store, NOW).await.unwrap();
        assert_ne!(second.id, first.id);
        assert!(claim(&store, NOW).await.is_none());
        assert!(finish(&store, &second).await);
        remove(db, store).await;
    }

    async fn r16_a_worker_that_lost_its_lease_can_neither_go_on_nor_finish(engine: Engine) {
        let (db, store) = fresh(engine).await;
        insert(&store, [reading(1)]).await;
        let paused = claim(&store, NOW).await.unwrap();
        put_back(&store, &paused, NOW).await;
        let other = claim(&store, NOW).await.unwrap();
        assert_eq!((other.id, other.attempt), (paused.id, 2));
        let mut tx = store.write().await.unwrap();
        assert!(!store::job::hold(&mut tx, &paused, LEASE, NOW).await.unwrap());
        assert!(!store::job::finish(&mut tx, &paused, NOW).await.unwrap());
        assert!(!store::job::bury(&mut tx, &paused, "too late", NOW).await.unwrap());
        store::job::retry(&mut tx, &paused, NOW, 0, "too late", NOW).await.unwrap();
        assert!(store::job::hold(&mut tx, &other, LEASE, NOW).await.unwrap(), "the other one's claim stands");
        tx.commit().await.unwrap();
        assert!(finish(&store, &other).await);
        remove(db, store).await;
    }

    async fn a_job_is_not_begun_before_its_time(engine: Engine) {
        let (db, store) = fresh(engine).await;
        let mut tx = store.write().await.unwrap();
        store::job::insert(&mut tx, &reading(1), NOW + TimeDelta::seconds(5), NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert!(claim(&store, NOW + TimeDelta::seconds(4)).await.is_none());
        assert!(claim(&store, NOW + TimeDelta::seconds(5)).await.is_some());
        remove(db, store).await;
    }
}

stories! {
    async fn r17_what_a_dead_worker_held_is_done_once_its_lease_is_over(app: &mut TestApp) {
        insert(&app.app.store, (0..100).map(reading)).await;
        for _ in 0..100 {
            claim(&app.app.store, app.github.now()).await.expect("there is more");
        }
        app.advance(TimeDelta::seconds(90)).await;
        let mut tx = app.app.store.read().await.unwrap();
        assert_eq!(store::job::list_running(&mut tx).await.unwrap().len(), 100, "a lease is a lease to its end");
        drop(tx);
        app.advance(TimeDelta::seconds(1)).await;
        let mut tx = app.app.store.read().await.unwrap();
        assert_eq!(
            store::job::count_by_state(&mut tx).await.unwrap(),
            [("done".to_owned(), 101)],
            "and the look for missed deliveries with which a process begins"
        );
    }
}
