//! What the old service answered on its own data, asked again of ours: the same, or a line in the table of `docs/api.md`.
//!
//! `tests/contract` has the records. Rows that have no order of their own are compared as sets.

mod compare;
mod differences;
mod record;

use std::collections::BTreeSet;

use harness::app::TestApp;
use harness::db::Engine;
use harness::world;

pub(super) use compare::next as next_page;
use compare::{Standing, differs};
use differences::Difference;
use record::{Record, replay};

async fn reads(engine: Engine) -> BTreeSet<Difference> {
    let app = TestApp::start_imported(engine).await;
    let standing = Standing::read(&app).await;
    let mut met = BTreeSet::new();
    for record in record::read("reads.jsonl") {
        let ours = replay(&app, &record).await;
        met.extend(differs(&record, &ours, &standing));
    }
    app.finish().await;
    met
}

/// One sequence: what was made by one request is changed by another. A row that we refuse to make twice is made under another name, so
/// that what follows finds a row where the old service had one.
async fn writes(engine: Engine) -> BTreeSet<Difference> {
    let app = TestApp::start_imported(engine).await;
    let standing = Standing::read(&app).await;
    let mut ids = record::Ids::default();
    let mut met = BTreeSet::new();
    for record in record::read("writes.jsonl") {
        let record = ids.ours(record);
        let ours = replay(&app, &record).await;
        let differences = differs(&record, &ours, &standing);
        if differences.contains(&Difference::Duplicate) {
            let renamed = record.renamed(ids.len());
            ids.learn(&record, &replay(&app, &renamed).await);
        } else {
            ids.learn(&record, &ours);
        }
        met.extend(differences);
    }
    app.finish().await;
    met
}

#[tokio::test]
async fn u18_every_record_is_answered_as_before_or_as_the_table_says_sqlite() {
    assert_all_met(reads(Engine::Sqlite).await, writes(Engine::Sqlite).await);
}

#[tokio::test]
async fn u18_every_record_is_answered_as_before_or_as_the_table_says_postgres() {
    assert_all_met(reads(Engine::Postgres).await, writes(Engine::Postgres).await);
}

/// A line of the table that nothing bears out is no difference.
fn assert_all_met(mut met: BTreeSet<Difference>, writes: BTreeSet<Difference>) {
    met.extend(writes);
    assert_eq!(met, Difference::ALL.into_iter().collect());
}

#[test]
fn the_table_of_differences_is_the_one_that_is_tested() {
    let page = std::fs::read_to_string(world::root().join("docs/api.md")).unwrap();
    let section = page.split("## Differences").nth(1).expect("the page has the table");
    let section = section.split("\n## ").next().unwrap();
    let lines: Vec<&str> =
        section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let ours: Vec<&str> = Difference::ALL.into_iter().map(Difference::word).collect();
    assert_eq!(lines, ours);
}

/// Every record that was made is read.
#[test]
fn the_records_are_all_there() {
    let counts = ["reads.jsonl", "writes.jsonl"].map(|file| record::read(file).len());
    assert_eq!(counts, [151, 100]);
    assert!(Record::example().path.starts_with('/'));
}
