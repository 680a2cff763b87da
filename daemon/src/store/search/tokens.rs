//! Text as the words that are searched for: without case, without accents. The same for what is
//! indexed, what is asked for and what is shown as found, so that the three always agree. Knows
//! no database.
//!
//! The index is given these words, not the text, so its own tokenizer has only spaces to split
//! at. That of SQLite would do for European languages, but knows Unicode 6.1, cannot be asked
//! where in a text a word stands, and takes a sentence of Chinese for one word.

use std::ops::Range;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

/// The longest word: what comes after it is not looked at. Longer ones are keys and checksums.
pub(super) const TOKEN_BYTES_MAX: usize = 64;

/// Joins letters and is none itself.
const JOINERS: [char; 3] = ['\u{ad}', '\u{200c}', '\u{200d}'];

/// Takes texts apart, one after the other; keeps its buffer.
#[derive(Debug)]
pub(super) struct Tokenizer {
    decomposer: DecomposingNormalizerBorrowed<'static>,
    classes: CanonicalCombiningClassMapBorrowed<'static>,
    word: String,
    // Where the word stands in the text.
    place: Range<usize>,
}

impl Default for Tokenizer {
    fn default() -> Self {
        Self {
            decomposer: DecomposingNormalizerBorrowed::new_nfkd(),
            classes: CanonicalCombiningClassMapBorrowed::new(),
            word: String::with_capacity(TOKEN_BYTES_MAX),
            place: 0..0,
        }
    }
}

impl Tokenizer {
    /// Calls `take` with each word of the text and its place in it.
    pub(super) fn each(&mut self, text: &str, mut take: impl FnMut(&str, Range<usize>)) {
        self.word.clear();
        for (at, char) in text.char_indices() {
            let place = at..at + char.len_utf8();
            if char.is_ascii_alphanumeric() {
                self.grow(char.to_ascii_lowercase(), &place);
            } else if char.is_ascii() {
                self.finish(&mut take);
            } else if char.is_alphanumeric() && stands_alone(char) {
                self.alone(char, &place, &mut take);
            } else {
                self.decompose(char, &place, &mut take);
            }
        }
        self.finish(&mut take);
    }

    /// The words of a text, with nothing but a space between two.
    pub(super) fn join(&mut self, text: &str) -> String {
        let mut joined = String::with_capacity(text.len());
        self.each(text, |word, _| {
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(word);
        });
        joined
    }

    fn decompose(
        &mut self,
        char: char,
        place: &Range<usize>,
        take: &mut impl FnMut(&str, Range<usize>),
    ) {
        for part in self.decomposer.normalize_iter(std::iter::once(char)) {
            if part.is_alphanumeric() && stands_alone(part) {
                self.alone(part, place, take);
            } else if part.is_alphanumeric() {
                for lower in part.to_lowercase().filter(|lower| lower.is_alphanumeric()) {
                    // At the end of a word a Greek s looks different.
                    self.grow(if lower == 'ς' { 'σ' } else { lower }, place);
                }
            } else if self.classes.get_u8(part) == 0 && !JOINERS.contains(&part) {
                self.finish(take);
            }
        }
    }

    fn alone(
        &mut self,
        char: char,
        place: &Range<usize>,
        take: &mut impl FnMut(&str, Range<usize>),
    ) {
        self.finish(take);
        self.grow(char, place);
        self.finish(take);
    }

    fn grow(&mut self, char: char, place: &Range<usize>) {
        if self.word.is_empty() {
            self.place = place.clone();
        }
        self.place.end = place.end;
        if self.word.len() + char.len_utf8() <= TOKEN_BYTES_MAX {
            self.word.push(char);
        }
    }

    fn finish(&mut self, take: &mut impl FnMut(&str, Range<usize>)) {
        if !self.word.is_empty() {
            take(&self.word, self.place.clone());
            self.word.clear();
        }
    }
}

/// Whether the character is of a script that puts no spaces between words: each is a word of its
/// own, and what is asked for is found as a row of them. Kana stay as they are, since what would
/// be taken from them for an accent makes another letter of them.
fn stands_alone(char: char) -> bool {
    matches!(
        u32::from(char),
        0x0E01..=0x0E4E // Thai
            | 0x0E81..=0x0ECD // Lao
            | 0x1000..=0x103F // Myanmar
            | 0x1780..=0x17D3 // Khmer
            | 0x3005..=0x3007
            | 0x3041..=0x3096 // Hiragana
            | 0x30A1..=0x30FA // Katakana
            | 0x30FC..=0x30FE
            | 0x3400..=0x4DBF // Han
            | 0x4E00..=0x9FFF
            | 0x20000..=0x3FFFD
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(Tokenizer::default().join(text), expect, "{text:?}");
    }

    #[test]
    fn words_have_no_case_and_no_accents() {
        check("Hello, World!", "hello world");
        check("  don't #lobby @ann x_1 ", "don t lobby ann x 1");
        check("CAFÉ cafe\u{301} Ångström naïve", "cafe cafe angstrom naive");
        check("ΟΔΟΣ οδός", "οδοσ οδοσ");
        check("İstanbul ﬁne ① x²", "istanbul fine 1 x2");
        check("soft\u{ad}ware", "software");
        check("", "");
        check("?! \u{301} 🙂", "");
    }

    #[test]
    fn scripts_without_spaces_are_words_of_one_character() {
        check("東京都に行くv2", "東 京 都 に 行 く v2");
        check("ガ カ", "ガ カ");
        check("ไทย", "ไ ท ย");
    }

    #[test]
    fn a_word_that_is_too_long_is_known_by_its_beginning() {
        check(&"x".repeat(1000), &"x".repeat(TOKEN_BYTES_MAX));
        check(&"ж".repeat(1000), &"ж".repeat(TOKEN_BYTES_MAX / 2));
    }

    #[test]
    fn places_are_those_of_the_text() {
        let mut places = Vec::new();
        let text = "Où ça?東x";
        Tokenizer::default().each(text, |word, place| places.push((word.to_owned(), &text[place])));
        let expect = [("ou", "Où"), ("ca", "ça"), ("東", "東"), ("x", "x")];
        assert_eq!(places, expect.map(|(word, place)| (word.to_owned(), place)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_text_comes_apart_into_words_that_stay_what_they_are(text in any::<String>()) {
            let mut tokenizer = Tokenizer::default();
            let (mut end, mut words) = (0, Vec::new());
            tokenizer.each(&text, |word, place| {
                assert!(place.start < place.end && end <= place.end, "{place:?} after {end}");
                assert!(text.get(place.clone()).is_some());
                end = place.end;
                words.push(word.to_owned());
            });
            for word in &words {
                prop_assert!(word.len() <= TOKEN_BYTES_MAX);
                prop_assert!(word.chars().all(char::is_alphanumeric), "{word:?}");
                prop_assert_eq!(tokenizer.join(word), word.as_str());
            }
            prop_assert_eq!(tokenizer.join(&text), words.join(" "));
        }
    }
}
