//! Random numbers from a seed, so that a run's choices can be made again. (What they meet cannot: time is real.)

use std::time::Duration;

/// A generator of the kind `SplitMix64`.
#[derive(Debug)]
pub(super) struct Chance(u64);

impl Chance {
    /// The generator that begins with this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from `least` to `most`, both included.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // The ranges are tiny beside 2^64, so the remainder favours nothing that could be noticed.
        least + mixed % (most - least + 1)
    }

    /// A time up to `most`, in steps of a tenth of a millisecond.
    pub(super) fn up_to(&mut self, most: Duration) -> Duration {
        let steps = u64::try_from(most.as_micros() / 100).unwrap_or(u64::MAX);
        Duration::from_micros(self.between(0, steps) * 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_their_range_reach_both_ends_and_repeat_with_the_seed() {
        let draw = |seed| {
            let mut chance = Chance::new(seed);
            (0..200).map(|_| chance.between(3, 6)).collect::<Vec<_>>()
        };
        let drawn = draw(7);
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&3), Some(&6)));
        assert_eq!(drawn, draw(7));
        assert_ne!(drawn, draw(8));
    }
}
