//! `Content-Disposition` (RFC 6266) of what others have named: always to be kept, never to be
//! shown as a page of the bridge.

use axum::http::HeaderValue;

/// What a file is called of whose name nothing is left.
const NAMELESS: &str = "file";

/// A name for clients that understand RFC 8187, and before it one for those that do not.
pub(super) fn disposition(name: &str) -> HeaderValue {
    let name = harmless(name);
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", escaped(&name));
    // It is made of letters of ASCII, and always has a form.
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}

/// A name that stays in the folder that it is put in, does not hide there, and reads as it is
/// written.
fn harmless(name: &str) -> String {
    let clean: String = name.chars().map(|c| if is_hostile(c) { '_' } else { c }).collect();
    let clean = clean.trim().trim_end_matches('.');
    match clean.strip_prefix(['.', '-', '~']) {
        Some(rest) => format!("_{rest}"),
        None if clean.is_empty() => NAMELESS.to_owned(),
        None => clean.to_owned(),
    }
}

/// Leads elsewhere, steers who shows it, or cannot be seen.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '/' | '\\' | ':' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// May stand between quotes, and means nothing there.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || " !#$&'()+,-.;=@[]^_`{}~".contains(c)
}

/// RFC 8187: everything but `attr-char` stands as its bytes.
fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_breaks_out_of_its_place() {
        for (name, plain, full) in [
            ("notes.txt", "notes.txt", "notes.txt"),
            ("two words.txt", "two words.txt", "two%20words.txt"),
            ("a\"; x=\"b", "a_; x=_b", "a%22%3B%20x%3D%22b"),
            ("50%41.txt", "50_41.txt", "50%2541.txt"),
            ("Grüße.txt", "Gr__e.txt", "Gr%C3%BC%C3%9Fe.txt"),
            ("a\u{202e}gpj.exe", "a_gpj.exe", "a_gpj.exe"),
            ("a\r\nset-cookie: b", "a__set-cookie_ b", "a__set-cookie_%20b"),
            ("..\\..\\autoexec.bat", "_._.._autoexec.bat", "_._.._autoexec.bat"),
            (".bashrc", "_bashrc", "_bashrc"),
            ("-rf", "_rf", "_rf"),
            ("..", "file", "file"),
            ("\u{200b}", "_", "_"),
        ] {
            let expect = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}");
            assert_eq!(disposition(name).to_str().unwrap(), expect, "{name:?}");
        }
        let longest = "\u{10ffff}".repeat(63);
        assert!(disposition(&longest).len() < 1_100);
    }
}
