//! The only reader of the system's time and randomness.
//!
//! Both come into the rest of the program as arguments, so that a test can hold the time still and a run can be told again
//! exactly. Nothing but sources of time and of fresh names may enter.

use chrono::{DateTime, SubsecRound, Utc};

/// A source of time and of names that were never used before.
pub trait Clock: Send + Sync {
    /// The time, in whole microseconds: Postgres keeps no more.
    fn now(&self) -> DateTime<Utc>;

    /// A fresh name of at most 40 characters of `[a-z0-9-]`.
    fn fresh_name(&self) -> String;
}

/// The machine's clock and random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn fresh_name(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }
}
