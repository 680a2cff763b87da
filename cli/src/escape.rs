//! Makes text that others wrote safe to show: it cannot move the cursor, color the terminal,
//! turn the direction of reading, hide characters or pretend to be a line of ours.
//!
//! What is escaped is shown as `\x1b` or `\u{202e}`, so that it can be seen for what it is.

use std::fmt::Write as _;

/// Marks set over one letter; what is more would reach into the lines above.
const COMBINING_MAX: usize = 4;

/// What stands before the second and each later line of a message: nobody can begin a line
/// at the left edge but us.
const CONTINUATION: &str = "\n    | ";

/// Text on one line: names, topics, errors.
pub(crate) fn line(text: &str) -> String {
    escape(text, |_| None)
}

/// Text of a message, which may have several lines.
pub(crate) fn block(text: &str) -> String {
    escape(&text.replace("\r\n", "\n"), |c| match c {
        '\n' => Some(CONTINUATION),
        '\t' => Some("\t"),
        _ => None,
    })
}

/// Whether a character acts on the terminal, or on its neighbors, or cannot be seen.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control() || HOSTILE.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Beyond control characters: what turns, hides, joins, breaks or fills. In order.
const HOSTILE: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),       // soft hyphen
    ('\u{34f}', '\u{34f}'),     // combining grapheme joiner
    ('\u{61c}', '\u{61c}'),     // Arabic letter mark
    ('\u{115f}', '\u{1160}'),   // Hangul fillers
    ('\u{17b4}', '\u{17b5}'),   // Khmer inherent vowels
    ('\u{180b}', '\u{180f}'),   // Mongolian selectors
    ('\u{200b}', '\u{200f}'),   // zero-width spaces and joiners, directional marks
    ('\u{2028}', '\u{202e}'),   // line and paragraph separators, bidirectional embeddings
    ('\u{2060}', '\u{206f}'),   // word joiner, invisible operators, isolates
    ('\u{3164}', '\u{3164}'),   // Hangul filler
    ('\u{fe00}', '\u{fe0d}'),   // variation selectors, but text and emoji style
    ('\u{feff}', '\u{feff}'),   // byte order mark
    ('\u{ffa0}', '\u{ffa0}'),   // Hangul filler
    ('\u{fff0}', '\u{fffb}'),   // interlinear annotation
    ('\u{fffe}', '\u{ffff}'),   // no characters
    ('\u{1bca0}', '\u{1bca3}'), // shorthand format controls
    ('\u{1d173}', '\u{1d17a}'), // musical format controls
    ('\u{e0000}', '\u{e0fff}'), // tags, further variation selectors
];

fn escape(text: &str, special: impl Fn(char) -> Option<&'static str>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut previous = None;
    let mut marks = COMBINING_MAX; // None at the start: they would sit on our own letters.
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let stacked = if is_combining(c) { marks + 1 } else { 0 };
        if let Some(replacement) = special(c) {
            shown.push_str(replacement);
        } else if joins_emoji(previous, c, rest.clone().next()) {
            shown.push(c);
        } else if is_hostile(c) || stacked > COMBINING_MAX {
            push_escaped(&mut shown, c);
        } else {
            shown.push(c);
        }
        marks = if c.is_control() { COMBINING_MAX } else { stacked.min(COMBINING_MAX) };
        previous = Some(c);
    }
    shown
}

fn push_escaped(shown: &mut String, c: char) {
    let code = u32::from(c);
    let written = if code < 0x100 {
        write!(shown, "\\x{code:02x}")
    } else {
        write!(shown, "\\u{{{code:x}}}")
    };
    debug_assert!(written.is_ok(), "writing to a string does not fail");
}

/// Blocks that hold nothing but marks set over or under the letter before.
fn is_combining(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// The joiner between two pictures makes one of them (a family, a profession); anywhere else
/// it is only invisible.
fn joins_emoji(previous: Option<char>, c: char, next: Option<char>) -> bool {
    let picture = |c: char| matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}');
    c == '\u{200d}'
        && previous.is_some_and(|previous| picture(previous) || previous == '\u{fe0f}')
        && next.is_some_and(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(line(text), expect);
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in [
            "",
            "hello, world",
            "grüße, 世界, مرحبا, שלום, नमस्ते, สวัสดี",
            "C:\\temp \\x1b is what an escape looks like",
            "e\u{301}a\u{308}",
            "\u{2764}\u{fe0f} \u{1f44d}\u{1f3fd}",
            "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn nothing_moves_the_cursor_or_colors_the_terminal() {
        check("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m");
        check("\x1b]0;title\x07", "\\x1b]0;title\\x07");
        check("\u{9b}2J", "\\x9b2J");
        check("a\rb\x08c\x7f", "a\\x0db\\x08c\\x7f");
        check("a\nb\tc\0", "a\\x0ab\\x09c\\x00");
    }

    #[test]
    fn nothing_turns_the_direction_of_reading() {
        check("user\u{202e}txt.exe", "user\\u{202e}txt.exe");
        check("\u{2066}a\u{2069}\u{200f}\u{61c}", "\\u{2066}a\\u{2069}\\u{200f}\\u{61c}");
    }

    #[test]
    fn nothing_hides() {
        check("ad\u{200b}min\u{feff}", "ad\\u{200b}min\\u{feff}");
        check("a\u{200d}b", "a\\u{200d}b");
        check("\u{200d}\u{1f469}", "\\u{200d}\u{1f469}");
        check(
            "\u{ad}\u{3164}\u{e0041}\u{e0100}",
            "\\u{ad}\\u{3164}\\u{e0041}\\u{e0100}".replace("\\u{ad}", "\\xad").as_str(),
        );
        check("a\u{2028}b", "a\\u{2028}b");
    }

    #[test]
    fn no_tower_of_marks_and_none_on_our_own_letters() {
        check("\u{301}a", "\\u{301}a");
        let tower: String = std::iter::once('a').chain(std::iter::repeat_n('\u{301}', 9)).collect();
        let shown = line(&tower);
        assert!(shown.starts_with("a\u{301}\u{301}\u{301}\u{301}\\u{301}"), "{shown}");
        assert_eq!(shown.chars().filter(|c| *c == '\u{301}').count(), COMBINING_MAX);
        assert!(block("a\n\u{301}b").ends_with("| \\u{301}b"));
    }

    #[test]
    fn no_line_of_a_message_begins_at_the_left_edge() {
        assert_eq!(block("one\ntwo\r\nthree"), "one\n    | two\n    | three");
        assert_eq!(block("one\n12:00:00 ann: forged"), "one\n    | 12:00:00 ann: forged");
        assert_eq!(block("a\rb\u{85}c\u{2029}d\te"), "a\\x0db\\x85c\\u{2029}d\te");
    }

    #[test]
    fn no_character_comes_through_that_acts() {
        for c in '\0'..=char::MAX {
            let shown = block(&format!("a{c}b"));
            assert!(
                shown.chars().all(|c| !is_hostile(c) || "\n\t".contains(c)),
                "{:x}",
                u32::from(c)
            );
        }
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(HOSTILE.iter().all(|(first, last)| first <= last));
        assert!(HOSTILE.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}
