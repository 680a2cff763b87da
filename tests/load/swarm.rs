//! Many connections on one thread, as cheap as they can be: one epoll, one buffer that all
//! reads share, no task and no timer for any of them. What they say and mean is not known here.

use std::mem;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

pub(crate) use self::entrance::{Entrance, Greeting};
pub(crate) use self::heard::{Event, Heard, hear};
use self::peer::Peer;
pub(crate) use self::split::Splitter;

mod entrance;
mod heard;
mod peer;
mod split;
mod web;

/// What one read takes: more than a window of messages.
const READ_BYTES: usize = 256 * 1024;

/// Connections that are served between two looks at the time.
const READY_MAX: usize = 256;

/// The timer among the connections.
const TIMER: u64 = u64::MAX;

/// Connections that are served together.
pub(crate) struct Swarm {
    epoll: OwnedFd,
    timer: OwnedFd,
    peers: Vec<Peer>,
    ready: Vec<epoll::Event>,
    buf: Vec<u8>,
}

impl Swarm {
    pub(crate) fn new() -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        epoll::add(&epoll, &timer, epoll::EventData::new_u64(TIMER), epoll::EventFlags::IN)?;
        Ok(Self {
            epoll,
            timer,
            peers: Vec::new(),
            ready: Vec::with_capacity(READY_MAX),
            buf: vec![0; READ_BYTES],
        })
    }

    /// Takes in a connection that can speak; gives its number.
    pub(crate) fn add(&mut self, peer: Peer) -> Result<usize> {
        let number = self.peers.len();
        peer.socket().set_nonblocking(true)?;
        let data = epoll::EventData::new_u64(u64::try_from(number)?);
        epoll::add(&self.epoll, peer.socket(), data, epoll::EventFlags::IN)?;
        self.peers.push(peer);
        Ok(number)
    }

    pub(crate) fn len(&self) -> usize {
        self.peers.len()
    }

    pub(crate) fn peer(&mut self, number: usize) -> Result<&mut Peer> {
        self.peers.get_mut(number).context("no such connection")
    }

    /// Sends whole frames, all in one. What the kernel does not take leaves later.
    pub(crate) fn write(&mut self, number: usize, frames: &[u8]) -> Result<()> {
        if !self.peer(number)?.write(frames)? {
            self.listen(number, epoll::EventFlags::IN | epoll::EventFlags::OUT)?;
        }
        Ok(())
    }

    /// Does not read this connection any more, as if its program hung.
    pub(crate) fn stall(&self, number: usize) -> Result<()> {
        self.listen(number, epoll::EventFlags::empty())
    }

    pub(crate) fn wake(&self, number: usize) -> Result<()> {
        self.listen(number, epoll::EventFlags::IN)
    }

    /// From now on [`Swarm::poll`] returns at least so often, to the microsecond.
    pub(crate) fn tick(&self, every: Duration) -> Result<()> {
        let every = Timespec::try_from(every)?;
        let timer = Itimerspec { it_interval: every, it_value: every };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &timer)?;
        Ok(())
    }

    /// Waits until something has come, at most so long, and gives every frame to `sink` with
    /// the number of its connection.
    pub(crate) fn poll(
        &mut self,
        wait: Duration,
        sink: &mut impl FnMut(usize, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let wait = Timespec::try_from(wait)?;
        self.ready.clear();
        match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut self.ready), Some(&wait))
        {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = mem::take(&mut self.ready);
        for event in &ready {
            if event.data.u64() == TIMER {
                // How often it has gone off does not matter.
                rustix::io::read(&self.timer, &mut [0; 8])?;
                continue;
            }
            let number = usize::try_from(event.data.u64())?;
            let served = self.serve(number, event.flags, sink);
            served.with_context(|| format!("connection {number}"))?;
        }
        self.ready = ready;
        Ok(())
    }

    fn serve(
        &mut self,
        number: usize,
        flags: epoll::EventFlags,
        sink: &mut impl FnMut(usize, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let peer = self.peers.get_mut(number).context("no such connection")?;
        if flags.contains(epoll::EventFlags::OUT) && peer.push_out()? {
            let data = epoll::EventData::new_u64(u64::try_from(number)?);
            epoll::modify(&self.epoll, peer.socket(), data, epoll::EventFlags::IN)?;
        }
        peer.read(&mut self.buf, &mut |frame| sink(number, frame))?;
        Ok(())
    }

    fn listen(&self, number: usize, flags: epoll::EventFlags) -> Result<()> {
        let data = epoll::EventData::new_u64(u64::try_from(number)?);
        let peer = self.peers.get(number).context("no such connection")?;
        Ok(epoll::modify(&self.epoll, peer.socket(), data, flags)?)
    }
}
