//! A recipe runs once more: what `/run` and `/retry` and GitHub's own button do in the end. A run that waits for a word is begun; one
//! that has ended is left as it ended, and a new row begins as a copy of it.

use super::{Context, Result, queue_production, start_run, timeline};
use crate::domain::id::{InstallationId, Login, RecipeRunId};
use crate::domain::run::RunState;
use crate::domain::timeline::{Happening, Origin};
use crate::store::recipe_run::RecipeRun;
use crate::store::{self, Tx};

/// Begins the next attempt at what `newest`, the newest attempt, was for. One that goes on is left alone.
///
/// Two people may ask in the same moment: the database lets only one of them open an attempt, and the other's job is tried again.
pub(super) async fn attempt_in(
    job: Context<'_>,
    tx: &mut Tx,
    newest: &RecipeRun,
    by: &Login,
    installation: InstallationId,
) -> Result<RecipeRunId> {
    let id = match newest.state()? {
        RunState::Completed(_) => {
            let id = store::recipe_run::insert_attempt(tx, newest.id, by, installation, job.now()).await?;
            if !newest.is_test {
                set_place(job, tx, id, newest).await?;
            }
            let lines = [Happening::Queued(Origin::Again(newest.id)), Happening::Asked(by)];
            timeline::add_told(job, tx, id, &lines).await?;
            id
        }
        RunState::Queued => {
            store::recipe_run::set_requested(tx, newest.id, by, installation).await?;
            timeline::add_told(job, tx, newest.id, &[Happening::Asked(by)]).await?;
            newest.id
        }
        RunState::InProgress => return Ok(newest.id),
    };
    start_run::start_in(job, tx, id).await?;
    Ok(id)
}

/// A layout with the run's id in it gives each attempt a place of its own. Where the bakery is not known any more, the copy's stays.
async fn set_place(job: Context<'_>, tx: &mut Tx, id: RecipeRunId, newest: &RecipeRun) -> Result<()> {
    let name = store::bakery::name_of(tx, newest.bakery_id).await?;
    let Some(bakery) = job.app.config.bakeries.get(&name) else { return Ok(()) };
    let repository = store::feedstock::spec_of(tx, newest.feedstock_id).await?;
    queue_production::set_place(job, tx, id, bakery, (&repository, &newest.head_sha, &newest.recipe_id)).await
}
