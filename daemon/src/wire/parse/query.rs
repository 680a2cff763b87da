//! The language of searches: words, "phrases", `-without`, `from:NAME`, `in:ROOM`, `in:@NAME`,
//! `after:DATE`, `before:DATE`. Whatever else has a colon is words. Who and where these are is for the core.

use parlor_proto::codes::Reason;
use parlor_proto::limits::QUERY_BYTES_MAX;
use parlor_proto::name::Name;

use super::deny;
use crate::chat::{Denial, Query, Stamp, Term, Where};

/// Words and phrases of one search, and rooms it names.
const TERMS_MAX: usize = 16;
const ROOMS_MAX: usize = 8;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// One piece of what was typed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Piece<'a> {
    text: &'a str,
    minus: bool,
    quoted: bool,
}

pub(super) fn query(text: &str) -> Result<Query, Denial> {
    if text.len() > QUERY_BYTES_MAX {
        let len = text.len();
        return Err(bad(format!("a search has at most {QUERY_BYTES_MAX} bytes: {len}")));
    }
    let mut query = Query::default();
    let mut rest = text;
    while let Some((piece, after)) = next_piece(rest)? {
        rest = after;
        add(&mut query, piece)?;
    }
    let wants = query.terms.iter().any(|term| term.wanted);
    if !wants && query.author.is_none() && query.rooms.is_empty() {
        return Err(bad("there is nothing to look for: give a word, from:NAME or in:ROOM"));
    }
    Ok(query)
}

fn next_piece(text: &str) -> Result<Option<(Piece<'_>, &str)>, Denial> {
    let text = text.trim_start();
    if text.is_empty() {
        return Ok(None);
    }
    let (text, minus) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    if let Some(phrase) = text.strip_prefix('"') {
        let closed = phrase.split_once('"');
        let (text, rest) = closed.ok_or_else(|| bad(format!("a quote is not closed: {phrase}")))?;
        return Ok(Some((Piece { text, minus, quoted: true }, rest)));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (text, rest) = text.split_at(end);
    Ok(Some((Piece { text, minus, quoted: false }, rest)))
}

fn add(query: &mut Query, piece: Piece<'_>) -> Result<(), Denial> {
    let Piece { text, minus, quoted } = piece;
    let Some((key, value)) = filter(text).filter(|_| !quoted) else {
        return add_term(query, piece);
    };
    if minus {
        return Err(bad(format!("only words can be left out: -{text}")));
    }
    match key {
        Filter::From => {
            let author = name(key, value.trim_start_matches('@'))?;
            once(&mut query.author, key, author)
        }
        Filter::In => {
            query.rooms.push(match value.strip_prefix('@') {
                Some(with) => Where::With(name(key, with)?),
                None => Where::Group(name(key, value.trim_start_matches('#'))?),
            });
            at_most("rooms", query.rooms.len(), ROOMS_MAX)
        }
        Filter::Before => once(&mut query.before, key, date(key, value)?),
        Filter::After => once(&mut query.since, key, date(key, value)?),
    }
}

fn add_term(query: &mut Query, piece: Piece<'_>) -> Result<(), Denial> {
    // Punctuation alone is no word.
    if piece.text.chars().any(char::is_alphanumeric) {
        query.terms.push(Term { text: piece.text.into(), wanted: !piece.minus });
    }
    at_most("words", query.terms.len(), TERMS_MAX)
}

/// What stands before the colon.
#[derive(Clone, Copy, Debug)]
enum Filter {
    From,
    In,
    Before,
    After,
}

impl Filter {
    const ALL: [(&str, Self); 4] =
        [("from", Self::From), ("in", Self::In), ("before", Self::Before), ("after", Self::After)];

    fn label(self) -> &'static str {
        match self {
            Self::From => "from:",
            Self::In => "in:",
            Self::Before => "before:",
            Self::After => "after:",
        }
    }
}

fn filter(text: &str) -> Option<(Filter, &str)> {
    let (key, value) = text.split_once(':')?;
    let known = Filter::ALL.into_iter().find(|(name, _)| key.eq_ignore_ascii_case(name));
    known.map(|(_, filter)| (filter, value))
}

fn once<T>(place: &mut Option<T>, key: Filter, value: T) -> Result<(), Denial> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(bad(format!("{} is there twice: keep one", key.label()))),
    }
}

fn name(key: Filter, text: &str) -> Result<Name, Denial> {
    Name::parse(text).map_err(|wrong| bad(format!("{}{text}: {wrong}", key.label())))
}

