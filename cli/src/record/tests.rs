//! The objects of `--json` as they are promised: a change here is a change of the contract.

use expect_test::{Expect, expect};

use super::*;

pub(crate) const NOON_MS: i64 = 1_795_348_800_007;

pub(crate) fn event(seq: u64, kind: Option<room_event::Kind>) -> v1::RoomEvent {
    v1::RoomEvent {
        room_id: 7,
        seq,
        time_ms: NOON_MS,
        actor_id: 3,
        actor_name: "ann".to_owned(),
        kind,
    }
}

pub(crate) fn message(text: &str) -> v1::RoomEvent {
    let message = v1::Message {
        text: text.to_owned(),
        client_message_id: vec![0xab; 16].into(),
        ..Default::default()
    };
    event(12, Some(room_event::Kind::Message(message)))
}

pub(crate) fn member(membership: Membership) -> v1::RoomEvent {
    let changed = v1::MemberChanged {
        user_id: 4,
        user_name: "bob".to_owned(),
        membership: membership.into(),
        ..Default::default()
    };
    event(13, Some(room_event::Kind::MemberChanged(changed)))
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "expectations stand in the call")]
fn check(record: &Record, expect: Expect) {
    expect.assert_eq(&serde_json::to_string(record).unwrap());
}

#[test]
fn a_message() {
    check(
        &Record::event("lobby", message("hi")),
        expect![[
            r#"{"type":"message","room":"lobby","room_id":7,"seq":12,"at":"2026-11-22T12:00:00.007Z","from":"ann","from_id":3,"text":"hi","client_message_id":"abababab-abab-abab-abab-abababababab"}"#
        ]],
    );
}

#[test]
fn what_most_messages_have_nothing_of() {
    let said = v1::Message {
        text: "waves".to_owned(),
        client_message_id: vec![0xab; 16].into(),
        format: v1::Format::Emote.into(),
        reply_to_seq: 3,
        thread_seq: 2,
        mention_user_ids: vec![4],
        mentions_room: true,
        version: 1,
        edit_time_ms: NOON_MS,
        deleted: false,
        reactions: vec![v1::ReactionCount { reaction: "+1".to_owned(), count: 2 }],
        thread_count: 5,
        files: Vec::new(),
    };
    check(
        &Record::event("lobby", event(12, Some(room_event::Kind::Message(said)))),
        expect![[
            r#"{"type":"message","room":"lobby","room_id":7,"seq":12,"at":"2026-11-22T12:00:00.007Z","from":"ann","from_id":3,"text":"waves","client_message_id":"abababab-abab-abab-abab-abababababab","format":"emote","reply_to_seq":3,"thread_seq":2,"mention_user_ids":[4],"mentions_room":true,"version":1,"edited_at":"2026-11-22T12:00:00.007Z","reactions":[{"reaction":"+1","count":2}],"thread_count":5}"#
        ]],
    );
}

#[test]
fn what_became_of_a_message() {
    let edited = v1::MessageEdited {
        target_seq: 12,
        text: "ho".to_owned(),
        version: 1,
        ..Default::default()
    };
    check(
        &Record::event("lobby", event(13, Some(room_event::Kind::MessageEdited(edited)))),
        expect![[
            r#"{"type":"message_edited","room":"lobby","room_id":7,"seq":13,"at":"2026-11-22T12:00:00.007Z","from":"ann","from_id":3,"target_seq":12,"text":"ho","version":1}"#
        ]],
    );
    let deleted = room_event::Kind::MessageDeleted(v1::MessageDeleted { target_seq: 12 });
    check(
        &Record::event("lobby", event(14, Some(deleted))),
        expect![[
            r#"{"type":"message_deleted","room":"lobby","room_id":7,"seq":14,"at":"2026-11-22T12:00:00.007Z","from":"ann","from_id":3,"target_seq":12}"#
        ]],
    );
    let changed =
        v1::ReactionChanged { target_seq: 12, reaction: "+1".to_owned(), present: true, count: 2 };
    check(
        &Record::event("lobby", event(15, Some(room_event::Kind::ReactionChanged(changed)))),
        expect![[
            r#"{"type":"reaction","room":"lobby","room_id":7,"seq":15,"at":"2026-11-22T12:00:00.007Z","from":"ann","from_id":3,"target_seq":12,"reaction":"+1","present":true,"count":2}"#
        ]],
    );
}

#[test]
fn a_message_that_was_found() {
    check(
        &Record::hit("lobby", message("one two three"), "two three".into(), &[0, 3]),
        expect![[
            r#"{"type":"hit","room":"lobby","room_id":7,"seq":12,"at":"2026-11-22T12:00:00.007Z","from":"ann","from_id":3,"snippet":"two three","matches":[[0,3]],"text":"one two three"}"#
        ]],
    );
}

#[test]
fn other_events() {
    check(
        &Record::event("lobby", member(Membership::Joined)),
        expect![[
            r#"{"type":"member_changed","room":"lobby","room_id":7,"seq":13,"at":"2026-11-22T12:00:00.007Z","from":"ann","from_id":3,"user":"bob","user_id":4,"membership":"joined"}"#
        ]],
    );
    let changed = v1::RoomChanged { room: Some(room()) };
    check(
        &Record::event("lobby", event(1, Some(room_event::Kind::RoomChanged(changed)))),
        expect![[
            r#"{"type":"room_changed","room":"lobby","room_id":7,"seq":1,"at":"2026-11-22T12:00:00.007Z","from":"ann","from_id":3,"topic":"talk"}"#
        ]],
    );
    check(
        &Record::event("lobby", event(14, None)),
        expect![[
            r#"{"type":"unknown_event","room":"lobby","room_id":7,"seq":14,"at":"2026-11-22T12:00:00.007Z","from":"ann","from_id":3}"#
        ]],
    );
}

