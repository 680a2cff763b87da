//! What is said and what is looked for: words that are as common as those of a language, where
//! the tenth is said a tenth as often as the first.

use crate::seed::Seed;

/// Different words that are said.
const WORDS: u32 = 50_000;

/// Words of one message: from, and below.
const LENGTH: (u64, u64) = (5, 30);

/// Steps of a random number between 0 and 1.
const STEPS: u32 = 1 << 20;

/// One kind of query.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) query: fn(&mut Vocabulary) -> String,
    /// Whoever asks finds something, however few their rooms are.
    pub(super) finds: bool,
}

/// The mix, each as often as the others.
pub(super) const KINDS: &[Kind] = &[
    Kind { name: "rare_word", query: Vocabulary::rare, finds: false },
    Kind { name: "common_word", query: Vocabulary::common, finds: true },
    Kind { name: "two_words", query: |v| format!("{} {}", v.usual(), v.usual()), finds: false },
    Kind { name: "two_common", query: |v| format!("{} {}", v.common(), v.common()), finds: true },
    Kind {
        name: "common_and_rare",
        query: |v| format!("{} {}", v.common(), v.rare()),
        finds: false,
    },
    Kind { name: "phrase", query: |v| format!("\"{} {}\"", v.common(), v.usual()), finds: false },
    Kind { name: "without", query: |v| format!("{} -{}", v.usual(), v.common()), finds: true },
    Kind { name: "from", query: |v| format!("{} from:{}-0", v.common(), v.prefix), finds: true },
    Kind { name: "in", query: |v| format!("{} in:{}-room-3", v.common(), v.prefix), finds: true },
    Kind { name: "dates", query: |v| format!("{} after:2026-01-01", v.usual()), finds: true },
    Kind { name: "nothing", query: |v| format!("absent{}", v.rare()), finds: false },
];

/// Chooses words.
pub(super) struct Vocabulary {
    seed: Seed,
    /// What names of rooms and people begin with.
    prefix: String,
}

impl Vocabulary {
    pub(super) fn new(seed: Seed, prefix: &str) -> Self {
        Self { seed, prefix: prefix.to_owned() }
    }

    pub(super) fn below(&mut self, end: usize) -> u64 {
        self.seed.below(u64::try_from(end).unwrap_or(1).max(1))
    }

    /// One message.
    pub(super) fn text(&mut self) -> String {
        let words = LENGTH.0 + self.seed.below(LENGTH.1 - LENGTH.0);
        let words: Vec<_> = (0..words).map(|_| self.said()).collect();
        words.join(" ")
    }

    /// The rank is WORDS to a power between 0 and 1, which makes its frequency fall as 1 / rank.
    fn said(&mut self) -> String {
        let step = u32::try_from(self.seed.below(STEPS.into())).unwrap_or_default();
        let rank = f64::from(WORDS).powf(f64::from(step) / f64::from(STEPS));
        format!("w{rank:.0}")
    }

    fn common(&mut self) -> String {
        format!("w{}", 1 + self.seed.below(9))
    }

    fn usual(&mut self) -> String {
        format!("w{}", 100 + self.seed.below(900))
    }

    fn rare(&mut self) -> String {
        format!("w{}", 10_000 + self.seed.below(40_000))
    }
}
