//! From an outbox to its socket: everything that waits, in as few records and system calls
//! as it fits in. Never waits itself.

use std::io::{self, IoSlice};

use super::stream::{Flow, Stream};
use super::tls::SEND_BYTES_MAX;
use crate::outbox::Outbox;

/// Pieces that are sent in one call.
const PIECES_PER_SEND_MAX: usize = 64;

/// Sends until nothing waits or the socket takes no more.
pub(super) fn flush(stream: &Stream, outbox: &mut Outbox) -> io::Result<Flow> {
    while !outbox.is_empty() {
        let mut slices = [IoSlice::new(&[]); PIECES_PER_SEND_MAX];
        let count = outbox.gather(&mut slices, SEND_BYTES_MAX);
        match stream.send(slices.get(..count).unwrap_or_default()) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(sent) => outbox.consume(sent),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Flow::Blocked),
            Err(error) => return Err(error),
        }
    }
    stream.push_out()
}
