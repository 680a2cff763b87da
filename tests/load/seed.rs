//! What looks random and is the same in every run with the same seed.

/// SplitMix64, which is enough to be irregular.
#[derive(Clone, Debug)]
pub(crate) struct Seed(u64);

impl Seed {
    /// Different for each part of a run.
    pub(crate) fn new(seed: u64, part: u64) -> Self {
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(part))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this one, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Letters and spaces.
    pub(crate) fn words(&mut self, len: usize) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz etaoi";
        let mut letter = || {
            let index = usize::try_from(self.below(32)).unwrap_or_default();
            LETTERS.get(index).copied().map_or(' ', char::from)
        };
        (0..len).map(|_| letter()).collect()
    }
}
