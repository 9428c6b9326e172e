//! The old service's database is taken over: every row under its id, changed by few rules, all of it or nothing, and left alone from then
//! on.

mod kept;
mod production;
mod refused;

use harness::db::OldDatabase;
use orchestrator::cli::import;
use orchestrator::domain::id::RecipeRunId;
use orchestrator::domain::import::{Bakery, Feedstock, Report, Rule, Run, Tables};
use orchestrator::store::{self, Store};

/// Everything that the import writes.
type Rows = (Vec<Bakery>, Vec<Feedstock>, Vec<Run>);

async fn import(store: &Store, old: &OldDatabase, apply: bool) -> Report {
    import::import(store, &old.url, apply).await.unwrap()
}

async fn rows(store: &Store) -> Rows {
    let mut tx = store.read().await.unwrap();
    let runs = store::import::runs(&mut tx, RecipeRunId(i64::MIN), RecipeRunId(i64::MAX)).await.unwrap();
    (store::import::bakeries(&mut tx).await.unwrap(), store::import::feedstocks(&mut tx).await.unwrap(), runs)
}

async fn is_empty(store: &Store) -> bool {
    let mut tx = store.read().await.unwrap();
    store::import::count(&mut tx).await.unwrap() == Tables::default()
}

/// The rules that have findings, with how many.
fn counts(report: &Report) -> Vec<(&'static str, usize)> {
    let all = Rule::ALL.iter().map(|rule| (rule.as_str(), report.count(*rule)));
    all.filter(|(_, count)| *count > 0).collect()
}

/// A database of the old service with rows that its tables allow and nobody would want.
async fn odd() -> OldDatabase {
    let old = OldDatabase::create().await.unwrap();
    old.run_file("odd.sql").await.unwrap();
    old
}
