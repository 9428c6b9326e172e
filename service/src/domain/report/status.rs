//! The answer to `/status`: how every run of a conversation stands, from what is recorded alone.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};

use super::markdown::{MAX_TEXT, cell, cut};
use super::production::Stage;
use super::trouble::{conclusion, told};
use crate::domain::id::{Login, Sha};
use crate::domain::run::Conclusion;

/// So much of a fault's headline fits into a table.
const MAX_HEADLINE: usize = 120;

/// One run.
#[derive(Debug, Clone)]
pub struct StatusRow {
    /// The recipe.
    pub recipe_id: String,
    /// The commit.
    pub sha: Sha,
    /// Whether it is a test.
    pub is_test: bool,
    /// Which attempt it is.
    pub attempt: i64,
    /// Where it stands.
    pub stage: Stage,
    /// Whether it was begun, or is to be without another word.
    pub is_asked: bool,
    /// Since when it stands there.
    pub since: DateTime<Utc>,
    /// Who asked for it.
    pub requested_by: Option<Login>,
    /// Its page.
    pub run_url: String,
    /// Its log.
    pub workflow_url: Option<String>,
}

/// How the check of a pull request's newest commit stands.
#[derive(Debug, Clone)]
pub enum HeadCheck {
    /// No commit of it was seen yet.
    Unseen,
    /// It is going on.
    Open {
        /// The commit.
        head: Sha,
        /// The check's title.
        title: String,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It found something wrong, or did not come to an end.
    Failed {
        /// The commit.
        head: Sha,
    },
    /// It is done.
    Done {
        /// The commit.
        head: Sha,
    },
}

/// The whole answer. `check` is none on an issue.
pub fn table(check: Option<&HeadCheck>, rows: &[StatusRow], now: DateTime<Utc>) -> String {
    let mut text = check.map_or_else(String::new, |check| head(check, now));
    if rows.is_empty() {
        text.push_str("There are no runs here yet.");
        return text;
    }
    text.push_str("| recipe | commit | kind | attempt | stage | since | asked by | links |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    text.extend(rows.iter().map(|shown| row(shown, now)));
    _ = write!(text, "\nAs of {}.", minute(now));
    cut(&text, MAX_TEXT)
}

fn head(check: &HeadCheck, now: DateTime<Utc>) -> String {
    match check {
        HeadCheck::Unseen => "This pull request has not been checked yet.\n\n".into(),
        HeadCheck::Open { head, title, since } => format!(
            "The `synchronize` check of {} is not done yet: {}, since {}.\n\n",
            head.short(),
            cell(title),
            moment(*since, now)
        ),
        HeadCheck::Failed { head } => {
            format!("The `synchronize` check of {} did not succeed: it says why.\n\n", head.short())
        }
        HeadCheck::Done { head } => {
            format!("The newest commit is {}, and its check is done.\n\n", head.short())
        }
    }
}

fn row(row: &StatusRow, now: DateTime<Utc>) -> String {
    let kind = if row.is_test { "test" } else { "production" };
    let by = row.requested_by.as_ref().map_or_else(|| "—".into(), |by| cell(by.as_str()));
    let log = row.workflow_url.as_ref().map_or_else(String::new, |url| format!(" · [log]({url})"));
    format!(
        "| {} | {} | {kind} | {} | {} | {} | {by} | [run]({}){log} |\n",
        cell(&row.recipe_id),
        row.sha.short(),
        row.attempt,
        stage(row),
        moment(row.since, now),
        row.run_url
    )
}

fn stage(row: &StatusRow) -> String {
    match &row.stage {
        Stage::Waiting { writer, writer_url } => {
            format!("waiting for [run {writer}]({writer_url}), which writes to the same place")
        }
        Stage::Queued if !row.is_asked => {
            format!("ready: {} tests it", cell(&format!("/run {}", row.recipe_id)))
        }
        Stage::Queued => "waiting for a machine".into(),
        Stage::Running => "running on GitHub Actions".into(),
        Stage::Submitted { job_id } => format!("with the bakery, as {}", cell(job_id)),
        Stage::Cancelling => "being cancelled".into(),
        Stage::Succeeded(_) => "✅ worked".into(),
        Stage::Failed(fault) => {
            let sign = if conclusion(fault) == Conclusion::Cancelled { "⏹" } else { "❌" };
            format!("{sign} {}", cell(&cut(&told(fault).headline, MAX_HEADLINE)))
        }
    }
}

/// A moment as people say it and as it can be looked up.
fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format!("{} ago ({})", age(now - at), minute(at))
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long ago something was, as roughly as it matters.
fn age(time: TimeDelta) -> String {
    let seconds = time.num_seconds().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds % 86_400 / 3600, seconds % 3600 / 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, m) => format!("{m} min"),
        (0, h, m) => format!("{h} h {m} min"),
        (1, h, _) => format!("1 day {h} h"),
        (d, h, _) => format!("{d} days {h} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::Fault;

    #[test]
    fn an_age_is_as_rough_as_it_is_old() {
        let of = |seconds| age(TimeDelta::seconds(seconds));
        assert_eq!(
            (of(-5), of(59), of(61), of(3_700)),
            ("0 s".into(), "59 s".into(), "1 min".into(), "1 h 1 min".into())
        );
        assert_eq!((of(90_000), of(200_000)), ("1 day 1 h".into(), "2 days 7 h".into()));
    }

    #[test]
    fn s18_nothing_that_a_recipe_says_leaves_its_cell() {
        let row = StatusRow {
            recipe_id: "a|b".into(),
            sha: "0123456789".into(),
            is_test: true,
            attempt: 1,
            stage: Stage::Failed(Fault::Ours { what: "x | `y` | @everyone\n| z".into() }),
            is_asked: true,
            since: DateTime::UNIX_EPOCH,
            requested_by: Some("maria".into()),
            run_url: "https://example.org/1".into(),
            workflow_url: None,
        };
        let text = table(None, &[row], DateTime::UNIX_EPOCH + TimeDelta::minutes(3));
        let line = text.lines().find(|line| line.contains("example.org")).expect("a row");
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 9, "{line}");
        assert!(line.contains("3 min ago (1970-01-01 00:00 UTC)"), "{line}");
    }
}
