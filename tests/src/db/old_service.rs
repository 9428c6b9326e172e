//! The old service's database, for the import: empty, with odd rows, or with the rows that its production had. Always on Postgres.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};
use orchestrator::cli::import;
use orchestrator::domain::import::Outcome;
use orchestrator::store::Store;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use super::{Engine, Server, TestDb};
use crate::world;

/// Files of the production's rows, with the statements that read them.
const PRODUCTION: [(&str, &str); 3] = [
    ("bakery.tsv", "COPY bakery (id, region, name, description) FROM STDIN"),
    ("feedstock.tsv", "COPY feedstock (id, spec, provider) FROM STDIN"),
    (
        "reciperun.tsv",
        "COPY reciperun (id, recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, status, \
         is_test, dataset_type, dataset_public_url, message) FROM STDIN",
    ),
];

/// A database with the old service's tables. It ends with [`OldDatabase::remove`].
#[derive(Debug)]
pub struct OldDatabase {
    /// Its address.
    pub url: String,
    server: &'static Server,
    name: String,
}

impl OldDatabase {
    /// One without rows.
    pub async fn create() -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = Server::get().await?;
        let name = format!("{}_old_{}", server.template, NUMBER.fetch_add(1, Ordering::Relaxed));
        server.execute(format!("CREATE DATABASE {name}")).await?;
        let old = Self { url: server.database(&name), server, name };
        old.run_file("schema.sql").await?;
        Ok(old)
    }

    /// One with the rows of the published production database.
    pub async fn production() -> Result<Self> {
        let old = Self::create().await?;
        let mut connection = PgConnection::connect(&old.url).await?;
        for (file, statement) in PRODUCTION {
            let rows = read(&format!("production/{file}"))?;
            let mut copy = connection.copy_in_raw(statement).await?;
            copy.send(rows.into_bytes()).await?;
            copy.finish().await?;
        }
        connection.close().await?;
        old.run_file("production/sequences.sql").await?;
        Ok(old)
    }

    /// Runs statements in it.
    pub async fn run(&self, statements: &str) -> Result<()> {
        let mut connection = PgConnection::connect(&self.url).await?;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Runs a file of `tests/old_service` in it.
    pub async fn run_file(&self, name: &str) -> Result<()> {
        self.run(&read(name)?).await.context(name.to_owned())
    }

    /// Removes it from its server.
    pub async fn remove(self) -> Result<()> {
        self.server.execute(format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
    }
}

fn read(name: &str) -> Result<String> {
    let path = world::root().join("tests/old_service").join(name);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// Imports the production's rows into an empty database.
async fn fill(url: &str) -> Result<()> {
    let old = OldDatabase::production().await?;
    let store = Store::open(url).await?;
    let report = import::import(&store, &old.url, true).await?;
    ensure!(report.outcome == Outcome::Imported, "{report}");
    store.close().await;
    old.remove().await
}

impl TestDb {
    /// A new database that holds what the old service's production had, imported once for all stories.
    pub async fn create_imported(engine: Engine) -> Result<Self> {
        match engine {
            Engine::Sqlite => {
                // The bytes are kept, and not a file, since nothing would remove it.
                static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
                let file = FILE.get_or_try_init(async || {
                    let db = Self::create(engine).await?;
                    fill(&db.url).await?;
                    let path = db.url.trim_start_matches("sqlite:").to_owned();
                    anyhow::Ok(std::fs::read(path)?)
                });
                let (file, directory) = (file.await?, tempfile::tempdir()?);
                let path = directory.path().join("test.sqlite");
                std::fs::write(&path, file)?;
                let url = format!("sqlite:{}", path.display());
                Ok(Self { url, server: None, _directory: Some(directory) })
            }
            Engine::Postgres => {
                static TEMPLATE: OnceCell<String> = OnceCell::const_new();
                let server = Server::get().await?;
                let template = TEMPLATE.get_or_try_init(async || {
                    let name = format!("{}_imported", server.template);
                    server.execute(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
                    server.execute(format!("CREATE DATABASE {name} TEMPLATE {}", server.template)).await?;
                    fill(&server.database(&name)).await?;
                    anyhow::Ok(name)
                });
                Self::copy(server, template.await?).await
            }
        }
    }
}
