//! A fresh database for every story, on either engine.
//!
//! SQLite is a file in a directory of its own, so that its journal is the real one. Postgres is one server for the whole test
//! program, with a database of its own for each story: `TEST_POSTGRES_URL` names the server, `TEST_POSTGRES=container` asks for one in
//! a container, and `cargo xtask test` sees to one of the two. Both are copies of a database that was migrated once.

mod old_service;

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};
use orchestrator::store::Store;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use testcontainers_modules::postgres::Postgres;
use testcontainers_modules::testcontainers::runners::AsyncRunner;
use testcontainers_modules::testcontainers::{ContainerAsync, ImageExt};
use tokio::sync::OnceCell;

pub use old_service::OldDatabase;

/// Which database a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in a file.
    Sqlite,
    /// Postgres.
    Postgres,
}

/// A migrated, empty database. It ends with [`TestDb::remove`].
#[derive(Debug)]
pub struct TestDb {
    /// Its address.
    pub url: String,
    server: Option<(&'static Server, String)>,
    _directory: Option<TempDir>,
}

impl TestDb {
    /// A new one.
    pub async fn create(engine: Engine) -> Result<Self> {
        match engine {
            Engine::Sqlite => {
                static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();
                let directory = tempfile::tempdir()?;
                let path = directory.path().join("test.sqlite");
                tokio::fs::write(&path, MIGRATED.get_or_try_init(migrated_file).await?).await?;
                Ok(Self { url: sqlite_url(&path), server: None, _directory: Some(directory) })
            }
            Engine::Postgres => {
                let server = Server::get().await?;
                Self::copy(server, &server.template).await
            }
        }
    }

    /// A copy of a database on the server, to which nobody may be connected.
    async fn copy(server: &'static Server, template: &str) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}_{}", server.template, NUMBER.fetch_add(1, Ordering::Relaxed));
        server.execute(format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        Ok(Self { url: server.database(&name), server: Some((server, name)), _directory: None })
    }

    /// Removes it from its server.
    pub async fn remove(self) -> Result<()> {
        match self.server {
            Some((server, name)) => server.execute(format!("DROP DATABASE {name} WITH (FORCE)")).await,
            None => Ok(()),
        }
    }
}

/// What is in the file of a migrated, empty SQLite database.
async fn migrated_file() -> Result<Vec<u8>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.sqlite");
    let store = Store::open(&sqlite_url(&path)).await?;
    store.migrate().await?;
    // Closing the last connection moves the journal into the file.
    store.close().await;
    Ok(tokio::fs::read(&path).await?)
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// The server that this test program uses.
#[derive(Debug)]
struct Server {
    /// Its address without a database.
    base: String,
    /// The database that the others are copied from.
    template: String,
    /// Kept, since dropping it would end the server.
    _container: Option<ContainerAsync<Postgres>>,
}

impl Server {
    async fn get() -> Result<&'static Self> {
        static SERVER: OnceCell<Server> = OnceCell::const_new();
        SERVER.get_or_try_init(Self::start).await
    }

    async fn start() -> Result<Self> {
        let (base, container) = match std::env::var("TEST_POSTGRES_URL") {
            Ok(url) if !url.is_empty() => (without_database(&url)?, None),
            _ if std::env::var("TEST_POSTGRES").is_ok_and(|word| word == "container") => {
                // By this label whoever started the tests removes the container, since nothing of a test program outlives it.
                let label = std::env::var("TEST_POSTGRES_LABEL").unwrap_or_else(|_| "by hand".into());
                let image = Postgres::default().with_tag("15").with_label("org.pangeo-forge.tests", label);
                let container = image.start().await.context("no Postgres container")?;
                let (host, port) = (container.get_host().await?, container.get_host_port_ipv4(5432).await?);
                (format!("postgres://postgres:postgres@{host}:{port}"), Some(container))
            }
            _ => bail!(
                "the stories need a Postgres: run them with `cargo xtask test`, which provides one, or set TEST_POSTGRES_URL \
                 to a server on which databases may be made"
            ),
        };
        let template = format!("pfo_{}", std::process::id());
        let server = Self { base, template, _container: container };
        server.execute(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", server.template)).await?;
        server.execute(format!("CREATE DATABASE {}", server.template)).await?;
        let store = Store::open(&server.database(&server.template)).await?;
        store.migrate().await?;
        // Nobody may be connected to a database that is copied.
        store.close().await;
        Ok(server)
    }

    fn database(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    async fn execute(&self, statement: String) -> Result<()> {
        let mut connection = PgConnection::connect(&self.database("postgres")).await?;
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }
}

fn without_database(url: &str) -> Result<String> {
    let (scheme, rest) = url.split_once("://").context("TEST_POSTGRES_URL has no scheme")?;
    let server = rest.split('/').next().unwrap_or(rest);
    Ok(format!("{scheme}://{server}"))
}
