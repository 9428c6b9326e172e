//! GitHub's rate limits, kept for each installation across all jobs of this process: once GitHub asks for a pause, no request of
//! that installation goes out before it is over. A second process learns of it by its own first refusal.
//! <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::call::Call;
use super::error::{Error, Result, Wait};
use crate::domain::id::InstallationId;

const SHORTEST_UNSAID_WAIT: TimeDelta = TimeDelta::minutes(1);
const LONGEST_UNSAID_WAIT: TimeDelta = TimeDelta::minutes(32);

#[derive(Debug, Default)]
pub(super) struct Limits {
    pauses: Mutex<HashMap<InstallationId, Pause>>,
}

#[derive(Debug, Clone, Copy)]
struct Pause {
    until: DateTime<Utc>,
    /// How long to wait when GitHub does not say.
    unsaid: TimeDelta,
}

impl Limits {
    /// Refuses, without a request, while GitHub wants none.
    pub(super) fn check(
        &self,
        installation: InstallationId,
        call: &'static Call,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        match pauses.get(&installation) {
            Some(pause) if now < pause.until => Err(Error::limited_until(call, pause.until)),
            _ => Ok(()),
        }
    }

    /// Takes note of what an answer says about limits, and turns "wait" into a time.
    pub(super) fn note<T>(
        &self,
        installation: InstallationId,
        answer: Result<T>,
        now: DateTime<Utc>,
    ) -> Result<T> {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(good) => {
                // One that was on its way when the pause began says nothing about the end of it.
                if pauses.get(&installation).is_some_and(|pause| now >= pause.until) {
                    pauses.remove(&installation);
                }
                Ok(good)
            }
            Err(error) => {
                let Some(wait) = error.limit() else { return Err(error) };
                let unsaid = pauses.get(&installation).map_or(SHORTEST_UNSAID_WAIT, |pause| pause.unsaid);
                let (until, unsaid) = match wait {
                    Wait::For(time) => (now + time, unsaid),
                    Wait::Until(until) => (until, unsaid),
                    Wait::Growing => (now + unsaid, (unsaid * 2).min(LONGEST_UNSAID_WAIT)),
                };
                pauses.insert(installation, Pause { until, unsaid });
                Err(error.wait_until(until))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::GET_PULL;
    use super::super::error::Kind;
    use super::*;

    fn limited(wait: Wait) -> Result<()> {
        Err(Error::new(GET_PULL, Kind::Limited { wait, message: "too much".into() }))
    }

    #[test]
    fn r11_a_success_that_was_on_its_way_does_not_end_the_pause() {
        let (limits, installation) = (Limits::default(), InstallationId(1));
        let now = DateTime::UNIX_EPOCH;
        let paused = limits.note(installation, limited(Wait::For(TimeDelta::seconds(37))), now);
        assert!(paused.is_err());
        assert!(limits.note(installation, Ok(()), now).is_ok());
        let at = |seconds| limits.check(installation, GET_PULL, now + TimeDelta::seconds(seconds));
        assert!(at(36).is_err() && at(37).is_ok());
        assert!(limits.check(InstallationId(2), GET_PULL, now).is_ok(), "others go on");
    }

    #[test]
    fn r11_a_wait_that_is_not_said_grows_until_something_works() {
        let (limits, installation) = (Limits::default(), InstallationId(1));
        let mut now = DateTime::UNIX_EPOCH;
        for minutes in [1, 2, 4, 8, 16, 32, 32] {
            assert!(limits.note(installation, limited(Wait::Growing), now).is_err());
            now += TimeDelta::minutes(minutes);
            assert!(limits.check(installation, GET_PULL, now - TimeDelta::seconds(1)).is_err(), "{minutes}");
            assert!(limits.check(installation, GET_PULL, now).is_ok(), "{minutes}");
        }
        assert!(limits.note(installation, Ok(()), now).is_ok());
        assert!(limits.note(installation, limited(Wait::Growing), now).is_err());
        assert!(limits.check(installation, GET_PULL, now + TimeDelta::minutes(1)).is_ok(), "it begins anew");
    }
}
