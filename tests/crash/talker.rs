//! One client under load: sends, listens, and writes down what it sees.

use std::sync::Arc;

use futures_util::future::join_all;
use harness::Person;
use parlor_proto::client::{Event, new_client_message_id};
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1::room_event::Kind;

use crate::load::{Progress, TALKERS};
use crate::record::{Ack, Record};

/// Messages that one talker has under way at a time.
const IN_FLIGHT: usize = 4;

/// What the last message of a talker says, in each room.
pub(crate) const LAST_WORDS: &str = "that is all";

/// Talks until it is over, then listens until the last words of everybody have come.
pub(crate) async fn run(
    person: Person,
    number: usize,
    rooms: Vec<RoomId>,
    progress: Arc<Progress>,
) -> Record {
    for n in 0..rooms.len() {
        person.join(&format!("room{n}")).await;
    }
    let cursors = person.sync().await.into_iter();
    let mut record = Record { user: person.user_id(), acks: Vec::new(), heard: Vec::new() };
    assert_eq!(cursors.len(), rooms.len());
    let talking = talk(&person, number, &rooms, &progress);
    let listening = listen(&person, rooms.len());
    let (acks, heard) = tokio::join!(talking, listening);
    record.acks = acks;
    record.heard = heard;
    record
}

async fn talk(person: &Person, number: usize, rooms: &[RoomId], progress: &Progress) -> Vec<Ack> {
    let mut acks = Vec::new();
    let mut n = 0_usize;
    while !progress.is_over() {
        let batch = rooms.iter().cycle().skip(n).take(IN_FLIGHT).map(|&room| {
            n += 1;
            say(person, room, format!("{} {n}", person.name))
        });
        let batch: Vec<_> = batch.collect();
        for ack in join_all(batch).await {
            acks.push(ack);
            progress.acknowledged(number);
        }
    }
    for &room in rooms {
        acks.push(say(person, room, format!("{} {LAST_WORDS}", person.name)).await);
    }
    acks
}

/// Says it once, however often the connection breaks: the SDK repeats under the same id.
async fn say(person: &Person, room: RoomId, text: String) -> Ack {
    let id = new_client_message_id();
    let sent = person.client.send(room, id, text.clone()).await.unwrap();
    Ack { room, id, text, seq: Seq(sent.seq) }
}

/// Every event, until everybody's last words have come in every room.
async fn listen(person: &Person, rooms: usize) -> Vec<parlor_proto::v1::RoomEvent> {
    let mut heard = Vec::new();
    let mut ended = 0;
    while ended < rooms * TALKERS {
        match person.client.next_event().await.unwrap() {
            Event::Room(event) => {
                if let Some(Kind::Message(message)) = &event.kind {
                    ended += usize::from(message.text.ends_with(LAST_WORDS));
                }
                heard.push(event);
            }
            Event::RoomAdded(_) | Event::Offline { .. } | Event::Online { .. } => {}
            event @ (Event::Reset(_)
            | Event::RoomRemoved(_)
            | Event::ReadMarker(_)
            | Event::Typist(_)
            | Event::UserChanged(_)
            | Event::Invited(_)
            | Event::Uninvited(_)
            | Event::PreferencesChanged(_)
            | Event::Presence(_)
            | Event::SignedOut(_)
            | Event::Ended(_)) => panic!("{event:?} for {}", person.name),
        }
    }
    heard
}
