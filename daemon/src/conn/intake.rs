//! What a connection has sent and the engine has not answered. Pure: bytes go in, wishes come
//! out when it is their turn.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use parlor_proto::frame::FrameDecoder;
use parlor_proto::limits::{
    FRAME_BYTES_MAX, FRAME_BYTES_MAX_BEFORE_AUTH, PREFIX_BYTES, REQUESTS_IN_FLIGHT_MAX,
};

use crate::chat::Request;
use crate::wire::parse::{self, Wish};

/// Of the requests in flight, those that fill a frame or whose answer may: what a client that reads
/// can have waiting for it stays under the outbox's hard limit.
const PAGES_IN_FLIGHT_MAX: u32 = 8;

/// Of requests that have to wait, so much is read in search of a sign of life behind them; the
/// rest waits in the socket. No more than one unfinished frame may take anyway.
const WAITING_BYTES_MAX: usize = PREFIX_BYTES + FRAME_BYTES_MAX;

#[derive(Debug)]
pub(super) struct Intake {
    decoder: FrameDecoder,
    /// Whole frames that have to wait, as they came: in order, and before what is in the decoder.
    parked: BytesMut,
    in_flight: u32,
    pages: u32,
    greeted: bool,
    /// The state of all rooms is being told, in as many frames as it takes.
    syncing: bool,
    /// A request to sign in is in flight. With its answer the limit for frames rises, so no
    /// later frame is looked at before.
    signing_in: bool,
}

/// What a connection can do next.
#[derive(Debug)]
pub(super) enum Next {
    Wish(Wish),
    /// A request has come and has to wait. Whoever sent it is alive.
    Parked,
    /// More bytes are needed.
    Read,
    /// It is nobody's turn before an answer has come or the outbox has drained.
    Wait,
}

impl Intake {
    pub(super) fn new() -> Self {
        Self {
            decoder: FrameDecoder::new(FRAME_BYTES_MAX_BEFORE_AUTH),
            parked: BytesMut::new(),
            in_flight: 0,
            pages: 0,
            greeted: false,
            syncing: false,
            signing_in: false,
        }
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.decoder.extend(bytes);
    }

    /// Whether a frame has begun and more bytes are needed; true to its word after
    /// [`Next::Read`].
    pub(super) fn is_mid_frame(&self) -> bool {
        self.decoder.is_mid_frame()
    }

    /// The next wish, if it may be seen to now. With `peek` signs of life are looked for even
    /// if requests have to wait. An error ends the connection; it says what was wrong.
    pub(super) fn next(&mut self, slow: bool, peek: bool) -> Result<Next, String> {
        let is_open = self.is_open(slow);
        if is_open && let Some(frame) = self.unpark() {
            return parsed(frame).map(Next::Wish);
        }
        if !is_open && (!peek || self.signing_in) {
            return Ok(Next::Wait);
        }
        let Some(frame) = self.decoder.next_frame().map_err(|error| error.to_string())? else {
            return Ok(if is_open || self.may_read_on() { Next::Read } else { Next::Wait });
        };
        let wish = parsed(frame.clone())?;
        if is_open || matches!(wish, Wish::KeepAlive { .. }) {
            return Ok(Next::Wish(wish));
        }
        self.park(&frame);
        Ok(Next::Parked)
    }

    /// Whether requests are taken now.
    pub(super) fn is_open(&self, slow: bool) -> bool {
        !slow
            && !self.signing_in
            && !self.syncing
            && self.in_flight < REQUESTS_IN_FLIGHT_MAX
            && self.pages < PAGES_IN_FLIGHT_MAX
    }

    /// The client says hello. Once is enough: false if it has done so before.
    pub(super) fn greet(&mut self) -> bool {
        !std::mem::replace(&mut self.greeted, true)
    }

    pub(super) fn is_greeted(&self) -> bool {
        self.greeted
    }

    /// The request goes to the engine.
    pub(super) fn asked(&mut self, request: &Request) {
        self.in_flight += 1;
        let verb = request.verb();
        self.pages += u32::from(verb.is_page() || verb.is_piece());
        self.syncing |= matches!(request, Request::Sync(_));
        self.signing_in |= request.verb().signs_in();
    }

    /// A request has been answered; which one does not matter. Says how many pages fewer are in
    /// flight by this.
    pub(super) fn answered(&mut self) -> u32 {
        let pages = self.pages;
        self.in_flight = self.in_flight.saturating_sub(1);
        self.pages = self.pages.min(self.in_flight);
        self.syncing &= self.in_flight > 0;
        self.signing_in &= self.in_flight > 0;
        pages - self.pages
    }

    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    pub(super) fn signed_in(&mut self) {
        self.decoder.set_frame_bytes_max(FRAME_BYTES_MAX);
    }

    /// Whether more is read although it is not the turn of what is here.
    fn may_read_on(&self) -> bool {
        self.parked.is_empty() || self.parked.len() + self.decoder.buffered() < WAITING_BYTES_MAX
    }

    /// Keeps the bytes and not what they say, which may be many times as large.
    fn park(&mut self, frame: &[u8]) {
        // No frame is longer than its prefix could say.
        let len = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        self.parked.put_u32(len);
        self.parked.extend_from_slice(frame);
    }

    fn unpark(&mut self) -> Option<Bytes> {
        let prefix = self.parked.first_chunk::<PREFIX_BYTES>()?;
        let len = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
        self.parked.advance(PREFIX_BYTES);
        let frame = self.parked.split_to(len.min(self.parked.len())).freeze();
        if self.parked.is_empty() {
            self.parked = BytesMut::new();
        }
        Some(frame)
    }
}

fn parsed(frame: Bytes) -> Result<Wish, String> {
    parse::parse(frame).map_err(|malformed| malformed.to_string())
}

#[cfg(test)]
mod tests;
