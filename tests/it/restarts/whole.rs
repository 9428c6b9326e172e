//! One story from end to end, with every kind of write to GitHub in it, told under whatever goes wrong meanwhile; and its end in
//! a form in which two tellings can be compared.

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::NewPull;
use harness::world::{CONTRIBUTOR, MAINTAINER, STAGED, feedstock};
use orchestrator::domain::id::{PullNumber, RepoName, RunEventId, Sha};
use orchestrator::store;
use runner_contract::{Failure, FailureClass, Location, RunResult};

/// The recipe of the story.
pub(crate) const RECIPE: &str = "tiny-daily";
/// What a timeline tells once, whatever went wrong meanwhile. How often GitHub was shown something on the way there depends on that.
const TURNS: [&str; 6] = ["queued", "asked", "dispatch_asked", "outcome", "succeeded", "failed"];
const DATA_HOST: &str = "https://data.example.org";

/// A contributor opens a pull request, a maintainer runs its recipe, the data is written; a second run of it fails on a line of
/// the recipe, and its result replaces the first one. `settle` brings webhooks and does jobs until neither is left.
pub(crate) async fn play(app: &mut TestApp, mut settle: impl AsyncFnMut(&mut TestApp)) {
    let files = feedstock("tiny-success", "recipes/tiny");
    let number = app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
    settle(app).await;
    let first = ask(app, number, &mut settle).await;
    app.bake(first, &["tiny.zarr"]);
    settle(app).await;
    let second = ask(app, number, &mut settle).await;
    app.finish_run(second, RunResult::Failed(failure()));
    settle(app).await;
}

/// A maintainer asks for a run, and a machine works on it for two minutes.
async fn ask(app: &mut TestApp, number: u64, settle: &mut impl AsyncFnMut(&mut TestApp)) -> u64 {
    app.github.advance(TimeDelta::minutes(1));
    app.github.comment(STAGED, number, MAINTAINER, &format!("/run {RECIPE}"));
    settle(app).await;
    let run = app.workflow_runs().pop();
    let run = run.unwrap_or_else(|| panic!("nothing runs:\n{}", app.github.transcript().join("\n"))).id;
    app.github.start_run(run);
    settle(app).await;
    app.github.advance(TimeDelta::minutes(2));
    run
}

fn failure() -> Failure {
    Failure {
        class: FailureClass::Recipe,
        error: "ValueError: no data for day 1".into(),
        explanation: None,
        location: Some(Location { file: "recipe.py".into(), line: 12 }),
        trace: Some("Traceback (most recent call last): …".into()),
    }
}

/// What people see at the end, and what the database says, a line each: all but times and the ids that GitHub gave.
pub(crate) type End = Vec<String>;

/// Demands the same end, and says only what differs.
pub(crate) fn assert_same(found: &End, expected: &End, when: &str) {
    let only_in = |these: &End, those: &End| -> Vec<String> {
        these.iter().filter(|line| !those.contains(line)).cloned().collect()
    };
    let (more, less) = (only_in(found, expected), only_in(expected, found));
    assert!(found == expected, "{when}: another end, with\n{more:#?}\nin place of\n{less:#?}");
}

/// The end of the story, as it stands now.
pub(crate) async fn end(app: &TestApp) -> End {
    let mut end = checks(app);
    end.extend(app.bot_comments(STAGED, 1).iter().map(|body| format!("comment: {}", timeless(body))));
    end.extend(reactions(app));
    end.extend(app.workflow_runs().iter().map(|run| {
        let inputs: Vec<_> = run.inputs.iter().filter(|(name, _)| *name != "dispatch_id").collect();
        format!("workflow run: {} {} {:?} {inputs:?}", run.path, run.status, run.conclusion)
    }));
    end.extend(recipe_runs(app).await);
    end.into_iter().map(homeless).collect()
}

/// A line without the directory that one application has for itself, which stands in the data's address.
pub(super) fn homeless(line: String) -> String {
    let cut =
        line.split_once(DATA_HOST).and_then(|(before, rest)| Some((before, rest.split_once("/data/")?.1)));
    cut.map(|(before, after)| format!("{before}{DATA_HOST}/{after}")).unwrap_or(line)
}

fn checks(app: &TestApp) -> End {
    let mut checks: End = app.github.read(|world| {
        let checks = world.repositories[STAGED].check_runs.values().map(|check| {
            let key = check.external_id.as_deref().unwrap_or_default();
            let conclusion = check.conclusion.as_deref().unwrap_or_default();
            let title = timeless(check.title.as_deref().unwrap_or_default());
            let remarks: Vec<_> = check.annotations.iter().map(|remark| &remark["start_line"]).collect();
            format!(
                "check run: {key} on {}: {} {conclusion}: {title} {remarks:?}",
                check.head_sha, check.status
            )
        });
        checks.collect()
    });
    // Two reports race to GitHub; which comes first says nothing.
    checks.sort();
    checks
}

fn reactions(app: &TestApp) -> End {
    app.github.read(|world| {
        let comments = world.repositories[STAGED].comments.values().filter(|comment| !comment.by_app);
        let words = comments.map(|comment| {
            let mut words: Vec<_> = comment.reactions.iter().map(|reaction| &reaction.content).collect();
            words.sort();
            format!("reactions: {words:?} to {}", comment.body)
        });
        words.collect()
    })
}

/// The rows of all runs at the pull request's head.
async fn recipe_runs(app: &TestApp) -> End {
    let head = app.github.read(|world| world.repositories[STAGED].pulls[&1].head_sha.clone());
    let mut tx = app.app.store.read().await.unwrap();
    let staged = RepoName::parse(STAGED).unwrap();
    let Some(feedstock) = store::feedstock::find(&mut tx, &staged).await.unwrap() else { return Vec::new() };
    let runs = store::recipe_run::list_by_head(&mut tx, feedstock, PullNumber(1), &Sha(head)).await.unwrap();
    let mut described = Vec::new();
    for run in &runs {
        let state = run.state().unwrap();
        let url = run.dataset_public_url.as_deref().unwrap_or_default();
        let events = store::run_event::list_after(&mut tx, run.id, RunEventId(0), 100).await.unwrap();
        let turns: Vec<&str> =
            events.iter().map(|event| event.kind.as_str()).filter(|kind| TURNS.contains(kind)).collect();
        described.push(format!(
            "recipe run: {} {} {state:?} {url} {:?} {turns:?}",
            run.id, run.recipe_id, run.message
        ));
    }
    described
}

/// A text without its durations: how long a run took depends on what went wrong meanwhile.
pub(crate) fn timeless(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let unit = word.trim_end_matches(['.', ',']);
        let after_number = words.last().is_some_and(|last| last.parse::<u64>().is_ok());
        if after_number && matches!(unit, "s" | "min" | "h") {
            words.pop();
        } else {
            words.push(word);
        }
    }
    words.join(" ")
}
