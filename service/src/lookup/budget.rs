//! How often the public may make us ask outside. GitHub gives an installation 5,000 requests an hour, and our own work needs most.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Error, Result};

const WINDOW: TimeDelta = TimeDelta::minutes(1);
/// Look-ups in one window, of some requests each.
const PER_WINDOW: u32 = 20;

/// Counts look-ups in a window of time.
#[derive(Default)]
pub(super) struct Budget {
    /// When the window began, and how many there were.
    window: Mutex<(DateTime<Utc>, u32)>,
}

impl Budget {
    /// Takes one look-up out of the budget.
    pub(super) fn take(&self, now: DateTime<Utc>) -> Result<()> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if now - window.0 >= WINDOW || now < window.0 {
            *window = (now, 0);
        }
        if window.1 < PER_WINDOW {
            window.1 += 1;
            return Ok(());
        }
        Err(Error::Busy {
            detail: "Too much was looked up for the public in the last minute; please ask again later."
                .into(),
            seconds: (window.0 + WINDOW - now).num_seconds().max(1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s25_the_public_cannot_make_us_ask_without_end() {
        let budget = Budget::default();
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let taken = (0..100).filter(|_| budget.take(now).is_ok()).count();
        assert_eq!(taken, PER_WINDOW as usize);
        let Err(Error::Busy { seconds, .. }) = budget.take(now + TimeDelta::seconds(20)) else {
            panic!("the window is not over")
        };
        assert_eq!(seconds, 40);
        assert!(budget.take(now + WINDOW).is_ok());
    }
}
