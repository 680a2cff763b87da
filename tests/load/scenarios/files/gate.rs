//! A file that need not lie anywhere, and a gate that it comes and goes through, so that the
//! same transfer can go on and stand still in turn.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::seed::Seed;

/// Bytes that are made at once.
const BLOCK_BYTES: u64 = 4096;

/// Open or closed. Copies are the same gate.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(super) fn open(&self) {
        self.set(true);
    }

    pub(super) fn close(&self) {
        self.set(false);
    }

    /// Waits while it is closed. Only for a thread that has nothing else to do.
    pub(super) fn pass(&self) {
        let (is_open, changed) = &*self.0;
        let is_open = is_open.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = changed.wait_while(is_open, |is_open| !*is_open);
        drop(passed.unwrap_or_else(PoisonError::into_inner));
    }

    fn set(&self, open: bool) {
        let (is_open, changed) = &*self.0;
        *is_open.lock().unwrap_or_else(PoisonError::into_inner) = open;
        changed.notify_all();
    }
}

/// So many bytes that no two seeds have.
#[derive(Debug)]
pub(super) struct Content {
    seed: u64,
    size: u64,
    at: u64,
    /// The block that was read from last, and its number.
    block: (Option<u64>, Vec<u8>),
    gate: Option<Gate>,
}

impl Content {
    pub(super) fn new(seed: u64, size: u64) -> Self {
        Self { seed, size, at: 0, block: (None, Vec::new()), gate: None }
    }

    /// The same from its beginning, as fast as the gate lets it through.
    pub(super) fn through(&self, gate: &Gate) -> Self {
        Self { gate: Some(gate.clone()), ..Self::new(self.seed, self.size) }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    fn make(&mut self, number: u64) {
        let (made, block) = &mut self.block;
        if *made == Some(number) {
            return;
        }
        let mut seed = Seed::new(self.seed, number);
        block.clear();
        block.extend((0..BLOCK_BYTES / 8).flat_map(|_| seed.next().to_le_bytes()));
        *made = Some(number);
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(gate) = &self.gate {
            gate.pass();
        }
        self.make(self.at / BLOCK_BYTES);
        let within = usize::try_from(self.at % BLOCK_BYTES).unwrap_or_default();
        let left = usize::try_from(self.size.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let rest = self.block.1.get(within..).unwrap_or_default();
        let length = rest.len().min(left).min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest).take(length) {
            *to = *from;
        }
        self.at += u64::try_from(length).unwrap_or_default();
        Ok(length)
    }
}

impl Seek for Content {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.size.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

/// Takes what comes as fast as the gate lets it through, and counts it.
pub(super) struct Sink(pub(super) Gate);

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.pass();
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_the_same_from_wherever_it_is_read() {
        let mut whole = Vec::new();
        let mut content = Content::new(7, 10_000);
        content.read_to_end(&mut whole).unwrap();
        assert_eq!(whole.len(), 10_000);
        for at in [0, 1, 4095, 4096, 9_999, 10_000] {
            let mut rest = Vec::new();
            content.seek(SeekFrom::Start(at)).unwrap();
            content.read_to_end(&mut rest).unwrap();
            assert_eq!(rest, whole[usize::try_from(at).unwrap()..], "from {at}");
        }
        let mut other = Vec::new();
        Content::new(8, 10_000).read_to_end(&mut other).unwrap();
        assert_ne!(other, whole);
    }
}
