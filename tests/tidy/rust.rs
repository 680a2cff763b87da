//! Just enough of Rust's grammar to look at code without comments, strings and tests.
//! Parses nothing: what the compiler would refuse gives some answer or other.

/// The text with comments and the insides of strings replaced by blanks.
pub(crate) fn code(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    while let Some(first) = rest.chars().next() {
        let before = code.chars().next_back();
        let hidden = comment(rest).or_else(|| string(rest, before)).or_else(|| character(rest));
        if let Some(len) = hidden {
            let (span, after) = rest.split_at(len);
            code.extend(span.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = after;
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    code
}

/// Code with each `#[cfg(test)] mod name { … }` replaced by nothing; lines that only tests
/// have are gone.
pub(crate) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        let (before, marked) = rest.split_at(at);
        kept.push_str(before);
        rest = &marked[item_len(marked)..];
    }
    kept + rest
}

/// The words of some code with the line that each stands in: identifiers as they are, every
/// other visible character by itself, `::` as one.
pub(crate) fn words(code: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    for (line, text) in code.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let len = match rest.find(|c: char| !is_word(c)).unwrap_or(rest.len()) {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                len => len,
            };
            let (word, after) = rest.split_at(len);
            words.push((line + 1, word));
            rest = after.trim_start();
        }
    }
    words
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            break;
        }
    }
    Some(at)
}

/// A string of any kind; `before` tells `r"…"` from an identifier that ends in r.
fn string(rest: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(is_word) {
        return None;
    }
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        rest.strip_prefix(prefix)
            .is_some_and(|after| after.trim_start_matches('#').starts_with('"'))
    })?;
    let after = &rest[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let open = prefix.len() + hashes + 1;
    if prefix.ends_with('r') {
        let close = format!("\"{}", "#".repeat(hashes));
        let len = rest[open..].find(&close).map_or(rest.len(), |at| open + at + close.len());
        return Some(len);
    }
    if hashes > 0 {
        return None;
    }
    let mut escaped = false;
    for (at, c) in rest[open..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(open + at + 1),
            _ => {}
        }
    }
    Some(rest.len())
}

/// A character literal, not a lifetime.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    if let Some(escape) = inside.strip_prefix('\\') {
        let code = escape.chars().next()?.len_utf8();
        return escape[code..].find('\'').map(|at| 3 + code + at);
    }
    let len = inside.chars().next()?.len_utf8();
    inside[len..].starts_with('\'').then_some(len + 2)
}

/// How long the item is that begins here: to its `;`, or to the brace that closes it.
fn item_len(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let squeezed = code(text).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(squeezed, expect, "{text}");
        assert_eq!(code(text).lines().count(), text.lines().count(), "lines stay");
    }

    #[test]
    fn comments_and_strings_are_not_code() {
        check("a // crate::b\nc", "a c");
        check("a /* x /* y */ z */ b", "a b");
        check("f(\"a \\\" // b\") + 1", "f( ) + 1");
        check("f(r#\"a \" b\"#, b\"x\", br\"y\\\")", "f( , , )");
        check("var\"x\"", "var\"x\"");
        check("let a: &'static str = 'x'; '\\'' '\\u{1F}' '\"' b", "let a: &'static str = ; b");
        check("//! head\nuse crate::a;", "use crate::a;");
    }

    #[test]
    fn test_modules_are_left_out() {
        let kept = without_tests("a\n#[cfg(test)]\nmod tests { fn f() { {} } }\nb");
        assert_eq!(kept, "a\n\nb");
        assert_eq!(without_tests("#[cfg(test)]\nmod tests;\nb"), "\nb");
    }

    #[test]
    fn words_come_with_their_lines() {
        assert_eq!(
            words("a::b\n  {c}"),
            [(1, "a"), (1, "::"), (1, "b"), (2, "{"), (2, "c"), (2, "}")]
        );
    }
}
