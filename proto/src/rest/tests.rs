//! What goes to JSON and back is the same, and what it looks like stays.

use serde_json::{Value, json};

use super::*;
use crate::codes::Reason;
use crate::v1::{self, room_event::Kind};

const NOON: i64 = 1_800_000_000_123;

fn room() -> v1::Room {
    v1::Room {
        room_id: 7,
        name: "lobby".into(),
        topic: "all and sundry".into(),
        creator_id: 3,
        create_time_ms: NOON,
        member_count: 2,
        kind: v1::RoomKind::Group.into(),
        rules: Some(v1::RoomRules {
            visibility: v1::Visibility::Private.into(),
            history: v1::HistoryRule::SinceJoin.into(),
            slow_mode_ms: 5,
            ..Default::default()
        }),
        archived: false,
        direct_members: Vec::new(),
    }
}

fn event(kind: Kind) -> v1::RoomEvent {
    let actor_name = "ann".into();
    v1::RoomEvent { room_id: 7, seq: 2, time_ms: NOON, actor_id: 3, actor_name, kind: Some(kind) }
}

#[test]
fn an_event_of_each_kind_survives_the_way_there_and_back() {
    let message = v1::Message {
        text: "good morning".into(),
        client_message_id: vec![5; 16].into(),
        format: v1::Format::Markdown.into(),
        thread_seq: 1,
        mention_user_ids: vec![4],
        version: 1,
        edit_time_ms: NOON,
        reactions: vec![v1::ReactionCount { reaction: "+1".into(), count: 2 }],
        ..Default::default()
    };
    let changed = v1::MemberChanged {
        user_id: 4,
        user_name: "bob".into(),
        membership: v1::Membership::Joined.into(),
        role: v1::Role::Moderator.into(),
        muted_until_ms: NOON,
    };
    let edited = v1::MessageEdited {
        target_seq: 2,
        text: "good evening".into(),
        format: v1::Format::Plain.into(),
        version: 2,
        ..Default::default()
    };
    let reaction =
        v1::ReactionChanged { target_seq: 2, reaction: "+1".into(), present: true, count: 1 };
    for kind in [
        Kind::Message(message),
        Kind::MemberChanged(changed),
        Kind::RoomChanged(v1::RoomChanged { room: Some(room()) }),
        Kind::MessageEdited(edited),
        Kind::MessageDeleted(v1::MessageDeleted { target_seq: 2 }),
        Kind::ReactionChanged(reaction),
    ] {
        let event = event(kind);
        let json = serde_json::to_string(&RoomEvent::from(event.clone())).unwrap();
        let back: RoomEvent = serde_json::from_str(&json).unwrap();
        assert_eq!(v1::RoomEvent::from(back), event, "{json}");
    }
}

#[test]
fn ids_are_strings_and_times_are_for_people() {
    let told =
        serde_json::to_value(RoomEvent::from(event(Kind::MessageDeleted(v1::MessageDeleted {
            target_seq: 1,
        }))));
    let expect = json!({
        "room_id": "7",
        "seq": 2,
        "time": "2027-01-15T08:00:00.123Z",
        "actor_id": "3",
        "actor_name": "ann",
        "message_deleted": { "target_seq": 1 },
    });
    assert_eq!(told.unwrap(), expect);
}

#[test]
fn a_refusal_is_a_problem_with_the_status_of_its_kind() {
    let mut statuses = Vec::new();
    for reason in Reason::ALL {
        let error = v1::Error {
            code: reason.code().into(),
            reason: reason.as_str().into(),
            message: "no".into(),
            retryable: reason.is_retryable(),
            retry_after_ms: 7,
        };
        let problem = Problem::of(error.clone());
        statuses.push(problem.status);
        assert_eq!(v1::Error::from(problem), error);
    }
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [400, 401, 403, 404, 409, 412, 429, 500, 501, 503]);
}

#[track_caller]
fn refused<T: serde::de::DeserializeOwned>(json: Value, why: &str) {
    let error = serde_json::from_value::<T>(json).err().map(|error| error.to_string());
    assert!(error.as_ref().is_some_and(|error| error.contains(why)), "{error:?}");
}

#[test]
fn what_clients_send_is_read_strictly() {
    refused::<NewMessage>(json!({ "text": "a", "formt": "plain" }), "unknown field");
    refused::<NewOwner>(json!({}), "missing field `user_id`");
    refused::<NewOwner>(json!({ "user_id": 3 }), "invalid type");
    refused::<NewOwner>(json!({ "user_id": "0" }), "an id has");
    refused::<NewOwner>(json!({ "user_id": "+3" }), "an id has");
    refused::<NewOwner>(json!({ "user_id": "99999999999999999999" }), "an id has");
    refused::<Mute>(json!({ "until": "tomorrow" }), "a time looks like");
    refused::<Object<NewInvite>>(json!([1, 60]), "expected an object");
    refused::<RoomChange>(json!({ "rules": ["public", "all"] }), "expected an object");
    refused::<NewInvite>(json!({ "uses": 0 }), "nonzero");
    refused::<RoomChange>(json!({ "rules": { "visibility": "secret" } }), "unknown variant");
}

#[test]
fn what_is_told_of_files_survives_the_way_there_and_back() {
    let file = v1::FileInfo {
        file_id: 3,
        name: "a.txt".into(),
        size: 5,
        media_type: "text/plain".into(),
        sha256: vec![0xab; 32].into(),
    };
    let new =
        v1::BeginUploadRequest { name: "a.txt".into(), size: 5, sha256: vec![0xab; 32].into() };
    let resource = NewUpload::from(new.clone());
    assert_eq!(v1::BeginUploadRequest::from(resource.clone()), new);
    let coming = v1::BeginUploadResponse { upload_id: 7, received: 2, file: None };
    let there = v1::BeginUploadResponse { file: Some(file), ..Default::default() };
    for (begun, expect) in [
        (coming, json!({ "upload_id": "7", "name": "a.txt", "size": 5, "received": 2 })),
        (there, json!({ "file": { "file_id": "3", "name": "a.txt", "size": 5 } })),
    ] {
        let json = serde_json::to_string(&Begun::of(resource.clone(), begun.clone())).unwrap();
        let back: Begun = serde_json::from_str(&json).unwrap();
        assert_eq!(v1::BeginUploadResponse::from(back), begun, "{json}");
        let json: Value = serde_json::from_str(&json).unwrap();
        assert!(has(&json, &expect), "{json}");
    }
    let upload = v1::Upload {
        upload_id: 7,
        name: "a.txt".into(),
        size: 5,
        sha256: vec![0xab; 32].into(),
        begin_time_ms: NOON,
    };
    let list = v1::ListUploadsResponse {
        uploads: vec![upload],
        used_bytes: 5,
        quota_bytes: 0,
        file_bytes_max: 10,
    };
    let json = serde_json::to_string(&Uploads::from(list.clone())).unwrap();
    let back: Uploads = serde_json::from_str(&json).unwrap();
    assert_eq!(v1::ListUploadsResponse::from(back), list, "{json}");
}

/// Whether all of this is in it.
fn has(json: &Value, expect: &Value) -> bool {
    match (json, expect) {
        (Value::Object(json), Value::Object(expect)) => {
            expect.iter().all(|(key, value)| json.get(key).is_some_and(|it| has(it, value)))
        }
        (json, expect) => json == expect,
    }
}
