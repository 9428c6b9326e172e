//! Production runs are queued, one for a recipe, each with the place that it will write to; and each begins at once unless another
//! run writes there.

use super::deploy_production::FEEDSTOCK;
use super::{Context, Error, Result, publish, start_run, timeline};
use crate::domain::bakery::Bakery;
use crate::domain::id::{FeedstockId, InstallationId, RecipeRunId, RepoName, Sha};
use crate::domain::job::{Asked, ProductionOrder};
use crate::domain::meta::RecipeId;
use crate::domain::naming::{self, Production};
use crate::domain::nearest::nearest;
use crate::domain::report::{Content, Reaction, production, reply};
use crate::domain::run::RunState;
use crate::domain::timeline::{Happening, Origin};
use crate::store::recipe_run::{NewRecipeRun, RecipeRun};
use crate::store::{self, Tx};

/// What the runs are of.
pub(super) struct Place<'a> {
    /// Who asked, and where it is spoken of.
    pub(super) order: &'a ProductionOrder,
    /// The feedstock.
    pub(super) feedstock: FeedstockId,
    /// The commit.
    pub(super) sha: &'a Sha,
    /// The branch that it is on.
    pub(super) git_ref: &'a str,
    /// Where the recipes run.
    pub(super) bakery: &'a str,
}

/// Queues a run for every recipe of the commit that is asked for. A merge asks for all that have none yet; a comment for those it names,
/// and gets another attempt at those whose newest run has ended.
pub(super) async fn queue_in(
    job: Context<'_>,
    tx: &mut Tx,
    place: &Place<'_>,
    recipes: &[&str],
) -> Result<()> {
    let Some(bakery) = job.app.config.bakeries.get(place.bakery) else {
        let why = format!("this deployment has no bakery called {} any more", place.bakery);
        return say(job, tx, place, production::given_up(&why)).await;
    };
    let known = store::recipe_run::list_production(tx, place.feedstock, place.sha).await?;
    let newest = |recipe: &str| known.iter().rev().find(|run| run.recipe_id == recipe);
    match &place.order.asked {
        None => {
            for recipe in recipes.iter().filter(|recipe| newest(recipe).is_none()) {
                queue_one(job, tx, place, bakery, recipe, 1).await?;
            }
        }
        Some(asked) => {
            if let Some(word) = asked.recipes.iter().find(|word| !recipes.contains(&word.as_str())) {
                let known: Vec<String> = recipes.iter().map(|&recipe| recipe.to_owned()).collect();
                let body = reply::unknown_recipe(word, nearest(word, &known), &known);
                let no = Content::Reaction { comment: asked.comment, reaction: Reaction::ThumbsDown };
                let key = reply::reaction_key(asked.comment, Reaction::ThumbsDown);
                publish(tx, &key, at(place), &no, job.now()).await?;
                return answer(job, tx, place, asked, body).await;
            }
            let mut running = Vec::new();
            for recipe in &asked.recipes {
                match newest(recipe) {
                    Some(run) if !is_over(run)? => {
                        running
                            .push((recipe.clone(), job.app.config.links.recipe_run(run.id, place.feedstock)));
                    }
                    before => {
                        let attempt = before.map_or(1, |run| run.attempt + 1);
                        queue_one(job, tx, place, bakery, recipe, attempt).await?;
                    }
                }
            }
            if !running.is_empty() {
                answer(job, tx, place, asked, reply::already_running(&running)).await?;
            }
        }
    }
    Ok(())
}

/// Whether nothing more comes of a run: it has ended, or it is one that the old service queued and never began.
fn is_over(run: &RecipeRun) -> Result<bool> {
    Ok(run.is_only_kept() || matches!(run.state()?, RunState::Completed(_)))
}

async fn queue_one(
    job: Context<'_>,
    tx: &mut Tx,
    place: &Place<'_>,
    bakery: &Bakery,
    recipe: &str,
    attempt: i64,
) -> Result<RecipeRunId> {
    let facts = bakery.config.region.as_deref().unwrap_or_default();
    let description = bakery.config.description.as_deref().unwrap_or_default();
    let run = NewRecipeRun {
        recipe_id: recipe,
        bakery: store::bakery::register(tx, place.bakery, facts, description).await?,
        feedstock: place.feedstock,
        head_sha: place.sha,
        pull_request: Some(place.order.conversation),
        feedstock_subdir: FEEDSTOCK,
        is_test: false,
        version: naming::version(place.sha.as_str()),
        attempt,
        requested_by: place.order.asked.as_ref().map(|asked| &asked.by),
        installation: place.order.installation,
        git_ref: place.git_ref,
    };
    let id = store::recipe_run::insert(tx, run, job.now()).await?;
    set_place(job, tx, id, bakery, (&place.order.repository, place.sha, recipe)).await?;
    let number = place.order.conversation;
    match &place.order.asked {
        None => {
            let merged = Happening::Queued(Origin::Merged(number, place.sha));
            timeline::add_told(job, tx, id, &[merged]).await?;
        }
        Some(asked) => {
            let named = Happening::Queued(Origin::Named(number, place.sha));
            timeline::add_told(job, tx, id, &[named, Happening::Asked(&asked.by)]).await?;
        }
    }
    start_run::start_in(job, tx, id).await?;
    Ok(id)
}

/// Notes where a production run will write, by the layout that its bakery has now.
pub(super) async fn set_place(
    job: Context<'_>,
    tx: &mut Tx,
    id: RecipeRunId,
    bakery: &Bakery,
    (repository, sha, recipe): (&RepoName, &Sha, &str),
) -> Result<()> {
    let recipe_id =
        RecipeId::parse(recipe).map_err(|why| Error::Fail(format!("recipe id `{recipe}` {why}")))?;
    let of = Production {
        app: &job.app.config.github.app_name,
        spec: repository.as_str(),
        recipe_id: &recipe_id,
        dataset_type: "zarr",
        recipe_run: id.0,
        version: naming::version(sha.as_str()),
    };
    let subpath = naming::production_subpath(bakery.config.production_path.as_deref(), &of);
    let target = format!("{}:{}", bakery.name, bakery.target_root(&subpath));
    store::recipe_run::set_place(tx, id, &subpath, Some(&target)).await?;
    Ok(())
}

fn at<'a>(place: &Place<'a>) -> (&'a RepoName, InstallationId) {
    (&place.order.repository, place.order.installation)
}

async fn answer(job: Context<'_>, tx: &mut Tx, place: &Place<'_>, asked: &Asked, body: String) -> Result<()> {
    let content = Content::Comment { pull_request: place.order.conversation, body };
    publish(tx, &reply::key(asked.comment), at(place), &content, job.now()).await
}

async fn say(job: Context<'_>, tx: &mut Tx, place: &Place<'_>, body: String) -> Result<()> {
    let key = production::comment_key(&place.order.repository, place.sha, place.order.conversation);
    let content = Content::Comment { pull_request: place.order.conversation, body };
    publish(tx, &key, at(place), &content, job.now()).await
}
