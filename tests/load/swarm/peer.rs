//! One connection of the swarm: a socket, a TLS session, and what is left of a frame. It does
//! not wait for anything, and has no buffer of its own while nothing is unfinished.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Result, bail, ensure};
use rustls::ClientConnection;

use super::split::Splitter;
use super::web::{self, Messages};

/// A connection that can speak.
#[derive(Debug)]
pub(crate) struct Peer {
    socket: TcpStream,
    wire: Wire,
    splitter: Splitter,
    next_request: u32,
}

#[derive(Debug)]
pub(super) enum Wire {
    Tls(Box<ClientConnection>),
    /// A WebSocket without TLS, and what has to be written yet.
    Web {
        messages: Messages,
        unsent: Vec<u8>,
    },
}

impl Peer {
    pub(super) fn new(socket: TcpStream, wire: Wire) -> Self {
        Self { socket, wire, splitter: Splitter::default(), next_request: 1 }
    }

    pub(super) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// The id of the next request.
    pub(crate) fn request(&mut self) -> u32 {
        let id = self.next_request;
        self.next_request += 1;
        id
    }

    /// One read, into `buf`, and every frame that is whole now to `sink`. Says whether anything
    /// has come.
    pub(super) fn read(
        &mut self,
        buf: &mut [u8],
        sink: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool> {
        let count = match self.socket.read(buf) {
            Ok(0) => bail!("the server has hung up"),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let bytes = buf.get(..count).unwrap_or_default();
        match &mut self.wire {
            Wire::Tls(tls) => decrypt(tls, bytes, &mut self.splitter, sink)?,
            Wire::Web { messages, unsent } => {
                messages.feed(bytes, &mut |payload| self.splitter.feed(payload, sink))?;
                if !messages.pongs.is_empty() {
                    unsent.append(&mut messages.pongs);
                    self.push_out()?;
                }
            }
        }
        Ok(true)
    }

    /// Takes whole frames, all in one, and says whether they have left; else the rest leaves
    /// with [`Peer::push_out`].
    pub(super) fn write(&mut self, frames: &[u8]) -> Result<bool> {
        match &mut self.wire {
            Wire::Tls(tls) => tls.writer().write_all(frames)?,
            Wire::Web { unsent, .. } => web::message(frames, unsent),
        }
        self.push_out()
    }

    /// Says whether nothing is left.
    pub(super) fn push_out(&mut self) -> Result<bool> {
        loop {
            let written = match &mut self.wire {
                Wire::Tls(tls) if tls.wants_write() => tls.write_tls(&mut self.socket),
                Wire::Web { unsent, .. } if !unsent.is_empty() => {
                    let written = self.socket.write(unsent);
                    written.inspect(|&count| drop(unsent.drain(..count)))
                }
                Wire::Tls(_) | Wire::Web { .. } => return Ok(true),
            };
            match written {
                Ok(count) => ensure!(count > 0, "the server takes no more"),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn decrypt(
    tls: &mut ClientConnection,
    mut bytes: &[u8],
    splitter: &mut Splitter,
    sink: &mut impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    while !bytes.is_empty() {
        tls.read_tls(&mut bytes)?;
        tls.process_new_packets()?;
        let mut reader = tls.reader();
        loop {
            let plaintext = match reader.fill_buf() {
                Ok([]) => bail!("the server has hung up"),
                Ok(plaintext) => plaintext,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            };
            splitter.feed(plaintext, sink)?;
            let count = plaintext.len();
            reader.consume(count);
        }
    }
    Ok(())
}
