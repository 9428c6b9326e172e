//! The process is killed at every gap of a creation: before and after every request that it makes.
//!
//! A pass goes through all gaps. Each telling of the story takes some of them, one after another: the process that took up the work
//! of a dead one is itself killed further on. Every pass begins elsewhere and takes other steps, so that the same gap is met from
//! other resumptions.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::{FakeGithub, Moment};
use harness::world::STAGED;
use orchestrator::job::sweep;
use reqwest::Method;

use super::{NOAA, creations, files_of, is_registered, merged, recipe, repositories};
use crate::restarts::merged::nameless;
use crate::restarts::whole::{End, assert_same, timeless};

/// Longer than the lease of a job: what the dead process held is then free.
const LEASE_IS_OVER: TimeDelta = TimeDelta::seconds(91);
/// A job whose worker is lost so often is given up at twelve; the comment's job needs some of that too.
const KILLS_PER_TELLING: usize = 8;

/// A request on one side of its effect.
#[derive(Debug, Clone)]
struct Gap {
    method: Method,
    path: String,
    moment: Moment,
}

/// What there is in the end: all but times and the ids that GitHub and git gave.
pub(super) async fn end(app: &TestApp) -> End {
    let mut end: End = repositories(app);
    for repository in [NOAA, STAGED] {
        end.extend(files_of(app, repository).into_keys().map(|path| format!("{repository} has {path}")));
        app.github.read(|world| {
            let repo = &world.repositories[repository];
            end.extend(repo.branches.keys().map(|branch| format!("{repository} has the branch {branch}")));
            let pulls = repo.pulls.values();
            end.extend(pulls.map(|pull| {
                let is_merged = pull.merge_commit.is_some();
                format!("{repository}#{} {} by {}, merged: {is_merged}", pull.number, pull.title, pull.author)
            }));
            let comments = repo.comments.values();
            end.extend(
                comments
                    .map(|comment| format!("{repository}#{}: {}", comment.number, timeless(&comment.body))),
            );
            end.extend(repo.roles.iter().map(|(login, role)| format!("{repository} lets {login} {role:?}")));
            // The first commit and one merge with what it merges; of staged-recipes all of it.
            let mut history = 0;
            let mut commit = repo.branches.get(&repo.default_branch);
            while let Some(sha) = commit {
                history += 1;
                commit = world.commits[sha].parents.first();
            }
            end.push(format!("{repository} has {history} commits in a line"));
        });
    }
    end.push(format!("registered: {}", is_registered(app, NOAA).await));
    end.extend(creations(app).await.into_iter().map(|creation| {
        let progress = &creation.progress.0;
        format!(
            "{} {} {:?} {:?} {:?}",
            creation.feedstock, creation.state, creation.problem, progress.people, progress.kept
        )
    }));
    // A commit's name holds the time at which it was made.
    end.into_iter().map(|line| nameless(app, line)).collect()
}

/// The application in a world that does not judge each request: the other stories have that done for the same ones.
async fn start(engine: Engine) -> TestApp {
    let github = FakeGithub::builder().app_tokens_by_system_clock().without_contract();
    TestApp::start_with(engine, github.start().await.unwrap()).await
}

/// The end that nothing disturbs, and every gap on the way to it.
async fn undisturbed(engine: Engine) -> (End, Vec<Gap>) {
    let app = start(engine).await;
    merged(&app, "Add noaa", recipe()).await;
    let before = app.github.request_count();
    app.settle().await;
    let gaps = app.github.exchanges().into_iter().skip(before).flat_map(|exchange| {
        [Moment::Before, Moment::After].map(|moment| Gap {
            method: exchange.request.method.clone(),
            path: exchange.request.path.clone(),
            moment,
        })
    });
    let gaps = gaps.collect();
    let end = end(&app).await;
    app.finish().await;
    (end, gaps)
}

/// Tells the story with a kill at each of these gaps, and counts those that were met.
async fn killed_at(engine: Engine, gaps: &[Gap]) -> (End, usize) {
    let mut app = start(engine).await;
    merged(&app, "Add noaa", recipe()).await;
    let mut kills = 0;
    for gap in gaps {
        app.github.stop_no_more();
        let mut stop = app.github.stop_when(gap.method.clone(), &gap.path, gap.moment);
        let died = tokio::select! {
            () = app.exhaust() => false,
            () = stop.reached() => true,
        };
        if !died {
            break;
        }
        kills += 1;
        app.restart().await;
        app.github.advance(LEASE_IS_OVER);
        sweep::sweep(&app.app).await.unwrap();
    }
    app.github.stop_no_more();
    app.exhaust().await;
    let end = end(&app).await;
    app.finish().await;
    (end, kills)
}

/// Deals the gaps out to the tellings of one pass, at random but the same each time: every gap goes to one telling, where those before
/// and after it are others than in the pass before.
fn dealt(gaps: &[Gap], pass: usize) -> Vec<Vec<Gap>> {
    let tellings = gaps.len().div_ceil(KILLS_PER_TELLING);
    let mut hands = vec![Vec::new(); tellings];
    let mut number = u64::try_from(pass).unwrap() + 1;
    for some in gaps.chunks(tellings) {
        let mut left: Vec<usize> = (0..tellings).collect();
        for gap in some {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let pick = usize::try_from(number >> 33).unwrap() % left.len();
            hands[left.swap_remove(pick)].push(gap.clone());
        }
    }
    hands
}

/// Goes through all gaps so many times, from `first` on, and answers how often the process was killed.
async fn passes(engine: Engine, first: usize, count: usize) -> (usize, usize) {
    let (expected, gaps) = undisturbed(engine).await;
    let mut kills = 0;
    for pass in first..first + count {
        for (telling, chosen) in dealt(&gaps, pass).iter().enumerate() {
            // A resumption need not make every request again; what one telling does not come to begins the next.
            let mut left = &chosen[..];
            while !left.is_empty() {
                let (end, met) = killed_at(engine, left).await;
                let when = format!("pass {pass}, telling {telling}, {met} kills at {left:#?}");
                assert_same(&end, &expected, &when);
                assert!(met > 0, "never met: {when}");
                kills += met;
                left = &left[met..];
            }
        }
    }
    (kills, gaps.len())
}

/// Goes through all gaps so many times, and demands that the process was killed at each of them in each pass.
async fn kill_in_passes(engine: Engine, first: usize, count: usize) {
    let (kills, gaps) = passes(engine, first, count).await;
    assert_eq!(kills, gaps * count, "{gaps} gaps, {count} passes");
    println!("{kills} kills in {count} passes of {gaps} gaps");
}

/// Twenty passes on SQLite, in four tests, so that they can run side by side. A database on a server costs more time, and the points
/// between are the same code: one pass there.
mod r8_killed_at_every_gap_of_feedstock_creation_it_makes_one_of_each_thing {
    use super::*;

    #[tokio::test]
    async fn sqlite_passes_1_to_5() {
        kill_in_passes(Engine::Sqlite, 1, 5).await;
    }

    #[tokio::test]
    async fn sqlite_passes_6_to_10() {
        kill_in_passes(Engine::Sqlite, 6, 5).await;
    }

    #[tokio::test]
    async fn sqlite_passes_11_to_15() {
        kill_in_passes(Engine::Sqlite, 11, 5).await;
    }

    #[tokio::test]
    async fn sqlite_passes_16_to_20() {
        kill_in_passes(Engine::Sqlite, 16, 5).await;
    }

    #[tokio::test]
    async fn postgres() {
        kill_in_passes(Engine::Postgres, 1, 1).await;
    }
}
