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
                pauses.remove(&installation);
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
