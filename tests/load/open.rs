//! Open loop: one member of a room says something at a fixed rate, whatever becomes of it.
//! Times count from when a message was due, so that nothing that holds up the sender is left
//! out, to its receipt by each member, itself among them, and to its acknowledgement.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::clock::Clock;
use crate::samples::Samples;
use crate::stream::Stream;
use crate::swarm::{Heard, hear};
use crate::venue::{Seat, Venue};

/// Between two looks at the time, when nothing comes.
const GLANCE: Duration = Duration::from_millis(20);

/// The last messages have so long to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who speaks: publishers come first in a shape.
const SPEAKER: usize = 0;

/// How much is said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) per_second: u32,
    pub(crate) messages: u32,
}

/// How long it took.
#[derive(Debug, Default)]
pub(crate) struct Times {
    pub(crate) delivery: Samples,
    pub(crate) ack: Samples,
    /// How late the generator itself was.
    pub(crate) late: Samples,
}

/// A room of a venue, whose first member speaks.
pub(crate) struct Open {
    text: String,
    next_id: u128,
    /// What each member has heard.
    streams: Vec<Stream>,
    /// Members who do not read.
    asleep: usize,
}

/// What is being measured.
struct Window {
    clock: Clock,
    start: Duration,
    every: Duration,
    first_id: u128,
    said: u32,
    in_flight: VecDeque<(u32, Duration)>,
    times: Times,
    deliveries: u64,
}

impl Open {
    pub(crate) fn new(venue: &Venue, text: String, next_id: u128) -> Result<Self> {
        let first = |seats: &Vec<Seat>| seats.first().map(|seat| Stream::after(seat.cursor));
        let streams = venue.rooms.iter().map(first).collect::<Option<_>>();
        Ok(Self { text, next_id, streams: streams.context("somebody in no room")?, asleep: 0 })
    }

    /// The last `count` members do not read any more.
    pub(crate) fn stall(&mut self, venue: &Venue, count: usize) -> Result<()> {
        self.asleep = count;
        let first = venue.swarm.len().saturating_sub(count);
        (first..venue.swarm.len()).try_for_each(|number| venue.swarm.stall(number))
    }

    /// They read again. Waits until they have heard what everybody else has; says how long
    /// that took.
    pub(crate) fn wake(&mut self, venue: &mut Venue, clock: Clock) -> Result<Duration> {
        let first = venue.swarm.len().saturating_sub(std::mem::take(&mut self.asleep));
        (first..venue.swarm.len()).try_for_each(|number| venue.swarm.wake(number))?;
        let head = self.streams.first().context("nobody")?.head();
        let start = clock.now();
        while self.streams.iter().any(|stream| stream.head() < head) {
            if clock.now() - start > PATIENCE {
                break; // What has not come is missing.
            }
            venue.keep_alive(clock)?;
            let streams = &mut self.streams;
            venue.swarm.poll(GLANCE, &mut |person, frame| {
                if let Heard::Message(event) = hear(frame)? {
                    streams.get_mut(person).context("nobody")?.take(event.seq);
                }
                Ok(())
            })?;
        }
        Ok(clock.now() - start)
    }

    /// Seqs that are missing and that came again, of all members.
    pub(crate) fn faults(&mut self) -> Result<(u64, u64)> {
        let head = self.streams.first().context("nobody")?.head();
        self.streams.iter_mut().for_each(|stream| stream.end(head));
        let missing = self.streams.iter().map(|stream| stream.missing).sum();
        let doubled = self.streams.iter().map(|stream| stream.doubled).sum();
        Ok((missing, doubled))
    }

    /// Says everything, and waits until everybody who reads has heard it.
    pub(crate) fn run(&mut self, venue: &mut Venue, clock: Clock, pace: Pace) -> Result<Times> {
        let Pace { per_second, messages } = pace;
        let every = Duration::from_secs(1) / per_second;
        let mut window = Window {
            clock,
            start: clock.now() + every,
            every,
            first_id: self.next_id,
            said: 0,
            in_flight: VecDeque::new(),
            times: Times::default(),
            deliveries: 0,
        };
        venue.swarm.tick(every)?;
        let awake = u64::try_from(venue.swarm.len() - self.asleep)?;
        let acked = u32::from(venue.has_seqs()) * messages;
        let end = window.start + every * messages + PATIENCE;
        while window.deliveries < u64::from(messages) * awake
            || window.times.ack.len() < usize::try_from(acked)?
        {
            ensure!(clock.now() < end, "messages have not arrived after {PATIENCE:?}");
            while window.said < messages && window.due(window.said) <= clock.now() {
                self.say(venue, &mut window)?;
            }
            venue.keep_alive(clock)?;
            self.take(venue, &mut window)?;
        }
        venue.swarm.tick(Duration::ZERO)?;
        Ok(window.times)
    }

    fn say(&mut self, venue: &mut Venue, window: &mut Window) -> Result<()> {
        let due = window.due(window.said);
        window.said += 1;
        let seat = venue.rooms.get(SPEAKER).and_then(|seats| seats.first());
        let seat = *seat.context("nobody speaks")?;
        let mut frames = Vec::new();
        let id = self.next_id;
        self.next_id += 1;
        let request = venue.say((SPEAKER, seat), id, &self.text, &mut frames)?;
        window.in_flight.push_back((request, due));
        window.times.late.add(window.clock.now() - due);
        venue.swarm.write(SPEAKER, &frames)
    }

    fn take(&mut self, venue: &mut Venue, window: &mut Window) -> Result<()> {
        let verifies = venue.has_seqs();
        let streams = &mut self.streams;
        venue.swarm.poll(GLANCE, &mut |person, frame| match hear(frame)? {
            Heard::Message(event) => {
                if verifies {
                    streams.get_mut(person).context("nobody")?.take(event.seq);
                }
                window.arrive(event.id)
            }
            Heard::Sent { request } => window.acked(request),
            Heard::Event { .. } => bail!("somebody else is in the room"),
            Heard::Refused { request } => bail!("request {request} was refused"),
            Heard::Other => Ok(()),
        })
    }
}

impl Window {
    fn due(&self, number: u32) -> Duration {
        self.start + self.every * number
    }

    fn arrive(&mut self, id: u128) -> Result<()> {
        let number = id.checked_sub(self.first_id).context("a message from before")?;
        let wait = self.clock.now().saturating_sub(self.due(u32::try_from(number)?));
        self.times.delivery.add(wait);
        self.deliveries += 1;
        Ok(())
    }

    fn acked(&mut self, request: u32) -> Result<()> {
        let (asked, due) = self.in_flight.pop_front().context("an answer to nothing")?;
        ensure!(asked == request, "request {request} was answered before {asked}");
        self.times.ack.add(self.clock.now().saturating_sub(due));
        Ok(())
    }
}
