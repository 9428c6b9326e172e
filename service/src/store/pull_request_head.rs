//! `pull_request_head`: every head commit of a pull request that we have seen, and when we had shown it there.
//!
//! A maintainer's command counts for what the maintainer could see. Commit dates cannot tell: their author chooses them. So we
//! note ourselves when the check run of a head was up.

use chrono::{DateTime, Utc};

use super::{Result, Tx, on};
use crate::domain::id::{FeedstockId, PullNumber, Sha};

/// A commit whose check is up already, through another pull request or from before, is shown as soon as it is seen. One that is
/// the head again after another was counts from now on: who commented in between saw the other.
const SEE: &str = "INSERT INTO pull_request_head (feedstock_id, number, sha, seen_at, shown_at) VALUES ($1, $2, $3, $4, \
    (SELECT MAX(CASE WHEN known.shown_at < $4 THEN $4 ELSE known.shown_at END) FROM pull_request_head known \
    WHERE known.feedstock_id = $1 AND known.sha = $3)) \
    ON CONFLICT (feedstock_id, number, sha) DO UPDATE SET seen_at = excluded.seen_at, shown_at = excluded.shown_at \
    WHERE EXISTS (SELECT 1 FROM pull_request_head newer WHERE newer.feedstock_id = excluded.feedstock_id \
    AND newer.number = excluded.number AND newer.seen_at > pull_request_head.seen_at)";
const SET_SHOWN: &str =
    "UPDATE pull_request_head SET shown_at = $3 WHERE feedstock_id = $1 AND sha = $2 AND shown_at IS NULL";
const SHOWN_BEFORE: &str = "SELECT sha FROM pull_request_head WHERE feedstock_id = $1 AND number = $2 AND shown_at < $3 \
    ORDER BY shown_at DESC, seen_at DESC LIMIT 1";
const NEWEST: &str =
    "SELECT sha FROM pull_request_head WHERE feedstock_id = $1 AND number = $2 ORDER BY seen_at DESC LIMIT 1";
const LIST_HEADED_BY: &str = "SELECT number FROM pull_request_head WHERE feedstock_id = $1 AND sha = $2 \
    AND NOT EXISTS (SELECT 1 FROM pull_request_head newer WHERE newer.feedstock_id = pull_request_head.feedstock_id \
    AND newer.number = pull_request_head.number AND newer.seen_at > pull_request_head.seen_at) ORDER BY number";

/// The newest twenty are enough: checks of older ones were ended by the heads between.
const LIST_OTHERS: &str = "SELECT sha FROM pull_request_head WHERE feedstock_id = $1 AND number = $2 AND sha <> $3 \
    ORDER BY seen_at DESC LIMIT 20";

pub(super) const STATEMENTS: &[&str] = &[SEE, SET_SHOWN, SHOWN_BEFORE, NEWEST, LIST_OTHERS, LIST_HEADED_BY];

/// Notes that a commit is the head of a pull request. Told again of the newest, it changes nothing.
pub async fn see(
    tx: &mut Tx,
    feedstock: FeedstockId,
    number: PullNumber,
    sha: &Sha,
    now: DateTime<Utc>,
) -> Result<()> {
    on!(tx, |c| sqlx::query(SEE)
        .bind(feedstock)
        .bind(number)
        .bind(sha)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
    Ok(())
}

/// Notes that a commit's check run is up, on every pull request that it heads: GitHub shows a check by commit.
pub async fn set_shown(tx: &mut Tx, feedstock: FeedstockId, sha: &Sha, now: DateTime<Utc>) -> Result<()> {
    on!(tx, |c| sqlx::query(SET_SHOWN).bind(feedstock).bind(sha).bind(now).execute(c).await?.rows_affected());
    Ok(())
}

/// The head that a reader of the pull request saw before that moment: the newest that was shown by then.
pub async fn shown_before(
    tx: &mut Tx,
    feedstock: FeedstockId,
    number: PullNumber,
    moment: DateTime<Utc>,
) -> Result<Option<Sha>> {
    Ok(on!(tx, |c| sqlx::query_scalar(SHOWN_BEFORE)
        .bind(feedstock)
        .bind(number)
        .bind(moment)
        .fetch_optional(c)
        .await?))
}

/// Other heads that the pull request had, newest first.
pub async fn list_others(
    tx: &mut Tx,
    feedstock: FeedstockId,
    number: PullNumber,
    head: &Sha,
) -> Result<Vec<Sha>> {
    Ok(on!(tx, |c| sqlx::query_scalar(LIST_OTHERS)
        .bind(feedstock)
        .bind(number)
        .bind(head)
        .fetch_all(c)
        .await?))
}

/// The head that was seen last.
pub async fn newest(tx: &mut Tx, feedstock: FeedstockId, number: PullNumber) -> Result<Option<Sha>> {
    Ok(on!(tx, |c| sqlx::query_scalar(NEWEST).bind(feedstock).bind(number).fetch_optional(c).await?))
}

/// The pull requests, open or not, whose newest head that we have seen is this commit.
pub async fn list_headed_by(tx: &mut Tx, feedstock: FeedstockId, sha: &Sha) -> Result<Vec<PullNumber>> {
    Ok(on!(tx, |c| sqlx::query_scalar(LIST_HEADED_BY).bind(feedstock).bind(sha).fetch_all(c).await?))
}
