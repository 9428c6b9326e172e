//! The only reader of the system's time and randomness.
//!
//! Both come into the rest of the program as arguments, so that a test can hold the time still and a run can be told again
//! exactly. Nothing but sources of time and of fresh names may enter.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, Utc};

/// A source of time and of names that were never used before.
pub trait Clock: Send + Sync {
    /// The time, in whole microseconds: Postgres keeps no more.
    fn now(&self) -> DateTime<Utc>;

    /// A fresh name of at most 40 characters of `[a-z0-9-]`.
    fn fresh_name(&self) -> String;

    /// Random bytes that nobody can guess. Fails when the machine has none to give.
    fn secret_bytes(&self) -> std::io::Result<[u8; 64]>;

    /// The time since some fixed moment. It never runs backwards, and is for measuring how long something takes. Without a clock of its own
    /// for that, a source of time that is held still holds this one still too.
    fn ticks(&self) -> Duration {
        (self.now() - DateTime::UNIX_EPOCH).to_std().unwrap_or_default()
    }
}

/// The machine's clock and random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn ticks(&self) -> Duration {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        // From one, so that nothing has to be told from "at the very beginning".
        Duration::from_secs(1) + START.elapsed()
    }

    fn fresh_name(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }

    fn secret_bytes(&self) -> std::io::Result<[u8; 64]> {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes)?;
        Ok(bytes)
    }
}
