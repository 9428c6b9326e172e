//! What `pfo check --online` says of a GitHub App and a hub that are set up wrongly, each thing by itself. The words are kept in
//! `online.txt`; with `PFO_WRITE_SNAPSHOTS=1` they are written anew, to be read before they are committed.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use axum::http::Method;
use chrono::{TimeDelta, Utc};
use harness::app::sources;
use harness::files::write_config;
use harness::github::{Access, Clock, FakeGithub};
use harness::world::{FEEDSTOCK, HUB, STAGED, furnish, workflow};
use orchestrator::cli::check::online::findings;
use orchestrator::config::{Config, Deployment};
use orchestrator::github::{Credentials, Github};
use orchestrator::metrics::Metrics;
use secrecy::SecretString;

const HOOK: &str = "https://api-staging.example.org/github/hooks/";
const PATH: &str = ".github/workflows/run-recipe.yaml";

/// Sets something up wrongly, on GitHub or in what the service is told.
type Mistake = fn(&FakeGithub, &mut Config);

fn permission(github: &FakeGithub, name: &str, access: Option<Access>) {
    github.change(|world| match access {
        Some(access) => _ = world.app.permissions.insert(name.to_owned(), access),
        None => _ = world.app.permissions.remove(name),
    });
}

fn hook_url(github: &FakeGithub, url: &str) {
    github.change(|world| world.app.hook.url = Some(url.to_owned()));
}

fn switched_off(github: &FakeGithub, state: &str) {
    let key = (HUB.to_owned(), "run-recipe.yaml".to_owned());
    github.change(|world| world.workflow_states.insert(key, state.to_owned()));
}

/// Changes the hub's workflow.
fn rewrite(github: &FakeGithub, find: &str, replace: &str) {
    let text = workflow();
    assert!(text.contains(find), "the workflow has no {find:?}");
    github.commit(HUB, "main", [(PATH, text.replacen(find, replace, 1).as_str())], "Change it");
    github.take_hooks();
}

/// Makes three deliveries, which are answered so.
fn deliveries(github: &FakeGithub, statuses: [u16; 3]) {
    for status in statuses {
        github.announce(STAGED, "issue_comment", "maintainer", serde_json::json!({"action": "created"}));
        for hook in github.take_hooks() {
            if status > 0 {
                github.delivered(&hook, status);
            }
        }
    }
}

#[rustfmt::skip] // a table
const CASES: &[(&str, Mistake)] = &[
    ("nothing is wrong", |_, _| {}),
    ("no App", |_, config| config.github.private_key = None),
    ("another App's number", |_, config| config.github.app_id = 7),
    ("the clock is behind", |github, _| github.change(|world| world.jwt_clock = Some(Clock::Manual(Utc::now() + TimeDelta::minutes(12))))),
    ("the clock is a little behind", |github, _| github.change(|world| world.jwt_clock = Some(Clock::Manual(Utc::now() + TimeDelta::minutes(4))))),
    ("the clock is ahead", |github, _| github.change(|world| world.jwt_clock = Some(Clock::Manual(Utc::now() - TimeDelta::minutes(5))))),
    ("another name", |_, config| "pforge".clone_into(&mut config.github.app_name)),
    ("a permission too few", |github, _| permission(github, "checks", None)),
    ("a permission too low", |github, _| permission(github, "contents", Some(Access::Read))),
    ("a permission too many", |github, _| permission(github, "secrets", Some(Access::Read))),
    ("a permission too high", |github, _| permission(github, "metadata", Some(Access::Write))),
    ("an event too few", |github, _| github.change(|world| _ = world.app.events.remove("issue_comment"))),
    ("an event too many", |github, _| github.change(|world| _ = world.app.events.insert("push".into()))),
    ("no webhook", |github, _| github.change(|world| world.app.hook.url = None)),
    ("a webhook to another host", |github, _| hook_url(github, "https://api.example.org/github/hooks/")),
    ("a webhook to another path", |github, _| hook_url(github, "https://api-staging.example.org/hooks")),
    ("a webhook that is not encrypted", |github, _| hook_url(github, "http://api-staging.example.org/github/hooks/")),
    ("a webhook of this machine", |github, config| {
        config.deployment = Deployment::parse("pforge-local-demo").unwrap();
        hook_url(github, "http://localhost:8000/github/hooks/");
    }),
    ("a webhook of a form", |github, _| github.change(|world| world.app.hook.content_type = Some("form".into()))),
    ("a webhook without a content type", |github, _| github.change(|world| world.app.hook.content_type = None)),
    ("a webhook without a secret", |github, _| github.change(|world| world.app.hook.has_secret = false)),
    ("a webhook that trusts anybody", |github, _| github.change(|world| world.app.hook.insecure_ssl = true)),
    ("deliveries with another secret", |github, _| deliveries(github, [401, 401, 202])),
    ("deliveries to nobody", |github, _| deliveries(github, [0, 0, 503])),
    ("deliveries that lead elsewhere", |github, _| deliveries(github, [308, 308, 308])),
    ("deliveries to a page that is not there", |github, _| deliveries(github, [404, 404, 404])),
    ("no installation", |github, _| github.change(|world| world.installations.clear())),
    ("a suspended installation", |github, _| github.suspend("pangeo-forge")),
    ("permissions that were not accepted", |github, _| github.change(|world| {
        let mut before = world.app.permissions.clone();
        before.remove("administration");
        before.insert("deployments".into(), Access::Read);
        for installation in world.installations.values_mut() {
            installation.permissions = Some(before.clone());
        }
    })),
    ("actions that were not accepted", |github, _| github.change(|world| {
        let mut before = world.app.permissions.clone();
        before.remove("actions");
        for installation in world.installations.values_mut() {
            installation.permissions = Some(before.clone());
        }
    })),
    ("a hub without the App", |github, _| github.remove_from_installation(HUB)),
    ("a hub that is not there", |github, _| github.delete_repository(HUB)),
    ("no workflow", |_, config| "run.yaml".clone_into(&mut config.hub.workflow)),
    ("a workflow that somebody switched off", |github, _| switched_off(github, "disabled_manually")),
    ("a workflow of a fork", |github, _| switched_off(github, "disabled_fork")),
    ("a branch that is not there", |_, config| "prod".clone_into(&mut config.hub.git_ref)),
    ("a branch without the workflow", |github, config| {
        github.commit(HUB, "docs", [harness::github::Change::Delete(PATH.to_owned())], "Remove it");
        github.take_hooks();
        "docs".clone_into(&mut config.hub.git_ref);
    }),
    ("a workflow that nobody can start", |github, _| rewrite(github, "workflow_dispatch:", "workflow_call:")),
    ("a workflow that is not YAML", |github, _| rewrite(github, "run-name: \"", "run-name: \"\"x")),
    ("a run that cannot be found", |github, _| rewrite(github, " [${{ inputs.dispatch_id }}]", "")),
    ("an input too few", |github, _| rewrite(github, "      subpath:\n", "      sub_path:\n")),
    ("an input too many", |github, _| rewrite(github, "      subpath:\n", "      token:\n        required: true\n      subpath:\n")),
    ("GitHub fails", |github, _| github.fault(Method::GET, "/app").status(503)),
];

