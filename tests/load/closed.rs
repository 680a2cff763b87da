//! Closed loop: each publisher keeps its window of messages in flight. One is in flight until
//! every member of its room has it, the publisher too, so that a window of one leaves the
//! server nothing to share between two messages.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::clock::Clock;
use crate::swarm::{Event, Heard, hear};
use crate::venue::{Seat, Venue};

/// Messages of one publisher are told apart by the lowest bits of their ids.
const NUMBER_BITS: u32 = 40;

/// Between two looks at the time, when nothing comes.
const GLANCE: Duration = Duration::from_millis(20);

/// What is in flight at the end of a window has so long to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// The publishers of a venue.
pub(crate) struct Closed {
    speakers: Vec<Speaker>,
    window: u32,
    members: u32,
    text: String,
    deliveries: u64,
}

#[derive(Debug)]
struct Speaker {
    /// Ids of messages count up from here.
    first_id: u128,
    next: u64,
    in_flight: u32,
    /// Deliveries that a message still waits for, by its number modulo their count.
    missing: Vec<u32>,
}

impl Closed {
    /// Publisher `p` counts its messages from `first_id(p)`.
    pub(crate) fn new(
        (publishers, members): (u32, u32),
        window: u32,
        text: String,
        first_id: impl Fn(u32) -> u128,
    ) -> Result<Self> {
        // One that takes longer than the others does not hold up the next.
        let missing = vec![0; 4 * usize::try_from(window)?];
        let speaker = |number| Speaker {
            first_id: first_id(number),
            next: 0,
            in_flight: 0,
            missing: missing.clone(),
        };
        let speakers = (0..publishers).map(speaker).collect();
        Ok(Self { speakers, window, members, text, deliveries: 0 })
    }

    /// Messages that have reached somebody, so far.
    pub(crate) fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// Keeps all windows full for so long.
    pub(crate) fn run(&mut self, venue: &mut Venue, clock: Clock, time: Duration) -> Result<()> {
        let end = clock.now() + time;
        while clock.now() < end {
            self.fill(venue)?;
            self.take(venue)?;
        }
        Ok(())
    }

    /// Sends nothing more, and waits for what is in flight.
    pub(crate) fn drain(&mut self, venue: &mut Venue, clock: Clock) -> Result<()> {
        let end = clock.now() + PATIENCE;
        while self.speakers.iter().any(|speaker| speaker.in_flight > 0) {
            ensure!(clock.now() < end, "messages have not arrived after {PATIENCE:?}");
            self.take(venue)?;
        }
        Ok(())
    }

    fn fill(&mut self, venue: &mut Venue) -> Result<()> {
        for (person, speaker) in self.speakers.iter_mut().enumerate() {
            let mut frames = Vec::new();
            while speaker.in_flight < self.window && speaker.begin(self.members)? {
                let seats = venue.rooms.get(person).context("nobody")?;
                let turn = usize::try_from(speaker.next)? % seats.len();
                let seat: Seat = *seats.get(turn).context("no room")?;
                let id = speaker.first_id + u128::from(speaker.next);
                venue.say((person, seat), id, &self.text, &mut frames)?;
                speaker.next += 1;
            }
            if !frames.is_empty() {
                venue.swarm.write(person, &frames)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, venue: &mut Venue) -> Result<()> {
        let verifies = venue.has_seqs();
        let Venue { swarm, rooms, .. } = venue;
        swarm.poll(GLANCE, &mut |person, frame| {
            let (room, seq, event) = match hear(frame)? {
                Heard::Message(event) => (event.room, event.seq, Some(event)),
                Heard::Event { room, seq } => (room, seq, None),
                Heard::Refused { request } => bail!("message {request} was refused"),
                Heard::Sent { .. } | Heard::Other => return Ok(()),
            };
            if verifies {
                let seats = rooms.get_mut(person).context("nobody")?;
                let seat = seats.iter_mut().find(|seat| seat.room_id == room);
                seat.context("an event of another room")?.advance(seq)?;
            }
            if let Some(event) = event {
                self.deliveries += 1;
                self.arrive(event)?;
            }
            Ok(())
        })
    }

    fn arrive(&mut self, event: Event) -> Result<()> {
        let number = u64::try_from(event.id & ((1 << NUMBER_BITS) - 1))?;
        let speaker = usize::try_from((event.id >> NUMBER_BITS) & 0xff_ffff)?;
        let speaker = self.speakers.get_mut(speaker).context("a message of nobody")?;
        speaker.arrive(number)
    }
}

impl Speaker {
    /// The next message, unless the place of its number is still taken by an older one.
    fn begin(&mut self, members: u32) -> Result<bool> {
        let missing = self.missing(self.next)?;
        if *missing > 0 {
            return Ok(false);
        }
        *missing = members;
        self.in_flight += 1;
        Ok(true)
    }

    fn arrive(&mut self, number: u64) -> Result<()> {
        let missing = self.missing(number)?;
        *missing = missing.checked_sub(1).context("a message has come once too often")?;
        if *missing == 0 {
            self.in_flight -= 1;
        }
        Ok(())
    }

    fn missing(&mut self, number: u64) -> Result<&mut u32> {
        let window = self.missing.len();
        let place = usize::try_from(number)? % window;
        self.missing.get_mut(place).context("no window")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaker(window: usize) -> Speaker {
        Speaker { first_id: 0, next: 0, in_flight: 0, missing: vec![0; window] }
    }

    #[test]
    fn a_message_is_in_flight_until_everybody_has_it() {
        let mut speaker = speaker(1);
        assert!(speaker.begin(2).unwrap());
        speaker.next += 1;
        assert!(!speaker.begin(2).unwrap());
        speaker.arrive(0).unwrap();
        assert_eq!(speaker.in_flight, 1);
        speaker.arrive(0).unwrap();
        assert_eq!(speaker.in_flight, 0);
        assert!(speaker.begin(2).unwrap());
    }

    #[test]
    fn a_delivery_too_many_is_an_error() {
        let mut speaker = speaker(2);
        assert!(speaker.begin(1).unwrap());
        speaker.arrive(0).unwrap();
        assert!(speaker.arrive(0).is_err());
    }
}