#[test]
fn what_befalls_a_room() {
    let room = || "lobby".to_owned();
    check(
        &Record::Reset { room: room(), room_id: 7, after_seq: 12, head_seq: 9 },
        expect![[r#"{"type":"reset","room":"lobby","room_id":7,"after_seq":12,"head_seq":9}"#]],
    );
    check(
        &Record::RoomAdded { room: room(), room_id: 7, head_seq: 9 },
        expect![[r#"{"type":"room_added","room":"lobby","room_id":7,"head_seq":9}"#]],
    );
    let removed = v1::RoomRemoved { room_id: 7, cause: RemovalCause::Left.into() };
    check(
        &Record::room_removed("lobby", &removed),
        expect![[r#"{"type":"room_removed","room":"lobby","room_id":7,"cause":"left"}"#]],
    );
}

fn room() -> v1::Room {
    v1::Room {
        room_id: 7,
        name: "lobby".to_owned(),
        topic: "talk".to_owned(),
        creator_id: 3,
        create_time_ms: NOON_MS,
        member_count: 2,
        ..Default::default()
    }
}

#[test]
fn rooms_and_members() {
    let state = v1::RoomState { head_seq: 12, ..Default::default() };
    check(
        &Record::Room(Room::new(room(), Some(&state))),
        expect![[
            r#"{"type":"room","room":"lobby","room_id":7,"topic":"talk","members":2,"joined":true,"head_seq":12,"creator_id":3,"created_at":"2026-11-22T12:00:00.007Z"}"#
        ]],
    );
    let away = v1::Presence {
        state: PresenceState::Away.into(),
        cause: PresenceCause::ConnectionLost.into(),
        since_ms: NOON_MS,
        device: "laptop".to_owned(),
        session_ends_ms: NOON_MS + 45_000,
        ..Default::default()
    };
    let member = v1::Member {
        user_id: 4,
        user_name: "bob".to_owned(),
        join_seq: 2,
        join_time_ms: NOON_MS,
        presence: Some(away),
        ..Default::default()
    };
    check(
        &Record::Member(Member::new("lobby", 7, member)),
        expect![[
            r#"{"type":"member","room":"lobby","room_id":7,"user":"bob","user_id":4,"state":"away","cause":"connection_lost","since":"2026-11-22T12:00:00.007Z","device":"laptop","session_ends_at":"2026-11-22T12:00:45.007Z","joined_at":"2026-11-22T12:00:00.007Z"}"#
        ]],
    );
    check(
        &Record::Member(Member::new("lobby", 7, v1::Member::default())),
        expect![[
            r#"{"type":"member","room":"lobby","room_id":7,"user":"","user_id":0,"state":"offline","cause":"unknown","since":null,"device":"","session_ends_at":null,"joined_at":null}"#
        ]],
    );
}

#[test]
fn answers_to_commands() {
    let sent = Record::Sent {
        room: "lobby".to_owned(),
        room_id: 7,
        seq: 12,
        at: When(NOON_MS),
        client_message_id: Uuid::from_bytes([0xab; 16]),
        duplicate: false,
    };
    check(
        &sent,
        expect![[
            r#"{"type":"sent","room":"lobby","room_id":7,"seq":12,"at":"2026-11-22T12:00:00.007Z","client_message_id":"abababab-abab-abab-abab-abababababab","duplicate":false}"#
        ]],
    );
    let (user, server, profile) =
        ("ann".to_owned(), "parlor://127.0.0.1:7275".to_owned(), "default".to_owned());
    check(
        &Record::LoggedOut { user: user.clone(), server: server.clone(), profile: profile.clone() },
        expect![[
            r#"{"type":"logged_out","user":"ann","server":"parlor://127.0.0.1:7275","profile":"default"}"#
        ]],
    );
    check(
        &Record::Account {
            user,
            user_id: 3,
            server,
            profile,
            session_timeout_ms: 900_000,
            device_id: None,
        },
        expect![[
            r#"{"type":"account","user":"ann","user_id":3,"server":"parlor://127.0.0.1:7275","profile":"default","session_timeout_ms":900000,"device_id":null}"#
        ]],
    );
}

#[test]
fn what_was_done_in_a_room_is_one_word() {
    use super::place::Action;
    let done = |action| {
        Record::Place(PlaceRecord::Done {
            room: "lobby".to_owned(),
            room_id: 7,
            action,
            user: Some("bob".to_owned()),
            seq: Some(9),
            until: Some(When(NOON_MS)),
        })
    };
    check(
        &done(Action::MadeModerator),
        expect![[
            r#"{"type":"done","room":"lobby","room_id":7,"action":"made_moderator","user":"bob","seq":9,"until":"2026-11-22T12:00:00.007Z"}"#
        ]],
    );
    let words = [
        (Action::Invited, "invited"),
        (Action::Uninvited, "uninvited"),
        (Action::Declined, "declined"),
        (Action::Removed, "removed"),
        (Action::Banned, "banned"),
        (Action::Unbanned, "unbanned"),
        (Action::Muted, "muted"),
        (Action::Unmuted, "unmuted"),
        (Action::MadeMember, "made_member"),
        (Action::MadeOwner, "made_owner"),
        (Action::Archived, "archived"),
    ];
    for (action, word) in words {
        assert_eq!(serde_json::to_value(done(action)).unwrap()["action"], word);
    }
}
