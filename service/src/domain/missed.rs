//! What GitHub's log of deliveries says of those that did not arrive.
//!
//! GitHub keeps the log for three days, and delivers nothing a second time unless asked:
//! <https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries>

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::command;
use super::id::{DeliveryId, HookAttemptId};

/// GitHub can be asked for a delivery again for so long.
pub const WINDOW: TimeDelta = TimeDelta::days(3);
/// So much of what was read already is read again: two clocks may differ by five minutes, and the log may lag behind.
pub const OVERLAP: TimeDelta = TimeDelta::minutes(10);

/// One attempt of GitHub's to deliver something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// GitHub's id of it.
    pub id: HookAttemptId,
    /// The delivery, whose attempts all have this in common.
    pub delivery: DeliveryId,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// What was answered; 0 for no answer.
    pub status: i64,
    /// The kind of event, GitHub's word.
    pub event: String,
}

/// A delivery that nobody took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The newest attempt at it, which GitHub can be asked to repeat.
    pub attempt: HookAttemptId,
    /// The kind of event.
    pub event: String,
}

/// Since when the log has to be read: from a little before the moment up to which it was read, and never beyond what GitHub keeps.
pub fn since(read_until: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    (read_until - OVERLAP).max(now - WINDOW)
}

/// Whether deliveries may have been missed that GitHub can no longer be asked for.
pub fn is_beyond_recovery(read_until: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - read_until > WINDOW
}

/// The deliveries of kinds that we read without a single good attempt, oldest first.
pub fn missed(attempts: &[Attempt]) -> Vec<Missed> {
    let mut newest: BTreeMap<&DeliveryId, &Attempt> = BTreeMap::new();
    let mut good = std::collections::BTreeSet::new();
    for attempt in attempts.iter().filter(|attempt| command::is_read(&attempt.event)) {
        if (200..300).contains(&attempt.status) {
            good.insert(&attempt.delivery);
        }
        let known = newest.entry(&attempt.delivery).or_insert(attempt);
        if attempt.id > known.id {
            *known = attempt;
        }
    }
    let mut missed: Vec<&Attempt> =
        newest.into_values().filter(|attempt| !good.contains(&attempt.delivery)).collect();
    missed.sort_by_key(|attempt| attempt.id);
    missed
        .into_iter()
        .map(|attempt| Missed {
            delivery: attempt.delivery.clone(),
            attempt: attempt.id,
            event: attempt.event.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(id: i64, delivery: &str, event: &str, status: i64) -> Attempt {
        let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(id % 1_000);
        Attempt { id: HookAttemptId(id), delivery: delivery.into(), at, status, event: event.into() }
    }

    #[test]
    fn r6_one_good_attempt_is_enough_whenever_it_was() {
        // Ids that a JSON number of 53 bits would blur.
        let big = 9_007_199_254_740_993;
        let attempts = [
            attempt(big + 6, "later-good", "pull_request", 202),
            attempt(big + 5, "never-good", "issue_comment", 0),
            attempt(big + 4, "earlier-good", "pull_request", 503),
            attempt(big + 3, "earlier-good", "pull_request", 200),
            attempt(big + 2, "later-good", "pull_request", 503),
            attempt(big + 1, "never-good", "issue_comment", 502),
            attempt(big, "not-read", "push", 0),
            attempt(big - 1, "oldest", "workflow_run", 302),
        ];
        let found = missed(&attempts);
        let told: Vec<_> = found.iter().map(|one| (one.delivery.as_str(), one.attempt.0)).collect();
        assert_eq!(told, [("oldest", big - 1), ("never-good", big + 5)]);
    }

    #[test]
    fn r6_the_log_is_read_back_to_the_last_time_and_three_days_at_most() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(30);
        assert_eq!(since(now - TimeDelta::minutes(5), now), now - TimeDelta::minutes(15));
        assert_eq!(since(now - TimeDelta::days(9), now), now - WINDOW);
        assert!(!is_beyond_recovery(now - WINDOW, now));
        assert!(is_beyond_recovery(now - WINDOW - TimeDelta::seconds(1), now));
    }
}
