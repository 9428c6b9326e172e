//! The summary of a run in Markdown, for the page of the workflow run.
//!
//! Text of a recipe stands only inside code: in a fence longer than any run of back-ticks in it, so that it cannot end the fence,
//! mention anyone or link anywhere.

use runner_contract::{Failure, FailureClass, Outcome, Request, RunResult, Store};

use crate::log::cut;

/// The most recipes or stores that are listed.
const LISTED: usize = 200;
/// The most of a traceback that is shown, in bytes.
const TRACE_BYTES: usize = 40 * 1024;

/// The whole summary. `request` is not known when the inputs were refused.
pub fn summary(outcome: &Outcome, request: Option<&Request>) -> String {
    let (mark, sentence) = match &outcome.result {
        RunResult::Expanded { recipe_ids } => ("✅", format!("{} recipes listed", recipe_ids.len())),
        RunResult::Baked { .. } => ("✅", "the recipe was baked".to_owned()),
        RunResult::Submitted { .. } => ("✅", "the job was submitted".to_owned()),
        RunResult::Failed(failure) => ("❌", format!("failed: {}", side(failure.class))),
    };
    let facts = request.map_or_else(String::new, |request| facts(request, outcome.seconds));
    let body = match &outcome.result {
        RunResult::Expanded { recipe_ids } => list(recipe_ids.iter().map(String::as_str)),
        RunResult::Baked { stores, .. } => store_list("Datasets, relative to the target's root:", stores),
        RunResult::Submitted { job_id, stores, .. } => {
            let stores = store_list("Datasets that the recipe's text names:", stores);
            format!("Job id at the bakery:\n\n{}{stores}", fence(job_id))
        }
        RunResult::Failed(failure) => failed(failure),
    };
    format!("## {mark} {sentence}\n\n{facts}{body}")
}

fn facts(request: &Request, seconds: f64) -> String {
    let mut facts = vec![
        ("repository", request.repository.clone()),
        ("commit", request.sha.clone()),
        ("directory", request.feedstock_subdir.clone()),
    ];
    if !request.recipe_id.is_empty() {
        facts.push(("recipe", request.recipe_id.clone()));
        facts.push(("bakery", request.bakery.clone()));
        facts.push(("job", request.job_name.clone()));
    }
    facts.push(("time", format!("{seconds:.1} s")));
    let lines: Vec<String> = facts.into_iter().map(|(name, value)| format!("{name:<12}{value}")).collect();
    fence(&lines.join("\n"))
}

fn failed(failure: &Failure) -> String {
    let mut parts = vec![fence(&failure.error)];
    if let Some(location) = &failure.location {
        let line = fence(&format!("{}, line {}", location.file, location.line));
        parts.push(format!("In the feedstock, at\n\n{line}"));
    }
    if let Some(explanation) = &failure.explanation {
        parts.push(fence(explanation));
    }
    if let Some(trace) = &failure.trace {
        let start = trace.ceil_char_boundary(trace.len().saturating_sub(TRACE_BYTES));
        let trace = fence(&trace[start..]);
        let title = "<details><summary>Traceback, or the last lines of output</summary>";
        parts.push(format!("{title}\n\n{trace}</details>\n"));
    }
    parts.concat()
}

fn side(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Recipe => "the recipe",
        FailureClass::Requirements => "requirements.txt",
        FailureClass::DataSource => "the source of the data",
        FailureClass::Bakery => "the bakery",
        FailureClass::TimedOut => "it took too long",
        FailureClass::Service => "our own fault, not the recipe's",
    }
}

fn store_list(title: &str, stores: &[Store]) -> String {
    if stores.is_empty() {
        String::new()
    } else {
        format!("{title}\n\n{}", list(stores.iter().map(|store| store.path.as_str())))
    }
}

fn list<'a>(items: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = items.len().saturating_sub(LISTED);
    let mut lines: Vec<String> = items.take(LISTED).map(str::to_owned).collect();
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    fence(&lines.join("\n"))
}

/// A code block that its content cannot end.
pub fn fence(content: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for character in content.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let ticks = "`".repeat((longest + 1).max(3));
    // No line of a fence may be cut in the middle by the size limit of the whole.
    format!("{ticks}text\n{}\n{ticks}\n\n", cut(content, 256 * 1024).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_end_its_fence() {
        let text = "a\n```\n@everyone <script>\n`````\nb";
        let fenced = fence(text);
        let ticks = fenced.split("text\n").next().expect("it begins with the fence");
        assert_eq!(ticks, "``````");
        assert_eq!(fenced.matches(ticks).count(), 2);
    }
}
