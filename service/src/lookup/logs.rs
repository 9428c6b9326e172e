//! The logs of a recipe run: of its workflow run on GitHub, or of its job on Dataflow. Secrets are taken out before anything is left out.

use runner_redact::Redactor;

use super::{Error, Result};
use crate::app::App;
use crate::domain::log::{Line, Severity, Source, actions_lines};
use crate::domain::run::RunState;
use crate::google::{LogEntry, LogQuery};
use crate::store::dataflow_job::DataflowJob;
use crate::store::recipe_run::RecipeRun;
use crate::store::workflow_run::WorkflowRun;
use crate::store::{self, StoreError, Tx};

/// The most that is read of the log of one job of a workflow run, in bytes. The action itself writes less.
const JOB_LOG_MAX: usize = 8 * 1024 * 1024;
/// A workflow of ours has a few jobs, of which most are skipped.
const JOBS_MAX: usize = 10;

/// A run with what carries it out.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The run.
    pub run: RecipeRun,
    /// The newest workflow run for it.
    pub workflow: Option<WorkflowRun>,
    /// Its job on Dataflow.
    pub job: Option<DataflowJob>,
}

/// Which lines are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Whose.
    pub source: Source,
    /// Of this severity at least.
    pub severity: Severity,
    /// The newest so many.
    pub limit: usize,
}

impl Subject {
    /// Loads what carries out a run.
    pub async fn load(tx: &mut Tx, run: RecipeRun) -> std::result::Result<Self, StoreError> {
        let workflow = store::workflow_run::find_by_recipe_run(tx, run.id).await?;
        let job = store::dataflow_job::find_by_run(tx, run.id).await?;
        Ok(Self { run, workflow, job })
    }

    /// The log to show when none is named: Dataflow's word about the job once there is one, else the workflow run's.
    pub fn usual_source(&self) -> Source {
        let is_known = self.job.as_ref().is_some_and(|job| job.job_id.is_some());
        if is_known { Source::JobMessage } else { Source::Actions }
    }

    fn missing(&self, why: &str) -> Error {
        Error::Missing(format!("Recipe run {} has no such log: {why}", self.run.id))
    }

    /// Says why nothing was ever written, for a run with nothing that could write.
    fn never_began(&self) -> Error {
        self.missing(match self.run.state() {
            Ok(RunState::Queued) => "it waits to be asked for, and has not begun.",
            Ok(RunState::InProgress) => "it was not handed to GitHub Actions yet.",
            _ => "it was never handed to GitHub Actions by this service.",
        })
    }
}

/// The newest lines that fit, in the order of time and without secrets.
pub async fn read(app: &App, subject: &Subject, wanted: Wanted) -> Result<Vec<Line>> {
    let _permit = app.lookups.reading.acquire().await;
    let mut lines = match wanted.source {
        Source::Actions => of_actions(app, subject).await?,
        _ => of_dataflow(app, subject, wanted).await?,
    };
    redact(&app.redactor, &mut lines);
    lines.retain(|line| line.severity >= wanted.severity);
    let surplus = lines.len().saturating_sub(wanted.limit);
    lines.drain(..surplus);
    Ok(lines)
}

async fn of_actions(app: &App, subject: &Subject) -> Result<Vec<Line>> {
    let now = app.clock.now();
    let upstream = |error| Error::github("the log of the workflow run", &error, now);
    let workflow = subject.workflow.as_ref().ok_or_else(|| subject.never_began())?;
    let github_id =
        workflow.github_id.ok_or_else(|| subject.missing("GitHub has not begun its workflow run."))?;
    let installation = app.hub_installation().await.map_err(upstream)?;
    let repository = app.github.repository(installation, &app.config.hub.repository, now);
    let jobs = match repository.jobs(github_id).await {
        Ok(jobs) => jobs,
        Err(error) if error.is_not_found() => {
            return Err(
                subject.missing("GitHub no longer has its workflow run; it keeps them for a limited time.")
            );
        }
        Err(error) => return Err(upstream(error)),
    };
    let mut lines = Vec::new();
    let mut why = "no job of its workflow run has begun.";
    for job in jobs.into_iter().filter(|job| !job.was_skipped()).take(JOBS_MAX) {
        match repository.job_log(job.id, JOB_LOG_MAX).await {
            Ok((text, is_whole)) => {
                lines.extend(actions_lines(&text, &job.name));
                if !is_whole {
                    lines.push(cut_here(&job.name));
                }
            }
            Err(error) if error.is_not_found() && job.has_ended() => {
                why = "GitHub no longer has it; it keeps logs for a limited time.";
            }
            Err(error) if error.is_not_found() => {
                why = "GitHub shows the log of a job when the job has ended.";
            }
            Err(error) => return Err(upstream(error)),
        }
    }
    if lines.is_empty() { Err(subject.missing(why)) } else { Ok(lines) }
}

fn cut_here(job: &str) -> Line {
    Line {
        timestamp: None,
        source: Source::Actions,
        severity: Severity::Warning,
        instance: Some(job.to_owned()),
        message: format!("[the log goes on; {} MiB of it are shown]", JOB_LOG_MAX / 1024 / 1024),
    }
}

async fn of_dataflow(app: &App, subject: &Subject, wanted: Wanted) -> Result<Vec<Line>> {
    let job = subject
        .job
        .as_ref()
        .ok_or_else(|| subject.missing("this service handed no job to Dataflow for it."))?;
    let job_id =
        job.job_id.as_deref().ok_or_else(|| subject.missing("its job on Dataflow is not known yet."))?;
    let google = app.google.as_ref().filter(|_| !job.project.is_empty());
    let google =
        google.ok_or_else(|| subject.missing("this service is not told where its bakery's jobs are."))?;
    let query = LogQuery {
        project: &job.project,
        job_id,
        log: wanted.source.as_str(),
        severity: (wanted.severity > Severity::Default).then(|| wanted.severity.as_str()),
        since: subject.run.started_at,
        limit: wanted.limit,
    };
    let entries = google.log_entries(query, app.clock.now()).await;
    let entries = entries.map_err(|error| Error::google("the log of the job on Dataflow", &error))?;
    if entries.is_empty() && wanted.severity == Severity::Default {
        return Err(subject.missing(
            "Cloud Logging has nothing of it; it keeps entries for 30 days, unless told otherwise.",
        ));
    }
    let line = |entry: LogEntry| Line {
        timestamp: entry.timestamp,
        source: wanted.source,
        severity: Severity::parse(&entry.severity).unwrap_or(Severity::Default),
        instance: entry.instance,
        message: entry.message,
    };
    Ok(entries.into_iter().rev().map(line).collect())
}

/// Takes secrets out of all lines together: one may reach over several.
fn redact(redactor: &Redactor, lines: &mut [Line]) {
    let whole = lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>().join("\n");
    let clean = redactor.clean(&whole);
    // It keeps its lines.
    let mut clean = clean.split('\n');
    for line in lines {
        let count = line.message.matches('\n').count() + 1;
        line.message = clean.by_ref().take(count).collect::<Vec<_>>().join("\n");
        line.instance = line.instance.take().map(|name| redactor.clean(&name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s19_a_secret_over_several_lines_is_found_and_every_line_stays_itself() {
        let line = |message: &str| Line { message: message.into(), ..cut_here("bake") };
        let mut lines = ["one", "two\nthe sec", "  ret-of-tests\n", "", "\u{1b}[31mlast"].map(line).to_vec();
        redact(&Redactor::new(&["secret-of-tests".into()]), &mut lines);
        let messages: Vec<_> = lines.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(messages, ["one", "two\nthe ***", "  ***\n", "", "last"]);
    }
}
