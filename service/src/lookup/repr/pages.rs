//! Pages that were made a while ago. Many may ask for one at once, and it is made once; a store that could not be read is left alone
//! for a moment.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::OnceCell;

use super::Failure;

/// A production run writes over the store that was there.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(10);
const FAILURE_GOOD_FOR: TimeDelta = TimeDelta::seconds(30);
const MAX_ENTRIES: usize = 400;
const MAX_BYTES: usize = 12 * 1024 * 1024;

type Outcome = Result<Arc<str>, Failure>;

/// The pages by address.
#[derive(Default)]
pub struct Pages {
    entries: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    /// Empty while the page is being made.
    outcome: Arc<OnceCell<Outcome>>,
    made_at: DateTime<Utc>,
}

impl Entry {
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        match self.outcome.get() {
            Some(Ok(_)) => now < self.made_at + GOOD_FOR,
            Some(Err(_)) => now < self.made_at + FAILURE_GOOD_FOR,
            None => true,
        }
    }

    fn bytes(&self) -> usize {
        self.outcome.get().and_then(|outcome| outcome.as_ref().ok()).map_or(0, |page| page.len())
    }
}

impl Pages {
    /// The page of that address: a good one that is there, one that somebody is making, or what `make` makes. Whoever goes away while
    /// making one leaves it to the next.
    pub(super) async fn get_or_make(
        &self,
        address: &str,
        now: DateTime<Utc>,
        make: impl Future<Output = Outcome>,
    ) -> Outcome {
        let outcome = self.place(address, now);
        let page = outcome.get_or_init(|| make).await.clone();
        self.shrink();
        page
    }

    fn place(&self, address: &str, now: DateTime<Utc>) -> Arc<OnceCell<Outcome>> {
        let mut entries = self.lock();
        if let Some(entry) = entries.get(address).filter(|entry| entry.is_good(now)) {
            return Arc::clone(&entry.outcome);
        }
        let outcome = Arc::new(OnceCell::new());
        entries.insert(address.to_owned(), Entry { outcome: Arc::clone(&outcome), made_at: now });
        outcome
    }

    /// Lets go of the oldest until what is left is within bounds.
    fn shrink(&self) {
        let mut entries = self.lock();
        let mut bytes: usize = entries.values().map(Entry::bytes).sum();
        while entries.len() > MAX_ENTRIES || bytes > MAX_BYTES {
            let oldest =
                entries.iter().min_by_key(|(_, entry)| entry.made_at).map(|(address, _)| address.clone());
            let Some(entry) = oldest.and_then(|address| entries.remove(&address)) else { return };
            bytes = bytes.saturating_sub(entry.bytes());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    async fn get(pages: &Pages, address: &str, seconds: i64, page: &str) -> String {
        let made = async { Ok(page.into()) };
        pages.get_or_make(address, at(seconds), made).await.unwrap().to_string()
    }

    #[tokio::test]
    async fn a_page_serves_for_its_time_and_a_failure_for_a_shorter_one() {
        let pages = Pages::default();
        assert_eq!(get(&pages, "a", 0, "one").await, "one");
        assert_eq!(get(&pages, "a", 599, "two").await, "one");
        assert_eq!(get(&pages, "a", 600, "two").await, "two");
        let failed = pages.get_or_make("b", at(0), async { Err(Failure::TooLong) }).await;
        assert!(failed.is_err());
        assert!(pages.get_or_make("b", at(29), async { Ok("x".into()) }).await.is_err());
        assert_eq!(get(&pages, "b", 30, "x").await, "x");
    }

    #[tokio::test]
    async fn one_that_goes_away_leaves_it_to_the_next() {
        let pages = Pages::default();
        let never = pages.get_or_make("a", at(0), std::future::pending());
        assert!(tokio::time::timeout(std::time::Duration::ZERO, never).await.is_err());
        assert_eq!(get(&pages, "a", 1, "x").await, "x");
    }

    #[tokio::test]
    async fn neither_many_pages_nor_large_ones_are_kept_for_ever() {
        let pages = Pages::default();
        for n in 0..i64::try_from(MAX_ENTRIES).unwrap() + 50 {
            get(&pages, &n.to_string(), n, "x").await;
        }
        assert_eq!(pages.lock().len(), MAX_ENTRIES);
        assert!(!pages.lock().contains_key("49") && pages.lock().contains_key("50"));
        let large = "x".repeat(MAX_BYTES / 2);
        for n in 1000..1003 {
            get(&pages, &n.to_string(), n, &large).await;
        }
        let kept: usize = pages.lock().values().map(Entry::bytes).sum();
        assert!(kept <= MAX_BYTES && pages.lock().contains_key("1002"), "{kept}");
    }
}
