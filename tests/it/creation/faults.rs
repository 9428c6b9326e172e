//! Every write of a creation is lost once, in every way; and what was written does not show at first.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::db::Engine;
use harness::github::{FakeGithub, FaultOrder};
use harness::stories;
use orchestrator::github::call::{self, Call};
use reqwest::Method;

use super::kills::end;
use super::{NOAA, checklist, merged, recipe, state};
use crate::restarts::on_both_engines;
use crate::restarts::whole::{End, assert_same};

/// The writes of a creation, in their order, and how their requests look.
const WRITES: [(&Call, &str); 16] = [
    (call::CREATE_REPOSITORY, "/orgs/pangeo-forge/repos"),
    (call::CREATE_BLOB, "noaa-feedstock/git/blobs"),
    (call::CREATE_TREE, "noaa-feedstock/git/trees"),
    (call::CREATE_COMMIT, "noaa-feedstock/git/commits"),
    (call::CREATE_REF, "noaa-feedstock/git/refs"),
    (call::CREATE_PULL, "noaa-feedstock/pulls"),
    (call::ADD_COLLABORATOR, "noaa-feedstock/collaborators/contributor"),
    (call::MERGE_PULL, "noaa-feedstock/pulls/1/merge"),
    (call::DELETE_REF, "noaa-feedstock/git/refs/heads/create-feedstock"),
    (call::CREATE_TREE, "staged-recipes/git/trees"),
    (call::CREATE_COMMIT, "staged-recipes/git/commits"),
    (call::CREATE_REF, "staged-recipes/git/refs"),
    (call::CREATE_PULL, "staged-recipes/pulls"),
    (call::MERGE_PULL, "staged-recipes/pulls/2/merge"),
    (call::DELETE_REF, "staged-recipes/git/refs/heads/cleanup-1"),
    (call::CREATE_COMMENT, "/issues/1/comments"),
];

/// The calls that are lost here, and the one that only a creation which has to start again makes.
pub(crate) fn written() -> impl Iterator<Item = &'static Call> {
    WRITES.into_iter().map(|(call, _)| call).chain([call::UPDATE_REF])
}

type Loss = (&'static str, fn(FaultOrder<'_>));

const LOSSES: [Loss; 6] = [
    ("500 after it was done", |order| order.after_effect(500)),
    ("500 before it was done", |order| order.status(500)),
    ("no answer after it was done", |order| order.drop_after_effect()),
    ("502 after it was done", |order| order.after_effect(502)),
    ("502 before it was done", |order| order.status(502)),
    ("no connection", |order| order.drop_connection()),
];

/// A recipe is merged with these faults in the way.
async fn played(engine: Engine, faults: impl FnOnce(&FakeGithub)) -> End {
    let app = TestApp::start(engine).await;
    merged(&app, "Add noaa", recipe()).await;
    faults(&app.github);
    app.exhaust().await;
    let end = end(&app).await;
    app.finish().await;
    end
}

fn method(call: &Call) -> Method {
    call.method.parse().unwrap()
}

on_both_engines! {
    async fn e7_to_e11_an_answer_that_is_lost_doubles_nothing(engine: Engine) {
        let expected = played(engine, |_| {}).await;
        // A database on a server costs more time; what is lost on the way is the same code.
        let losses = if engine == Engine::Sqlite { &LOSSES[..] } else { &LOSSES[..2] };
        for (call, path) in WRITES {
            for (loss, lose) in losses {
                let end = played(engine, |github| lose(github.fault(method(call), path))).await;
                assert_same(&end, &expected, &format!("{} {path}: {loss}", call.method));
            }
        }
    }

    async fn e7_to_e11_answers_that_are_lost_twice_in_a_row_double_nothing(engine: Engine) {
        let expected = played(engine, |_| {}).await;
        for (call, path) in WRITES {
            let end = played(engine, |github| {
                // The first is refused unseen, so that a second one is sent.
                github.fault(method(call), path).status(500);
                github.fault(method(call), path).after_effect(500);
            })
            .await;
            assert_same(&end, &expected, &format!("{} {path}: lost twice", call.method));
        }
    }
}

stories! {
    async fn e7_a_repository_that_is_not_to_be_seen_yet_is_not_made_again(app: &mut TestApp) {
        let number = merged(app, "Add noaa", recipe()).await;
        // Before, after the loss, and once more when GitHub has said that the name is taken.
        app.github.fault(Method::GET, NOAA).stale_reads(3);
        app.github.fault(Method::POST, "/orgs/pangeo-forge/repos").after_effect(502);
        app.exhaust().await;
        assert_eq!(state(app).await, "done");
        assert!(!checklist(app, number).contains(":warning:"));
    }

    async fn e8_a_branch_that_is_not_to_be_seen_yet_is_not_made_again(app: &mut TestApp) {
        merged(app, "Add noaa", recipe()).await;
        app.github.fault(Method::GET, "staged-recipes/git/ref/heads/cleanup-1").stale_reads(2);
        app.github.fault(Method::POST, "staged-recipes/git/refs").drop_after_effect();
        app.exhaust().await;
        assert_eq!(state(app).await, "done");
    }

    async fn e10_e11_a_pull_request_and_a_merge_that_do_not_show_yet_are_not_made_again(app: &mut TestApp) {
        merged(app, "Add noaa", recipe()).await;
        app.github.fault(Method::POST, "staged-recipes/pulls").after_effect(500);
        app.github.fault(Method::PUT, "staged-recipes/pulls/2/merge").status(500);
        app.settle().await;
        app.github.advance(TimeDelta::seconds(5));
        app.settle().await;
        // It is open now, and looks so for a while after its merge: to the creation twice, and once to who is told of the merge.
        app.github.fault(Method::PUT, "staged-recipes/pulls/2/merge").after_effect(500);
        app.github.fault(Method::GET, "staged-recipes/pulls/2").stale_reads(3);
        app.exhaust().await;
        assert_eq!(state(app).await, "done");
        let cleaned = app.github.read(|world| world.repositories["pangeo-forge/staged-recipes"].pulls.len());
        assert_eq!(cleaned, 2);
    }

    async fn r12_a_person_who_can_never_be_asked_stops_nothing(app: &mut TestApp) {
        let number = merged(app, "Add noaa", recipe()).await;
        app.github.fault(Method::PUT, "/collaborators/contributor").times(3).status(500);
        app.exhaust().await;
        assert_eq!(state(app).await, "done");
        let list = checklist(app, number);
        assert!(list.contains("not for `contributor`"), "{list}");
    }
}
