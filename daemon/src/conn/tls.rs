//! TLS over TCP, driven by hand once the handshake is done.
//!
//! Not through tokio-rustls: polling its stream in place would spend the task's cooperation
//! budget, after which it claims to be blocked, and replace the only waker for writing.

use std::cell::RefCell;
use std::io::{self, BufRead as _, IoSlice, Read, Write};
use std::net::Shutdown;

use rustls::ServerConnection;
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::stream::{Flow, Got};
use crate::chat::Ending;

/// What is sealed and sent in one call: four of the largest records. As much may wait here,
/// sealed, for a client that does not read.
pub(super) const SEND_BYTES_MAX: usize = 64 * 1024;

/// Reads from the socket in one call of [`Tls::read`] if they bring no plaintext.
const FRUITLESS_READS_MAX: usize = 8;

#[derive(Debug)]
pub(super) struct Tls {
    tcp: TcpStream,
    session: RefCell<Session>,
}

#[derive(Debug)]
struct Session {
    tls: ServerConnection,
    said_goodbye: bool,
}

impl Tls {
    pub(super) fn new(tcp: TcpStream, tls: ServerConnection) -> Self {
        Self { tcp, session: RefCell::new(Session { tls, said_goodbye: false }) }
    }

    pub(super) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    pub(super) fn read(&self, sink: &mut impl FnMut(&[u8])) -> Got {
        let tls = &mut self.session.borrow_mut().tls;
        for _ in 0..FRUITLESS_READS_MAX {
            if let Some(got) = take_plaintext(tls, sink) {
                return got;
            }
            match tls.read_tls(&mut Socket(&self.tcp)) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Got::Nothing,
                Err(_) => return Got::End(Ending::Lost),
            }
            let processed = tls.process_new_packets();
            // An alert or a new key, if there is one; if it does not leave now, it does later.
            let sent = push_out(tls, &self.tcp);
            if processed.is_err() || sent.is_err() {
                return Got::End(Ending::Lost);
            }
        }
        Got::Some
    }

    pub(super) fn send(&self, bytes: &[IoSlice<'_>]) -> io::Result<(usize, Flow)> {
        let tls = &mut self.session.borrow_mut().tls;
        if push_out(tls, &self.tcp)? == Flow::Blocked {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let taken = tls.writer().write_vectored(bytes)?;
        Ok((taken, push_out(tls, &self.tcp)?))
    }

    pub(super) fn push_out(&self) -> io::Result<Flow> {
        push_out(&mut self.session.borrow_mut().tls, &self.tcp)
    }

    pub(super) fn finish(&self) -> io::Result<Flow> {
        let Session { tls, said_goodbye } = &mut *self.session.borrow_mut();
        if !*said_goodbye {
            tls.send_close_notify();
            *said_goodbye = true;
        }
        let flow = push_out(tls, &self.tcp)?;
        if flow == Flow::Free {
            SockRef::from(&self.tcp).shutdown(Shutdown::Write)?;
        }
        Ok(flow)
    }
}

/// What rustls has decrypted already; `None` if it needs more from the socket.
fn take_plaintext(tls: &mut ServerConnection, sink: &mut impl FnMut(&[u8])) -> Option<Got> {
    let mut reader = tls.reader();
    let mut some = false;
    loop {
        match reader.fill_buf() {
            Ok([]) if some => return Some(Got::Some),
            Ok([]) => return Some(Got::End(Ending::Closed)),
            Ok(chunk) => {
                sink(chunk);
                let len = chunk.len();
                reader.consume(len);
                some = true;
            }
            Err(_) if some => return Some(Got::Some),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(_) => return Some(Got::End(Ending::Lost)), // No close_notify came before the end.
        }
    }
}

fn push_out(tls: &mut ServerConnection, tcp: &TcpStream) -> io::Result<Flow> {
    while tls.wants_write() {
        match tls.write_tls(&mut Socket(tcp)) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Flow::Blocked),
            Err(error) => return Err(error),
        }
    }
    Ok(Flow::Free)
}

/// The socket as rustls wants to see it.
struct Socket<'a>(&'a TcpStream);

impl Read for Socket<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.0.try_read(buf)?;
        if (1..buf.len()).contains(&count) {
            // The kernel has no more, so say so to tokio, as it does for its own short reads:
            // this spares a system call per message.
            let empty = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
            let _would_block = self.0.try_io(Interest::READABLE, empty).is_err();
        }
        Ok(count)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.try_write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
