//! The schema is the same on both engines, every statement fits it, and rows of every earlier version come through its migrations.

use std::path::PathBuf;

use harness::db::{Engine, TestDb};
use harness::world;
use orchestrator::domain::id::{DeliveryId, DispatchId, PullNumber, RepoName, Sha};
use orchestrator::domain::run::{Conclusion, RunState};
use orchestrator::store::{self, Store};
use sqlx::migrate::Migrator;

use super::{execute, fresh, remove, words};
use crate::restarts::on_both_engines;

const SQLITE_COLUMNS: &str = "SELECT tables.name, columns.name, CASE WHEN columns.\"notnull\" THEN 'required' ELSE '' END \
    FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns \
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' AND tables.name <> '_sqlx_migrations' AND columns.pk = 0";
const POSTGRES_COLUMNS: &str = "SELECT columns.table_name::text, columns.column_name::text, \
    CASE WHEN is_nullable = 'NO' THEN 'required' ELSE '' END FROM information_schema.columns AS columns \
    WHERE columns.table_schema = 'public' AND columns.table_name <> '_sqlx_migrations' AND NOT EXISTS ( \
        SELECT 1 FROM information_schema.table_constraints AS keys \
        JOIN information_schema.key_column_usage AS used USING (constraint_name, table_name) \
        WHERE keys.constraint_type = 'PRIMARY KEY' AND used.table_name = columns.table_name AND used.column_name = columns.column_name)";
const SQLITE_INDEXES: &str = "SELECT tables.name, indexes.name, CASE WHEN indexes.\"unique\" THEN 'unique' ELSE '' END \
    FROM sqlite_master AS tables, pragma_index_list(tables.name) AS indexes WHERE tables.type = 'table' AND indexes.origin = 'c'";
const POSTGRES_INDEXES: &str = "SELECT tablename::text, indexname::text, CASE WHEN indexdef LIKE 'CREATE UNIQUE%' THEN 'unique' ELSE '' END \
    FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key'";

fn migrations(engine: Engine) -> PathBuf {
    world::root().join("migrations").join(match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    })
}

async fn migrator(engine: Engine) -> Migrator {
    Migrator::new(migrations(engine)).await.unwrap()
}

/// Takes everything out of a database, so that it is as empty as one that was just made.
async fn empty(engine: Engine) -> (TestDb, Store) {
    let (db, store) = fresh(engine).await;
    match engine {
        Engine::Postgres => execute(&store, "DROP SCHEMA public CASCADE; CREATE SCHEMA public").await,
        Engine::Sqlite => {
            let tables = words(
                &store,
                "SELECT name, '', '' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                "",
            )
            .await;
            execute(&store, "PRAGMA foreign_keys = OFF").await;
            for (table, ..) in tables {
                execute(&store, &format!("DROP TABLE {table}")).await;
            }
            execute(&store, "PRAGMA foreign_keys = ON").await;
        }
    }
    (db, store)
}

#[tokio::test]
async fn both_engines_have_the_same_migrations_tables_columns_and_indexes() {
    let names = async |engine| -> Vec<(i64, String)> {
        let migrator = migrator(engine).await;
        migrator.iter().map(|one| (one.version, one.description.to_string())).collect()
    };
    assert_eq!(names(Engine::Sqlite).await, names(Engine::Postgres).await);
    let (sqlite_db, sqlite) = fresh(Engine::Sqlite).await;
    let (postgres_db, postgres) = fresh(Engine::Postgres).await;
    for (what, of_sqlite, of_postgres) in
        [("columns", SQLITE_COLUMNS, POSTGRES_COLUMNS), ("indexes", SQLITE_INDEXES, POSTGRES_INDEXES)]
    {
        let mut here = words(&sqlite, of_sqlite, of_postgres).await;
        let mut there = words(&postgres, of_sqlite, of_postgres).await;
        here.sort();
        there.sort();
        assert!(here.len() > 5, "{what}: {here:?}");
        assert_eq!(here, there, "{what}");
    }
    remove(sqlite_db, sqlite).await;
    remove(postgres_db, postgres).await;
}

