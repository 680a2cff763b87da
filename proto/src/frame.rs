//! Framing: a big-endian `u32` length, then that many bytes.
//!
//! Does no I/O. Bytes go in through [`FrameDecoder::extend`], frames come out of
//! [`FrameDecoder::next_frame`]. The format is that of tokio-util's `LengthDelimitedCodec`,
//! driven over a buffer that exists only while a frame is incomplete.

use std::fmt;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use prost::Message;
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

use crate::limits::PREFIX_BYTES;

// The payload is as long as announced, the whole frame by this much longer.
const PREFIX_BYTES_ADJUSTMENT: isize = PREFIX_BYTES.cast_signed();

/// Turns a stream of bytes into frames.
#[derive(Debug)]
pub struct FrameDecoder {
    codec: LengthDelimitedCodec,
    // Invariant: at most one unfinished frame, prefix included, and what one read added to it.
    buf: BytesMut,
}

impl FrameDecoder {
    /// A decoder that refuses frames of more than `frame_bytes_max` bytes.
    #[must_use]
    pub fn new(frame_bytes_max: usize) -> Self {
        // The prefix stays in the buffer until its frame is whole, so that an empty buffer
        // means "between two frames".
        let codec = LengthDelimitedCodec::builder()
            .max_frame_length(frame_bytes_max)
            .length_adjustment(PREFIX_BYTES_ADJUSTMENT)
            .num_skip(0)
            .new_codec();
        Self { codec, buf: BytesMut::new() }
    }

    /// Changes the limit for frames whose prefix has not been looked at yet.
    pub fn set_frame_bytes_max(&mut self, frame_bytes_max: usize) {
        self.codec.set_max_frame_length(frame_bytes_max);
    }

    /// Adds bytes as they came from the socket.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    /// The next whole frame without its prefix, or `None` if more bytes are needed.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLong`] is final: the stream has no next frame boundary. Nothing is
    /// allocated for the announced length.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, FrameError> {
        let frame = self
            .codec
            .decode(&mut self.buf)
            .map_err(|_| FrameError::TooLong { frame_bytes_max: self.codec.max_frame_length() })?;
        if self.buf.is_empty() {
            self.buf = BytesMut::new(); // An idle connection holds no buffer.
        }
        Ok(frame.map(|mut frame| {
            frame.advance(PREFIX_BYTES);
            frame.freeze()
        }))
    }

    /// Bytes that were added and have not come out.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buf.len()
    }

    /// Whether a frame has begun and is not whole. Tells the truth after `next_frame` has
    /// answered `None`.
    #[must_use]
    pub fn is_mid_frame(&self) -> bool {
        !self.buf.is_empty()
    }
}

/// A message as a frame: its length, then its bytes.
///
/// # Panics
///
/// If the message is longer than a `u32` can say, which no limit of ours allows.
#[must_use]
pub fn encode_frame(message: &impl Message) -> Bytes {
    let mut frame = Vec::new();
    append_frame(&mut frame, message);
    frame.into()
}

/// The same, behind other frames; makes room for exactly what it adds.
///
/// # Panics
///
/// As [`encode_frame`].
pub fn append_frame(frames: &mut Vec<u8>, message: &impl Message) {
    let len = message.encoded_len();
    let reserve = PREFIX_BYTES + len;
    if frames.is_empty() {
        frames.reserve_exact(reserve); // Most frames are alone.
    } else {
        frames.reserve(reserve);
    }
    #[expect(clippy::expect_used, reason = "limits keep every frame far below 4 GiB")]
    frames.put_u32(u32::try_from(len).expect("a frame is shorter than 4 GiB"));
    message.encode_raw(frames);
}

/// The peer broke the framing. The connection cannot go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FrameError {
    /// The announced length is over the limit.
    TooLong {
        /// The limit that held.
        frame_bytes_max: usize,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { frame_bytes_max } => {
                write!(f, "a frame of more than {frame_bytes_max} bytes was announced")
            }
        }
    }
}

impl std::error::Error for FrameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(chunks: &[&[u8]], expect: &[&[u8]]) -> FrameDecoder {
        let mut decoder = FrameDecoder::new(8);
        let mut frames = Vec::new();
        for chunk in chunks {
            decoder.extend(chunk);
            while let Some(frame) = decoder.next_frame().unwrap() {
                frames.push(frame);
            }
        }
        assert_eq!(frames, expect);
        decoder
    }

    #[test]
    fn whole_split_and_joined() {
        check(&[b"\0\0\0\x02hi"], &[b"hi"]);
        check(&[b"\0\0", b"\0\x02h", b"i"], &[b"hi"]);
        check(&[b"\0\0\0\x01a\0\0\0\x01b\0\0"], &[b"a", b"b"]);
        check(&[b"\0\0\0\0\0\0\0\0"], &[b"", b""]);
        check(&[b"\0\0\0\x08longest!"], &[b"longest!"]);
    }

    #[test]
    fn a_decoder_at_rest_holds_no_buffer() {
        let at_rest = check(&[b"\0\0\0\x02h", b"i"], &[b"hi"]);
        assert!(!at_rest.is_mid_frame());
        assert_eq!(at_rest.buf.capacity(), 0);
        for begun in [&b"\0"[..], b"\0\0\0\x02", b"\0\0\0\x02h"] {
            assert!(check(&[begun], &[]).is_mid_frame(), "{begun:?}");
        }
    }

    #[test]
    fn an_announced_giant_is_refused_before_it_is_buffered() {
        for prefix in [*b"\xff\xff\xff\xff", *b"\0\0\0\x09"] {
            let mut decoder = FrameDecoder::new(8);
            decoder.extend(&prefix);
            assert_eq!(decoder.next_frame(), Err(FrameError::TooLong { frame_bytes_max: 8 }));
            assert!(decoder.buf.capacity() < 1024);
        }
    }

    #[test]
    fn what_is_encoded_comes_out_again() {
        let hello = crate::v1::HelloRequest { client_name: "a".into(), ..Default::default() };
        let frame = encode_frame(&hello);
        let mut decoder = FrameDecoder::new(64);
        decoder.extend(&frame);
        let payload = decoder.next_frame().unwrap().unwrap();
        assert_eq!(crate::v1::HelloRequest::decode(payload).unwrap(), hello);
    }
}