#[tokio::test]
async fn an_app_and_a_hub_that_are_set_up_wrongly_are_told_with_what_to_do() {
    let files = tempfile::tempdir().unwrap();
    write_config(files.path(), "/data");
    let mut said = String::new();
    for (name, mistake) in CASES {
        let github = FakeGithub::builder().system_clock().hook_url(HOOK).start().await.unwrap();
        furnish(&github);
        assert!(github.read(|world| world.repositories.contains_key(FEEDSTOCK)));
        let told = sources(&github, files.path().to_owned());
        let mut config = Config::read(&told, Utc::now()).await.expect("the tests' own configuration");
        config.deployment = Deployment::parse("staging").unwrap();
        config.links.endpoint = Some("api-staging.example.org".into());
        mistake(&github, &mut config);
        github.take_hooks();
        let private_key = config.github.private_key.clone();
        let credentials: Option<Credentials> = private_key
            .map(|private_key: SecretString| Credentials { app_id: config.github.app_id, private_key });
        let client = Github::new(github.url(), credentials.as_ref(), Arc::new(Metrics::new())).unwrap();
        let _ = writeln!(said, "## {name}");
        let before = said.len();
        let mut found = findings(&config, &client, Utc::now()).await;
        found.sort();
        for finding in found {
            let _ = writeln!(said, "{}", without_dates(&finding.to_string()));
        }
        assert_eq!(said.len() == before, *name == "nothing is wrong", "{name}: {said}");
        assert_eq!(github.unhandled(), Vec::<String>::new(), "{name}");
        assert_eq!(github.contract_violations(), Vec::<String>::new(), "{name}");
        said.push('\n');
    }
    assert!(CASES.len() > 40, "{}", CASES.len());
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/check/online.txt");
    if std::env::var_os("PFO_WRITE_SNAPSHOTS").is_some() {
        std::fs::write(&kept, &said).unwrap();
    }
    let expected = std::fs::read_to_string(&kept).unwrap_or_default();
    assert!(said == expected, "what is said has changed; if it is meant, write online.txt anew:\n{said}");
}

/// The day of the test in words, and the number that the stand-in gives each of its requests.
fn without_dates(text: &str) -> String {
    let text = text.replace(&Utc::now().format("%Y-%m-%d").to_string(), "TODAY");
    let words = text
        .split_inclusive(' ')
        .map(|word| if word.starts_with("TEST:") { "TEST) ".to_owned() } else { word.to_owned() });
    words.collect::<String>().trim_end().to_owned()
}
