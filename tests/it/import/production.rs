//! The rows that the old production had, as it published them.

use harness::db::OldDatabase;
use orchestrator::domain::id::{BakeryId, FeedstockId, InstallationId, RecipeRunId, RepoName, Sha};
use orchestrator::domain::import::{OldRun, Outcome, Rule, Run};
use orchestrator::store::old_service::{self, OldService};
use orchestrator::store::recipe_run::NewRecipeRun;
use orchestrator::store::{self, Store, Tx};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr};

use super::{counts, import, is_empty, rows};
use crate::restarts::on_both_engines;
use crate::store::{fresh, remove};

/// The table in docs/import.md has the same figures.
const FOUND: [(&str, usize); 8] = [
    ("stuck_run", 50),
    ("unclosed_run", 3),
    ("no_end_time", 35),
    ("ends_before_it_begins", 3),
    ("head_is_no_commit", 6),
    ("repeated_run", 5),
    ("recipe_id_not_allowed", 0),
    ("message_is_no_object", 1),
];

async fn old_runs(old: &OldDatabase) -> Vec<OldRun> {
    let mut source = OldService::open(&old.url).await.unwrap();
    let (mut runs, mut after) = (Vec::new(), RecipeRunId(0));
    loop {
        let batch = source.runs_after(after).await.unwrap();
        let Some(last) = batch.last() else { break };
        after = last.id;
        runs.extend(batch);
    }
    source.close().await.unwrap();
    runs
}

/// Demands that a run is as it was, but for the two rules about its state.
fn assert_kept(run: &Run, was: &OldRun) {
    let (status, conclusion) = match (was.status.as_str(), was.conclusion.as_deref()) {
        ("in_progress", None) => ("completed", Some("stale")),
        ("in_progress", Some("failure")) => ("completed", Some("failure")),
        as_it_was => as_it_was,
    };
    assert_eq!((run.status.as_str(), run.conclusion.as_deref()), (status, conclusion), "{was:?}");
    let is = OldRun {
        id: run.id,
        recipe_id: run.recipe_id.clone(),
        bakery_id: run.bakery_id,
        feedstock_id: run.feedstock_id,
        head_sha: run.head_sha.clone(),
        version: run.version.clone(),
        started_at: Some(run.started_at.naive_utc()),
        completed_at: run.completed_at.map(|at| at.naive_utc()),
        conclusion: was.conclusion.clone(),
        status: was.status.clone(),
        is_test: run.is_test,
        dataset_type: run.dataset_type.clone(),
        dataset_public_url: run.dataset_public_url.clone(),
        message: run.message.clone(),
        unusable_time: None,
    };
    assert_eq!(is, *was);
}

/// The ids that the next rows get: of a bakery, a feedstock and a run.
async fn next_ids(tx: &mut Tx) -> (BakeryId, FeedstockId, RecipeRunId) {
    let spec = RepoName::parse("a/b-feedstock").unwrap();
    let bakery = store::bakery::register(tx, "new", "region", "").await.unwrap();
    let feedstock = store::feedstock::register(tx, &spec).await.unwrap();
    let run = NewRecipeRun {
        recipe_id: "r",
        bakery,
        feedstock,
        head_sha: &Sha::from("0123456789abcdef0123456789abcdef01234567"),
        pull_request: None,
        feedstock_subdir: "feedstock",
        is_test: true,
        version: "",
        attempt: 1,
        requested_by: None,
        installation: InstallationId(1),
        git_ref: "refs/heads/main",
    };
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    (bakery, feedstock, store::recipe_run::insert(tx, run, now).await.unwrap())
}

async fn write_new_rows(store: &Store) -> (i64, i64, i64) {
    let mut tx = store.write().await.unwrap();
    let (bakery, feedstock, run) = next_ids(&mut tx).await;
    tx.commit().await.unwrap();
    (bakery.0, feedstock.0, run.0)
}

