//! From the daemon to the client.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::SinkExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::dialect::Dialect;
use super::parts::Parts;
use super::pulse::Pulse;
use super::{Ended, Sender};
use crate::drain::Draining;
use crate::metrics::traffic::Way;
use crate::upstream::Link;

/// One read from the daemon.
const READ_BYTES: usize = 16 * 1024;

/// The loop and what it needs.
pub(super) struct Down<'a, S, D> {
    reader: &'a mut ReadHalf<Link>,
    sender: &'a mut Sender<S>,
    dialect: &'a D,
    pulse: &'a Pulse,
    ticks: Interval,
    answer_timeout: Duration,
    draining: Draining,
    way: &'a Way,
    // Invariant: less than one frame, prefix included, and what one read added to it. No
    // memory at all between two frames.
    unsent: BytesMut,
}

impl<'a, S, D> Down<'a, S, D>
where
    S: AsyncRead + AsyncWrite + Unpin,
    D: Dialect,
{
    pub(super) fn new(
        (reader, sender): (&'a mut ReadHalf<Link>, &'a mut Sender<S>),
        dialect: &'a D,
        pulse: &'a Pulse,
        (ping_interval, answer_timeout, draining): (Duration, Duration, Draining),
        way: &'a Way,
    ) -> Self {
        let mut ticks = interval(ping_interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset(); // The first tick of a tokio interval is at once.
        let unsent = BytesMut::new();
        Self { reader, sender, dialect, pulse, ticks, answer_timeout, draining, way, unsent }
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
        if let Some(message) = self.dialect.write(&mut self.unsent)? {
            return self.give_on(message).await;
        }
        tokio::select! {
            biased;
            () = self.draining.begun() => {
                self.send(self.dialect.go_away()).await?;
                Err(Ended::Draining)
            }
            _ = self.ticks.tick() => {
                if !self.pulse.tick() {
                    return Err(Ended::ClientLost);
                }
                self.send(Message::Ping(Bytes::new())).await
            }
            answer = self.dialect.answered() => self.give_on(answer).await,
            read = read(self.reader, &mut self.unsent) => match read {
                Ok(0) | Err(_) => Err(Ended::ByUpstream),
                Ok(_) => Ok(()),
            },
        }
    }

    async fn give_on(&mut self, message: Message) -> Result<(), Ended> {
        let (waiting, bytes) = (self.way.begin(), message.len());
        for part in Parts::of(message) {
            self.send(part).await?;
        }
        waiting.passed(bytes);
        Ok(())
    }

    /// Sends and waits until the socket has taken it, while the client shows signs of life.
    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        let mut sending = pin!(self.sender.send(message));
        if let Poll::Ready(sent) = poll_fn(|cx| Poll::Ready(sending.as_mut().poll(cx))).await {
            return sent.map_err(|_| Ended::ClientLost);
        }
        loop {
            let heard = self.pulse.heard();
            match timeout(self.answer_timeout, &mut sending).await {
                Ok(sent) => {
                    // The room that it needed is a sign of life, too.
                    self.pulse.stir();
                    return sent.map_err(|_| Ended::ClientLost);
                }
                Err(_) if self.pulse.has_been_silent(heard) => return Err(Ended::ClientLost),
                Err(_) => {}
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
