//! What platforms call before and after a new version: `pfo release`, `pfo seed`; and what is made from the command line itself.

use std::path::Path;
use std::process::{Output, Stdio};

use harness::app::TestApp;
use harness::db::TestDb;
use serde_json::{Value, json};

use crate::command_line;
use crate::restarts::on_both_engines;

fn pfo(arguments: &[&str], database_url: &str, config_dir: &Path) -> Output {
    command_line::pfo()
        .args(arguments)
        .env("DATABASE_URL", database_url)
        .env("PFO_CONFIG_DIR", config_dir)
        .output()
        .unwrap()
}

fn said(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

on_both_engines! {
    async fn a_version_is_made_ready_only_where_it_could_start(engine: Engine) {
        let db = TestDb::create(engine).await.unwrap();
        let files = tempfile::tempdir().unwrap();
        // A service that others reach has no file here, so that it could not start.
        let refused = pfo(&["release", "--json", "--deployment", "staging"], &db.url, files.path());
        assert_eq!(refused.status.code(), Some(1));
        assert_eq!(said(&refused)["ok"], false);
        // A review app may do without: it has no App, and shows what it was seeded with.
        let deployment = if db.url.starts_with("sqlite:") { "pforge-local-me" } else { "pforge-pr-7" };
        let ready = pfo(&["release", "--json", "--deployment", deployment], &db.url, files.path());
        assert!(ready.status.success(), "{}", String::from_utf8_lossy(&ready.stderr));
        let ready = said(&ready);
        assert_eq!(ready["ok"], true);
        assert!(ready["findings"].to_string().contains("there is no section `github_app`"), "{ready}");
        db.remove().await.unwrap();
    }

    async fn a_review_app_is_seeded_once_and_shows_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let files = tempfile::tempdir().unwrap();
        let seed = |deployment: &str| {
            pfo(&["seed", "--json", "--deployment", deployment], app.database_url(), files.path())
        };
        for deployment in ["prod", "pangeo-forge-staging"] {
            let refused = seed(deployment);
            assert_eq!(refused.status.code(), Some(1));
            assert!(String::from_utf8_lossy(&refused.stderr).contains("is not to be seeded"), "{deployment}");
        }
        assert_eq!(app.get("/feedstocks/").await.json(), json!([]));
        assert_eq!(said(&seed("pforge-pr-7")), json!({"seeded": true}));
        assert_eq!(said(&seed("pforge-pr-7")), json!({"seeded": false}));
        let feedstocks = app.get("/feedstocks/").await.json();
        assert_eq!(feedstocks[1]["spec"], "pforgetest/gpcp-from-gcs-feedstock");
        let runs = app.get("/recipe_runs/").await.json();
        assert_eq!(runs.as_array().unwrap().len(), 3);
        assert_eq!(app.get("/bakeries/").await.json()[0]["name"], "pangeo-ldeo-nsf-earthcube");
        assert_eq!(app.get("/stats/datasets").await.json(), json!({"count": 1}));
        app.end().await;
    }
}

#[test]
fn every_shell_and_man_know_every_command() {
    let files = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| pfo(arguments, "sqlite:none.sqlite", files.path());
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = run(&["completions", shell]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("feedstock-creation") && text.contains("database-url"), "{shell}: {text}");
    }
    let folder = files.path().join("man1");
    assert!(run(&["man", folder.to_str().unwrap()]).status.success());
    for page in ["pfo.1", "pfo-secrets.1", "pfo-secrets-rotate.1", "pfo-api-key-create.1"] {
        let text =
            std::fs::read_to_string(folder.join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(text.contains(".SH DESCRIPTION"), "{page}: {text}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_nothing_in_a_panic() {
    let mut child =
        command_line::pfo().arg("openapi").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
