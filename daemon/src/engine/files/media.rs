//! What a content is, by how it begins. What a client says of it does not count.

use parlor_proto::limits::MEDIA_TYPE_BYTES_MAX;

const UNKNOWN: &str = "application/octet-stream";
const TEXT: &str = "text/plain";

pub(super) fn media_type(beginning: &[u8]) -> &'static str {
    match infer::get(beginning).map(|found| found.mime_type()) {
        Some(found) if found.len() <= MEDIA_TYPE_BYTES_MAX => found,
        Some(_) => UNKNOWN,
        None if is_text(beginning) => TEXT,
        None => UNKNOWN,
    }
}

/// UTF-8 without what no text has; the last character may be cut off.
fn is_text(beginning: &[u8]) -> bool {
    let whole = match str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            let (whole, _) = beginning.split_at(error.valid_up_to());
            str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let is_odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x1b');
    !whole.is_empty() && !whole.contains(is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(beginning: &[u8], expect: &str) {
        assert_eq!(media_type(beginning), expect);
    }

    #[test]
    fn what_a_content_is_can_be_seen_from_its_beginning() {
        check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png");
        check(b"\xff\xd8\xff\xe0", "image/jpeg");
        check(b"%PDF-1.7", "application/pdf");
        check(b"<!DOCTYPE html><script>alert(1)</script>", "text/html");
        check(b"hello, world\n", TEXT);
        check("Gr\u{fc}\u{df}e".as_bytes(), TEXT);
        check(b"Gr\xc3", TEXT);
        check(b"", UNKNOWN);
        check(b"\0\0\0\0", UNKNOWN);
        check(b"\xfe\xfd not utf-8", UNKNOWN);
    }
}
