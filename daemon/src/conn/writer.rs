//! From an outbox to its socket: everything that waits, in as few records and system calls
//! as it fits in. Never waits itself.

use std::io::{self, IoSlice};

use super::stream::{Flow, Stream};
use super::tls::SEND_BYTES_MAX;
use crate::outbox::Outbox;

/// Pieces that are sent in one call.
const PIECES_PER_SEND_MAX: usize = 64;

/// Bytes that are sent in one call while much waits for others: as much may stay behind for
/// each who does not read, sealed, and they may be many.
const TIGHT_SEND_BYTES_MAX: usize = 4 * 1024;

/// Sends until nothing waits or the socket takes no more.
pub(super) fn flush(stream: &Stream, outbox: &mut Outbox) -> io::Result<Flow> {
    if stream.push_out()? == Flow::Blocked {
        return Ok(Flow::Blocked);
    }
    outbox.let_go();
    while !outbox.is_empty() {
        let mut slices = [IoSlice::new(&[]); PIECES_PER_SEND_MAX];
        let bytes_max = if outbox.is_tight() { TIGHT_SEND_BYTES_MAX } else { SEND_BYTES_MAX };
        let count = outbox.gather(&mut slices, bytes_max);
        let (sent, flow) = match stream.send(slices.get(..count).unwrap_or_default()) {
            Ok((0, _)) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(sent) => sent,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Flow::Blocked),
            Err(error) => return Err(error),
        };
        outbox.consume(sent);
        if flow == Flow::Blocked {
            outbox.hold(sent);
            return Ok(Flow::Blocked);
        }
    }
    Ok(Flow::Free)
}
