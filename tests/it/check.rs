//! `pfo check`: what an operator is told about a configuration before the service starts with it.

mod broken;
mod online;
mod terraform;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn command(root: &Path, deployment: &str, database: &str) -> Command {
    let mut command = crate::command_line::pfo();
    command.args(["check", "--deployment", deployment, "--database-url", database]);
    command.arg("--config-dir").arg(root);
    command
}

fn check(root: &Path, deployment: &str, database: &str, more: &[&str]) -> Output {
    command(root, deployment, database).args(more).output().expect("the program starts")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[test]
fn a_local_deployment_needs_no_file_and_is_told_what_is_off() {
    let empty = tempfile::tempdir().unwrap();
    let output = check(empty.path(), "pforge-local-alice", "sqlite:none.sqlite", &[]);
    assert!(output.status.success());
    let said = text(&output);
    assert!(said.contains("no section `github_app`") && said.contains("there is no bakery"), "{said}");
    assert!(said.ends_with("pforge-local-alice: 0 errors, 2 warnings\n"), "{said}");
    assert!(!empty.path().join("none.sqlite").exists() && !Path::new("none.sqlite").exists());
}

#[test]
fn what_others_reach_needs_its_files_and_a_server_for_its_data() {
    let empty = tempfile::tempdir().unwrap();
    let output = check(empty.path(), "staging", "sqlite:none.sqlite", &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["deployment"], &report["ok"]), (&"pangeo-forge-staging".into(), &false.into()));
    let subjects: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["subject"].as_str().unwrap())
        .collect();
    assert_eq!(subjects.len(), 2, "{report}");
    assert!(subjects.contains(&"DATABASE_URL"), "{subjects:?}");
    assert!(
        subjects.iter().any(|subject| subject.ends_with("secrets/config.pangeo-forge-staging.yaml")),
        "{subjects:?}"
    );
}

#[test]
fn a_bakerys_file_that_nobody_would_read_is_told_by_its_name() {
    let root = tempfile::tempdir().unwrap();
    let bakeries = root.path().join("bakeries");
    std::fs::create_dir(&bakeries).unwrap();
    let bakery = "Bake:\n  bakery_class: pangeo_forge_runner.bakery.local.LocalDirectBakery\n\
                TargetStorage:\n  fsspec_class: s3fs.S3FileSystem\n  root_path: x/{subpath}\n";
    let sound = [
        "osn.yaml",
        "osn.pforge-local-me.yaml",
        "osn.pangeo-forge.yaml",
        "README.md",
        "osn.yaml.orig",
        ".osn.yaml",
    ];
    let misnamed = [
        ("osn.pforge-local-me.yml", "it has to be called `osn.pforge-local-me.yaml`"),
        ("gcs.prod.yaml", "it has to be called `gcs.pangeo-forge.yaml`"),
        ("gcs.pangeo-forge-stagin.yaml", "did you mean `pangeo-forge-staging`?"),
        ("my osn.pforge-local-me.yaml", "found \"my osn\""),
        ("a.b.pforge-local-me.yaml", "there is no deployment \"b.pforge-local-me\""),
    ];
    for file in sound.iter().chain(misnamed.iter().map(|(file, _)| file)) {
        std::fs::write(bakeries.join(file), bakery).unwrap();
    }
    let output = check(root.path(), "pforge-local-me", "sqlite:none.sqlite", &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    assert!(said.ends_with(&format!(": {} errors, 0 warnings\n", misnamed.len())), "{said}");
    for (file, problem) in misnamed {
        let line = said.lines().find(|line| line.contains(&format!("/bakeries/{file}: "))).expect(file);
        assert!(line.contains("is read by no deployment") && line.contains(problem), "{line}");
    }
}

/// What lies in this repository: every deployment that has a file can start, with the key that opens the samples.
#[test]
fn the_files_of_this_repository_are_sound() {
    let root = harness::world::root();
    let names = ["bakeries", "secrets"].map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let names = names.into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let deployments: BTreeSet<String> = names
        .filter(|name| !name.starts_with("bakery-args."))
        .filter_map(|name| Some(name.strip_suffix(".yaml")?.split_once('.')?.1.to_owned()))
        .collect();
    assert!(deployments.contains("pforge-local-sample") && deployments.len() > 1, "{deployments:?}");
    for deployment in deployments {
        let output = command(root, &deployment, "sqlite:none.sqlite")
            .env("SOPS_AGE_KEY_FILE", root.join("secrets/sample-key.txt"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
}
