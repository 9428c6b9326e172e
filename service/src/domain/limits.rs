//! How long is waited for GitHub Actions. What is waited for Dataflow, and how long a run may take in all, stands in `dataflow/limits.rs`.

use chrono::TimeDelta;

/// A workflow run that no machine took up by then is given up.
pub const STARTS_WITHIN: TimeDelta = TimeDelta::minutes(15);
/// GitHub ends a job after six hours; the rest is for its own start and end.
pub const ENDS_WITHIN: TimeDelta = TimeDelta::minutes(6 * 60 + 30);
