//! What a connection has sent and the engine has not answered. Pure: bytes go in, wishes come
//! out when it is their turn.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use parlor_proto::frame::FrameDecoder;
use parlor_proto::limits::{
    FRAME_BYTES_MAX, FRAME_BYTES_MAX_BEFORE_AUTH, PREFIX_BYTES, REQUESTS_IN_FLIGHT_MAX,
};

use crate::chat::Request;
use crate::wire::parse::{self, Wish};

/// Of the requests in flight, those whose answer may fill a frame: what a client that reads
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
        self.pages += u32::from(matches!(request, Request::History { .. } | Request::Sync(_)));
        self.signing_in |= is_sign_in(request);
    }

    /// A request has been answered; which one does not matter.
    pub(super) fn answered(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.pages = self.pages.min(self.in_flight);
        self.signing_in &= self.in_flight > 0;
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

/// Whether the request attaches the connection to a session.
pub(super) fn is_sign_in(request: &Request) -> bool {
    matches!(request, Request::Register { .. } | Request::Login { .. } | Request::Resume { .. })
}

#[cfg(test)]
mod tests {
    use parlor_proto::frame::encode_frame;
    use parlor_proto::ids::RequestId;
    use parlor_proto::v1::{self, client_frame::Body};

    use super::*;

    fn send(id: u32) -> (u32, Body) {
        let client_message_id = vec![0; 16].into();
        let send = v1::SendRequest { room_id: 1, client_message_id, text: "hi".into() };
        (id, Body::Send(send))
    }

    fn resume(id: u32) -> (u32, Body) {
        (id, Body::Resume(v1::ResumeRequest { token: vec![0; 32].into(), sign_in: None }))
    }

    fn sync(id: u32, cursors: usize) -> (u32, Body) {
        let cursors = vec![v1::Cursor { room_id: u64::MAX, seq: u64::MAX }; cursors];
        (id, Body::Sync(v1::SyncRequest { cursors, ..Default::default() }))
    }

    fn keep_alive() -> (u32, Body) {
        (0, Body::KeepAlive(v1::KeepAlive::default()))
    }

    fn intake(frames: impl IntoIterator<Item = (u32, Body)>) -> Intake {
        let mut intake = Intake::new();
        extend(&mut intake, frames);
        intake
    }

    fn extend(intake: &mut Intake, frames: impl IntoIterator<Item = (u32, Body)>) {
        for (request_id, body) in frames {
            let frame = v1::ClientFrame { request_id, body: Some(body) };
            intake.extend(&encode_frame(&frame));
        }
    }

    /// What comes out: ids of requests that are pushed to the engine, 0 for a sign of life.
    fn taken(intake: &mut Intake, slow: bool, peek: bool) -> Vec<u32> {
        let mut ids = Vec::new();
        loop {
            match intake.next(slow, peek).unwrap() {
                Next::Wish(Wish::Request { id: RequestId(id), request }) => {
                    intake.asked(&request);
                    ids.push(id);
                }
                Next::Wish(Wish::KeepAlive { .. }) => ids.push(0),
                Next::Wish(wish) => panic!("{wish:?}"),
                Next::Parked => {}
                Next::Read | Next::Wait => return ids,
            }
        }
    }

    #[test]
    fn the_65th_request_waits_for_an_answer() {
        let mut intake = intake((1..=66).map(send));
        assert_eq!(taken(&mut intake, false, false), (1..=64).collect::<Vec<_>>());
        assert!(matches!(intake.next(false, false), Ok(Next::Wait)));
        intake.answered();
        assert_eq!(taken(&mut intake, false, false), [65]);
    }

    #[test]
    fn few_pages_are_in_flight_at_once() {
        let mut intake = intake((1..=9).map(|id| sync(id, 0)));
        assert_eq!(taken(&mut intake, false, false).len(), 8);
        intake.answered();
        assert_eq!(taken(&mut intake, false, false), [9]);
    }

    #[test]
    fn a_large_frame_behind_a_sign_in_is_not_looked_at_before_the_answer() {
        let mut intake = intake([resume(1), sync(2, 250)]);
        assert_eq!(taken(&mut intake, false, false), [1]);
        assert!(matches!(intake.next(false, true), Ok(Next::Wait)));
        intake.signed_in();
        intake.answered();
        assert_eq!(taken(&mut intake, false, false), [2]);
    }

    #[test]
    fn a_large_frame_of_a_stranger_is_refused() {
        let mut intake = intake([sync(2, 250)]);
        assert!(intake.next(false, false).unwrap_err().contains("4096"));
    }

    #[test]
    fn signs_of_life_count_while_requests_of_a_slow_reader_wait() {
        let mut intake = intake([send(1), keep_alive(), send(2), keep_alive()]);
        assert_eq!(taken(&mut intake, true, false), []);
        assert_eq!(taken(&mut intake, true, true), [0, 0]);
        assert!(matches!(intake.next(true, true), Ok(Next::Read)), "more may come behind them");
        extend(&mut intake, [send(3), keep_alive()]);
        assert_eq!(taken(&mut intake, true, true), [0]);
        assert_eq!(taken(&mut intake, false, false), [1, 2, 3]);
        assert_eq!(intake.parked.capacity(), 0);
    }

    #[test]
    fn a_request_that_has_to_wait_is_a_sign_of_life_once() {
        let mut intake = intake([send(1)]);
        assert!(matches!(intake.next(true, true), Ok(Next::Parked)));
        assert!(matches!(intake.next(true, true), Ok(Next::Read)));
    }

    #[test]
    fn a_flood_is_read_up_to_a_limit_and_kept_as_it_came() {
        let flood = || (1..=1000).map(|id| (id, Body::Logout(v1::LogoutRequest {})));
        let mut intake = intake(flood());
        let came = intake.decoder.buffered();
        while matches!(intake.next(true, true), Ok(Next::Parked)) {}
        assert_eq!((intake.parked.len(), intake.decoder.buffered()), (came, 0));
        while intake.parked.len() < WAITING_BYTES_MAX {
            assert!(matches!(intake.next(true, true), Ok(Next::Read)));
            extend(&mut intake, flood());
            while matches!(intake.next(true, true), Ok(Next::Parked)) {}
        }
        assert!(matches!(intake.next(true, true), Ok(Next::Wait)), "the rest stays where it is");
        assert!(intake.parked.len() < WAITING_BYTES_MAX + came);
        let first: Vec<u32> = (1..=REQUESTS_IN_FLIGHT_MAX).collect();
        assert_eq!(taken(&mut intake, false, false), first);
    }

    #[test]
    fn one_request_however_long_is_read_to_its_end() {
        let mut intake = intake([]);
        intake.signed_in();
        let (request_id, body) = sync(1, 2_500);
        let frame = encode_frame(&v1::ClientFrame { request_id, body: Some(body) });
        let (begin, end) = frame.split_at(frame.len() - 1);
        assert!(begin.len() > WAITING_BYTES_MAX / 2);
        intake.extend(begin);
        assert!(matches!(intake.next(true, true), Ok(Next::Read)));
        intake.extend(end);
        assert!(matches!(intake.next(true, true), Ok(Next::Parked)));
    }
}
