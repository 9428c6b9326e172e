//! A comment that gives a command is answered: by runs, or by a reply that says why there are none.
//!
//! Who may is asked of GitHub at this moment, and what runs is the commit that had been shown on the pull request when the comment
//! was written.

use chrono::SubsecRound;
use runner_contract::{Command, Request};

use super::{Context, Result, enqueue, publish};
use crate::domain::command::CommentCommand;
use crate::domain::id::{FeedstockId, Sha};
use crate::domain::job::Job;
use crate::domain::meta::RecipeId;
use crate::domain::naming::{self, Purpose};
use crate::domain::nearest::nearest;
use crate::domain::report::{Content, Reaction, check, reply, result};
use crate::domain::run::{Fact, RunState, Status};
use crate::intake::slash::{self, COMMANDS, Selection, Slash};
use crate::store::recipe_run::{NewRecipeRun, RecipeRun};
use crate::store::workflow_run::{self, NewWorkflowRun};
use crate::store::{self, Tx};

pub(super) async fn run(job: Context<'_>, command: &CommentCommand) -> Result<()> {
    if was_answered(job, command).await? {
        return job.done().await;
    }
    let place = &command.pull_request;
    let repository = job.github(place.installation, &place.repository);
    if !repository.comment_exists(command.comment).await? {
        // Taken back before we came to it: there is nobody to answer.
        return job.done().await;
    }
    let role = repository.role(&command.author).await?;
    let needed = job.app.config.minimum_role;
    let may_run = needed.is_met_by(&role);
    let wanted = match slash::parse(&command.line) {
        Slash::NotACommand => return job.done().await,
        Slash::Help => {
            let commands = COMMANDS.map(|command| (command.usage, command.meaning));
            return answer(job, command, None, reply::help(&commands, may_run)).await;
        }
        Slash::Unknown { word, suggestion } => {
            return refuse(job, command, reply::unknown_command(&word, suggestion)).await;
        }
        _ if !may_run => {
            return refuse(job, command, reply::not_allowed(&command.author, &role, needed.as_str())).await;
        }
        Slash::Run(wanted) => Ok(wanted),
        Slash::Incomplete => Err(Misspelt::Nothing),
        Slash::OldForm => Err(Misspelt::OldForm),
        Slash::AllAndMore { rest } => Err(Misspelt::AllAndMore(rest)),
        Slash::TooLong => Err(Misspelt::TooLong),
    };
    let pull = repository.pull(place.number).await?;
    if !pull.is_open {
        return refuse(job, command, reply::closed()).await;
    }
    start(job, command, wanted, &pull.head_sha).await
}

/// What is wrong with a `/run` whose recipes cannot be read.
enum Misspelt {
    Nothing,
    OldForm,
    AllAndMore(Vec<String>),
    TooLong,
}