on_both_engines! {
    async fn every_statement_can_be_prepared(engine: Engine) {
        let (db, store) = fresh(engine).await;
        let other = if engine == Engine::Sqlite { store::Engine::Postgres } else { store::Engine::Sqlite };
        let statements: Vec<_> = store::statements().filter(|(fits, _)| *fits != other).collect();
        assert!(statements.len() > 40, "{}", statements.len());
        for (_, text) in statements {
            let mut tx = store.read().await.unwrap();
            tx.prepare(text).await.unwrap_or_else(|error| panic!("{error}\n{text}"));
        }
        remove(db, store).await;
    }

    async fn rows_of_every_version_come_through_the_later_migrations(engine: Engine) {
        let (db, store) = empty(engine).await;
        let all: Vec<_> = migrator(engine).await.iter().cloned().collect();
        for count in 1..=all.len() {
            let part = Migrator { migrations: all[..count].to_vec().into(), ..Migrator::DEFAULT };
            match &store {
                Store::Sqlite { write, .. } => part.run(write).await.unwrap(),
                Store::Postgres(pool) => part.run(pool).await.unwrap(),
            }
            let newest = &all[count - 1];
            let name = format!("{:04}_{}.sql", newest.version, newest.description.replace(' ', "_"));
            let sample = world::root().join("migrations/samples").join(&name);
            let rows = std::fs::read_to_string(&sample);
            execute(&store, &rows.unwrap_or_else(|error| panic!("{}: {error}", sample.display()))).await;
        }
        store.check_schema().await.unwrap();
        store.migrate().await.unwrap();
        assert_read(&store).await;
        remove(db, store).await;
    }

    async fn r19_what_a_newer_program_added_is_lived_with_unless_it_breaks_this_one(engine: Engine) {
        let (db, store) = fresh(engine).await;
        let checksum = if engine == Engine::Sqlite { "x'00'" } else { "'\\x00'" };
        let apply = |version: i64, name: &str| {
            format!(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES ({version}, '{name}', TRUE, {checksum}, 1)"
            )
        };
        // The program before goes on, and can be gone back to.
        execute(&store, &apply(9998, "add what breaking waves leave")).await;
        store.check_schema().await.unwrap();
        store.migrate().await.unwrap();
        execute(&store, &apply(9999, "drop old places breaking")).await;
        for refused in [store.check_schema().await, store.migrate().await] {
            let why = refused.unwrap_err().to_string();
            assert!(why.contains("migration 9999") && why.contains("a newer version: run that one"), "{why}");
        }
        // What this program needs it does not go without, whatever else is there.
        execute(&store, "DELETE FROM _sqlx_migrations WHERE version IN (3, 9999)").await;
        for refused in [store.check_schema().await, store.migrate().await] {
            let why = refused.unwrap_err().to_string();
            assert!(why.contains("1 migrations are not applied"), "{why}");
        }
        remove(db, store).await;
    }

    async fn an_empty_database_is_not_worked_on_before_it_is_migrated(engine: Engine) {
        let (db, store) = empty(engine).await;
        let why = store.check_schema().await.unwrap_err().to_string();
        assert!(why.contains("run `pfo migrate` first"), "{why}");
        let (one, other) = tokio::join!(store.migrate(), store.migrate());
        one.unwrap();
        other.unwrap();
        store.check_schema().await.unwrap();
        remove(db, store).await;
    }
}

/// Demands that this version reads what the samples hold.
async fn assert_read(store: &Store) {
    let mut tx = store.write().await.unwrap();
    let id = DeliveryId::from("0f9b2c1e-0000-4000-8000-000000000001");
    let delivery = store::delivery::find(&mut tx, &id).await.unwrap().unwrap();
    assert_eq!(delivery.body, br#"{"action": "opened"}"#);
    assert_eq!(delivery.interpreted_at.unwrap().to_rfc3339(), "2026-01-01T00:00:01+00:00");

    let now = "2026-01-02T00:00:00Z".parse().unwrap();
    assert_eq!(store::job::list(&mut tx, None, 10).await.unwrap().len(), 4);
    assert_eq!(store::job::list_running(&mut tx).await.unwrap().len(), 1);
    let claim = store::job::claim(&mut tx, chrono::TimeDelta::seconds(90), now).await.unwrap().unwrap();
    assert_eq!((claim.payload.kind(), claim.attempt), ("synchronize", 3));

    let staged = RepoName::parse("pangeo-forge/staged-recipes").unwrap();
    let feedstock = store::feedstock::find(&mut tx, &staged).await.unwrap().unwrap();
    let head = Sha::from("0123456789abcdef0123456789abcdef01234567");
    let runs = store::recipe_run::list_by_head(&mut tx, feedstock, PullNumber(7), &head).await.unwrap();
    let states: Vec<_> = runs.iter().map(|run| (run.recipe_id.as_str(), run.state().unwrap())).collect();
    assert_eq!(states, [("done", RunState::Completed(Conclusion::Success)), ("waits", RunState::Queued)]);
    assert_eq!(
        store::pull_request_head::newest(&mut tx, feedstock, PullNumber(7)).await.unwrap(),
        Some(head)
    );

    for (dispatch, state) in [("pfo-0001", "concluded"), ("pfo-0002", "pending")] {
        let run = store::workflow_run::find_by_dispatch(&mut tx, &DispatchId::from(dispatch))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((run.state.as_str(), run.request.0.dispatch_id.as_str()), (state, dispatch));
    }
    let creation = store::feedstock_creation::find(&mut tx, &staged, PullNumber(7)).await.unwrap().unwrap();
    assert_eq!((creation.is_open(), creation.directory.as_str()), (true, "seven"));
    assert!(creation.progress.next().is_some(), "what an older version recorded is read");
    let unpublished = store::report::list_unpublished(&mut tx, now).await.unwrap();
    let keys: Vec<_> = unpublished.iter().map(|report| report.key.as_str()).collect();
    assert_eq!(keys, ["recipe-run/1/result", "recipe-run/0/result"]);
}
