//! How often somebody may ask: a token bucket for each, kept as one number, the moment at which the bucket will be full again.
//!
//! Time comes in as an argument. Buckets that are full again are forgotten; where more are in use than have room, those that are nearest to
//! full are, which only ever lets somebody ask earlier.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::config::RateLimit;
use crate::domain::network;

/// So that requests rarely wait for each other.
const SHARDS: usize = 16;
/// In all some 130,000 buckets in less than 8 MiB, whoever asks.
const BUCKETS_PER_SHARD: usize = 8 * 1024;

/// Who is limited, and how far.
pub struct Limits {
    /// By address.
    address: Option<Limiter>,
    /// By key.
    key: Option<Limiter>,
}

impl Limits {
    /// As told; none at all where it is switched off.
    pub fn new(told: Option<&RateLimit>) -> Self {
        Self {
            address: told.map(|told| Limiter::new(told.per_second, told.burst)),
            key: told.map(|told| Limiter::new(told.per_key_per_second, told.per_key_burst)),
        }
    }

    /// One request of whoever lives at an address; an error says how long to wait.
    pub(super) fn admit_address(&self, address: IpAddr, now: Duration) -> Result<(), Duration> {
        self.address.as_ref().map_or(Ok(()), |limiter| limiter.admit(network::household(address), now))
    }

    /// One request of whoever has shown the key of that name.
    pub(super) fn admit_key(&self, name: &str, now: Duration) -> Result<(), Duration> {
        let Some(limiter) = &self.key else { return Ok(()) };
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        limiter.admit(u128::from(hasher.finish()), now)
    }
}

/// Token buckets of one size.
struct Limiter {
    /// The time in which one token comes.
    each: Duration,
    /// The time in which an empty bucket is full.
    whole: Duration,
    shards: [Mutex<HashMap<u128, Duration>>; SHARDS],
}

impl Limiter {
    fn new(per_second: u32, burst: u32) -> Self {
        let each = Duration::from_secs(1) / per_second.max(1);
        Self { each, whole: each * burst.max(1), shards: Default::default() }
    }

    fn admit(&self, who: u128, now: Duration) -> Result<(), Duration> {
        let mut buckets = self.shard(who).lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = buckets.get(&who).copied().unwrap_or_default().max(now) + self.each;
        let too_early = full_at.saturating_sub(now + self.whole);
        if !too_early.is_zero() {
            return Err(too_early);
        }
        if buckets.len() >= BUCKETS_PER_SHARD && !buckets.contains_key(&who) {
            make_room(&mut buckets, now);
        }
        buckets.insert(who, full_at);
        Ok(())
    }

    fn shard(&self, who: u128) -> &Mutex<HashMap<u128, Duration>> {
        let mut hasher = DefaultHasher::new();
        who.hash(&mut hasher);
        let number = usize::try_from(hasher.finish() % SHARDS as u64).unwrap_or_default();
        self.shards.get(number).unwrap_or(&self.shards[0])
    }
}

/// Forgets at least half of the buckets, so that the next many find room without a search.
fn make_room(buckets: &mut HashMap<u128, Duration>, now: Duration) {
    let mut times: Vec<Duration> = buckets.values().copied().collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let forgotten = now.max(*median);
    buckets.retain(|_, full_at| *full_at > forgotten);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn s31_a_burst_passes_and_then_what_comes_back_by_the_second() {
        let limiter = Limiter::new(2, 5);
        let start = SECOND * 1000;
        for n in 0..5 {
            assert_eq!(limiter.admit(1, start), Ok(()), "{n}");
        }
        assert_eq!(limiter.admit(1, start), Err(SECOND / 2));
        assert_eq!(limiter.admit(2, start), Ok(()), "others are not touched");
        assert_eq!(limiter.admit(1, start + SECOND / 2), Ok(()));
        assert!(limiter.admit(1, start + SECOND / 2).is_err(), "a refusal costs nothing, and gives nothing");
        let rested = start + SECOND * 60;
        assert_eq!((0..9).filter(|_| limiter.admit(1, rested).is_ok()).count(), 5, "never more than a burst");
    }

    #[test]
    fn s31_a_hundred_thousand_addresses_have_room_and_more_of_them_no_more() {
        let limiter = Limiter::new(1, 2);
        let kept = |limiter: &Limiter| -> usize {
            limiter.shards.iter().map(|shard| shard.lock().expect("not poisoned").len()).sum()
        };
        for who in 0..100_000 {
            assert_eq!(limiter.admit(who, SECOND), Ok(()));
        }
        assert!(kept(&limiter) > 90_000, "{}", kept(&limiter));
        for who in 100_000..300_000 {
            assert_eq!(limiter.admit(who, SECOND), Ok(()));
        }
        assert!(kept(&limiter) <= SHARDS * BUCKETS_PER_SHARD);
        // A table has room for a power of two of entries at seven eighths, and one byte more for each.
        let entry = size_of::<(u128, Duration)>() + 1;
        let bytes: usize = limiter
            .shards
            .iter()
            .map(|shard| (shard.lock().expect("not poisoned").capacity() * 8 / 7).next_power_of_two() * entry)
            .sum();
        assert!(bytes < 32 * 1024 * 1024, "{bytes}");
    }

    #[test]
    fn s31_who_asks_most_is_forgotten_last() {
        let limiter = Limiter::new(1, 10);
        for _ in 0..10 {
            assert_eq!(limiter.admit(7, SECOND), Ok(()));
        }
        for who in 1_000..200_000 {
            assert_eq!(limiter.admit(who, SECOND), Ok(()));
        }
        assert!(limiter.admit(7, SECOND).is_err());
    }
}
