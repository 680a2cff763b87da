//! A server with everybody connected to it: the floor or a Parlor server. Who is in which
//! room, and how a message is said there, which is all that differs between the two.

use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use parlor_proto::frame::encode_frame;
use parlor_proto::v1::{self, client_frame, server_frame};
use prost::Message as _;

use crate::clock::Clock;
use crate::crowd::{self, Person};
use crate::floor::{self, Floor};
use crate::setting::Setting;
use crate::shape::Shape;
use crate::swarm::{Entrance, Greeting, Swarm};

/// Between two keepalives of one connection, well below what the server asks for.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(12);

/// A server, and its people, who are connected in the order of the shape.
pub(crate) struct Venue {
    pub(crate) swarm: Swarm,
    /// The rooms of each person.
    pub(crate) rooms: Vec<Vec<Seat>>,
    kind: Kind,
    keep_alive_next: usize,
    keep_alive_due: Duration,
}

/// Somebody's place in a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Seat {
    /// The room in the shape.
    pub(crate) room: u32,
    /// As the server calls it.
    pub(crate) room_id: u64,
    /// The newest event that has come.
    pub(crate) cursor: u64,
}

enum Kind {
    Floor(Floor),
    Parlor,
}

impl Seat {
    /// Takes the next event of the room, which it must be.
    pub(crate) fn advance(&mut self, seq: u64) -> Result<()> {
        let Self { room_id, cursor, .. } = *self;
        ensure!(seq == cursor + 1, "event {seq} of room {room_id} after event {cursor}");
        self.cursor = seq;
        Ok(())
    }
}

impl Venue {
    pub(crate) fn floor(floor: Floor, shape: Shape) -> Result<Self> {
        let (mut swarm, mut rooms) = (Swarm::new()?, Vec::new());
        for (number, person) in (0..shape.people()).enumerate() {
            let own = shape.rooms_of(person);
            let (peer, _) = floor.entrance.come(number, &Greeting::Rooms(&own))?;
            swarm.add(peer)?;
            let seat = |room| Seat { room, room_id: u64::from(room) + 1, cursor: 0 };
            rooms.push(own.into_iter().map(seat).collect());
        }
        Ok(Self::new(swarm, rooms, Kind::Floor(floor)))
    }

    /// The server of the setting.
    pub(crate) async fn parlor(setting: &Setting, name: &str, shape: Shape) -> Result<Self> {
        let people = Self::people(setting, name, shape).await?;
        Self::of(setting, shape, &people)
    }

    /// Makes the people of a shape.
    pub(crate) async fn people(setting: &Setting, name: &str, shape: Shape) -> Result<Vec<Person>> {
        let prefix = setting.prefix(name);
        let rooms_of = |person| shape.rooms_of(person);
        crowd::gather(&setting.target, &prefix, shape.people(), rooms_of).await
    }

    /// They all come.
    pub(crate) fn of(setting: &Setting, shape: Shape, people: &[Person]) -> Result<Self> {
        let entrance = Entrance::of(&setting.target)?;
        let (mut swarm, mut rooms) = (Swarm::new()?, Vec::new());
        for (number, (in_shape, person)) in (0..).zip(people).enumerate() {
            let (peer, heads) = entrance.come(number, &Greeting::Token(person))?;
            swarm.add(peer)?;
            let seat = |(room, &room_id)| {
                let cursor = heads.get(&room_id).copied().unwrap_or_default();
                Seat { room, room_id, cursor }
            };
            rooms.push(shape.rooms_of(in_shape).into_iter().zip(&person.rooms).map(seat).collect());
        }
        Ok(Self::new(swarm, rooms, Kind::Parlor))
    }

    fn new(swarm: Swarm, rooms: Vec<Vec<Seat>>, kind: Kind) -> Self {
        Self { swarm, rooms, kind, keep_alive_next: 0, keep_alive_due: Duration::ZERO }
    }

    /// The process of the floor. That of the daemon is the setting's.
    pub(crate) fn floor_pid(&self) -> Option<u32> {
        match &self.kind {
            Kind::Floor(floor) => Some(floor.pid()),
            Kind::Parlor => None,
        }
    }

    /// Seqs are the server's, so that they can be verified.
    pub(crate) fn has_seqs(&self) -> bool {
        matches!(self.kind, Kind::Parlor)
    }

    /// Adds a message in a room of this person to `frames`, and gives the id of its answer. The
    /// floor is given the event as it sends it, of the same length as that of the server; it
    /// does not answer.
    pub(crate) fn say(
        &mut self,
        (person, seat): (usize, Seat),
        id: u128,
        text: &str,
        frames: &mut Vec<u8>,
    ) -> Result<u32> {
        let client_message_id = Bytes::copy_from_slice(&id.to_be_bytes());
        let text = text.to_owned();
        match &self.kind {
            Kind::Floor(_) => {
                let message = v1::Message { text, client_message_id, ..Default::default() };
                let event = v1::RoomEvent {
                    room_id: seat.room_id,
                    seq: 10_000,
                    time_ms: 1_763_800_000_000,
                    actor_id: 100,
                    actor_name: "fanout-1-0".to_owned(),
                    kind: Some(v1::room_event::Kind::Message(message)),
                };
                let body = Some(server_frame::Body::RoomEvent(event));
                let event = v1::ServerFrame { request_id: 0, body }.encode_to_vec();
                floor::say(seat.room, &event, frames);
                Ok(0)
            }
            Kind::Parlor => {
                let send = v1::SendRequest {
                    room_id: seat.room_id,
                    client_message_id,
                    text,
                    ..Default::default()
                };
                let request_id = self.swarm.peer(person)?.request();
                let body = Some(client_frame::Body::Send(send));
                frames.extend(encode_frame(&v1::ClientFrame { request_id, body }));
                Ok(request_id)
            }
        }
    }

    /// Keepalives on as many connections as it is time for, one after the other.
    pub(crate) fn keep_alive(&mut self, clock: Clock) -> Result<()> {
        let Kind::Parlor = self.kind else { return Ok(()) };
        let count = u32::try_from(self.swarm.len())?;
        let every = KEEP_ALIVE_INTERVAL / count.max(1);
        let now = clock.now();
        for _ in 0..count {
            if self.keep_alive_due > now {
                return Ok(());
            }
            self.keep_alive_due += every;
            let number = self.keep_alive_next;
            self.keep_alive_next = (number + 1) % self.swarm.len();
            let request_id = self.swarm.peer(number)?.request();
            let body = Some(client_frame::Body::KeepAlive(v1::KeepAlive::default()));
            let frame = encode_frame(&v1::ClientFrame { request_id, body });
            self.swarm.write(number, &frame)?;
        }
        // All of them have just had theirs.
        self.keep_alive_due = now;
        Ok(())
    }
}
