//! Rooms followed by server-sent events: what is pushed to a client that speaks REST. A task of its
//! own, which comes back by itself, behind the last event that it has passed on.

use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::exchange::Exchange;
use super::sse::Told;
use super::streaming::Streaming;
use super::unreadable;
use crate::client::session::backoff::Backoff;
use crate::client::session::fate::Fate;
use crate::client::{Error, Event, SyncPlan, Task};
use crate::ids::RoomId;
use crate::rest::{
    Invitation, MarkerMoved, Problem, Ready, RoomEvent, RoomRemoved, RoomState, Uninvited,
};
use crate::v1;

/// A bridge says something every 15 s; a stream that is silent for longer is lost.
const SILENCE_MAX: Duration = Duration::from_secs(50);

/// How long a bridge may take to begin.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(20);

/// See the module.
pub(super) struct Following {
    exchange: Exchange,
    events: mpsc::Sender<Event>,
    path: String,
    /// Of the last event.
    last: String,
    comes_back: bool,
    backoff: Backoff,
}

/// What an event of a stream means.
enum Meaning {
    Event(Event),
    /// The stream is over, and why.
    End(Error),
    /// Of a bridge that is newer.
    Nothing,
}

impl Following {
    /// The rooms as they are; what follows comes as events for as long as the task lives.
    pub(super) async fn begin(
        exchange: Exchange,
        events: mpsc::Sender<Event>,
        plan: &SyncPlan,
        comes_back: bool,
    ) -> Result<(Vec<v1::RoomState>, Task), Error> {
        // Without randomness clients would come back together, and nothing worse.
        let backoff = Backoff::new(getrandom::u64().unwrap_or_default());
        let path = path(&plan.rooms);
        let mut this = Self { exchange, events, path, last: String::new(), comes_back, backoff };
        let (stream, rooms) = this.open().await?;
        Ok((rooms, Task(tokio::spawn(this.run(stream)))))
    }

    async fn run(mut self, mut stream: Streaming) {
        loop {
            let Some(error) = self.pass_on(&mut stream).await else { return };
            stream = match self.come_back(error).await {
                Ok(Some(stream)) => stream,
                Ok(None) => return,
                Err(event) => return drop(self.events.send(event).await),
            };
        }
    }

    /// Opens the stream, up to where it says how things are.
    async fn open(&mut self) -> Result<(Streaming, Vec<v1::RoomState>), Error> {
        let opening = self.exchange.stream(&self.path, &self.last);
        let begin = async {
            let mut stream = opening.await?;
            let told = stream.next().await?;
            Ok((stream, told))
        };
        let begun = timeout(BEGIN_TIMEOUT, begin).await;
        let (stream, told) = begun.unwrap_or(Err(Error::TimedOut))?;
        if told.name != "ready" {
            return Err(Error::Protocol("a stream that does not begin".to_owned()));
        }
        let rooms = read::<Ready>(&told)?.rooms;
        if self.last.is_empty() {
            // Later on what is void or gone is told by events that follow.
            self.last = told.id;
        }
        Ok((stream, rooms.into_iter().map(v1::RoomState::from).collect()))
    }

    /// Passes events on until the stream is over: why. `None`: nobody wants them any more.
    async fn pass_on(&mut self, stream: &mut Streaming) -> Option<Error> {
        loop {
            let told = match timeout(SILENCE_MAX, stream.next()).await {
                Ok(Ok(told)) => told,
                Ok(Err(error)) => return Some(error),
                Err(_) => return Some(Error::TimedOut),
            };
            match meaning(&told) {
                Ok(Meaning::Event(event)) => self.events.send(event).await.ok()?,
                Ok(Meaning::End(error)) | Err(error) => return Some(error),
                Ok(Meaning::Nothing) => {}
            }
            self.last = told.id;
            self.backoff.reset();
        }
    }

    /// Tries until there is a stream again. `None`: nobody wants it any more; an event: the last.
    async fn come_back(&mut self, lost: Error) -> Result<Option<Streaming>, Event> {
        let mut why = lost;
        loop {
            let retry_in = match Fate::of(&why, &mut self.backoff) {
                Fate::Again(retry_in) if self.comes_back => retry_in,
                Fate::SignedOut => return Err(Event::SignedOut(why)),
                Fate::Again(_) | Fate::Ended => return Err(Event::Ended(why)),
            };
            let offline = Event::Offline { why: why.to_string(), retry_in };
            if self.events.send(offline).await.is_err() {
                return Ok(None);
            }
            sleep(retry_in).await;
            match self.open().await {
                Ok((stream, _)) => {
                    let is_wanted = self.events.send(Event::Online { resumed: true }).await.is_ok();
                    return Ok(is_wanted.then_some(stream));
                }
                Err(error) => why = error,
            }
        }
    }
}

fn path(rooms: &[RoomId]) -> String {
    let ids: Vec<_> = rooms.iter().map(|room| room.0.to_string()).collect();
    let query = if ids.is_empty() { "" } else { "?room=" };
    format!("/v1/events{query}{}", ids.join(","))
}

fn meaning(told: &Told) -> Result<Meaning, Error> {
    let event = match told.name.as_str() {
        "room_event" => Event::Room(read::<RoomEvent>(told)?.into()),
        "reset" => Event::Reset(read::<RoomState>(told)?.into()),
        "room_added" => Event::RoomAdded(read::<RoomState>(told)?.into()),
        "room_removed" => Event::RoomRemoved(read::<RoomRemoved>(told)?.into()),
        "invited" => Event::Invited(read::<Invitation>(told)?.into()),
        "uninvited" => Event::Uninvited(RoomId(read::<Uninvited>(told)?.room_id.0)),
        "read_marker" => Event::ReadMarker(read::<MarkerMoved>(told)?.into()),
        "end" => return Ok(Meaning::End(Error::Refused(read::<Problem>(told)?.into()))),
        _ => return Ok(Meaning::Nothing),
    };
    Ok(Meaning::Event(event))
}

fn read<T: DeserializeOwned>(told: &Told) -> Result<T, Error> {
    serde_json::from_str(&told.data).map_err(|error| unreadable(&error))
}
