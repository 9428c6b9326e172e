//! `pfo check`: what an operator is told about a configuration before the service starts with it.

mod broken;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn check(root: &Path, deployment: &str, database: &str, more: &[&str]) -> Output {
    let program = std::env::var("PFO_BIN").expect("PFO_BIN names the built program");
    let mut command = Command::new(program);
    command.arg("check").args(["--deployment", deployment, "--database-url", database]).args(more);
    command.arg("--config-dir").arg(root).env_remove("PANGEO_FORGE_DEPLOYMENT");
    command.output().expect("the program starts")
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
