//! Every captured output of the real runner, and what the action makes of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use runner_action::process::{Ending, Stop, Stream};
use runner_action::transcript::Transcript;
use runner_action::verdict::{Evidence, verdict};
use runner_contract::{Command, DatasetType, Request, RunResult, Store};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output")
}

/// A value that stands on the command line or in the configuration file.
fn setting<'a>(case: &'a Value, name: &str, command: &'a str) -> Option<&'a str> {
    let option = format!("--Bake.{name}=");
    let on_command_line = command.split(' ').find_map(|word| word.strip_prefix(option.as_str()));
    on_command_line.or_else(|| case["config"]["Bake"][name].as_str()).filter(|text| !text.is_empty())
}

fn request(case: &Value, transcript: &Transcript) -> Request {
    let command = case["command"].as_str().unwrap();
    let subdir = command.split(' ').find_map(|word| word.strip_prefix("--feedstock-subdir="));
    // A call of ours always names one recipe and one job; captured calls that did not are taken to have meant the first.
    let said = transcript
        .running
        .first()
        .cloned()
        .or_else(|| transcript.submitted.first().map(|job| (job.recipe.clone(), job.job_name.clone())));
    let (recipe, job) = said.unwrap_or_default();
    Request {
        dispatch_id: "replay".into(),
        command: if command.contains(" bake") { Command::Bake } else { Command::ExpandMeta },
        repository: "owner/feedstock".into(),
        git_ref: "refs/heads/main".into(),
        sha: "0".repeat(40),
        feedstock_subdir: subdir.unwrap_or("feedstock").into(),
        recipe_id: setting(case, "recipe_id", command).map_or(recipe, str::to_owned),
        bakery: "any".into(),
        deployment: "any".into(),
        job_name: setting(case, "job_name", command).map_or(job, str::to_owned),
        subpath: String::new(),
        prune: false,
    }
}

fn replay(case: &Value) -> RunResult {
    let name = case["case"].as_str().unwrap();
    let mut transcript = Transcript::default();
    let mut stop = None;
    for (ending, stream) in [("jsonl", Stream::Out), ("stderr.txt", Stream::Err)] {
        let bytes = std::fs::read(folder().join(format!("{name}.{ending}"))).unwrap_or_default();
        for line in String::from_utf8_lossy(&bytes).lines() {
            stop = transcript.hear(stream, line).or(stop);
        }
    }
    let ending = match (stop, case["exit_code"].as_i64()) {
        (Some(stop), _) => Ending::Stopped(stop),
        (None, Some(status)) => Ending::Exited(i32::try_from(status).unwrap()),
        (None, None) => Ending::Stopped(Stop::Deadline),
    };
    let request = request(case, &transcript);
    let command = case["command"].as_str().unwrap();
    let class = setting(case, "bakery_class", command).unwrap_or("LocalDirectBakery").to_owned();
    let blocking = match class.rsplit('.').next() {
        Some("DataflowBakery") => Some(false),
        Some("SubmitBakery") => None,
        _ => Some(true),
    };
    // The target of that day is gone; only a string in a pipeline's place is known to have written nothing.
    let store = Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr };
    let written = if case["feedstock"] == "not-a-transform" { Vec::new() } else { vec![store] };
    let feedstock = Path::new("/tmp/feedstock").join(&request.feedstock_subdir);
    verdict(Evidence {
        request: &request,
        blocking,
        feedstock: &feedstock,
        siblings: &[],
        ending,
        transcript: &transcript,
        written: &written,
        named: &[],
    })
}

fn told(result: &RunResult) -> String {
    match result {
        RunResult::Expanded { recipe_ids } => format!("expanded\t{}", recipe_ids.join(" ")),
        RunResult::Baked { recipe_id, .. } => format!("baked\t{recipe_id}"),
        RunResult::Submitted { recipe_id, job_name, .. } => format!("submitted\t{recipe_id} {job_name}"),
        RunResult::Failed(failure) => {
            let class = serde_json::to_value(failure.class).unwrap();
            let place =
                failure.location.as_ref().map_or(String::new(), |at| format!(" @{}:{}", at.file, at.line));
            let explained = if failure.explanation.is_some() { "explained" } else { "bare" };
            format!("{} {explained}\t{}{place}", class.as_str().unwrap(), failure.error)
        }
    }
}

#[test]
fn every_captured_output_is_understood() {
    let cases: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(folder().join("cases.json")).unwrap()).unwrap();
    let found: BTreeMap<&str, String> =
        cases.iter().map(|case| (case["case"].as_str().unwrap(), told(&replay(case)))).collect();
    let expected = std::fs::read_to_string(folder().join("expected.txt")).unwrap();
    let expected: BTreeMap<&str, String> = expected
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(case, rest)| (case, rest.into()))
        .collect();
    let differ: Vec<String> = found
        .iter()
        .filter(|(case, told)| expected.get(*case) != Some(told))
        .map(|(case, told)| format!("{case}\t{told}"))
        .collect();
    assert!(differ.is_empty(), "not as in expected.txt:\n{}", differ.join("\n"));
    assert_eq!(found.len(), expected.len(), "expected.txt tells of cases that do not exist");
}