/// The beginning of a day, in UTC.
fn date(key: Filter, text: &str) -> Result<Stamp, Denial> {
    let unreadable = || bad(format!("{}{text}: a date is like 2026-11-22", key.label()));
    let mut parts = text.split('-');
    let mut number = |digits| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| is_number)
    };
    let parts = (number(4), number(2), number(2));
    let (Some(year), Some(month), Some(day)) = parts else { return Err(unreadable()) };
    let days = days_in(year, month).filter(|days| (1..=*days).contains(&day));
    let is_all = text.len() == "2026-11-22".len();
    days.filter(|_| is_all).ok_or_else(unreadable)?;
    Ok(Stamp(days_since_1970(year, month, day) * DAY_MS))
}

fn days_in(year: i64, month: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if is_leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Of the Gregorian calendar. A year begins in March, so that the day that comes and goes is its
/// last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let before_month = (153 * month + 2) / 5;
    365 * year + leap_days + before_month + day - 1 - 719_468
}

fn at_most(what: &str, number: usize, max: usize) -> Result<(), Denial> {
    if number <= max { Ok(()) } else { Err(bad(format!("a search has at most {max} {what}"))) }
}

fn bad(message: impl Into<String>) -> Denial {
    deny(Reason::BadQuery, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, terms: &[&str]) -> Query {
        let query = query(text).unwrap();
        let sign = |term: &Term| if term.wanted { "" } else { "-" };
        let found: Vec<_> =
            query.terms.iter().map(|term| format!("{}{}", sign(term), term.text)).collect();
        assert_eq!(found, terms, "{text}");
        query
    }

    #[test]
    fn words_phrases_and_what_is_left_out() {
        check("deploy failed", &["deploy", "failed"]);
        check("  \"disk full\" -test -\"dry run\" ", &["disk full", "-test", "-dry run"]);
        check("a\"b\"c \"x\"y", &["a\"b\"c", "x", "y"]);
        check("is - & it", &["is", "it"]);
        check("http://x from", &["http://x", "from"]);
        check("\"from:ann\" x", &["from:ann", "x"]);
    }

    #[test]
    fn filters() {
        let query = check("from:@Ann in:#lobby IN:@Ben after:2026-11-01 before:2026-12-01", &[]);
        assert_eq!(query.author.unwrap().as_str(), "ann");
        let name = |text| Name::parse(text).unwrap();
        assert_eq!(query.rooms, [Where::Group(name("lobby")), Where::With(name("ben"))]);
        assert_eq!(query.since, Some(Stamp(1_793_491_200_000)));
        assert_eq!(query.before, Some(Stamp(1_796_083_200_000)));
        assert_eq!(check("x before:1970-01-01", &["x"]).before, Some(Stamp(0)));
        assert_eq!(check("x before:2024-02-29", &["x"]).before, Some(Stamp(1_709_164_800_000)));
    }

    #[track_caller]
    fn refused(text: &str, why: &str) {
        let denial = query(text).unwrap_err();
        assert_eq!(denial.reason, Reason::BadQuery);
        assert!(denial.message.contains(why), "{text:?}: {}", denial.message);
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for text in ["", "  ", "-word", "before:2026-01-01", "?!", "\"\""] {
            refused(text, "nothing to look for");
        }
        refused("\"open", "a quote is not closed: open");
        refused("-from:ann x", "only words can be left out: -from:ann");
        refused("from:ann from:ben", "from: is there twice");
        refused("from:", "from:");
        refused("in:a/b", "in:a/b: ");
        for date in ["2026-13-01", "2026-02-29", "1900-02-29", "26-01-01", "2026-1-1", "today"] {
            refused(&format!("x after:{date}"), &format!("after:{date}: a date is like"));
        }
        refused("x after:2026-01-01-01", "a date is like");
        refused("x after:+026-01-01", "a date is like");
        refused(&"x ".repeat(17), "at most 16 words");
        refused(&"in:aa ".repeat(9), "at most 8 rooms");
        refused(&"x".repeat(QUERY_BYTES_MAX + 1), "at most 256 bytes");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_text_is_understood_or_refused(text in "(from:|in:|before:|after:|-|\"|[a-z ]|\\PC)*") {
            match query(&text) {
                Ok(query) => {
                    prop_assert!(query.terms.len() <= TERMS_MAX && query.rooms.len() <= ROOMS_MAX);
                    for term in &query.terms {
                        prop_assert!(text.contains(&*term.text) && !term.text.contains('"') || !term.text.starts_with('"'));
                    }
                }
                Err(denial) => prop_assert_eq!(denial.reason, Reason::BadQuery),
            }
        }
    }
}
