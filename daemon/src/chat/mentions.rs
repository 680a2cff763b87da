//! Whom a text mentions: `@name` of a member, or `@room` by somebody who may call everybody.

use std::sync::Arc;

use parlor_proto::ids::UserId;
use parlor_proto::limits::{MENTIONS_MAX, NAME_BYTES_MAX};
use parlor_proto::name::Name;

/// Calls everybody.
const EVERYBODY: &str = "room";

/// Who is meant.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Mentions {
    pub(super) users: Arc<[UserId]>,
    pub(super) everybody: bool,
}

/// In the order in which they stand there, each once, and no more than [`MENTIONS_MAX`].
pub(super) fn find(
    text: &str,
    may_call_everybody: bool,
    member: impl Fn(&Name) -> Option<UserId>,
) -> Mentions {
    let mut users = Vec::new();
    let mut everybody = false;
    for word in words(text) {
        if may_call_everybody && word.eq_ignore_ascii_case(EVERYBODY) {
            everybody = true;
            continue;
        }
        let named = |word: &str| Name::parse(word).ok().and_then(|name| member(&name));
        // What ends a sentence may also end a name.
        let user = named(word).or_else(|| named(word.trim_end_matches(['.', '-', '_'])));
        if let Some(user) = user.filter(|user| !users.contains(user))
            && users.len() < MENTIONS_MAX
        {
            users.push(user);
        }
    }
    Mentions { users: users.into(), everybody }
}

/// What stands behind each `@` that begins a word. An address of mail mentions nobody.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('@').filter_map(|(at, _)| {
        let (before, rest) = (text.get(..at)?, text.get(at + 1..)?);
        let end = rest.find(|c: char| !is_of_a_name(c)).unwrap_or(rest.len());
        let (word, after) = (rest.get(..end)?, rest.get(end..)?);
        let goes_on = |c: char| c.is_alphanumeric() || c == '@';
        let is_word = !before.ends_with(|c: char| is_of_a_name(c) || goes_on(c))
            && !after.starts_with(goes_on)
            && word.len() <= 2 * NAME_BYTES_MAX;
        is_word.then_some(word)
    })
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Members are called ann, bob, b.o.b and so on; each number is that of the name's place.
    const MEMBERS: &[&str] = &["ann", "bob", "b.o.b", "bob.", "x-1", "room"];

    fn member(name: &Name) -> Option<UserId> {
        let place = MEMBERS.iter().position(|member| *member == name.as_str())?;
        Some(UserId(u64::try_from(place).unwrap()))
    }

    #[track_caller]
    fn check(text: &str, expect: &[u64]) {
        let found = find(text, false, member);
        let users: Vec<u64> = found.users.iter().map(|user| user.0).collect();
        assert_eq!((users.as_slice(), found.everybody), (expect, false), "{text:?}");
    }

    #[test]
    fn members_are_found_where_a_word_begins() {
        for (text, expect) in [
            ("", &[][..]),
            ("ann", &[]),
            ("@ann", &[0]),
            ("hello @ann, and @Bob!", &[0, 1]),
            ("@bob @ann @bob", &[1, 0]),
            ("(@ann) \"@bob\"", &[0, 1]),
            ("ask @x-1.", &[4]),
            ("@x-1...", &[4]),
            ("@b.o.b", &[2]),
            ("@bob.", &[3]),
            ("@bob.,", &[3]),
            ("@bob?", &[1]),
            ("mail ann@bob", &[]),
            ("@ann@bob", &[]),
            ("@bob@example.org", &[]),
            ("@@ann", &[]),
            ("ä@ann", &[]),
            ("@annä", &[]),
            ("@anna", &[]),
            ("@ann's", &[0]),
            ("\u{1f98a}@ann\u{1f98a}", &[0]),
            ("@", &[]),
            ("@ ann", &[]),
            ("@stranger", &[]),
            ("\\@ann `@bob`", &[0, 1]),
        ] {
            check(text, expect);
        }
    }

    #[test]
    fn everybody_is_called_by_who_may_and_else_it_is_a_name() {
        let found = find("@Room and @ann", true, member);
        assert_eq!((&*found.users, found.everybody), (&[UserId(0)][..], true));
        check("@room", &[5]);
    }

    #[test]
    fn so_many_are_mentioned_and_no_more() {
        let everyone = |name: &Name| name.as_str().get(1..)?.parse().ok().map(UserId);
        let text: String = (10..90).map(|n| format!("@u{n} ")).collect();
        assert_eq!(find(&text, false, everyone).users.len(), MENTIONS_MAX);
    }

    #[test]
    fn nothing_takes_long() {
        find(&"@".repeat(8192), false, member);
        find(&format!("@{}", "-".repeat(8191)), false, member);
        find(&"@a ".repeat(2730), true, member);
    }
}
