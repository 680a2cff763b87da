//! Users and rooms, made before anything is measured: what passwords cost is no part of it.

use std::time::Duration;

use anyhow::{Result, bail};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use parlor_proto::codes::Reason;
use parlor_proto::v1::{self, client_frame, server_frame};

use crate::link::{Heads, Link, Target, refusal, sign_in};

/// Users who are made, or who connect, at the same time.
const AT_ONCE: usize = 32;

const PASSWORD: &str = "seven quiet herons over a slow canal";

/// Somebody who can sign in with a token.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) token: Bytes,
    /// The rooms that they are in.
    pub(crate) rooms: Vec<u64>,
}

/// Somebody who is connected and synced.
pub(crate) struct Member {
    pub(crate) link: Link,
    pub(crate) room: u64,
    /// The newest event that was sent or missed.
    pub(crate) cursor: u64,
}

/// Makes `count` users, each in the rooms that `rooms_of` names.
pub(crate) async fn gather<I: IntoIterator<Item = u32>>(
    target: &Target,
    prefix: &str,
    count: u32,
    rooms_of: impl Fn(u32) -> I,
) -> Result<Vec<Person>> {
    let person = |number| {
        let rooms = rooms_of(number).into_iter().map(|room| format!("{prefix}-room-{room}"));
        introduce(target, format!("{prefix}-{number}"), rooms.collect())
    };
    stream::iter(0..count).map(person).buffered(AT_ONCE).try_collect().await
}

/// All of them connect.
pub(crate) async fn connect(target: &Target, people: &[Person]) -> Result<Vec<Member>> {
    let come = people.iter().map(|person| Member::come(target, person));
    stream::iter(come).buffered(AT_ONCE).try_collect().await
}

impl Person {
    /// The room of somebody who is in one, or 0.
    pub(crate) fn room(&self) -> u64 {
        self.rooms.first().copied().unwrap_or_default()
    }
}

impl Member {
    pub(crate) async fn come(target: &Target, person: &Person) -> Result<Self> {
        Self::come_back(target, person, &Heads::new()).await
    }

    /// Events after the cursors follow as pushes.
    pub(crate) async fn come_back(
        target: &Target,
        person: &Person,
        cursors: &Heads,
    ) -> Result<Self> {
        let mut link = Link::open(target).await?;
        let heads = link.resume(&person.token, cursors).await?;
        let room = person.room();
        let cursor = cursors.get(&room).or_else(|| heads.get(&room));
        Ok(Self { link, room, cursor: cursor.copied().unwrap_or_default() })
    }

    /// A message as a frame, and the id of its answer.
    pub(crate) fn message(&mut self, id: u128, text: String) -> (u32, Bytes) {
        self.link.frame(client_frame::Body::Send(v1::SendRequest {
            room_id: self.room,
            client_message_id: Bytes::copy_from_slice(&id.to_be_bytes()),
            text,
            ..Default::default()
        }))
    }

    /// Takes an event that must be the next one of the room. Gives the text if it is a message.
    pub(crate) fn take(&mut self, event: v1::RoomEvent) -> Result<Option<String>> {
        if (event.room_id, event.seq) != (self.room, self.cursor + 1) {
            bail!(
                "event {} of room {} after event {} of room {}",
                event.seq,
                event.room_id,
                self.cursor,
                self.room
            );
        }
        self.cursor = event.seq;
        let Some(v1::room_event::Kind::Message(message)) = event.kind else { return Ok(None) };
        Ok(Some(message.text))
    }
}

async fn introduce(target: &Target, name: String, room_names: Vec<String>) -> Result<Person> {
    let mut link = Link::open(target).await?;
    link.hello().await?;
    let token = sign_up(&mut link, name).await?;
    let mut rooms = Vec::new();
    for name in room_names {
        rooms.push(enter(&mut link, name).await?);
    }
    Ok(Person { token, rooms })
}

/// On a server that knows them from an earlier run they only sign in.
async fn sign_up(link: &mut Link, name: String) -> Result<Bytes> {
    let register = v1::RegisterRequest {
        user_name: name.clone(),
        password: PASSWORD.into(),
        invite: String::new(),
        sign_in: Some(sign_in()),
    };
    let mut answer = link.ask(client_frame::Body::Register(register)).await?;
    if is(&answer, Reason::UserNameTaken) {
        let login = v1::LoginRequest {
            user_name: name,
            password: PASSWORD.into(),
            sign_in: Some(sign_in()),
        };
        answer = link.ask(client_frame::Body::Login(login)).await?;
    }
    match answer {
        server_frame::Body::Auth(auth) => Ok(auth.token),
        other => Err(refusal(other)),
    }
}

/// The first to come makes the room.
async fn enter(link: &mut Link, room_name: String) -> Result<u64> {
    let create = v1::CreateRoomRequest { name: room_name.clone(), ..Default::default() };
    let mut answer = link.ask(client_frame::Body::CreateRoom(create)).await?;
    if is(&answer, Reason::RoomNameTaken) {
        let join = v1::JoinRoomRequest { room_id: 0, room_name };
        answer = link.ask(client_frame::Body::JoinRoom(join.clone())).await?;
        while let server_frame::Body::Error(error) = &answer
            && Reason::of(error) == Some(Reason::RateLimited)
        {
            // Nobody joins many rooms at once, which is no part of what is measured.
            tokio::time::sleep(Duration::from_millis(error.retry_after_ms.into())).await;
            answer = link.ask(client_frame::Body::JoinRoom(join.clone())).await?;
        }
    }
    match answer {
        server_frame::Body::Room(room) => {
            Ok(room.state.and_then(|state| state.room).unwrap_or_default().room_id)
        }
        other => Err(refusal(other)),
    }
}

fn is(answer: &server_frame::Body, reason: Reason) -> bool {
    matches!(answer, server_frame::Body::Error(error) if error.reason == reason.as_str())
}
