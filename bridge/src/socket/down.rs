//! From the daemon to the client.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::ready;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::SinkExt as _;
use parlor_proto::codes;
use parlor_proto::frame::encode_frame;
use parlor_proto::v1::server_frame::Body;
use parlor_proto::v1::{GoAwayCode, ServerFrame};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::Message;

use super::pulse::Pulse;
use super::{Ended, MESSAGE_BYTES_AIM, Sender};
use crate::drain::Draining;
use crate::frames;
use crate::metrics::traffic::Way;
use crate::upstream::Link;

/// One read from the daemon.
const READ_BYTES: usize = 16 * 1024;

/// The loop and what it needs.
pub(super) struct Down<'a, S> {
    reader: &'a mut ReadHalf<Link>,
    sender: &'a mut Sender<S>,
    pulse: &'a Pulse,
    ticks: Interval,
    draining: Draining,
    way: &'a Way,
    // Invariant: less than one frame, prefix included, and what one read added to it. No
    // memory at all between two frames.
    unsent: BytesMut,
}

impl<'a, S> Down<'a, S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    pub(super) fn new(
        (reader, sender): (&'a mut ReadHalf<Link>, &'a mut Sender<S>),
        pulse: &'a Pulse,
        ping_interval: Duration,
        draining: Draining,
        way: &'a Way,
    ) -> Self {
        let mut ticks = interval(ping_interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset(); // The first tick of a tokio interval is at once.
        Self { reader, sender, pulse, ticks, draining, way, unsent: BytesMut::new() }
    }

    /// Copies frames, cut where frames end. Reads on only when the client has taken them.
    pub(super) async fn copy(mut self) -> Ended {
        loop {
            match self.step().await {
                Ok(()) => {}
                Err(ended) => return ended,
            }
        }
    }

    async fn step(&mut self) -> Result<(), Ended> {
        if let Some(frames) = self.next_frames()? {
            let (waiting, bytes) = (self.way.begin(), frames.len());
            self.send(Message::Binary(frames)).await?;
            waiting.passed(bytes);
            return Ok(());
        }
        tokio::select! {
            biased;
            () = self.draining.begun() => {
                self.send(Message::Binary(go_away())).await?;
                Err(Ended::Draining)
            }
            _ = self.ticks.tick() => {
                if !self.pulse.tick() {
                    return Err(Ended::ClientLost);
                }
                self.send(Message::Ping(Bytes::new())).await
            }
            read = read(self.reader, &mut self.unsent) => match read {
                Ok(0) | Err(_) => Err(Ended::ByUpstream),
                Ok(_) => Ok(()),
            },
        }
    }

    fn next_frames(&mut self) -> Result<Option<Bytes>, Ended> {
        let whole = frames::whole_frames(&self.unsent, MESSAGE_BYTES_AIM);
        match whole.map_err(|frames::TooLong| Ended::UpstreamBroke)? {
            0 => Ok(None),
            whole => {
                let frames = self.unsent.split_to(whole).freeze();
                if self.unsent.is_empty() {
                    self.unsent = BytesMut::new();
                }
                Ok(Some(frames))
            }
        }
    }

    /// Sends and waits until the socket has taken it, while the client shows signs of life.
    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        let mut sending = pin!(self.sender.send(message));
        loop {
            tokio::select! {
                biased;
                sent = &mut sending => return sent.map_err(|_| Ended::ClientLost),
                _ = self.ticks.tick() => if !self.pulse.tick() {
                    return Err(Ended::ClientLost);
                },
            }
        }
    }
}

/// Reads what is there. The buffer exists only while it is being filled, so that a client who
/// waits for news costs none.
async fn read(reader: &mut ReadHalf<Link>, into: &mut BytesMut) -> io::Result<usize> {
    poll_fn(|cx| {
        let mut scratch = [const { MaybeUninit::<u8>::uninit() }; READ_BYTES];
        let mut scratch = ReadBuf::uninit(&mut scratch);
        ready!(Pin::new(&mut *reader).poll_read(cx, &mut scratch))?;
        into.extend_from_slice(scratch.filled());
        Ok(scratch.filled().len()).into()
    })
    .await
}

/// The only frame that the bridge ever makes.
fn go_away() -> Bytes {
    let go_away = codes::go_away(GoAwayCode::Draining, "the bridge is stopping");
    encode_frame(&ServerFrame { request_id: 0, body: Some(Body::GoAway(go_away)) })
}
