//! The container action that runs `pangeo-forge-runner` for one recipe and writes what came of it.
//!
//! Everything that was written by strangers (the repository, the recipe, the runner's output once recipe code has run in it) is
//! handled here and nowhere else in the project. In reading order:
//!
//! - [`inputs`] (with [`wellformed`]) and [`surroundings`]: what was asked, and where we are;
//! - [`run`]: the order of the steps;
//! - [`fetch`], [`bakery`], [`secrets`], [`requirements`], [`meta`]: what a run is made from;
//! - [`user`], [`process`], [`python`], [`runner`]: who runs what, with how much, for how long;
//! - [`lines`], [`transcript`], [`traceback`], [`explain`] (with [`known`]), [`target`], [`verdict`]: what happened;
//! - [`log`], [`summary`], [`outcome`]: how it is told, after [`runner_redact`] took out what may not be;
//! - [`dispatch`]: the one command that runs nothing here.

use std::io;
use std::process::ExitCode;
use std::time::Instant;

use runner_contract::{FailureClass, OUTCOME_SCHEMA, Outcome, RunResult};

use self::inputs::{Dispatch, InputErrors, Order, Run};
use self::log::JobLog;
use self::surroundings::{Surroundings, Variables};

pub mod bakery;
pub mod dispatch;
pub mod explain;
pub mod fetch;
pub mod inputs;
pub mod known;
pub mod lines;
pub mod log;
pub mod meta;
pub mod outcome;
pub mod process;
pub mod python;
pub mod requirements;
pub mod run;
pub mod runner;
pub mod secrets;
pub mod summary;
pub mod surroundings;
pub mod target;
pub mod traceback;
pub mod transcript;
pub mod user;
pub mod verdict;
pub mod wellformed;

/// Makes this process one that no child can climb above or outlive; to be called before any thread is started.
///
/// No child gains privileges by a set-uid program, and orphans become our children, so that they can be found and ended.
pub fn harden() -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

/// The whole action: reads `variables`, does what they ask, and tells.
///
/// Succeeds when the result is a success. A run leaves an outcome whatever happens, also for inputs that were refused.
pub async fn act(variables: &Variables) -> ExitCode {
    let around = Surroundings::read(variables);
    match inputs::read(variables) {
        Ok(Order::Dispatch(order)) => start_workflow(&around, &order).await,
        Ok(Order::Run(run)) => run_recipe(around, *run).await,
        Err(errors) => refuse(&around, variables, &errors),
    }
}

async fn run_recipe(around: Surroundings, run: Run) -> ExitCode {
    let start = Instant::now();
    let mut log = JobLog::new(io::stdout());
    let (task_run, task_around) = (run.clone(), around.clone());
    // In a task of its own, so that even a fault in the action's code ends with an outcome.
    let task = tokio::spawn(async move {
        let result = run::perform(&task_run, &task_around, &mut log).await;
        (outcome::cleaned(result, log.redactor()), log)
    });
    let (result, mut log) = task.await.unwrap_or_else(|_| {
        let failure =
            run::failure(FailureClass::Service, &"the action itself failed; its job log says where");
        (RunResult::Failed(failure), JobLog::new(io::stdout()))
    });
    let outcome = Outcome {
        schema: OUTCOME_SCHEMA.into(),
        dispatch_id: run.request.dispatch_id.clone(),
        sha: run.request.sha.clone(),
        seconds: start.elapsed().as_secs_f64(),
        result,
    };
    tell(&around, &outcome, &summary::summary(&outcome, Some(&run.request)), &mut log)
}

fn refuse(around: &Surroundings, variables: &Variables, errors: &InputErrors) -> ExitCode {
    let mut log = JobLog::new(io::stdout());
    if variables.get("INPUT_COMMAND").is_some_and(|command| command == "dispatch") {
        log.error(&errors.to_string());
        return ExitCode::FAILURE;
    }
    let outcome = Outcome {
        schema: OUTCOME_SCHEMA.into(),
        dispatch_id: inputs::dispatch_id(variables).unwrap_or_default().to_owned(),
        // Nothing was fetched.
        sha: String::new(),
        seconds: 0.0,
        result: outcome::cleaned(
            RunResult::Failed(run::failure(FailureClass::Service, errors)),
            log.redactor(),
        ),
    };
    tell(around, &outcome, &summary::summary(&outcome, None), &mut log)
}

fn tell(around: &Surroundings, outcome: &Outcome, summary: &str, log: &mut JobLog<io::Stdout>) -> ExitCode {
    let mut succeeded = true;
    match &outcome.result {
        RunResult::Failed(failure) => {
            succeeded = false;
            log.error(&failure.error);
            failure.explanation.iter().for_each(|explanation| log.note(explanation));
        }
        RunResult::Expanded { recipe_ids } => log.note(&format!("{} recipes listed.", recipe_ids.len())),
        RunResult::Baked { stores, .. } => log.note(&format!("Baked {} datasets.", stores.len())),
        RunResult::Submitted { job_id, .. } => log.note(&format!("Submitted as job {job_id}.")),
    }
    let told = [
        ("the outcome", outcome::write(&around.workspace, outcome)),
        (
            "the outputs",
            around
                .output
                .as_deref()
                .map_or(Ok(()), |file| outcome::append_outputs(file, &outcome::outputs(outcome))),
        ),
        (
            "the summary",
            around.summary.as_deref().map_or(Ok(()), |file| outcome::append_summary(file, summary)),
        ),
    ];
    for (what, result) in told {
        if let Err(error) = result {
            succeeded = false;
            log.error(&format!("{what} could not be written: {error}"));
        }
    }
    if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn start_workflow(around: &Surroundings, order: &Dispatch) -> ExitCode {
    let mut log = JobLog::new(io::stdout());
    log.hide(runner_redact::Redactor::new(std::slice::from_ref(&order.token)), around.log_is_masked);
    let started = match dispatch::dispatch(&around.api_url, order).await {
        Ok(started) => started,
        Err(error) => {
            log.error(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let mut outputs = vec![("conclusion", "success".to_owned())];
    match started {
        Some(run) => {
            log.note(&format!("Started run {} of {}: {}", run.run_id, order.workflow, run.run_url));
            outputs.extend([("run_id", run.run_id.to_string()), ("run_url", run.run_url)]);
        }
        None => log.note(&format!("Started {}; the server does not say which run it is.", order.workflow)),
    }
    let written = around.output.as_deref().map_or(Ok(()), |file| outcome::append_outputs(file, &outputs));
    if let Err(error) = written {
        log.error(&format!("the outputs could not be written: {error}"));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
