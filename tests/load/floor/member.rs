//! One connection of the floor's server: its socket, its TLS session, its rooms.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead as _, IoSlice, Write};

use anyhow::{Result, bail, ensure};
use rustls::ServerConnection;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::server::Room;
use crate::swarm::Splitter;

/// What is held for a member that does not read; then it is one no more.
const BACKLOG_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) struct Member {
    socket: TcpStream,
    tls: RefCell<ServerConnection>,
    splitter: RefCell<Splitter>,
    rooms: RefCell<Vec<usize>>,
    /// It has been sent what is pending.
    has_sent: Cell<bool>,
    /// Rooms that it has joined and not been told so.
    joined: Cell<usize>,
}

impl Member {
    pub(super) fn new(socket: TcpStream, mut tls: ServerConnection) -> Self {
        tls.set_buffer_limit(Some(BACKLOG_BYTES_MAX));
        Self {
            socket,
            tls: RefCell::new(tls),
            splitter: RefCell::default(),
            rooms: RefCell::default(),
            has_sent: Cell::new(false),
            joined: Cell::new(0),
        }
    }

    pub(super) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    pub(super) async fn writable(&self) -> io::Result<()> {
        self.socket.writable().await
    }

    pub(super) fn join(&self, room: usize) {
        self.rooms.borrow_mut().push(room);
        self.joined.update(|joined| joined + 1);
    }

    /// One read, into `buf`, and every frame that is whole now to `sink`.
    pub(super) fn read(
        &self,
        buf: &mut [u8],
        sink: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let count = match self.socket.try_read(buf) {
            Ok(0) => bail!("the client has hung up"),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if count < buf.len() {
            // The kernel has no more, so say so to tokio: this spares a call per message.
            let empty = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
            let _would_block = self.socket.try_io(Interest::READABLE, empty).is_err();
        }
        self.take(buf.get(..count).unwrap_or_default(), sink)
    }

    /// Takes what was read. Something may have come with the end of the handshake already.
    pub(super) fn take(
        &self,
        bytes: &[u8],
        sink: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        self.decrypt(bytes, sink)?;
        for _ in 0..self.joined.take() {
            self.send(&[IoSlice::new(&[0; 4])])?;
        }
        Ok(())
    }

    fn decrypt(&self, mut bytes: &[u8], sink: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let (tls, splitter) = (&mut *self.tls.borrow_mut(), &mut *self.splitter.borrow_mut());
        loop {
            let mut reader = tls.reader();
            while let Ok(plaintext @ [_, ..]) = reader.fill_buf() {
                splitter.feed(plaintext, sink)?;
                let count = plaintext.len();
                reader.consume(count);
            }
            if bytes.is_empty() {
                return Ok(());
            }
            tls.read_tls(&mut bytes)?;
            tls.process_new_packets()?;
        }
    }

    /// Sends what is pending in all its rooms, once, and says whether all of it has left.
    pub(super) fn send_pending(&self, rooms: &[Room]) -> Result<bool> {
        if self.has_sent.replace(true) {
            return Ok(true);
        }
        let own = self.rooms.borrow();
        let pending = |&room: &usize| rooms.get(room).map_or(&[][..], |room| &room.pending);
        match own.as_slice() {
            [room] => self.send(&[IoSlice::new(pending(room))]),
            all => {
                let slices: Vec<_> = all.iter().map(|room| IoSlice::new(pending(room))).collect();
                self.send(&slices)
            }
        }
    }

    pub(super) fn end_pass(&self) {
        self.has_sent.set(false);
    }

    /// Seals and sends, in one call; says whether all of it has left.
    fn send(&self, slices: &[IoSlice<'_>]) -> Result<bool> {
        let len: usize = slices.iter().map(|slice| slice.len()).sum();
        let taken = self.tls.borrow_mut().writer().write_vectored(slices)?;
        ensure!(taken == len, "a member that does not read");
        self.push_out()
    }

    /// Says whether nothing is left.
    pub(super) fn push_out(&self) -> Result<bool> {
        let tls = &mut *self.tls.borrow_mut();
        while tls.wants_write() {
            match tls.write_tls(&mut Socket(&self.socket)) {
                Ok(count) => ensure!(count > 0, "the client takes no more"),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }
}

/// The socket as rustls wants to see it.
struct Socket<'a>(&'a TcpStream);

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
