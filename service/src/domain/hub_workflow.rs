//! Whether the text of the hub's workflow is one that we can start and find again: GitHub refuses a dispatch with an input that is not
//! declared, and a run is known by the id that stands last in its name.

use std::collections::BTreeSet;

use runner_contract::{Command, Request};

use super::yaml::finding::Findings;
use super::yaml::node::{Entry, Node, find};
use super::yaml::tree;

/// How the name of each run has to end.
const NAME_END: &str = "[${{inputs.dispatch_id}}]";

/// One thing that is wrong with the workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The line in its file, from 1.
    pub line: u32,
    /// Whether no recipe runs as long as it is there.
    pub is_fatal: bool,
    /// What was found, and what has to stand there.
    pub what: String,
}

/// The inputs that are sent with every dispatch.
fn sent() -> BTreeSet<&'static str> {
    let none = String::new;
    let request = Request {
        dispatch_id: none(),
        command: Command::Bake,
        repository: none(),
        git_ref: none(),
        sha: none(),
        feedstock_subdir: none(),
        recipe_id: none(),
        bakery: none(),
        deployment: none(),
        job_name: none(),
        subpath: none(),
        prune: false,
    };
    request.inputs().into_keys().collect()
}

/// Everything that is wrong with the text of a workflow.
pub fn flaws(text: &str) -> Vec<Flaw> {
    let mut said = Findings::new(String::new());
    let root = tree::read(text, &mut said);
    if said.failed() {
        let told = said.into_list().into_iter();
        return told.map(|one| Flaw { line: one.line, is_fatal: true, what: one.message }).collect();
    }
    let entries = root.as_ref().and_then(Node::entries).unwrap_or_default();
    let mut flaws = Vec::new();
    flaws.extend(name_flaw(entries));
    match trigger(entries) {
        Some(trigger) => input_flaws(trigger, &mut flaws),
        None => flaws.push(fatal(
            find(entries, "on").map_or(1, |on| on.key.place.line),
            "`on` does not name `workflow_dispatch`, so that nobody can start it".to_owned(),
        )),
    }
    flaws
}

fn fatal(line: u32, what: String) -> Flaw {
    Flaw { line, is_fatal: true, what }
}

fn name_flaw(entries: &[Entry]) -> Option<Flaw> {
    let name = find(entries, "run-name");
    let compact: String =
        name.and_then(|name| name.value.text()).unwrap_or_default().split_whitespace().collect();
    let line = name.map_or(1, |name| name.value.place.line);
    let what = "`run-name` does not end with `[${{ inputs.dispatch_id }}]`, by which a run is known";
    (!compact.ends_with(NAME_END)).then(|| fatal(line, what.to_owned()))
}

/// What stands below `workflow_dispatch`: a mapping, or nothing where it is only named.
fn trigger(entries: &[Entry]) -> Option<&Node> {
    const WORD: &str = "workflow_dispatch";
    let on = &find(entries, "on")?.value;
    if on.text() == Some(WORD) {
        return Some(on);
    }
    if let Some(items) = on.items() {
        return items.iter().find(|item| item.text() == Some(WORD));
    }
    find(on.entries()?, WORD).map(|entry| &entry.value)
}

fn input_flaws(trigger: &Node, flaws: &mut Vec<Flaw>) {
    let inputs = trigger.entries().and_then(|entries| find(entries, "inputs"));
    let declared = inputs.and_then(|inputs| inputs.value.entries()).unwrap_or_default();
    let line = inputs.map_or(trigger.place.line, |inputs| inputs.key.place.line);
    let sent = sent();
    for name in &sent {
        if find(declared, name).is_none() {
            flaws.push(fatal(
                line,
                format!("the input `{name}` is not declared, and GitHub refuses to start a run with it"),
            ));
        }
    }
    for Entry { key, value } in declared {
        let Some(name) = key.text().filter(|name| !sent.contains(name)) else { continue };
        let fields = value.entries().unwrap_or_default();
        let is_true = |field| matches!(find(fields, field), Some(entry) if entry.value.to_json() == true);
        let is_needed = is_true("required") && find(fields, "default").is_none();
        let then = if is_needed {
            "is required, and the service does not know it"
        } else {
            "is not one that the service fills"
        };
        flaws.push(Flaw {
            line: key.place.line,
            is_fatal: is_needed,
            what: format!("the input `{name}` {then}"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = include_str!("../../../.github/workflows/run-recipe.yaml");

    fn told(text: &str) -> Vec<String> {
        flaws(text)
            .into_iter()
            .map(|flaw| format!("{}{}: {}", flaw.line, if flaw.is_fatal { "!" } else { "" }, flaw.what))
            .collect()
    }

    #[test]
    fn our_own_workflow_takes_exactly_what_is_sent() {
        assert_eq!(told(OURS), Vec::<String>::new());
    }

    #[test]
    fn what_github_would_refuse_is_told_with_its_line() {
        let without = OURS.replace("      prune:\n        description: Keep only the first items of each dimension\n        required: false\n        type: string\n", "      token:\n        required: true\n      note:\n        required: false\n");
        let told_now = told(&without);
        assert_eq!(told_now.len(), 3, "{told_now:?}");
        assert!(told_now[0].contains("`prune` is not declared") && told_now[0].contains('!'), "{told_now:?}");
        assert!(told_now[1].contains("`token` is required") && told_now[1].contains('!'), "{told_now:?}");
        assert!(told_now[2].contains("`note` is not one") && !told_now[2].contains('!'), "{told_now:?}");
        assert!(told(&OURS.replace("[${{ inputs.dispatch_id }}]", ""))[0].contains("run-name"));
        assert!(told("on: push\nrun-name: '[${{ inputs.dispatch_id }}]'\n")[0].starts_with("1!: `on`"));
        assert_eq!(
            told("on: [push, workflow_dispatch]\nrun-name: '[${{ inputs.dispatch_id }}]'\n").len(),
            sent().len()
        );
        assert_eq!(told("a: [").len(), 1);
    }
}
