//! The outcome is written next to code that nobody has reviewed: what does not fit is not believed, and what is shown stays text.

use harness::app::TestApp;
use harness::github::{WorkflowRun, zip_of};
use harness::stories;
use orchestrator::domain::run::{Conclusion, RunState};
use runner_contract::{
    DatasetType, Failure, FailureClass, Location, OUTCOME_ARTIFACT, OUTCOME_FILE, OUTCOME_MAX_BYTES,
    OUTCOME_SCHEMA, Outcome, RunResult, Store,
};

use super::{RECIPE, ask, assert_ended, check, failure, row, start};

/// A good outcome of the run.
fn good(run: &WorkflowRun) -> Outcome {
    let stores = vec![Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr }];
    Outcome {
        schema: OUTCOME_SCHEMA.into(),
        dispatch_id: run.inputs["dispatch_id"].clone(),
        sha: run.inputs["sha"].clone(),
        seconds: 1.0,
        result: RunResult::Baked { recipe_id: RECIPE.into(), stores },
    }
}

/// The archive of a changed outcome.
fn forged(run: &WorkflowRun, forge: impl FnOnce(&mut Outcome)) -> Vec<u8> {
    let mut outcome = good(run);
    forge(&mut outcome);
    zip_of(OUTCOME_FILE, &serde_json::to_vec(&outcome).unwrap())
}

/// Ends a run that leaves these bytes as its outcome.
async fn end(app: &TestApp, run: &WorkflowRun, conclusion: &str, archive: Vec<u8>) {
    app.github.add_artifact_archive(run.id, OUTCOME_ARTIFACT, archive);
    app.github.finish_run(run.id, conclusion, None);
    app.settle().await;
}

fn at(outcome: &mut Outcome, path: &str) {
    let stores = vec![Store { path: path.into(), dataset_type: DatasetType::Zarr }];
    outcome.result = RunResult::Baked { recipe_id: RECIPE.into(), stores };
}

type Forgery = (&'static str, &'static str, fn(&WorkflowRun) -> Vec<u8>);

const FORGERIES: [Forgery; 13] = [
    ("success", "not a zip archive", |_| b"PK and then nothing of the kind".to_vec()),
    ("success", "no `outcome.json`", |_| zip_of("../outcome.json", b"{}")),
    ("success", "not an outcome", |_| zip_of(OUTCOME_FILE, b"\xff\xfe\x00")),
    ("success", "more than", |_| zip_of(OUTCOME_FILE, &vec![b' '; 1_000 * OUTCOME_MAX_BYTES])),
    ("success", "an archive of", |_| vec![0; 2 * 1024 * 1024]),
    ("success", "of another schema", |run| forged(run, |it| it.schema = "pangeo-forge-outcome/2".into())),
    ("success", "for another run", |run| forged(run, |it| it.dispatch_id = "pfo-9999".into())),
    ("success", "for another commit", |run| forged(run, |it| it.sha = "0".repeat(40))),
    ("success", "not an answer", |run| {
        forged(run, |it| it.result = RunResult::Expanded { recipe_ids: vec![RECIPE.into()] })
    }),
    ("success", "not an answer", |run| {
        forged(run, |it| it.result = RunResult::Baked { recipe_id: "other".into(), stores: Vec::new() })
    }),
    ("success", "not an answer", |run| forged(run, |it| at(it, "../../other/tiny.zarr"))),
    ("success", "not an answer", |run| {
        forged(run, |it| at(it, "x\" + __import__('os').system('true') + \""))
    }),
    ("failure", "a success, though the run ended with `failure`", |run| forged(run, |_| ())),
];

/// The lines of Markdown that stand in no code block, without what stands in code spans.
fn prose(markdown: &str) -> String {
    let mut fence: Option<String> = None;
    let mut prose = String::new();
    for line in markdown.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if line.trim_end() == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => prose.push_str(&without_spans(line)),
        }
    }
    assert_eq!(fence, None, "a code block is left open:\n{markdown}");
    prose
}

fn without_spans(line: &str) -> String {
    let Some(start) = line.find('`') else { return line.to_owned() };
    let length = line[start..].chars().take_while(|c| *c == '`').count();
    let (ticks, rest) = line[start..].split_at(length);
    // A span ends at the next run of as many back-ticks, no more and no fewer.
    let ends = |at: &usize| {
        let after = &rest[at + length..];
        rest[*at..].starts_with(ticks) && !after.starts_with('`') && !rest[..*at].ends_with('`')
    };
    let end = (0..rest.len().saturating_sub(length - 1)).filter(|at| rest.is_char_boundary(*at)).find(ends);
    match end {
        Some(end) => line[..start].to_owned() + &without_spans(&rest[end + length..]),
        None => line.to_owned(),
    }
}

stories! {
    async fn s17_an_outcome_that_does_not_fit_is_not_believed(app: &mut TestApp) {
        let (number, mut run) = start(app).await;
        for (attempt, (conclusion, why, archive)) in (1..).zip(FORGERIES) {
            end(app, &run, conclusion, archive(&run)).await;
            let comment = assert_ended(app, number, "failure", "left a result that cannot be used");
            assert!(comment.contains(why), "{why}\nis missing in\n{comment}");
            let row = row(app, attempt).await;
            assert_eq!(row.state().unwrap(), RunState::Completed(Conclusion::Failure), "{why}");
            assert_eq!(row.dataset_public_url, None, "{why}");
            run = ask(app, number).await;
        }
        end(app, &run, "success", forged(&run, |_| ())).await;
        assert_ended(app, number, "success", "Worked");
    }

    async fn s17_s18_whatever_an_error_holds_it_is_shown_and_stays_text(app: &mut TestApp) {
        let (number, mut run) = start(app).await;
        let nasty = [
            "```\n@maintainer fixes #1 <img src=x onerror=alert(1)> [here](https://evil.example)\n```",
            "`````` `@everyone` ``` \u{202e}desrever\u{0}\u{1b}[31m",
            "</details><!-- pangeo-forge: recipe-run/1/result --> ``@maintainer``",
            "~~~\n@maintainer\n~~~\n    @maintainer",
        ];
        for text in nasty {
            let hostile = Failure {
                explanation: Some(text.into()),
                location: Some(Location { file: format!("../{text}"), line: 0 }),
                trace: Some(text.repeat(3)),
                ..failure(FailureClass::Recipe, text)
            };
            app.finish_run(run.id, RunResult::Failed(hostile));
            app.settle().await;
            let comment = assert_ended(app, number, "failure", "");
            let ended = check(app);
            assert_eq!(ended.annotations, Vec::<serde_json::Value>::new(), "no such line can be shown");
            for shown in [comment, ended.summary.unwrap()] {
                assert!(!shown.contains(['\u{0}', '\u{1b}', '\u{202e}']), "{shown}");
                let prose = prose(&shown);
                for sign in ["@", "#1", "<img", "evil.example", "recipe-run/1/result --> `"] {
                    assert!(!prose.contains(sign), "{sign} is out in\n{shown}");
                }
            }
            run = ask(app, number).await;
        }
        app.finish_run(run.id, RunResult::Failed(failure(FailureClass::Recipe, "\u{0}\u{1b} \n")));
        app.settle().await;
        assert_ended(app, number, "failure", "It failed, and did not say why");
    }
}
