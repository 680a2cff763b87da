//! Where frames end. Walks the length prefixes and looks at nothing else.

use bytes::{Bytes, BytesMut};
use parlor_proto::limits::{FRAME_BYTES_MAX, PREFIX_BYTES};

/// A prefix announces more than any frame may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooLong;

/// How many bytes at the start are whole frames: as many frames as fit into `bytes_aim`, but
/// one at least if there is one.
pub(crate) fn whole_frames(bytes: &[u8], bytes_aim: usize) -> Result<usize, TooLong> {
    let mut whole = 0;
    while let Some(len) = first_frame(bytes.get(whole..).unwrap_or_default())? {
        let next = whole + len;
        if next > bytes.len() || (whole > 0 && next > bytes_aim) {
            break;
        }
        whole = next;
    }
    Ok(whole)
}

/// Takes what [`whole_frames`] says from the front; an empty buffer gives its memory back.
pub(crate) fn take(bytes: &mut BytesMut, bytes_aim: usize) -> Result<Option<Bytes>, TooLong> {
    match whole_frames(bytes, bytes_aim)? {
        0 => Ok(None),
        whole => {
            let frames = bytes.split_to(whole).freeze();
            if bytes.is_empty() {
                *bytes = BytesMut::new();
            }
            Ok(Some(frames))
        }
    }
}

/// The length of the first frame with its prefix, or `None` if its prefix is not whole.
fn first_frame(bytes: &[u8]) -> Result<Option<usize>, TooLong> {
    let Some(prefix) = bytes.first_chunk::<PREFIX_BYTES>() else { return Ok(None) };
    match usize::try_from(u32::from_be_bytes(*prefix)) {
        Ok(len) if len <= FRAME_BYTES_MAX => Ok(Some(PREFIX_BYTES + len)),
        _ => Err(TooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], bytes_aim: usize, expect: Result<usize, TooLong>) {
        assert_eq!(whole_frames(bytes, bytes_aim), expect, "{bytes:?}");
    }

    #[test]
    fn whole_frames_are_counted_and_the_rest_waits() {
        check(b"", 64, Ok(0));
        check(b"\0\0\0", 64, Ok(0));
        check(b"\0\0\0\x02h", 64, Ok(0));
        check(b"\0\0\0\x02hi", 64, Ok(6));
        check(b"\0\0\0\x02hi\0\0\0\x01", 64, Ok(6));
        check(b"\0\0\0\0\0\0\0\x01a", 64, Ok(9));
    }

    #[test]
    fn the_aim_cuts_between_frames_but_never_inside_one() {
        check(b"\0\0\0\x01a\0\0\0\x01b", 10, Ok(10));
        check(b"\0\0\0\x01a\0\0\0\x01b", 9, Ok(5));
        check(b"\0\0\0\x01a\0\0\0\x01b", 1, Ok(5));
    }

    #[test]
    fn a_giant_is_refused_by_its_prefix_alone() {
        check(b"\xff\xff\xff\xff", 64, Err(TooLong));
        check(b"\0\x01\0\x01", 64, Err(TooLong));
        check(b"\0\x01\0\0", 64, Ok(0));
        check(b"\0\0\0\x01a\xff\xff\xff\xff", 64, Err(TooLong));
    }
}
