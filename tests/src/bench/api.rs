//! `bench api`: the reads of the public API, next to bare axum, sqlx and `serde_json` with the same rows, one after the other in one run.

use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;

use super::client::{self, Measured};
use super::rows::{self, BAKERIES, FEEDSTOCKS};
use super::service::Service;
use crate::db::{Engine, TestDb};
use crate::files::{unlimit, write_config};
use crate::github::FakeGithub;

const GOAL_RATIO: f64 = 0.6;
const GOAL_MIB: f64 = 40.0;
const GOAL_START_MS: f64 = 150.0;
const GOAL_GROWTH: f64 = 5.0;
/// The first starts share the disk with the rows that were just made: the one in the middle counts.
const STARTS: usize = 5;

/// The reads, and what is put for `{}` in the path.
const READS: [(&str, usize); 9] = [
    ("/recipe_runs/", 0),
    ("/recipe_runs/{}", 20_000),
    ("/bakeries/", 0),
    ("/bakeries/{}", BAKERIES),
    ("/feedstocks/", 0),
    ("/feedstocks/{}", FEEDSTOCKS),
    ("/feedstocks/{}/datasets", FEEDSTOCKS),
    ("/stats/recipe_runs", 0),
    ("/stats/datasets", 0),
];

/// Pages whose cost must not grow with the rows.
const PAGES: [&str; 6] = [
    "/recipe_runs/",
    "/recipe_runs/?order_by=started_at&sort=desc",
    "/recipe_runs/?order_by=completed_at",
    "/recipe_runs/?order_by=conclusion&sort=desc",
    "/recipe_runs/?feedstock_id=7",
    "/recipe_runs/?recipe_id=recipe-7",
];

/// The reads of the public API.
#[derive(Debug, Args)]
pub struct Api {
    /// How many requests of each kind.
    #[arg(long, default_value_t = 4000)]
    count: usize,
    /// How many connections.
    #[arg(long, default_value_t = 32)]
    concurrency: usize,
    /// How many runs there are.
    #[arg(long, default_value_t = 20_000)]
    rows: usize,
    /// How many runs there are for the comparison of pages, at the least and at the most.
    #[arg(long, num_args = 2, default_values_t = [10_000, 1_000_000])]
    pages: Vec<usize>,
}

impl Api {
    /// Measures and prints the tables for both databases.
    pub async fn run(self) -> Result<()> {
        let github = FakeGithub::builder().without_contract().system_clock().start().await?;
        let mut missed = Vec::new();
        println!(
            "{} runs, {} requests of each kind, concurrency {}",
            self.rows, self.count, self.concurrency
        );
        println!(
            "goals: at least {GOAL_RATIO} of the floor, at most {GOAL_MIB} MiB after the run, {GOAL_START_MS} ms to the first answer\n"
        );
        println!("| database | read | floor per second | per second | of floor | p50 ms | p99 ms |");
        println!("| --- | --- | --- | --- | --- | --- | --- |");
        let mut process = Vec::new();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            process.push(self.reads(engine, github.url(), &mut missed).await?);
        }
        println!(
            "\n| database | first answer ms, the middle of {STARTS} | resident MiB after the run |\n| --- | --- | --- |"
        );
        for line in process {
            println!("{line}");
        }
        println!("\np99 of a page in ms; goal: at most {GOAL_GROWTH} times as much\n");
        println!(
            "| database | page | {} runs | {} runs | times |\n| --- | --- | --- | --- | --- |",
            self.pages[0], self.pages[1]
        );
        for engine in [Engine::Sqlite, Engine::Postgres] {
            self.growth(engine, github.url(), &mut missed).await?;
        }
        println!(
            "\n{}",
            if missed.is_empty() {
                "every goal is met".into()
            } else {
                format!("missed: {}", missed.join("; "))
            }
        );
        Ok(())
    }

    async fn reads(&self, engine: Engine, github: &str, missed: &mut Vec<String>) -> Result<String> {
        let db = TestDb::create(engine).await?;
        rows::fill(engine, &db.url, self.rows).await?;
        let files = tempfile::tempdir()?;
        write_config(files.path(), "/nowhere");
        unlimit(files.path());
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            let begun = Instant::now();
            let service = Service::start(&db.url, files.path(), github).await?;
            client::send_all(service.address, |_| client::get("/feedstocks/"), 200, 1, 1).await?;
            starts.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        starts.sort_by(f64::total_cmp);
        let start = starts[STARTS / 2];
        let service = Service::start(&db.url, files.path(), github).await?;
        let floor = Service::floor(&db.url).await?;
        for (path, ids) in READS {
            let request =
                move |number: usize| client::get(&path.replace("{}", &(1 + number % ids.max(1)).to_string()));
            let count = if path == "/bakeries/{}" { self.count / 20 } else { self.count };
            // Both warm, then both measured.
            let mut measured: Vec<Measured> = Vec::new();
            for (address, count) in [
                (floor.address, count / 10),
                (service.address, count / 10),
                (floor.address, count),
                (service.address, count),
            ] {
                measured.push(client::send_all(address, request, 200, self.concurrency, count).await?);
            }
            let (ours, bare) = (measured.pop().context("measured")?, measured.pop().context("measured")?);
            let ratio = ours.rate() / bare.rate();
            println!(
                "| {engine:?} | {path} | {:.0} | {:.0} | {ratio:.2} | {:.1} | {:.1} |",
                bare.rate(),
                ours.rate(),
                ours.percentile_ms(50),
                ours.percentile_ms(99)
            );
            if ratio < GOAL_RATIO {
                missed.push(format!("{engine:?} {path} {ratio:.2}"));
            }
        }
        let memory = service.resident_mib()?;
        if memory > GOAL_MIB {
            missed.push(format!("{engine:?} {memory:.1} MiB"));
        }
        if start > GOAL_START_MS {
            missed.push(format!("{engine:?} {start:.0} ms to the first answer"));
        }
        drop((service, floor));
        db.remove().await?;
        Ok(format!("| {engine:?} | {start:.0} | {memory:.1} |"))
    }

    async fn growth(&self, engine: Engine, github: &str, missed: &mut Vec<String>) -> Result<()> {
        let files = tempfile::tempdir()?;
        write_config(files.path(), "/nowhere");
        unlimit(files.path());
        let mut figures = Vec::new();
        for count in &self.pages {
            let db = TestDb::create(engine).await?;
            rows::fill(engine, &db.url, *count).await?;
            let service = Service::start(&db.url, files.path(), github).await?;
            let mut of_pages = Vec::new();
            for page in PAGES {
                client::send_all(service.address, |_| client::get(page), 200, 4, 200).await?;
                let measured = client::send_all(service.address, |_| client::get(page), 200, 4, 1000).await?;
                of_pages.push(measured.percentile_ms(99));
            }
            figures.push(of_pages);
            drop(service);
            db.remove().await?;
        }
        for (number, page) in PAGES.into_iter().enumerate() {
            let (few, many) = (figures[0][number], figures[1][number]);
            println!("| {engine:?} | {page} | {few:.2} | {many:.2} | {:.1} |", many / few);
            if many > GOAL_GROWTH * few {
                missed.push(format!("{engine:?} {page} {:.1} times", many / few));
            }
        }
        Ok(())
    }
}
