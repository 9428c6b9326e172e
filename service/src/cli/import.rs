//! `pfo import --from postgres://…`: takes over the database of the old Python service. `docs/import.md` says what becomes of each row.

use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;

use super::print;
use crate::domain::id::RecipeRunId;
use crate::domain::import::{Compared, Outcome, Report, Source, Tables, Takeover, repeated};
use crate::store::old_service::OldService;
use crate::store::{Store, Tx, import as target};

/// Take over the database of the old Python service into an empty one.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The old service's database: `postgres://…`. An environment variable keeps its password out of the list of processes.
    #[arg(long, env = "PFO_IMPORT_FROM", hide_env_values = true)]
    from: String,
    /// Do it. Nothing is written without this word.
    #[arg(long)]
    apply: bool,
    /// Only say what would happen, as without `--apply`.
    #[arg(long, conflicts_with = "apply")]
    dry_run: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) async fn run(self, store: &Store) -> anyhow::Result<ExitCode> {
        let report = import(store, &self.from, self.apply && !self.dry_run).await?;
        if self.json {
            print(serde_json::to_string(&report)?);
        } else {
            print(&report);
        }
        Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}

/// Reads the old database at `from` and says what becomes of its rows; with `apply`, and when nothing stands against it, writes them too,
/// all of them or none.
pub async fn import(store: &Store, from: &str, apply: bool) -> anyhow::Result<Report> {
    store.check_schema().await?;
    // On SQLite a service that works on the file would see half of it first.
    let _alone = if apply { store.work_alone()? } else { None };
    let mut old = OldService::open(from).await?;
    let mut tx = if apply { store.write().await? } else { store.read().await? };
    if apply {
        target::lock(&mut tx).await?;
    }
    let (takeover, mut report) = examine(&mut old, &mut tx).await?;
    if apply && report.outcome == Outcome::WouldImport {
        write(&mut old, &mut tx, &takeover, &report).await?;
        tx.commit().await?;
        report.outcome = Outcome::Imported;
    }
    // What is committed is imported, whatever becomes of the connection that it was read from.
    if let Err(error) = old.close().await {
        tracing::warn!(%error, "the connection to the old database could not be closed");
    }
    Ok(report)
}

/// Looks at every row of the old database, and at ours under the same ids.
async fn examine(old: &mut OldService, tx: &mut Tx) -> anyhow::Result<(Takeover, Report)> {
    let (bakeries, feedstocks) = (old.bakeries().await?, old.feedstocks().await?);
    let mut source = Tables {
        bakery: Source { rows: count(&bakeries), highest_id: old.highest_id("bakery").await?, imported: 0 },
        feedstock: Source {
            rows: count(&feedstocks),
            highest_id: old.highest_id("feedstock").await?,
            imported: 0,
        },
        reciperun: Source {
            rows: old.count_runs().await?,
            highest_id: old.highest_id("reciperun").await?,
            imported: 0,
        },
    };
    let (takeover, mut findings) = Takeover::begin(bakeries, feedstocks);
    source.bakery.imported = count(takeover.bakeries());
    source.feedstock.imported = count(takeover.feedstocks());

    let rows = target::count(tx).await?;
    let mut found = Tables {
        bakery: Compared { rows: rows.bakery, ..Compared::default() },
        feedstock: Compared { rows: rows.feedstock, ..Compared::default() },
        reciperun: Compared { rows: rows.reciperun, ..Compared::default() },
    };
    let ours = target::bakeries(tx).await?;
    for bakery in takeover.bakeries() {
        found.bakery.add(bakery.id.0, bakery, ours.iter().find(|row| row.id == bakery.id));
    }
    let ours = target::feedstocks(tx).await?;
    for feedstock in takeover.feedstocks() {
        let at = ours.binary_search_by_key(&feedstock.id, |row| row.id);
        found.feedstock.add(feedstock.id.0, feedstock, at.ok().and_then(|at| ours.get(at)));
    }

    let (mut seen, mut after) = (0, RecipeRunId(i64::MIN));
    loop {
        let batch = old.runs_after(after).await?;
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else { break };
        let ours = target::runs(tx, first.id, last.id).await?;
        (seen, after) = (seen + count(&batch), last.id);
        for run in batch {
            let (run, said) = takeover.run(run);
            findings.extend(said);
            let Some(run) = run else { continue };
            source.reciperun.imported += 1;
            let at = ours.binary_search_by_key(&run.id, |row| row.id);
            found.reciperun.add(run.id.0, &run, at.ok().and_then(|at| ours.get(at)));
        }
    }
    let expected = source.reciperun.rows;
    ensure!(
        seen == expected,
        "reciperun has {expected} rows, but only {seen} can be told apart by their ids"
    );
    findings.extend(old.repeated().await?.iter().filter_map(repeated));
    Ok((takeover, Report::decide(source, found, findings)))
}

/// Writes what was examined; the snapshot is the same.
async fn write(
    old: &mut OldService,
    tx: &mut Tx,
    takeover: &Takeover,
    report: &Report,
) -> anyhow::Result<()> {
    for bakery in takeover.bakeries() {
        target::insert_bakery(tx, bakery).await?;
    }
    for feedstock in takeover.feedstocks() {
        target::insert_feedstock(tx, feedstock).await?;
    }
    let mut after = RecipeRunId(i64::MIN);
    loop {
        let batch = old.runs_after(after).await?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        for run in batch {
            if let (Some(run), _) = takeover.run(run) {
                target::insert_run(tx, &run).await?;
            }
        }
    }
    let Tables { bakery, feedstock, reciperun } = &report.source;
    let highest = Tables {
        bakery: bakery.highest_id,
        feedstock: feedstock.highest_id,
        reciperun: reciperun.highest_id,
    };
    target::count_on_from(tx, &highest).await?;
    let written = target::count(tx).await?;
    let wanted = (bakery.imported, feedstock.imported, reciperun.imported);
    ensure!((written.bakery, written.feedstock, written.reciperun) == wanted, "wrote {written:?}");
    Ok(())
}

fn count<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
