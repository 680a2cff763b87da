//! What somebody has heard of a room: every seq once and in order, or what was wrong.

/// The seqs that have come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Stream {
    head: u64,
    pub(crate) missing: u64,
    /// Those that came again, or after later ones.
    pub(crate) doubled: u64,
}

impl Stream {
    /// The next one is that after `head`.
    pub(crate) fn after(head: u64) -> Self {
        Self { head, missing: 0, doubled: 0 }
    }

    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    pub(crate) fn take(&mut self, seq: u64) {
        match seq.checked_sub(self.head) {
            None | Some(0) => self.doubled += 1,
            Some(step) => {
                self.missing += step - 1;
                self.head = seq;
            }
        }
    }

    /// What has not come by now does not come.
    pub(crate) fn end(&mut self, head: u64) {
        self.missing += head.saturating_sub(self.head);
        self.head = self.head.max(head);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seqs: &[u64], missing: u64, doubled: u64) {
        let mut stream = Stream::after(4);
        seqs.iter().for_each(|&seq| stream.take(seq));
        stream.end(7);
        assert_eq!((stream.missing, stream.doubled), (missing, doubled), "{seqs:?}");
    }

    #[test]
    fn what_is_wrong_is_counted() {
        check(&[5, 6, 7], 0, 0);
        check(&[5, 7], 1, 0);
        check(&[5, 6], 1, 0);
        check(&[], 3, 0);
        check(&[5, 6, 6, 7, 7], 0, 2);
        check(&[4, 5, 6, 7], 0, 1);
        check(&[5, 7, 6], 1, 1);
    }
}