/// Whether an earlier attempt, or another delivery of the same comment, came to the end.
async fn was_answered(job: Context<'_>, command: &CommentCommand) -> Result<bool> {
    let mut tx = job.read().await?;
    for key in [
        reply::key(command.comment),
        reply::reaction_key(command.comment, Reaction::Rocket),
        reply::reaction_key(command.comment, Reaction::ThumbsDown),
    ] {
        if store::report::find(&mut tx, &key).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn answer(
    job: Context<'_>,
    command: &CommentCommand,
    reaction: Option<Reaction>,
    body: String,
) -> Result<()> {
    let mut tx = job.write().await?;
    answer_in(job, &mut tx, command, reaction, body).await?;
    job.finish(tx).await
}

async fn refuse(job: Context<'_>, command: &CommentCommand, body: String) -> Result<()> {
    answer(job, command, Some(Reaction::ThumbsDown), body).await
}

async fn answer_in(
    job: Context<'_>,
    tx: &mut Tx,
    command: &CommentCommand,
    reaction: Option<Reaction>,
    body: String,
) -> Result<()> {
    if let Some(reaction) = reaction {
        react_in(job, tx, command, reaction).await?;
    }
    let place = (&command.pull_request.repository, command.pull_request.installation);
    let content = Content::Comment { pull_request: command.pull_request.number, body };
    publish(tx, &reply::key(command.comment), place, &content, job.now()).await
}

async fn react_in(job: Context<'_>, tx: &mut Tx, command: &CommentCommand, reaction: Reaction) -> Result<()> {
    let place = (&command.pull_request.repository, command.pull_request.installation);
    let content = Content::Reaction { comment: command.comment, reaction };
    publish(tx, &reply::reaction_key(command.comment, reaction), place, &content, job.now()).await
}

async fn start(
    job: Context<'_>,
    command: &CommentCommand,
    wanted: std::result::Result<Selection, Misspelt>,
    head: &Sha,
) -> Result<()> {
    let place = &command.pull_request;
    let mut tx = job.write().await?;
    let feedstock = store::feedstock::register(&mut tx, &place.repository).await?;
    // GitHub's times have whole seconds.
    let said_at = command.created_at.trunc_subsecs(0) + chrono::TimeDelta::seconds(1);
    let shown = store::pull_request_head::shown_before(&mut tx, feedstock, place.number, said_at).await?;
    let runs = store::recipe_run::list_by_head(&mut tx, feedstock, place.number, head).await?;
    let mut known: Vec<String> = Vec::new();
    for run in &runs {
        if !known.contains(&run.recipe_id) {
            known.push(run.recipe_id.clone());
        }
    }
    let wanted = match wanted {
        Ok(Selection::All) => known.clone(),
        Ok(Selection::Recipes(ids)) => ids,
        Err(misspelt) => {
            let body = match misspelt {
                Misspelt::Nothing => reply::incomplete(&known),
                Misspelt::OldForm => reply::old_form(&known),
                Misspelt::AllAndMore(rest) => reply::all_and_more(&rest),
                Misspelt::TooLong => reply::too_long(&known),
            };
            return refuse_in(job, tx, command, body).await;
        }
    };
    if shown.as_ref() != Some(head) {
        return refuse_in(job, tx, command, reply::head_moved(shown.as_ref(), head)).await;
    }
    if known.is_empty() {
        let is_done = is_check_done(&mut tx, &check::key(&place.repository, head)).await?;
        return refuse_in(job, tx, command, reply::nothing_queued(head, is_done)).await;
    }
    if let Some(word) = wanted.iter().find(|id| !known.contains(id)) {
        let body = reply::unknown_recipe(word, nearest(word, &known), &known);
        return refuse_in(job, tx, command, body).await;
    }
    let mut running = Vec::new();
    let mut started = 0_usize;
    for recipe_id in &wanted {
        let Some(newest) = runs.iter().rev().find(|run| run.recipe_id == *recipe_id) else { continue };
        if newest.state()? == RunState::InProgress {
            running.push((recipe_id.clone(), job.app.config.links.recipe_run(newest.id, feedstock)));
        } else {
            start_run(job, &mut tx, command, newest, feedstock).await?;
            started += 1;
        }
    }
    if started > 0 {
        react_in(job, &mut tx, command, Reaction::Rocket).await?;
    }
    if !running.is_empty() {
        answer_in(job, &mut tx, command, None, reply::already_running(&running)).await?;
    }
    job.finish(tx).await
}

async fn refuse_in(job: Context<'_>, mut tx: Tx, command: &CommentCommand, body: String) -> Result<()> {
    answer_in(job, &mut tx, command, Some(Reaction::ThumbsDown), body).await?;
    job.finish(tx).await
}

async fn is_check_done(tx: &mut Tx, key: &str) -> Result<bool> {
    let report = store::report::find(tx, key).await?;
    Ok(report.is_some_and(
        |report| matches!(report.content.0, Content::CheckRun(run) if run.status == Status::Completed),
    ))
}

/// Starts the queued run of a recipe; where the newest has ended, a new attempt.
async fn start_run(
    job: Context<'_>,
    tx: &mut Tx,
    command: &CommentCommand,
    newest: &RecipeRun,
    feedstock: FeedstockId,
) -> Result<()> {
    let now = job.now();
    let place = &command.pull_request;
    let subdir = newest.feedstock_subdir.clone().unwrap_or_else(|| "feedstock".into());
    let run = match newest.state()? {
        RunState::Completed(_) => {
            let attempt = NewRecipeRun {
                recipe_id: &newest.recipe_id,
                bakery: newest.bakery_id,
                feedstock,
                head_sha: &newest.head_sha,
                pull_request: Some(place.number),
                feedstock_subdir: &subdir,
            };
            let id = store::recipe_run::insert(tx, attempt, now).await?;
            store::recipe_run::get(tx, id).await?
        }
        RunState::Queued | RunState::InProgress => newest.clone(),
    };
    let Some(next) = run.state()?.after(Fact::Requested) else { return Ok(()) };
    store::recipe_run::set_state(tx, &run, next, now).await?;
    let bakery = store::bakery::name_of(tx, run.bakery_id).await?;
    let app_name = &job.app.config.github.app_name;
    let recipe_id = RecipeId::parse(&run.recipe_id)
        .map_err(|why| super::Error::Fail(format!("recipe run {}: its recipe id {why}", run.id)))?;
    let request = Request {
        dispatch_id: job.app.fresh_dispatch_id(),
        command: Command::Bake,
        repository: place.repository.to_string(),
        git_ref: format!("refs/pull/{}/head", place.number),
        sha: run.head_sha.to_string(),
        feedstock_subdir: subdir.clone(),
        recipe_id: run.recipe_id.clone(),
        bakery,
        deployment: job.app.config.deployment.clone(),
        job_name: naming::job_name(app_name, run.id.0, 1),
        subpath: naming::subpath(
            app_name,
            place.repository.as_str(),
            &recipe_id,
            Purpose::Test { recipe_run: run.id.0 },
            "zarr",
        ),
        prune: true,
    };
    let context = workflow_run::Context::Test { requested_by: command.author.to_string() };
    let dispatch = NewWorkflowRun {
        feedstock,
        pull_request: Some(place.number),
        recipe_run: Some(run.id),
        installation: place.installation,
        request: &request,
        context: &context,
    };
    let workflow_run = store::workflow_run::insert(tx, dispatch, now).await?;
    enqueue(tx, &Job::DispatchWorkflow { workflow_run }, now).await?;
    let subject = result::Subject {
        recipe_id: run.recipe_id.clone(),
        head_sha: run.head_sha.clone(),
        requested_by: command.author.to_string(),
        started_at: now,
        run_url: job.app.config.links.recipe_run(run.id, feedstock),
        workflow_url: None,
        subdir,
    };
    let shown = Content::CheckRun(result::requested(&subject));
    publish(tx, &result::check_key(run.id), (&place.repository, place.installation), &shown, now).await
}
