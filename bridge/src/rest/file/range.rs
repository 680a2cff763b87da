//! Which part of a file is wanted, and whether it is at all: `Range` and the preconditions of
//! RFC 9110.

use axum::http::header::{IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderName, Method};

/// See the module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wanted {
    Whole,
    /// From the first byte to before the second.
    Part(u64, u64),
    /// Nothing: it is as who asks has it.
    NotModified,
    /// Nothing: it is another than who asks has.
    AnotherOne,
    /// Nothing: it has no such part.
    Beyond,
}

/// Of a file of this size, whose etag this is.
pub(super) fn wanted(method: &Method, headers: &HeaderMap, etag: &str, size: u64) -> Wanted {
    if headers.contains_key(IF_MATCH) && !names(headers, &IF_MATCH, etag, false) {
        return Wanted::AnotherOne;
    }
    if names(headers, &IF_NONE_MATCH, etag, true) {
        return Wanted::NotModified;
    }
    // A date is never that of a file, which has none.
    let is_other = headers.get(IF_RANGE).is_some_and(|told| told != etag);
    let mut ranges = headers.get_all(RANGE).iter();
    match (ranges.next().and_then(|told| told.to_str().ok()), ranges.next()) {
        (Some(told), None) if !is_other && method == Method::GET => part(told, size),
        _ => Wanted::Whole,
    }
}

/// Whether a header is `*` or names this etag; perhaps as a weak one.
fn names(headers: &HeaderMap, header: &HeaderName, etag: &str, weak: bool) -> bool {
    let told = headers.get_all(header).iter().filter_map(|told| told.to_str().ok());
    told.flat_map(|told| told.split(',')).map(str::trim).any(|told| {
        let told = told.strip_prefix("W/").filter(|_| weak).unwrap_or(told);
        told == "*" || told == etag
    })
}

/// What cannot be understood is as if it had not been said, and so are several parts at once.
fn part(told: &str, size: u64) -> Wanted {
    let understood = || {
        let (unit, range) = told.split_once('=')?;
        let (first, last) = range.trim().split_once('-')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") || size == 0 {
            return None;
        }
        Some(match (number(first)?, number(last)?) {
            (None, None) => return None,
            (None, Some(0)) => Wanted::Beyond,
            (None, Some(length)) => Wanted::Part(size.saturating_sub(length), size),
            (Some(first), Some(last)) if last < first => return None,
            (Some(first), _) if first >= size => Wanted::Beyond,
            (Some(first), last) => {
                Wanted::Part(first, last.map_or(size, |last| last.saturating_add(1).min(size)))
            }
        })
    };
    understood().unwrap_or(Wanted::Whole)
}

/// Digits or nothing; more of them than fit are as good as the largest number.
#[expect(clippy::option_option, reason = "no number is another thing than nothing")]
fn number(text: &str) -> Option<Option<u64>> {
    match text {
        "" => Some(None),
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Some(text.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const ETAG: &str = "\"abc\"";

    fn of(headers: &[(HeaderName, &'static str)]) -> Wanted {
        let headers = headers.iter();
        let headers: HeaderMap =
            headers.map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        wanted(&Method::GET, &headers, ETAG, 10)
    }

    #[test]
    fn a_part_is_understood_or_passed_over() {
        for (range, expect) in [
            ("bytes=0-0", Wanted::Part(0, 1)),
            ("bytes=2-5", Wanted::Part(2, 6)),
            ("Bytes=2-", Wanted::Part(2, 10)),
            ("bytes= 9-99999999999999999999999", Wanted::Part(9, 10)),
            ("bytes=-3", Wanted::Part(7, 10)),
            ("bytes=-99", Wanted::Part(0, 10)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=99999999999999999999999-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=5-2", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=1--2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes 0-1", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(of(&[(RANGE, range)]), expect, "{range:?}");
        }
        assert_eq!(part("bytes=0-", 0), Wanted::Whole, "nothing has no part");
    }

    #[test]
    fn what_is_there_already_need_not_be_sent() {
        let of_match = |told| of(&[(IF_NONE_MATCH, told), (RANGE, "bytes=0-1")]);
        assert_eq!(of_match("\"x\", W/\"abc\""), Wanted::NotModified);
        assert_eq!(of_match("*"), Wanted::NotModified);
        assert_eq!(of_match("\"x\""), Wanted::Part(0, 2));
        assert_eq!(of(&[(IF_MATCH, "\"x\", \"abc\"")]), Wanted::Whole);
        assert_eq!(of(&[(IF_MATCH, "W/\"abc\"")]), Wanted::AnotherOne);
        assert_eq!(of(&[(IF_MATCH, "\"x\""), (IF_NONE_MATCH, "*")]), Wanted::AnotherOne);
    }

    #[test]
    fn a_part_of_another_file_is_no_use() {
        let if_range = |told| of(&[(IF_RANGE, told), (RANGE, "bytes=0-1")]);
        assert_eq!(if_range("\"abc\""), Wanted::Part(0, 2));
        assert_eq!(if_range("W/\"abc\""), Wanted::Whole);
        assert_eq!(if_range("Mon, 23 Nov 2026 03:29:00 GMT"), Wanted::Whole);
        let two = [RANGE, RANGE].map(|name| (name, HeaderValue::from_static("bytes=0-1")));
        let mut headers = HeaderMap::new();
        for (name, value) in two {
            headers.append(name, value);
        }
        assert_eq!(wanted(&Method::GET, &headers, ETAG, 10), Wanted::Whole, "two of them");
        headers.insert(RANGE, HeaderValue::from_static("bytes=0-1"));
        assert_eq!(wanted(&Method::HEAD, &headers, ETAG, 10), Wanted::Whole);
    }
}
