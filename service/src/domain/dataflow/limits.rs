//! How long is waited for Dataflow, all in one place.

use chrono::TimeDelta;

/// A job of which nothing was heard for so long is asked about: what a lost message costs.
pub const SILENCE: TimeDelta = TimeDelta::minutes(30);
/// The same for a job that is to be cancelled, for which somebody waits.
pub const SILENCE_OF_CANCELLED: TimeDelta = TimeDelta::minutes(5);
/// Dataflow is believed that it does not know a job when it says so twice, this far apart: its lists lag behind.
pub const BEFORE_SECOND_LOOK: TimeDelta = TimeDelta::minutes(1);
/// A test has ended by then, Dataflow's part of it included, or is ended.
pub const TEST_WITHIN: TimeDelta = TimeDelta::hours(12);
/// The same for a production run.
pub const PRODUCTION_WITHIN: TimeDelta = TimeDelta::days(7);
/// A message about a job that nobody knows may be early. After this it is about somebody else's.
pub const PARKED_FOR: TimeDelta = TimeDelta::hours(24);
/// Messages are kept for an operator's questions, and far longer than Pub/Sub delivers again.
pub const KEEP_EVENTS: TimeDelta = TimeDelta::days(30);
/// An end that was noted and not concluded has lost its job.
pub const UNCONCLUDED: TimeDelta = TimeDelta::minutes(5);

/// How long a run may take.
pub fn run_within(is_test: bool) -> TimeDelta {
    if is_test { TEST_WITHIN } else { PRODUCTION_WITHIN }
}
