//! What is odd, what cannot be imported, and what goes wrong on the way.

use clap::Parser;
use harness::db::{Engine, OldDatabase, TestDb};
use orchestrator::cli::{Cli, import as command};
use orchestrator::domain::id::{BakeryId, FeedstockId};
use orchestrator::domain::import::{Feedstock, Outcome};
use orchestrator::store::{self, Store};

use super::{counts, import, is_empty, odd, rows};
use crate::restarts::on_both_engines;
use crate::store::{execute, fresh, remove};

/// The exit code of `pfo import` with these words more.
async fn pfo(target: &str, from: &str, words: &[&str]) -> String {
    let command = ["pfo", "--log", "off", "--database-url", target, "import", "--from", from];
    let cli = Cli::try_parse_from(command.iter().chain(words)).unwrap();
    format!("{:?}", cli.run().await.unwrap())
}

on_both_engines! {
    async fn odd_rows_are_listed_duplicates_resolved_and_texts_kept(engine: Engine) {
        let (db, store) = fresh(engine).await;
        let old = odd().await;
        let report = import(&store, &old, true).await;
        assert_eq!(report.outcome, Outcome::Imported, "{report}");
        let expected = [
            ("duplicate_bakery", 1), ("duplicate_feedstock", 1), ("repointed_run", 3), ("stuck_run", 1), ("unclosed_run", 1),
            ("unconcluded_run", 1), ("no_end_time", 1), ("end_time_without_end", 1), ("ends_before_it_begins", 1),
            ("head_is_no_commit", 2), ("repeated_run", 1), ("recipe_id_not_allowed", 2), ("message_is_no_object", 4),
            ("spec_is_no_repository", 1), ("specs_differ_by_case", 1), ("long_text", 2),
        ];
        assert_eq!(counts(&report), expected, "{report}");
        let text = report.to_string();
        for line in [
            "bakery 4: `earthcube` is bakery 1; region `eu-west1` and description `The same again` are dropped",
            "feedstock 7: `pangeo-forge/one-feedstock` is feedstock 2",
            "reciperun 10: bakery 4 becomes 1",
            "reciperun 11: queued with conclusion skipped becomes completed, skipped",
            "reciperun 12: completed becomes completed, stale",
            "reciperun 12: `two words` contains a space",
            "reciperun 10: `one` at 0123456789abcdef0123456789abcdef01234567 again as 11",
            "feedstock 3: `pangeo-forge/One-Feedstock` is feedstock 2 but for capitals",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }

        let (bakeries, feedstocks, runs) = rows(&store).await;
        assert_eq!(bakeries.iter().map(|row| row.id.0).collect::<Vec<_>>(), [1, 5]);
        assert_eq!(feedstocks.iter().map(|row| row.id.0).collect::<Vec<_>>(), [2, 3, 8]);
        let states: Vec<_> = runs.iter().map(|run| (run.id.0, run.status.as_str(), run.conclusion.as_deref())).collect();
        assert_eq!(states, [
            (10, "queued", None), (11, "completed", Some("skipped")), (12, "completed", Some("stale")),
            (13, "completed", Some("stale")), (14, "completed", Some("timed_out")), (15, "completed", Some("action_required")),
        ]);
        assert_eq!((runs[0].bakery_id, runs[0].feedstock_id), (BakeryId(1), FeedstockId(2)));
        assert_eq!(runs[2].message.as_deref(), Some("{\"trace\": \"é\n\t\\u0000\"}"));
        assert_eq!(runs[4].message.as_ref().map(String::len), Some(70_000));
        assert_eq!(runs[4].started_at.to_rfc3339(), "0001-01-01T00:00:00+00:00");
        assert_eq!(import(&store, &old, true).await.outcome, Outcome::AlreadyImported);

        let mut tx = store.write().await.unwrap();
        let spec = "a/b".to_owned().try_into().unwrap();
        assert_eq!(store::feedstock::register(&mut tx, &spec).await.unwrap().0, 31, "some were deleted before");
        assert_eq!(store::bakery::register(&mut tx, "new", "", "").await.unwrap().0, 6);
        drop(tx);
        old.remove().await.unwrap();
        remove(db, store).await;
    }

    async fn what_cannot_be_kept_stops_all_and_is_named(engine: Engine) {
        let (db, store) = fresh(engine).await;
        let old = odd().await;
        old.run_file("refused.sql").await.unwrap();
        let report = import(&store, &old, true).await;
        assert_eq!(report.outcome, Outcome::SourceRefused);
        assert!(is_empty(&store).await);
        let text = report.to_string();
        for line in [
            "feedstock 20: provider `gitlab`", "reciperun 30: there is no bakery 99", "reciperun 30: there is no feedstock 98",
            "reciperun 31: status `finished`", "reciperun 31: conclusion `done`", "reciperun 31: dataset_type `netcdf`",
            "reciperun 32: started_at infinity", "reciperun 33: completed_at 0044-03-15 00:00:00 BC",
            "reciperun 34: recipe_id has 3000 bytes; 2000 can be kept",
            "Nothing was written, because of what cannot be imported.",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        old.remove().await.unwrap();
        remove(db, store).await;
    }

    async fn nothing_is_imported_beside_other_rows(engine: Engine) {
        let (db, store) = fresh(engine).await;
        let old = odd().await;
        let own = Feedstock { id: FeedstockId(2), spec: "own/feedstock".into(), provider: "github".into() };
        let mut tx = store.write().await.unwrap();
        store::import::insert_feedstock(&mut tx, &own).await.unwrap();
        tx.commit().await.unwrap();
        let report = import(&store, &old, true).await;
        assert_eq!(report.outcome, Outcome::TargetRefused);
        let said = "an import needs an empty one. It has\n  bakery            0 rows; of 2 to be imported, 0 are there\n  \
                    feedstock         1 rows; of 3 to be imported, 0 are there, and 1 ids are other rows': 2\n";
        assert!(report.to_string().contains(said), "{report}");
        assert_eq!(rows(&store).await, (vec![], vec![own], vec![]));
        old.remove().await.unwrap();
        remove(db, store).await;
    }

    async fn nothing_remains_of_an_import_that_fails(engine: Engine) {
        let (db, store) = fresh(engine).await;
        let old = OldDatabase::production().await.unwrap();
        let (hinder, unhinder) = match engine {
            Engine::Sqlite => (
                "CREATE TRIGGER hinder BEFORE INSERT ON recipe_run WHEN NEW.id = 1487 BEGIN SELECT RAISE(ABORT, 'hindered'); END",
                "DROP TRIGGER hinder",
            ),
            Engine::Postgres => (
                "ALTER TABLE recipe_run ADD CONSTRAINT hindered CHECK (id <> 1487)",
                "ALTER TABLE recipe_run DROP CONSTRAINT hindered",
            ),
        };
        execute(&store, hinder).await;
        let why = command::import(&store, &old.url, true).await.unwrap_err();
        assert!(why.to_string().contains("hindered"), "{why:#}");
        assert!(is_empty(&store).await);
        let mut tx = store.write().await.unwrap();
        assert_eq!(store::bakery::register(&mut tx, "new", "", "").await.unwrap().0, 1, "nor of its counting");
        drop(tx);
        execute(&store, unhinder).await;
        assert_eq!(import(&store, &old, true).await.outcome, Outcome::Imported);
        old.remove().await.unwrap();
        remove(db, store).await;
    }

    async fn the_command_says_by_its_exit_code_what_came_of_it(engine: Engine) {
        let db = TestDb::create(engine).await.unwrap();
        let old = odd().await;
        let (good, refused) = ("ExitCode(unix_exit_status(0))", "ExitCode(unix_exit_status(2))");
        for words in [&[][..], &["--dry-run"], &["--json"], &["--apply"], &["--apply", "--json"]] {
            assert_eq!(pfo(&db.url, &old.url, words).await, good, "{words:?}");
        }
        old.run("UPDATE reciperun SET version = 'other' WHERE id = 13").await.unwrap();
        assert_eq!(pfo(&db.url, &old.url, &["--apply"]).await, refused, "it is no longer the same");
        old.run_file("refused.sql").await.unwrap();
        assert_eq!(pfo(&db.url, &old.url, &[]).await, refused);
        let both = ["pfo", "import", "--from", "postgres://h/d", "--apply", "--dry-run"];
        assert!(Cli::try_parse_from(both).is_err());
        old.remove().await.unwrap();
        db.remove().await.unwrap();
    }
}

/// Why an import from there fails, whatever stands in our own database.
async fn refusal(from: &str) -> String {
    let (db, store) = fresh(Engine::Sqlite).await;
    let why = command::import(&store, from, false).await.unwrap_err();
    remove(db, store).await;
    format!("{why:#}")
}

#[tokio::test]
async fn another_database_is_not_taken_for_the_old_services() {
    let ours = TestDb::create(Engine::Postgres).await.unwrap();
    let why = refusal(&ours.url).await;
    assert!(why.contains("there is no table alembic_version that may be read"), "{why}");
    assert!(why.contains("bakery.id is bigint and not integer"), "{why}");
    ours.remove().await.unwrap();

    let old = OldDatabase::create().await.unwrap();
    for (change, said) in [
        ("ALTER TABLE reciperun DROP COLUMN dataset_type", "reciperun has no column dataset_type"),
        (
            "ALTER TABLE reciperun ADD COLUMN dataset_type VARCHAR; UPDATE alembic_version SET version_num = '70bcddc9fffa'",
            "its schema version is [\"70bcddc9fffa\"] and not \"0499cef6b57a\"",
        ),
        ("DROP TABLE reciperun", "there is no table reciperun that may be read"),
    ] {
        old.run(change).await.unwrap();
        let why = refusal(&old.url).await;
        assert!(why.contains(said), "{why}");
    }
    old.remove().await.unwrap();
}

#[tokio::test]
async fn s19_no_error_repeats_the_password_of_the_address() {
    for from in [
        "postgres://user:geheim@127.0.0.1:1/old",
        "postgres://user:geheim@127.0.0.1:port/old",
        "postgres://user:geheim@[::1/old",
        "mysql://user:geheim@127.0.0.1/old",
        "user:geheim@127.0.0.1",
    ] {
        let why = refusal(from).await;
        assert!(!why.contains("geheim") && why.contains("database"), "{why}");
    }
}

#[tokio::test]
async fn a_database_without_our_tables_is_migrated_first() {
    let directory = tempfile::tempdir().unwrap();
    let store =
        Store::open(&format!("sqlite:{}", directory.path().join("new.sqlite").display())).await.unwrap();
    let why = command::import(&store, "postgres://127.0.0.1:1/old", true).await.unwrap_err();
    assert!(why.to_string().contains("run `pfo migrate` first"), "{why}");
    store.close().await;
}

#[tokio::test]
async fn a_file_that_a_service_works_on_is_not_imported_into() {
    let (db, store) = fresh(Engine::Sqlite).await;
    let serving = store.work_alone().unwrap();
    let why = command::import(&store, "postgres://127.0.0.1:1/old", true).await.unwrap_err();
    assert!(why.to_string().contains("another `pfo serve` works on"), "{why}");
    drop(serving);
    remove(db, store).await;
}
