//! The documentation's commands do what they are there for: every block marked `sh` is run, from top to bottom of its page, on a database
//! that has what a page speaks of. Those marked `sh repository` look at this repository's own files, and are run where these are. Blocks marked
//! `sh cloud` need an account, and those marked `sh checkout` build the project.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chrono::TimeDelta;
use harness::app::TestApp;
use harness::github::NewPull;
use harness::world::{CONTRIBUTOR, STAGED, feedstock, root};
use orchestrator::domain::id::DeliveryId;
use orchestrator::domain::job::Job;
use orchestrator::store;

use crate::restarts::on_both_engines;

/// What may stand behind the three back-ticks of a block of commands, and whether the block is run.
const MARKS: [(&str, bool); 4] =
    [("sh", true), ("sh repository", true), ("sh cloud", false), ("sh checkout", false)];

/// Words for the same that a reader would take for commands, and the test would not.
const OTHER_WORDS: [&str; 5] = ["bash", "shell", "console", "zsh", "sh-session"];

fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let mut pages: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    pages.sort();
    pages
}

/// The blocks of a page: the words behind the back-ticks, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(words)) => open = Some((words.trim().to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block without an end");
    blocks
}

#[test]
fn every_block_of_commands_says_whether_it_is_run() {
    let mut run = BTreeMap::new();
    for path in pages() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for (words, text) in blocks(&fs::read_to_string(&path).unwrap()) {
            let first = words.split(' ').next().unwrap_or_default();
            assert!(!OTHER_WORDS.contains(&first), "{name}: {first} is `sh` here: {text}");
            if first != "sh" {
                continue;
            }
            let mark = MARKS.iter().find(|(mark, _)| *mark == words);
            let (_, is_run) = mark.unwrap_or_else(|| panic!("{name}: {words:?} is none of {MARKS:?}"));
            *run.entry(name.clone()).or_insert(0) += usize::from(*is_run);
        }
    }
    assert!(run.get("runbook.md").is_some_and(|blocks| *blocks > 5), "{run:?}");
}

/// A database with a delivery, a job that was given up and a key, as the variables that pages name them by.
async fn variables(app: &TestApp) -> Vec<(&'static str, String)> {
    let now = app.github.now();
    let mut tx = app.app.store.write().await.unwrap();
    let job = Job::InterpretDelivery { delivery: DeliveryId("never-came".into()) };
    assert!(store::job::insert(&mut tx, &job, now, now).await.unwrap());
    let claim = store::job::claim(&mut tx, TimeDelta::seconds(90), now).await.unwrap().unwrap();
    assert!(store::job::bury(&mut tx, &claim, "GitHub did not answer", now).await.unwrap());
    let since = now - TimeDelta::days(1);
    let delivery = store::delivery::list(&mut tx, since, None, 1).await.unwrap().remove(0);
    tx.commit().await.unwrap();
    vec![
        ("JOB", claim.id.0.to_string()),
        ("DELIVERY", delivery.id.0),
        // The first that a page makes.
        ("KEY", "1".into()),
        ("DATABASE_URL", app.database_url().to_owned()),
    ]
}

fn run(text: &str, folder: &Path, variables: &[(&str, String)]) -> Output {
    let program =
        PathBuf::from(std::env::var_os("PFO_BIN").expect("PFO_BIN names no program; use `cargo xtask`"));
    let path = std::env::join_paths(
        [program.parent().unwrap().to_owned(), "/usr/local/bin".into(), "/usr/bin".into(), "/bin".into()]
            .iter(),
    );
    Command::new("sh")
        .args(["-euxc", text])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path.unwrap())
        .envs(variables.iter().map(|(name, value)| (name, value.as_str())))
        .output()
        .unwrap()
}

#[test]
fn the_commands_about_the_files_of_this_repository_run_where_these_are() {
    let mut ran = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        for (_, text) in blocks(&page).into_iter().filter(|(words, _)| words == "sh repository") {
            let output = run(&text, root(), &[]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {}\n{said}", path.display(), output.status);
            ran += 1;
        }
    }
    assert!(ran > 0, "no page has such a block");
}

on_both_engines! {
    // Without the audit at the end: the commands queue work by the clock of the machine, and no worker is there to do it.
    async fn the_commands_of_every_page_run_from_top_to_bottom(engine: Engine) {
        for path in pages() {
            let page = fs::read_to_string(&path).unwrap();
            let blocks = blocks(&page).into_iter().filter(|(words, _)| words == "sh");
            let commands: Vec<String> = blocks.map(|(_, text)| text).collect();
            if commands.is_empty() {
                continue;
            }
            let app = TestApp::start(engine).await;
            let files = feedstock("bad-meta", "recipes/tiny");
            app.github.open_pull_request(NewPull::new(STAGED, CONTRIBUTOR, "Add tiny").files(files));
            app.deliver_all().await;
            app.settle().await;
            let variables = variables(&app).await;
            let folder = tempfile::tempdir().unwrap();
            // In one shell, as a reader has it: what one block sets, the next one uses.
            let output = run(&commands.concat(), folder.path(), &variables);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {}\n{said}", path.display(), output.status);
            app.end().await;
        }
    }
}
