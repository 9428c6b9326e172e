//! What the image is built from.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const REFRESH: &str = "run runner-action/image/refresh.sh";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Name, version and checksum of each package in a lock file.
fn packages(lock: &str) -> BTreeSet<Vec<&str>> {
    lock.split("[[package]]\n")
        .skip(1)
        .map(|package| {
            let wanted = |line: &&str| {
                ["name = ", "version = ", "checksum = "].iter().any(|key| line.starts_with(key))
            };
            package.lines().filter(wanted).collect()
        })
        .collect()
}

#[test]
fn the_image_is_built_from_the_projects_own_pins() {
    let (image, project) = (read("image/Cargo.lock"), read("../Cargo.lock"));
    let (image, project) = (packages(&image), packages(&project));
    let other: Vec<_> = image.difference(&project).collect();
    assert!(other.is_empty(), "{REFRESH}: {other:?} are not in the project's Cargo.lock");

    let project = read("../Cargo.toml");
    let project: BTreeSet<&str> = project.lines().collect();
    let image = read("image/Cargo.toml");
    let other: Vec<&str> = image
        .lines()
        .filter(|line| !line.starts_with(['#', '[']) && !line.starts_with("members = ") && !line.is_empty())
        .filter(|line| !project.contains(line))
        .collect();
    assert!(other.is_empty(), "{REFRESH}: {other:?} are not in the project's Cargo.toml");
}

#[test]
fn every_input_of_a_request_is_one_of_the_action_and_of_the_workflow() {
    let (action, workflow) = (read("action.yml"), read("../.github/workflows/run-recipe.yaml"));
    let request = runner_contract::Request {
        dispatch_id: String::new(),
        command: runner_contract::Command::Bake,
        repository: String::new(),
        git_ref: String::new(),
        sha: String::new(),
        feedstock_subdir: String::new(),
        recipe_id: String::new(),
        bakery: String::new(),
        deployment: String::new(),
        job_name: String::new(),
        subpath: String::new(),
        prune: false,
    };
    let names: BTreeSet<String> = request.inputs().into_keys().map(String::from).collect();
    let action: serde_yaml::Value = serde_yaml::from_str(&action).unwrap();
    let workflow: serde_yaml::Value = serde_yaml::from_str(&workflow).unwrap();
    let keys = |map: &serde_yaml::Value| -> BTreeSet<String> {
        map.as_mapping().unwrap().keys().map(|key| key.as_str().unwrap().to_owned()).collect()
    };
    assert!(keys(&action["inputs"]).is_superset(&names));
    assert_eq!(keys(&workflow["on"]["workflow_dispatch"]["inputs"]), names);
    for job in ["expand-meta", "bake"] {
        let steps = workflow["jobs"][job]["steps"].as_sequence().unwrap();
        let step = steps.iter().find(|step| step["with"].get("dispatch_id").is_some()).unwrap();
        assert!(keys(&step["with"]).is_superset(&names), "{job}");
        assert_eq!(step["with"].get("bakery_args").is_some(), job == "bake", "only a bake gets the secret");
        let kept = steps.iter().find(|step| step["with"].get("path").is_some()).unwrap();
        assert_eq!(kept["with"]["name"], runner_contract::OUTCOME_ARTIFACT);
        assert_eq!(kept["with"]["path"], runner_contract::OUTCOME_FILE);
    }
}
