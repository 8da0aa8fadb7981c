//! Chance that can be played again: SplitMix64.

pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `least` to `most`, both included.
    pub(crate) const fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.roll() % (most - least + 1)
    }

    pub(crate) const fn one_in(&mut self, times: u64) -> bool {
        self.roll().is_multiple_of(times)
    }
}

/// As many seeds as `LATCHKEY_CASES` asks for, or these.
pub(crate) fn seeds(usually: u64) -> std::ops::Range<u64> {
    let asked = std::env::var("LATCHKEY_CASES").ok().and_then(|cases| cases.parse().ok());
    0..asked.unwrap_or(usually)
}
