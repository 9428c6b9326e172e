//! What a run waits for at this moment, since when and until when: the answer to "why does nothing happen?". Nothing of it is stored; it
//! follows from the rows.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::dataflow::limits::run_within;
use crate::domain::id::{Login, RecipeRunId};
use crate::domain::limits::{ENDS_WITHIN, STARTS_WITHIN};
use crate::domain::report::markdown::line;
use crate::domain::run::RunState;

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What for, in words.
    pub what: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it is given up, if it is.
    pub until: Option<DateTime<Utc>>,
}

/// How a run stands, as far as that answer needs it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The recipe's id.
    pub recipe_id: String,
    /// Whether it is a test.
    pub is_test: bool,
    /// Whether it is kept for somebody else, who carries it out.
    pub is_only_kept: bool,
    /// Where it stands.
    pub state: RunState,
    /// When it was asked for; until then, when it was queued.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// The run that writes to the same place, and since when.
    pub writer: Option<(RecipeRunId, DateTime<Utc>)>,
    /// When somebody asked to stop it, and who; nobody for a newer commit.
    pub cancel_asked: Option<(DateTime<Utc>, Option<Login>)>,
    /// The workflow run that carries it out.
    pub workflow: Option<Workflow>,
    /// The job that it was handed over as.
    pub job_id: Option<String>,
    /// Whether GitHub is still to be told how it stands.
    pub is_unreported: bool,
}

/// The times of a workflow run.
#[derive(Debug, Clone, Copy)]
pub struct Workflow {
    /// When it was asked for here.
    pub asked_at: DateTime<Utc>,
    /// When GitHub was known to have it.
    pub dispatched_at: Option<DateTime<Utc>>,
    /// When GitHub was first seen to run it.
    pub running_at: Option<DateTime<Utc>>,
    /// When it was ended here.
    pub concluded_at: Option<DateTime<Utc>>,
}

/// What a run waits for; none when it has ended and GitHub shows that.
pub fn waiting(run: &Standing) -> Option<Waiting> {
    let (what, since, until) = match run.state {
        RunState::Completed(_) if !run.is_unreported => return None,
        RunState::Completed(_) => {
            ("GitHub to show how it ended".into(), run.completed_at.unwrap_or(run.started_at), None)
        }
        // It is not ours: nobody here knows what for.
        _ if run.is_only_kept => return None,
        RunState::Queued => queued(run),
        RunState::InProgress => in_progress(run),
    };
    Some(Waiting { what, since, until })
}

type Answer = (String, DateTime<Utc>, Option<DateTime<Utc>>);

fn queued(run: &Standing) -> Answer {
    match run.writer {
        Some((writer, since)) => {
            let what = format!("recipe run {writer}, which writes to the same place, to end");
            (what, run.started_at, Some(since + run_within(run.is_test)))
        }
        None if run.is_test => {
            let what = format!("somebody with write access to comment `/run {}`", line(&run.recipe_id));
            (what, run.started_at, None)
        }
        None => ("its turn at the place that it writes to".into(), run.started_at, None),
    }
}

fn in_progress(run: &Standing) -> Answer {
    let limit = run.started_at + run_within(run.is_test);
    let within = |since: DateTime<Utc>, time: TimeDelta| Some((since + time).min(limit));
    if let Some((since, by)) = &run.cancel_asked {
        let by =
            by.as_ref().map_or_else(String::new, |by| format!(", which @{} asked for", line(by.as_str())));
        return (format!("GitHub Actions or the bakery to stop it{by}"), *since, Some(limit));
    }
    let Some(workflow) = run.workflow else {
        return ("a word from its bakery".into(), run.started_at, Some(limit));
    };
    match (workflow.concluded_at, workflow.running_at, workflow.dispatched_at, &run.job_id) {
        (Some(since), .., Some(job)) => {
            (format!("the bakery to say how the job {} ended", line(job)), since, Some(limit))
        }
        (Some(since), .., None) => ("a word from its bakery".into(), since, Some(limit)),
        (None, Some(since), dispatched, _) => (
            "the workflow run on GitHub Actions to end".into(),
            since,
            within(dispatched.unwrap_or(since), ENDS_WITHIN),
        ),
        (None, None, Some(since), _) => {
            ("a machine of GitHub Actions".into(), since, within(since, STARTS_WITHIN))
        }
        (None, None, None, _) => {
            ("GitHub Actions to take the workflow run".into(), workflow.asked_at, Some(limit))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::Conclusion;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn standing(state: RunState) -> Standing {
        Standing {
            recipe_id: "tiny".into(),
            is_test: true,
            is_only_kept: false,
            state,
            started_at: at(1),
            completed_at: None,
            writer: None,
            cancel_asked: None,
            workflow: None,
            job_id: None,
            is_unreported: false,
        }
    }

    fn answer(run: &Standing) -> (String, i64, Option<i64>) {
        let minutes = |time: DateTime<Utc>| (time - at(0)).num_minutes();
        let found = waiting(run).expect("it waits");
        (found.what, minutes(found.since), found.until.map(minutes))
    }

    #[test]
    fn u10_each_stage_says_what_it_waits_for_since_when_and_until_when() {
        let queued = standing(RunState::Queued);
        assert_eq!(answer(&queued), ("somebody with write access to comment `/run tiny`".into(), 1, None));
        let behind = Standing { is_test: false, writer: Some((RecipeRunId(7), at(0))), ..queued };
        let week = 7 * 24 * 60;
        let what = "recipe run 7, which writes to the same place, to end";
        assert_eq!(answer(&behind), (what.into(), 1, Some(week)));

        let half_a_day = 12 * 60 + 1;
        let mut run = standing(RunState::InProgress);
        let mut workflow =
            Workflow { asked_at: at(1), dispatched_at: None, running_at: None, concluded_at: None };
        run.workflow = Some(workflow);
        assert_eq!(answer(&run), ("GitHub Actions to take the workflow run".into(), 1, Some(half_a_day)));
        workflow.dispatched_at = Some(at(2));
        run.workflow = Some(workflow);
        assert_eq!(answer(&run), ("a machine of GitHub Actions".into(), 2, Some(17)));
        workflow.running_at = Some(at(3));
        run.workflow = Some(workflow);
        assert_eq!(answer(&run), ("the workflow run on GitHub Actions to end".into(), 3, Some(392)));
        workflow.concluded_at = Some(at(9));
        run.workflow = Some(workflow);
        run.job_id = Some("2026-1".into());
        let what = "the bakery to say how the job 2026-1 ended";
        assert_eq!(answer(&run), (what.into(), 9, Some(half_a_day)));
        run.cancel_asked = Some((at(10), Some("maria".into())));
        let what = "GitHub Actions or the bakery to stop it, which @maria asked for";
        assert_eq!(answer(&run), (what.into(), 10, Some(half_a_day)));

        let mut ended = Standing {
            state: RunState::Completed(Conclusion::Success),
            completed_at: Some(at(20)),
            is_unreported: true,
            ..standing(RunState::Queued)
        };
        assert_eq!(answer(&ended), ("GitHub to show how it ended".into(), 20, None));
        ended.is_unreported = false;
        assert_eq!(waiting(&ended), None);

        let kept = Standing { is_only_kept: true, ..standing(RunState::Queued) };
        assert_eq!(waiting(&kept), None, "whoever follows it knows");
    }
}
