//! What a story has left behind, on GitHub and in the database, in lines that are equal for equal stories.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use orchestrator::store::Store;

use crate::github::{CheckRun, WorkflowRun};
use crate::play::story::{ASKS_AGAIN, Told};

const RECIPE_RUNS: &str = "SELECT recipe_id, head_sha, version, status, conclusion, is_test, dataset_type, dataset_public_url, \
     message, feedstock_subdir FROM recipe_run WHERE pull_request = $1";
const WORKFLOW_RUNS: &str =
    "SELECT dispatch_id, state, request, outcome FROM workflow_run WHERE pull_request = $1";

type RecipeRun = (
    String,
    String,
    String,
    String,
    Option<String>,
    bool,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);
type Dispatch = (String, String, String, Option<String>);

/// The lines of a story, sorted; what happens twice stands there twice.
pub(super) async fn end_state(database: &Store, story: &Told) -> Result<Vec<String>> {
    let pull = &story.pull;
    let runs = pull.workflow_runs();
    let mut lines: Vec<String> = pull.checks().iter().map(check).collect();
    // The replies that the story tells of itself are no surplus; one more would be.
    let (refusals, comments): (Vec<_>, Vec<_>) =
        pull.app_comments().into_iter().partition(|body| body.contains(ASKS_AGAIN));
    let comments = comments.iter().chain(refusals.iter().skip(story.refusals));
    lines.extend(comments.map(|body| format!("comment: {body}")));
    lines.extend(pull.reactions(story.comment).iter().map(|reaction| format!("reaction: {reaction}")));
    lines.extend(runs.iter().map(workflow_run));

    let Store::Sqlite { read, .. } = database else { bail!("the play's database is a SQLite file") };
    let mut tx = read.begin().await?;
    let number = i64::try_from(pull.number)?;
    let rows: Vec<RecipeRun> = sqlx::query_as(RECIPE_RUNS).bind(number).fetch_all(&mut *tx).await?;
    lines.extend(rows.iter().map(|row| format!("recipe_run: {row:?}")));
    let rows: Vec<Dispatch> = sqlx::query_as(WORKFLOW_RUNS).bind(number).fetch_all(&mut *tx).await?;
    lines.extend(rows.iter().map(|row| format!("workflow_run: {row:?}")));
    let dispatches = rows
        .iter()
        .map(|row| row.0.as_str())
        .chain(runs.iter().map(|run| run.inputs["dispatch_id"].as_str()));

    let mut own: Vec<(&str, &str)> = dispatches.map(|id| (id, "<dispatch>")).collect();
    own.extend([(pull.head.as_str(), "<head>"), (&pull.head[..7], "<head>")]);
    let mut lines: Vec<String> = lines.iter().map(|line| generalized(line, &own)).collect();
    lines.sort();
    Ok(lines)
}

fn check(check: &CheckRun) -> String {
    let CheckRun {
        name,
        status,
        conclusion,
        external_id,
        details_url,
        title,
        summary,
        text,
        annotations,
        ..
    } = check;
    let times = (check.started_at.is_some(), check.completed_at.is_some());
    format!(
        "check run: {name} {status} {conclusion:?} {external_id:?} {details_url:?} {title:?} {summary:?} {text:?} {annotations:?} {times:?}"
    )
}

fn workflow_run(run: &WorkflowRun) -> String {
    let WorkflowRun { title, status, conclusion, attempt, inputs, .. } = run;
    format!("run on GitHub: {title} {status} {conclusion:?} attempt {attempt} {inputs:?}")
}

/// A line without what is the story's own: its names, then every number, then how many units a duration has.
fn generalized(line: &str, own: &[(&str, &str)]) -> String {
    let mut line = own.iter().fold(line.to_owned(), |line, (name, general)| line.replace(name, general));
    let mut general = String::with_capacity(line.len());
    for character in line.drain(..) {
        if !character.is_ascii_digit() {
            general.push(character);
        } else if !general.ends_with('#') {
            general.push('#');
        }
    }
    general.replace("# min # s", "# s")
}

/// How `found` differs from `expected`: what is missing, and what is there too often.
pub(super) fn difference(expected: &[String], found: &[String]) -> (Vec<String>, Vec<String>) {
    let mut balance: BTreeMap<&str, i64> = BTreeMap::new();
    for line in expected {
        *balance.entry(line).or_default() -= 1;
    }
    for line in found {
        *balance.entry(line).or_default() += 1;
    }
    let (mut missing, mut surplus) = (Vec::new(), Vec::new());
    for (line, count) in balance {
        let lines = if count < 0 { &mut missing } else { &mut surplus };
        lines.extend((0..count.abs()).map(|_| line.to_owned()));
    }
    (missing, surplus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_what_is_its_storys_own() {
        let own = [("pfo-1a", "<dispatch>"), ("d24f9ac0", "<head>"), ("d24f9ac", "<head>")];
        let line = "bake [pfo-1a] at d24f9ac (d24f9ac0), recipe-run/12, in 1 min 7 s";
        let general = "bake [<dispatch>] at <head> (<head>), recipe-run/#, in # s";
        assert_eq!(generalized(line, &own), general);
    }

    #[test]
    fn what_is_missing_and_what_is_there_twice_are_told_apart() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(difference(&lines("a b c"), &lines("a b b")), (lines("c"), lines("b")));
        assert_eq!(difference(&lines("a b"), &lines("a b")), (Vec::new(), Vec::new()));
    }
}
