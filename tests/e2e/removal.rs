//! Who is put out of a room hears nothing that comes after it, and says nothing in it: rounds of
//! kick, ban and leave in a storm of sends and reads. `ROUNDS` says how many.

use std::sync::Arc;

use harness::{Door, Person, World, behind_both_doors, within};
use parlor_proto::client::{Error, Event, new_client_message_id};
use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::v1::room_event::Kind;
use parlor_proto::v1::{EditRequest, Membership, RemovalCause, RoomEvent, history_request::Anchor};
use tokio::task::JoinSet;

behind_both_doors! {
    nothing_leaks_after_a_removal;
}

/// What ann says while eve is there, and what she makes of it when eve has gone, with the round.
const SAID: &str = "for everybody";
const SAID_AFTER: &str = "when she had gone: round ";

/// Rounds that nobody asked for more of.
const ROUNDS: u64 = 12;

async fn nothing_leaks_after_a_removal(door: Door) {
    let rounds = std::env::var("ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let eve = Arc::new(Person::arrive(&world.url(), "eve").await);
    // Her second connection neither asks to go nor is it asked.
    let other = Arc::new(Person::resume(&world.url(), eve.token()).await.unwrap());
    other.sync().await;
    let room = ann.create("lobby").await;
    let storm = Storm::begin(&world, &ann, room).await;
    for round in 0..rounds {
        let joined = eve.join("lobby").await;
        let mine = ann.say(room, SAID).await;
        let mut races = JoinSet::new();
        for person in [&eve, &other] {
            for _ in 0..4 {
                let (sender, reader) = (Arc::clone(person), Arc::clone(person));
                races.spawn(async move {
                    let sent = sender.client.send(room, new_client_message_id(), "mine").await;
                    sent.map(|sent| sent.seq)
                });
                races.spawn(async move {
                    let page = reader.client.history(room, Anchor::BeforeSeq(0), 100).await?;
                    check_texts(&page.events, round);
                    Ok(page.events.last().map_or(page.head_seq, |event| event.seq))
                });
            }
        }
        let cause = remove(&ann, &eve, room, round).await;
        // It stands where eve's readers look, but is none of what she may be told.
        let text = format!("{SAID_AFTER}{round}");
        let edit = EditRequest { room_id: room.0, target_seq: mine.0, text, ..Default::default() };
        ann.client.edit(edit).await.unwrap();
        let removed = removal_of(&ann, eve.user_id(), Seq(joined.join_seq)).await;
        while let Some(race) = races.join_next().await {
            match race.unwrap() {
                Ok(seq) => assert!(seq <= removed.0, "round {round}: {seq} after {removed}"),
                Err(Error::Refused(error)) => {
                    let reasons = ["NOT_A_MEMBER", "ROOM_NOT_FOUND"];
                    assert!(reasons.contains(&error.reason.as_str()), "{error:?}");
                }
                Err(error) => panic!("{error}"),
            }
        }
        for person in [&eve, &other] {
            check_heard(person, (room, removed), cause).await;
        }
        if cause == RemovalCause::Banned {
            ann.client.unban_member(room, UserId(eve.user_id())).await.unwrap();
        }
    }
    storm.end().await;
    let whole = ann.whole_history(room).await;
    let mut is_in = false;
    for event in whole {
        match &event.kind {
            Some(Kind::MemberChanged(changed)) if changed.user_id == eve.user_id() => {
                is_in = changed.membership() == Membership::Joined;
            }
            Some(Kind::Message(_)) if event.actor_id == eve.user_id() => {
                assert!(is_in, "{event:?} while she was out");
            }
            _ => {}
        }
    }
    tell(rounds);
}

#[expect(clippy::print_stderr, reason = "the number is for the record")]
fn tell(rounds: u64) {
    eprintln!("{rounds} rounds without a leak");
}

/// Nobody reads what was written when they had gone.
fn check_texts(events: &[RoomEvent], round: u64) {
    let unheard = format!("{SAID_AFTER}{round}");
    for event in events {
        if let Some(Kind::Message(message)) = &event.kind {
            assert_ne!(message.text, unheard, "{event:?}");
        }
    }
}

/// One of three ways out. When it is answered nothing more may leak.
async fn remove(ann: &Person, eve: &Person, room: RoomId, round: u64) -> RemovalCause {
    let user = UserId(eve.user_id());
    match round % 3 {
        0 => {
            ann.client.remove_member(room, user).await.unwrap();
            RemovalCause::Removed
        }
        1 => {
            ann.client.ban_member(room, user, "", 0).await.unwrap();
            RemovalCause::Banned
        }
        _ => {
            eve.client.leave_room(room).await.unwrap();
            RemovalCause::Left
        }
    }
}

/// The seq by which somebody went, as who stays sees it.
async fn removal_of(ann: &Person, user: u64, joined: Seq) -> Seq {
    loop {
        let event = ann.room_event().await;
        if let Some(Kind::MemberChanged(changed)) = &event.kind
            && changed.user_id == user
            && event.seq > joined.0
            && changed.membership() != Membership::Joined
        {
            return Seq(event.seq);
        }
    }
}

/// Hears up to the removal, that the room is gone, and nothing after it.
async fn check_heard(person: &Person, (room, removed): (RoomId, Seq), cause: RemovalCause) {
    loop {
        match person.event().await {
            Event::Room(event) => assert!(event.seq <= removed.0, "{event:?} after {removed}"),
            Event::RoomRemoved(gone) => {
                assert_eq!((gone.room_id, gone.cause()), (room.0, cause));
                break;
            }
            _ => {}
        }
    }
    // What comes out of order would come before the answer to this.
    let answer = person.client.history(room, Anchor::BeforeSeq(0), 1);
    let error = within("a refusal", answer).await.unwrap_err();
    assert!(matches!(&error, Error::Refused(_)), "{error}");
}

/// Others who talk all the time.
struct Storm(JoinSet<()>, tokio::sync::watch::Sender<bool>);

impl Storm {
    async fn begin(world: &World, ann: &Person, room: RoomId) -> Self {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut talkers = JoinSet::new();
        for name in ["bob", "mia"] {
            let talker = Person::register(&world.url(), name).await;
            talker.join("lobby").await;
            let stopped = stopped.clone();
            talkers.spawn(async move {
                while !*stopped.borrow() {
                    talker.say(room, "storm").await;
                }
            });
        }
        ann.say(room, "it begins").await;
        Self(talkers, stop)
    }

    async fn end(mut self) {
        self.1.send(true).unwrap();
        while let Some(ended) = self.0.join_next().await {
            ended.unwrap();
        }
    }
}
