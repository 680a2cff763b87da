//! Whole frames out of whatever pieces a socket gives, by reference: nothing is copied but a
//! frame that two reads share.

use anyhow::{Result, ensure};
use parlor_proto::limits::{FRAME_BYTES_MAX, PREFIX_BYTES};

/// What the last read left of an unfinished frame.
#[derive(Debug, Default)]
pub(crate) struct Splitter(Vec<u8>);

impl Splitter {
    /// Gives each frame that is whole now to `sink`, without its prefix.
    pub(crate) fn feed(
        &mut self,
        bytes: &[u8],
        sink: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        if self.0.is_empty() {
            let rest = split(bytes, sink)?;
            self.0.extend_from_slice(rest);
            return Ok(());
        }
        self.0.extend_from_slice(bytes);
        let rest = split(&self.0, sink)?.len();
        let done = self.0.len() - rest;
        self.0.drain(..done);
        Ok(())
    }
}

/// Gives what is left over.
fn split<'a>(mut bytes: &'a [u8], sink: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<&'a [u8]> {
    const _: () = assert!(PREFIX_BYTES == 4, "the prefix is a u32");
    while let Some((prefix, rest)) = bytes.split_first_chunk() {
        let len = usize::try_from(u32::from_be_bytes(*prefix))?;
        ensure!(len <= FRAME_BYTES_MAX, "a frame of {len} bytes");
        let Some((frame, rest)) = rest.split_at_checked(len) else { break };
        sink(frame)?;
        bytes = rest;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(chunks: &[&[u8]], expect: &[&[u8]]) {
        let (mut splitter, mut frames) = (Splitter::default(), Vec::new());
        for chunk in chunks {
            let mut sink = |frame: &[u8]| {
                frames.push(frame.to_vec());
                Ok(())
            };
            splitter.feed(chunk, &mut sink).unwrap();
        }
        assert_eq!(frames, expect);
    }

    #[test]
    fn whole_split_and_joined() {
        check(&[b"\0\0\0\x02hi"], &[b"hi"]);
        check(&[b"\0\0", b"\0\x02h", b"i\0\0\0\x01a"], &[b"hi", b"a"]);
        check(&[b"\0\0\0\x01a\0\0\0\x01b\0\0", b"\0\0"], &[b"a", b"b", b""]);
    }

    #[test]
    fn an_announced_giant_is_refused() {
        assert!(Splitter::default().feed(&[0xff; 4], &mut |_| Ok(())).is_err());
    }
}
