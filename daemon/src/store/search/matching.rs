//! Whether a text is what is wished for, where, and how much so. Looks at one text at a time and
//! asks nobody.

use std::ops::Range;

use super::tokens::Tokenizer;
use crate::chat::Term;

/// How soon saying a word once more stops to matter, and how much a long text is held against
/// it: the usual values of BM25.
const SATURATION: f64 = 1.2;
const LENGTH_WEIGHT: f64 = 0.75;

/// What is looked for, as words.
#[derive(Debug)]
pub(super) struct Wish {
    // Each once.
    words: Vec<String>,
    // Rows of them, by number.
    wanted: Vec<Vec<usize>>,
    unwanted: Vec<Vec<usize>>,
}

/// A text in which everything was found.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// How many words it has.
    pub(super) words: usize,
    /// How often each term stands in it.
    counts: Vec<usize>,
}

impl Wish {
    pub(super) fn new(tokenizer: &mut Tokenizer, terms: &[Term]) -> Self {
        let mut wish = Self { words: Vec::new(), wanted: Vec::new(), unwanted: Vec::new() };
        for term in terms {
            let mut row = Vec::new();
            tokenizer.each(&term.text, |word, _| row.push(wish.number(word)));
            let rows = if term.wanted { &mut wish.wanted } else { &mut wish.unwanted };
            if !row.is_empty() && !rows.contains(&row) {
                rows.push(row);
            }
        }
        wish
    }

    fn number(&mut self, word: &str) -> usize {
        let known = self.words.iter().position(|known| known == word);
        known.unwrap_or_else(|| {
            self.words.push(word.to_owned());
            self.words.len() - 1
        })
    }

    pub(super) fn wanted(&self) -> impl Iterator<Item = Vec<&str>> {
        self.wanted.iter().map(|row| self.spell(row))
    }

    pub(super) fn unwanted(&self) -> impl Iterator<Item = Vec<&str>> {
        self.unwanted.iter().map(|row| self.spell(row))
    }

    fn spell(&self, row: &[usize]) -> Vec<&str> {
        row.iter().filter_map(|&number| self.words.get(number).map(String::as_str)).collect()
    }

    /// `None` if the text is not what is wished for.
    pub(super) fn look(&self, tokenizer: &mut Tokenizer, text: &str) -> Option<Sight> {
        let row = self.read(tokenizer, text);
        let numbers: Vec<_> = row.iter().map(|(number, _)| *number).collect();
        if self.unwanted.iter().any(|term| places(&numbers, term).next().is_some()) {
            return None;
        }
        let counts: Vec<_> =
            self.wanted.iter().map(|term| places(&numbers, term).count()).collect();
        let found = counts.iter().all(|&count| count > 0);
        found.then_some(Sight { words: numbers.len(), counts })
    }

    /// Where in the text what is wanted stands, in order; no two overlap.
    pub(super) fn places(&self, tokenizer: &mut Tokenizer, text: &str) -> Vec<Range<usize>> {
        let row = self.read(tokenizer, text);
        let numbers: Vec<_> = row.iter().map(|(number, _)| *number).collect();
        let mut found: Vec<Range<usize>> = Vec::new();
        for term in &self.wanted {
            for at in places(&numbers, term) {
                let first = row.get(at).map(|(_, place)| place.start);
                let last = row.get(at + term.len() - 1).map(|(_, place)| place.end);
                found.extend(first.zip(last).map(|(start, end)| start..end));
            }
        }
        found.sort_unstable_by_key(|place| (place.start, place.end));
        let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for place in found {
            match apart.last_mut() {
                Some(last) if place.start < last.end => last.end = last.end.max(place.end),
                _ => apart.push(place),
            }
        }
        apart
    }

    /// The words of the text, by number where they are ours.
    fn read(&self, tokenizer: &mut Tokenizer, text: &str) -> Vec<(Option<usize>, Range<usize>)> {
        let mut row = Vec::new();
        tokenizer.each(text, |word, place| {
            row.push((self.words.iter().position(|ours| ours == word), place));
        });
        row
    }
}

impl Sight {
    /// BM25 without the part that weighs rare words against common ones: every hit has every
    /// word.
    pub(super) fn score(&self, words_mean: f64) -> f64 {
        let length = real(self.words) / words_mean.max(1.0);
        let discount = SATURATION * (1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * length);
        let of_one = |count: &usize| real(*count) * (SATURATION + 1.0) / (real(*count) + discount);
        self.counts.iter().map(of_one).sum()
    }
}

/// Where in a row of words another begins.
fn places(row: &[Option<usize>], term: &[usize]) -> impl Iterator<Item = usize> {
    row.windows(term.len().max(1)).enumerate().filter_map(move |(at, window)| {
        window.iter().copied().eq(term.iter().map(|&number| Some(number))).then_some(at)
    })
}

#[expect(clippy::cast_precision_loss, reason = "a weight, of counts below ten thousand")]
pub(super) fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of a query: a minus is in front of what must not be there.
    fn wish(tokenizer: &mut Tokenizer, query: &[&str]) -> Wish {
        let term = |word: &&str| match word.strip_prefix('-') {
            Some(rest) => Term { text: rest.into(), wanted: false },
            None => Term { text: (*word).into(), wanted: true },
        };
        Wish::new(tokenizer, &query.iter().map(term).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(query: &[&str], text: &str, expect: Option<&[&str]>) {
        let mut tokenizer = Tokenizer::default();
        let wish = wish(&mut tokenizer, query);
        let found = wish.look(&mut tokenizer, text).map(|_| {
            let places = wish.places(&mut tokenizer, text);
            places.into_iter().map(|place| &text[place]).collect::<Vec<_>>()
        });
        assert_eq!(found.as_deref(), expect, "{query:?} in {text:?}");
    }

    #[test]
    fn all_words_in_any_order_and_phrases_in_theirs() {
        let text = "The Café is closed, the cafe opens at nine";
        check(&["cafe"], text, Some(&["Café", "cafe"]));
        check(&["nine", "the"], text, Some(&["The", "the", "nine"]));
        check(&["opens at"], text, Some(&["opens at"]));
        check(&["at opens"], text, None);
        check(&["ten"], text, None);
        check(&["cafe", "cafe is"], text, Some(&["Café is", "cafe"]));
        check(&["京都"], "東京都に京", Some(&["京都"]));
    }

    #[test]
    fn what_is_unwanted_must_not_be_there() {
        let text = "deploy failed again";
        check(&["deploy", "-rollback"], text, Some(&["deploy"]));
        check(&["deploy", "-failed"], text, None);
        check(&["deploy", "-again failed"], text, Some(&["deploy"]));
        check(&["-deploy"], text, None);
    }

    #[test]
    fn more_often_and_in_a_shorter_text_is_better() {
        let mut tokenizer = Tokenizer::default();
        let wish = wish(&mut tokenizer, &["deploy"]);
        let mut score = |text: &str| wish.look(&mut tokenizer, text).unwrap().score(5.0);
        let short = score("deploy now");
        assert!(score("deploy deploy now") > short);
        assert!(score(&format!("deploy now {}", "and then ".repeat(50))) < short);
    }
}