on_both_engines! {
    async fn the_production_database_is_taken_over_once(engine: Engine) {
        let (db, store) = fresh(engine).await;
        let old = OldDatabase::production().await.unwrap();

        let told = import(&store, &old, false).await;
        assert_eq!(told.outcome, Outcome::WouldImport);
        assert!(is_empty(&store).await, "nothing is written without being asked for");
        let found: Vec<_> = FOUND.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counts(&told), found);
        let text = told.to_string();
        for line in [
            "  reciperun      1416 rows, the next id is 1569",
            "     50  a run in progress that nobody follows any more is `completed`, `stale` (stuck_run)",
            "           reciperun 28: head_sha `refs/heads/main`",
            "Nothing was written. With --apply, 1 bakeries, 29 feedstocks and 1416 recipe runs are imported.",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }

        let done = import(&store, &old, true).await;
        assert_eq!((done.outcome, &done.findings), (Outcome::Imported, &told.findings), "as it was told");
        let (bakeries, feedstocks, runs) = rows(&store).await;
        let mut source = OldService::open(&old.url).await.unwrap();
        assert_eq!(bakeries, source.bakeries().await.unwrap());
        assert_eq!(feedstocks, source.feedstocks().await.unwrap());
        source.close().await.unwrap();
        let were = old_runs(&old).await;
        assert_eq!((runs.len(), were.len()), (1416, 1416));
        for (run, was) in runs.iter().zip(&were) {
            assert_kept(run, was);
        }

        for apply in [false, true] {
            let again = import(&store, &old, apply).await;
            assert_eq!(again.outcome, Outcome::AlreadyImported);
            assert!(again.to_string().ends_with("are there already, as the import writes them. Nothing was written."));
        }
        assert_eq!(write_new_rows(&store).await, (2, 96, 1569), "as the old service would have counted");
        assert_eq!(import(&store, &old, true).await.outcome, Outcome::AlreadyImported, "what is new is in nobody's way");
        old.remove().await.unwrap();
        remove(db, store).await;
    }

    async fn the_imported_database_that_stories_begin_with_counts_on_too(engine: Engine) {
        let app = harness::app::TestApp::start_imported(engine).await;
        assert_eq!(app.get("/stats/feedstocks").await.json()["count"], 29);
        assert_eq!(write_new_rows(&app.app.store).await, (2, 96, 1569));
        app.finish().await;
    }
}

#[tokio::test]
async fn every_statement_fits_the_old_schema() {
    let old = OldDatabase::create().await.unwrap();
    let mut connection = PgConnection::connect(&old.url).await.unwrap();
    assert!(old_service::STATEMENTS.len() > 5);
    for text in old_service::STATEMENTS {
        let prepared = connection.prepare(AssertSqlSafe(*text).into_sql_str()).await;
        prepared.unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
    connection.close().await.unwrap();
    old.remove().await.unwrap();
}

#[tokio::test]
async fn what_is_written_there_meanwhile_is_not_seen() {
    let old = OldDatabase::production().await.unwrap();
    let mut source = OldService::open(&old.url).await.unwrap();
    let before = source.count_runs().await.unwrap();
    old.run("DELETE FROM reciperun; UPDATE feedstock SET spec = 'a/b'").await.unwrap();
    assert_eq!(source.count_runs().await.unwrap(), before);
    assert_eq!(source.feedstocks().await.unwrap()[0].spec, "pangeo-forge/staged-recipes");
    source.close().await.unwrap();
    old.remove().await.unwrap();
}

#[test]
fn the_documentation_has_every_rule_and_these_figures() {
    let path = harness::world::root().join("docs/import.md");
    let page = std::fs::read_to_string(path).unwrap();
    for rule in Rule::ALL {
        let found = FOUND.iter().find(|(word, _)| *word == rule.as_str()).map_or(0, |(_, count)| *count);
        let (name, rows) = (format!("| `{}` |", rule.as_str()), format!("| {found} |"));
        let row = page.lines().find(|line| line.starts_with(&name));
        assert!(row.is_some_and(|row| row.ends_with(&rows)), "{name} … {rows}");
    }
}
