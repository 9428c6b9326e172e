//! Who listens to the timelines of runs, and what wakes them: this process's own commits at once, and those of other processes on the same
//! database within a second. One task looks for all listeners, and only while there are some. A listener is told that there is news, and
//! reads it itself: nothing is kept for it, however slowly it reads.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::id::{RecipeRunId, RunEventId};
use crate::store::{self, Store};

/// How often other processes' lines are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Ids are given before the commit, so that a line may come to be seen below others: so many of the newest are compared each time.
const WINDOW: i64 = 1000;
/// More would be a burden on whoever only wants to read.
const MAX_LISTENERS: usize = 2000;

/// Everybody who listens.
#[derive(Debug, Default)]
pub struct Listeners {
    runs: Mutex<HashMap<RecipeRunId, watch::Sender<()>>>,
    came: Notify,
    closed: CancellationToken,
}

/// One who listens to one run.
#[derive(Debug)]
pub(super) struct Listener {
    all: Arc<Listeners>,
    run: RecipeRunId,
    news: watch::Receiver<()>,
}

impl Listeners {
    /// Begins to listen to a run; none when there are too many already. What is committed from now on is told: read after this.
    pub(super) fn listen(self: &Arc<Self>, run: RecipeRunId) -> Option<Listener> {
        let mut runs = self.runs();
        if runs.values().map(watch::Sender::receiver_count).sum::<usize>() >= MAX_LISTENERS {
            return None;
        }
        let news = runs.entry(run).or_insert_with(|| watch::Sender::new(())).subscribe();
        drop(runs);
        self.came.notify_one();
        Some(Listener { all: Arc::clone(self), run, news })
    }

    /// Wakes those who listen to one of these runs.
    pub fn tell(&self, told: &[RecipeRunId]) {
        if told.is_empty() {
            return;
        }
        let runs = self.runs();
        for run in told {
            if let Some(news) = runs.get(run) {
                news.send_replace(());
            }
        }
    }

    /// Ends every stream, so that nobody waits for it.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// How many listen.
    pub fn count(&self) -> usize {
        self.runs().values().map(watch::Sender::receiver_count).sum()
    }

    fn tell_all(&self) {
        for news in self.runs().values() {
            news.send_replace(());
        }
    }

    /// Returns when somebody listens.
    async fn somebody(&self) {
        while self.runs().is_empty() {
            self.came.notified().await;
        }
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<RecipeRunId, watch::Sender<()>>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// Waits for news. Answers false when there will be none, since the process ends.
    pub(super) async fn news(&mut self) -> bool {
        tokio::select! {
            told = self.news.changed() => told.is_ok(),
            () = self.all.closed.cancelled() => false,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut runs = self.all.runs();
        // Its own receiver is the last one.
        if runs.get(&self.run).is_some_and(|news| news.receiver_count() <= 1) {
            runs.remove(&self.run);
        }
    }
}

/// What has been seen of all timelines, to find what others added.
#[derive(Debug, Default)]
pub struct Watcher {
    seen: Option<BTreeSet<RunEventId>>,
}

impl Watcher {
    /// Looks once, and wakes those who listen to a run with news. The first look, and the first after nobody listened, wakes everybody:
    /// what was committed before it may be news to them.
    pub async fn look(&mut self, store: &Store, listeners: &Listeners) -> store::Result<()> {
        if listeners.count() == 0 {
            self.seen = None;
            return Ok(());
        }
        let mut tx = store.read().await?;
        let newest = match self.seen.as_ref().and_then(|seen| seen.last()) {
            Some(newest) => *newest,
            None => store::run_event::max_id(&mut tx).await?,
        };
        let recent = store::run_event::list_runs_after(&mut tx, RunEventId(newest.0 - WINDOW)).await?;
        drop(tx);
        match &self.seen {
            None => listeners.tell_all(),
            Some(seen) => {
                let news = recent.iter().filter(|(id, _)| !seen.contains(id));
                let runs: BTreeSet<RecipeRunId> = news.map(|(_, run)| *run).collect();
                listeners.tell(&runs.into_iter().collect::<Vec<_>>());
            }
        }
        self.seen = Some(recent.into_iter().map(|(id, _)| id).collect());
        Ok(())
    }
}

/// Looks regularly while somebody listens, and ends every stream when told to stop.
pub async fn watch(app: Arc<App>, stop: CancellationToken) {
    let mut watcher = Watcher::default();
    let looking = async {
        loop {
            app.listeners.somebody().await;
            if let Err(error) = watcher.look(&app.store, &app.listeners).await {
                tracing::error!(%error, "the timelines cannot be looked at");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        () = looking => {}
        () = stop.cancelled() => app.listeners.close(),
    }
}
