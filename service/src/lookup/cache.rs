//! Answers that are kept for a while. Whoever asks while somebody else already does waits for that answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::OnceCell;

use super::{Error, Result};

/// So long nobody asks again what was refused or did not work.
const FAILURE_KEPT_FOR: TimeDelta = TimeDelta::seconds(60);

/// Some answers, each under a name, for a time.
pub(super) struct Cache<T> {
    kept_for: TimeDelta,
    most: usize,
    entries: Mutex<HashMap<String, Entry<T>>>,
}

struct Entry<T> {
    until: DateTime<Utc>,
    answer: Arc<OnceCell<Result<T>>>,
}

impl<T: Clone> Cache<T> {
    /// Keeps `most` answers at most, the newest.
    pub(super) fn new(kept_for: TimeDelta, most: usize) -> Self {
        Self { kept_for, most, entries: Mutex::default() }
    }

    /// The answer under a name: the one that is kept, or else what `ask` says. A failure is kept for a shorter time, and that there was
    /// no time to ask is not kept at all.
    pub(super) async fn get(
        &self,
        name: &str,
        now: DateTime<Utc>,
        ask: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<T> {
        let cell = self.entry(name, now);
        let answer = cell.get_or_init(|| Box::pin(ask())).await.clone();
        if let Err(error) = &answer {
            let until = if matches!(error, Error::Busy { .. }) { now } else { now + FAILURE_KEPT_FOR };
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(entry) = entries.get_mut(name).filter(|entry| Arc::ptr_eq(&entry.answer, &cell)) {
                entry.until = entry.until.min(until);
            }
        }
        answer
    }

    fn entry(&self, name: &str, now: DateTime<Utc>) -> Arc<OnceCell<Result<T>>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| now < entry.until);
        if let Some(known) = entries.get(name) {
            return Arc::clone(&known.answer);
        }
        if entries.len() >= self.most
            && let Some(oldest) =
                entries.iter().min_by_key(|(_, entry)| entry.until).map(|(name, _)| name.clone())
        {
            entries.remove(&oldest);
        }
        let answer = Arc::new(OnceCell::new());
        let entry = Entry { until: now + self.kept_for, answer: Arc::clone(&answer) };
        entries.insert(name.to_owned(), entry);
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_asked_for_once_in_its_time_and_the_oldest_goes_first() {
        let cache: Cache<u32> = Cache::new(TimeDelta::seconds(60), 2);
        let (now, asked) = (DateTime::UNIX_EPOCH, Cell::new(0));
        let get = async |name: &str, seconds| {
            let at = now + TimeDelta::seconds(seconds);
            cache
                .get(name, at, async || {
                    asked.set(asked.get() + 1);
                    Ok(asked.get())
                })
                .await
                .unwrap_or_default()
        };
        assert_eq!((get("a", 0).await, get("a", 59).await, get("a", 60).await), (1, 1, 2));
        assert_eq!((get("b", 61).await, get("c", 62).await), (3, 4), "a is the oldest of three");
        assert_eq!((get("b", 63).await, get("a", 63).await), (3, 5));
    }

    #[tokio::test]
    async fn a_failure_is_kept_for_a_shorter_time_and_a_lack_of_time_not_at_all() {
        let cache: Cache<u32> = Cache::new(TimeDelta::minutes(10), 9);
        let now = DateTime::UNIX_EPOCH;
        let get = async |seconds, answer: Result<u32>| {
            cache.get("a", now + TimeDelta::seconds(seconds), async || answer).await
        };
        let busy = Error::Busy { detail: "later".into(), seconds: 1 };
        assert_eq!(get(0, Err(busy.clone())).await, Err(busy));
        let missing = Error::Missing("gone".into());
        assert_eq!(get(0, Err(missing.clone())).await, Err(missing.clone()));
        assert_eq!(get(59, Ok(1)).await, Err(missing));
        assert_eq!((get(60, Ok(2)).await, get(659, Ok(3)).await), (Ok(2), Ok(2)));
    }
}
