//! Every write that the service makes, with every way in which its answer can be lost: in the end there is one of each thing.

use harness::app::TestApp;
use harness::db::Engine;
use harness::github::{FakeGithub, FaultOrder};
use orchestrator::github::call::{self, Call};
use reqwest::Method;

use crate::restarts::whole::{End, assert_same};
use crate::restarts::{Tale, on_both_engines, undisturbed};

/// A write, and how its requests look in the story that has it.
struct Write {
    tale: Tale,
    call: &'static Call,
    method: Method,
    path: &'static str,
    /// The write that takes its place once it was done and its answer was lost: what it made is found, and only changed.
    next: Option<(Method, &'static str)>,
}

fn writes() -> Vec<Write> {
    let again = |call, method: Method, path| {
        let next = Some((method.clone(), path));
        Write { tale: Tale::Tested, call, method, path, next }
    };
    let in_production = |write: Write| Write { tale: Tale::Merged, ..write };
    vec![
        again(call::CREATE_TOKEN, Method::POST, "/access_tokens"),
        Write {
            tale: Tale::Tested,
            call: call::CREATE_CHECK_RUN,
            method: Method::POST,
            path: "/check-runs",
            next: Some((Method::PATCH, "/check-runs/")),
        },
        again(call::UPDATE_CHECK_RUN, Method::PATCH, "/check-runs/"),
        Write {
            tale: Tale::Tested,
            call: call::CREATE_COMMENT,
            method: Method::POST,
            path: "/issues/1/comments",
            next: Some((Method::PATCH, "/issues/comments/")),
        },
        again(call::DELETE_COMMENT, Method::DELETE, "/issues/comments/"),
        again(call::CREATE_REACTION, Method::POST, "/reactions"),
        // A run that was started is found, and nothing more is written.
        Write {
            tale: Tale::Tested,
            call: call::DISPATCH,
            method: Method::POST,
            path: "/dispatches",
            next: None,
        },
        in_production(Write {
            tale: Tale::Merged,
            call: call::CREATE_DEPLOYMENT,
            method: Method::POST,
            path: "/deployments",
            next: Some((Method::POST, "/statuses")),
        }),
        // A status that is the newest already is not added again.
        in_production(again(call::CREATE_DEPLOYMENT_STATUS, Method::POST, "/statuses")),
        in_production(again(call::CANCEL_RUN, Method::POST, "/cancel")),
    ]
}

/// A way to lose an answer.
type Loss = (&'static str, fn(FaultOrder<'_>));

const LOSSES_AFTER: [Loss; 3] = [
    ("500 after it was done", |order| order.after_effect(500)),
    ("502 after it was done", |order| order.after_effect(502)),
    ("no answer after it was done", |order| order.drop_after_effect()),
];

const LOSSES_BEFORE: [Loss; 3] = [
    ("500 before it was done", |order| order.status(500)),
    ("502 before it was done", |order| order.status(502)),
    ("no connection", |order| order.drop_connection()),
];

/// Plays a story with these faults in its way.
async fn played(engine: Engine, tale: Tale, faults: impl FnOnce(&FakeGithub)) -> End {
    let mut app = TestApp::start(engine).await;
    faults(&app.github);
    tale.play(&mut app, async |app: &mut TestApp| app.exhaust().await).await;
    let end = tale.end(&app).await;
    app.finish().await;
    end
}

on_both_engines! {
    async fn e1_to_e4_an_answer_that_is_lost_once_doubles_nothing(engine: Engine) {
        let expected = [undisturbed(engine, Tale::Tested).await.0, undisturbed(engine, Tale::Merged).await.0];
        for Write { tale, call, method, path, .. } in writes() {
            for (loss, lose) in LOSSES_AFTER.into_iter().chain(LOSSES_BEFORE) {
                let end = played(engine, tale, |github| lose(github.fault(method.clone(), path))).await;
                assert_same(&end, &expected[tale as usize], &format!("{} {}: {loss}", call.method, call.path));
            }
        }
    }

    async fn e1_to_e4_answers_that_are_lost_twice_in_a_row_double_nothing(engine: Engine) {
        let expected = [undisturbed(engine, Tale::Tested).await.0, undisturbed(engine, Tale::Merged).await.0];
        for Write { tale, call, method, path, next } in writes() {
            for (loss, lose) in LOSSES_AFTER {
                let end = played(engine, tale, |github| {
                    if let Some((next_method, next_path)) = &next {
                        lose(github.fault(method.clone(), path));
                        lose(github.fault(next_method.clone(), next_path));
                    } else {
                        // The first is refused unseen, so that a second one is sent.
                        github.fault(method.clone(), path).status(500);
                        lose(github.fault(method.clone(), path));
                    }
                })
                .await;
                assert_same(&end, &expected[tale as usize], &format!("{} {}: twice {loss}", call.method, call.path));
            }
        }
    }
}

#[test]
fn no_write_is_left_out() {
    let told: Vec<&Call> = writes().iter().map(|write| write.call).collect();
    // Those of other stories are lost there; deliveries are asked for again in `recovery`.
    let elsewhere: Vec<&Call> = crate::creation::written().chain([call::REDELIVER]).collect();
    // What an operator asks for by hand, and asks for again when nothing is heard: no job makes it.
    let by_hand: [&Call; 2] = [call::UPDATE_HOOK_CONFIG, call::CONVERT_MANIFEST];
    for call in call::ALL.iter().filter(|call| call.method != "GET") {
        // An update of a comment only ever follows a creation whose answer was lost: it is among the second writes.
        assert!(
            told.contains(call)
                || elsewhere.contains(call)
                || by_hand.contains(call)
                || *call == call::UPDATE_COMMENT,
            "{} {} is not lost here",
            call.method,
            call.path
        );
    }
}
