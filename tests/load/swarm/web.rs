//! As much of WebSocket as a client needs that only measures: binary messages, in whole
//! frames, and answers to pings.

use anyhow::{Result, bail, ensure};

/// A message that is longer is not one of ours.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
const MASKED: u8 = 0x80;

/// Messages out of the pieces that a socket gives.
#[derive(Debug, Default)]
pub(super) struct Messages {
    rest: Vec<u8>,
    /// Answers to pings, to be sent.
    pub(super) pongs: Vec<u8>,
}

impl Messages {
    /// Gives the payload of each message that is whole now to `sink`.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        sink: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        self.rest.extend_from_slice(bytes);
        let mut rest = self.rest.as_slice();
        while let Some((kind, payload, after)) = first(rest)? {
            match kind {
                BINARY => sink(payload)?,
                CLOSE => bail!("the bridge has hung up"),
                PING => frame(PONG, payload, &mut self.pongs),
                PONG => {}
                kind => bail!("a WebSocket frame of kind {kind:#x}"),
            }
            rest = after;
        }
        let done = self.rest.len() - rest.len();
        self.rest.drain(..done);
        Ok(())
    }
}

/// Kind and payload of a frame, and what comes after it.
type First<'a> = (u8, &'a [u8], &'a [u8]);

/// The first frame, if it is whole.
fn first(bytes: &[u8]) -> Result<Option<First<'_>>> {
    let (kind, len, rest) = match bytes {
        [kind, 126, high, low, rest @ ..] => {
            (*kind, u64::from(u16::from_be_bytes([*high, *low])), rest)
        }
        [_, 126, ..] => return Ok(None),
        [kind, 127, rest @ ..] => match rest.split_first_chunk() {
            Some((len, rest)) => (*kind, u64::from_be_bytes(*len), rest),
            None => return Ok(None),
        },
        [kind, len, rest @ ..] => (*kind, u64::from(*len), rest),
        _ => return Ok(None),
    };
    let len = usize::try_from(len)?;
    ensure!(len <= MESSAGE_BYTES_MAX, "a WebSocket message of {len} bytes");
    Ok(rest.split_at_checked(len).map(|(payload, after)| (kind, payload, after)))
}

/// Adds a binary message. Its mask is zero: nothing between here and the bridge looks.
pub(super) fn message(payload: &[u8], out: &mut Vec<u8>) {
    frame(BINARY, payload, out);
}

fn frame(kind: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len @ ..126), _) => out.push(MASKED | len),
        (_, Ok(len)) => {
            out.push(MASKED | 126);
            out.extend(len.to_be_bytes());
        }
        (_, Err(_)) => {
            out.push(MASKED | 127);
            out.extend(u64::try_from(payload.len()).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
    out.extend([0; 4]);
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a server would send it: without a mask.
    fn served(payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        message(payload, &mut out);
        let mask = out.len() - payload.len() - 4;
        out.drain(mask..mask + 4);
        out[1] &= !MASKED;
        out
    }

    #[test]
    fn messages_of_every_length_come_out_of_any_pieces() {
        let lens = [0, 1, 125, 126, 300, 65_535, 65_536];
        let bytes: Vec<u8> = lens.iter().flat_map(|&len| served(&vec![7; len])).collect();
        for piece in [1, 3, 4096, bytes.len()] {
            let (mut messages, mut heard) = (Messages::default(), Vec::new());
            for piece in bytes.chunks(piece) {
                let mut sink = |payload: &[u8]| {
                    heard.push(payload.len());
                    Ok(())
                };
                messages.feed(piece, &mut sink).unwrap();
            }
            assert_eq!(heard, lens);
        }
    }

    #[test]
    fn a_farewell_is_an_error() {
        assert!(Messages::default().feed(&[CLOSE, 0], &mut |_| Ok(())).is_err());
    }
}
