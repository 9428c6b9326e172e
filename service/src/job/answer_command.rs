//! A comment that gives a command is answered: by what it asks for, or by a reply that says why there is nothing of it.
//!
//! Here is what all commands have in common. Who may is asked of GitHub at this moment; where that cannot be had the job is tried again,
//! and nothing is begun meanwhile. Each command has a file below; every way through them ends in a reply, 🚀 or 👎.

mod answer;
mod cancel_runs;
mod resynchronize;
mod retry_runs;
mod run_production;
mod run_recipes;
mod show_status;

use chrono::TimeDelta;

use super::{Context, Result, audience};
use crate::domain::command::CommentCommand;
use crate::domain::report::reply;
use crate::domain::timeline::Refusal;
use crate::intake::slash::{self, COMMANDS, CommandUsage, Mistake, Place, Selection, Slash, Verb};
use answer::{refuse, refuse_because, tell};

/// A command that is come to later than this is answered, not carried out.
const GOOD_FOR: TimeDelta = TimeDelta::hours(24);

pub(super) async fn run(job: Context<'_>, command: &CommentCommand) -> Result<()> {
    if !audience::takes_up(job, command).await? || answer::was_given(job, command).await? {
        return job.done().await;
    }
    let pull_request = &command.pull_request;
    let repository = job.github(pull_request.installation, &pull_request.repository);
    if !repository.comment_exists(command.comment).await? {
        // Taken back before we came to it: there is nobody to answer.
        return job.done().await;
    }
    if let Some(hours) = too_old(job, command) {
        return refuse_because(job, command, Refusal::Late(hours), reply::too_old(hours)).await;
    }
    let place = Place::of(&pull_request.repository, command.on_issue);
    let said = slash::parse(&command.line);
    let verb = match &said {
        Slash::NotACommand => return job.done().await,
        Slash::Unknown { word, suggestion } => {
            let wrong_place = slash::verb_of(suggestion).and_then(|verb| not_here(verb, place));
            return refuse(job, command, reply::unknown_command(word, suggestion, wrong_place.as_deref()))
                .await;
        }
        Slash::Command(verb, _) | Slash::Wrong(verb, _) => *verb,
    };
    if let Some(why) = not_here(verb, place) {
        return refuse(job, command, why).await;
    }
    if verb == Verb::Status {
        return show_status::run(job, command).await;
    }
    let role = repository.role(&command.author).await?;
    let needed = job.app.config.minimum_role;
    let may = needed.is_met_by(&role);
    if verb == Verb::Help {
        return tell(job, command, help(place, may)).await;
    }
    if !may {
        let why = reply::not_allowed(verb.word(), &command.author, &role, needed.as_str());
        let refusal = Refusal::Role { role: &role, needed: needed.as_str() };
        return refuse_because(job, command, refusal, why).await;
    }
    match said {
        Slash::Command(Verb::Run, wanted) => run_recipes::run(job, command, Ok(wanted)).await,
        // The answer names the recipes that there are, which are those of the newest commit.
        Slash::Wrong(Verb::Run, mistake) => run_recipes::run(job, command, Err(mistake)).await,
        Slash::Command(Verb::Retry, wanted) => retry_runs::run(job, command, &wanted).await,
        Slash::Command(Verb::Cancel, wanted) => cancel_runs::run(job, command, &wanted).await,
        Slash::Command(Verb::RunProduction, Selection::Recipes(recipes)) => {
            run_production::run(job, command, recipes).await
        }
        Slash::Command(Verb::Sync, _) => resynchronize::run(job, command).await,
        Slash::Wrong(_, mistake) => refuse(job, command, explained(verb, &mistake)).await,
        Slash::Command(Verb::RunProduction, Selection::All) => {
            refuse(job, command, explained(verb, &Mistake::All)).await
        }
        // Answered above.
        Slash::Command(Verb::Status | Verb::Help, _) | Slash::NotACommand | Slash::Unknown { .. } => {
            job.done().await
        }
    }
}

/// Why a command means nothing where it was said.
fn not_here(verb: Verb, place: Place) -> Option<String> {
    if verb.fits(place) {
        return None;
    }
    Some(match place {
        Place::NewRecipe | Place::Feedstock => reply::only_on_feedstocks(verb.word()),
        Place::FeedstockIssue | Place::OtherIssue => {
            let mut here: Vec<&str> = said_at(place).map(|command| command.word).collect();
            here.dedup();
            reply::only_on_pull_requests(verb.word(), &here)
        }
    })
}

/// How many hours ago a command was given that is too old to be carried out without a question.
fn too_old(job: Context<'_>, command: &CommentCommand) -> Option<i64> {
    let age = job.now() - command.created_at;
    (age > GOOD_FOR).then(|| age.num_hours())
}

fn said_at(place: Place) -> impl Iterator<Item = CommandUsage> {
    COMMANDS.into_iter().filter(move |command| command.places.contains(&place))
}

fn help(place: Place, may: bool) -> String {
    let commands: Vec<_> = said_at(place).map(|command| (command.usage, command.meaning)).collect();
    let free: Vec<_> =
        said_at(place).filter(|command| command.is_for_everybody).map(|command| command.word).collect();
    reply::help(&commands, &free, may)
}

/// What is wrong with the words behind a command other than `/run`.
fn explained(verb: Verb, mistake: &Mistake) -> String {
    match mistake {
        Mistake::Nothing | Mistake::OldForm => reply::names_needed(verb.word(), false),
        Mistake::All => reply::names_needed(verb.word(), true),
        Mistake::AllAndMore(rest) => reply::all_and_more(verb.word(), rest),
        Mistake::TooLong => reply::names_too_much(verb.word()),
    }
}
