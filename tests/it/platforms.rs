//! What platforms read: the workflows keep the rules that no linter knows, and what Heroku and compose are told is there.

use std::collections::BTreeMap;
use std::fs;

use harness::world::root;
use serde_yaml::Value;

fn yaml(path: &str) -> Value {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn workflows() -> BTreeMap<String, Value> {
    let folder = fs::read_dir(root().join(".github/workflows")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| (name.clone(), yaml(&format!(".github/workflows/{name}")))).collect()
}

fn entries(value: &Value) -> Vec<(&str, &Value)> {
    value.as_mapping().unwrap().iter().map(|(key, value)| (key.as_str().unwrap(), value)).collect()
}

#[test]
fn workflows_take_no_code_of_strangers_next_to_a_right() {
    for (name, workflow) in workflows() {
        // `on` is a word for true in YAML 1.1, and a text in 1.2.
        let on = workflow.get("on").unwrap_or_else(|| panic!("{name} has no `on`"));
        for trigger in ["pull_request_target", "workflow_run", "issue_comment"] {
            assert!(on.get(trigger).is_none(), "{name} is started by {trigger}, with rights, for anybody");
        }
        assert!(workflow.get("permissions").is_some(), "{name} takes the usual permissions");
        for (job, value) in entries(&workflow["jobs"]) {
            let place = format!("{name}, job {job}");
            assert!(value.get("timeout-minutes").is_some(), "{place} has no end");
            let has_identity = value["permissions"].get("id-token").is_some();
            let is_bounded =
                value.get("environment").is_some() || value["permissions"].get("attestations").is_some();
            assert!(!has_identity || is_bounded, "{place} has an identity and no environment");
            for step in value["steps"].as_sequence().unwrap() {
                let run = step["run"].as_str().unwrap_or_default();
                assert!(!run.contains("${{"), "{place}: an expression in a command: {run}");
                let uses = step["uses"].as_str().unwrap_or_default();
                if uses.starts_with("actions/checkout@") {
                    assert_eq!(step["with"]["persist-credentials"], false, "{place} leaves its token behind");
                    let is_pull = on.get("pull_request").is_some() && has_identity;
                    let of_base = step["with"]["ref"] == "${{ github.event.pull_request.base.sha }}";
                    let is_timed = value["if"] == "github.event_name == 'schedule'";
                    assert!(
                        !is_pull || of_base || is_timed,
                        "{place} has an identity and a pull request's code"
                    );
                }
            }
        }
    }
}

#[test]
fn heroku_is_told_what_is_there() {
    let heroku = yaml("heroku.yml");
    let dockerfile = heroku["build"]["docker"]["web"].as_str().unwrap();
    let dockerfile = fs::read_to_string(root().join(dockerfile)).unwrap();
    // Heroku starts what it is told by a shell, unless the image has an entrypoint.
    assert!(dockerfile.contains("ENTRYPOINT [\"/usr/local/bin/pfo\"]"), "{dockerfile}");
    assert_eq!(heroku["release"]["command"].as_sequence().unwrap(), &[Value::from("release")]);
    assert_eq!(heroku["run"]["web"], "serve");

    let app: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(root().join("app.json")).unwrap()).unwrap();
    assert_eq!(app["stack"], "container");
    assert_eq!(app["addons"], serde_json::json!(["heroku-postgresql"]));
    assert!(app["env"].get("PANGEO_FORGE_DEPLOYMENT").is_some(), "{app}");
}

#[test]
fn what_we_build_runs_confined_in_compose() {
    let compose = yaml("docker-compose.yml");
    for (name, service) in entries(&compose["services"]) {
        assert_eq!(service["security_opt"][0], "no-new-privileges:true", "{name}");
        if service.get("build").is_some() {
            assert_eq!(service["read_only"], true, "{name}");
            assert_eq!(service["cap_drop"][0], "ALL", "{name}");
        }
        for port in service.get("ports").and_then(Value::as_sequence).into_iter().flatten() {
            assert!(port.as_str().unwrap().starts_with("127.0.0.1:"), "{name} is open to the network");
        }
    }
}
