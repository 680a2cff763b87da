//! What each operation of the table is, as requests.

use harness::Asker;
use parlor_proto::client::new_client_message_id;
use parlor_proto::v1::client_frame::Body as Ask;
use parlor_proto::v1::server_frame::Body;
use parlor_proto::v1::{self, NotifyLevel, Role, history_request, room_event};

/// Where a bridge may deliver and nobody listens.
const NOWHERE: &str = "https://127.0.0.1:1/";

/// A room, and what is in it to do something with.
pub(super) struct Place {
    pub(super) room_id: u64,
    /// Of a group.
    pub(super) name: String,
    /// A plain member.
    pub(super) victim: u64,
    /// A message of who asks, if they may say something, and one of somebody else.
    pub(super) own: u64,
    pub(super) theirs: u64,
    /// In the message of somebody else.
    pub(super) file: u64,
}

/// The requests of an operation, and of each whether it is about something of one's own.
pub(super) fn asks(operation: &str, place: &Place) -> Vec<(bool, Ask)> {
    let Place { room_id, victim: user_id, own, theirs, file: file_id, .. } = *place;
    let plain = Default::default;
    let one = |ask| vec![(true, ask)];
    match operation {
        "see it, its topic" if place.name.is_empty() => {
            one(Ask::DeclineInvitation(v1::DeclineInvitationRequest { room_id, user_id: 0 }))
        }
        "see it, its topic" => {
            let room_name = place.name.clone();
            one(Ask::ListRooms(v1::ListRoomsRequest { room_name, ..plain() }))
        }
        "join" => one(Ask::JoinRoom(v1::JoinRoomRequest { room_id, ..Default::default() })),
        "see who is in it" | "see their presence" => {
            let list = v1::ListMembersRequest { room_id, ..Default::default() };
            one(Ask::ListMembers(list))
        }
        "read and search" => vec![
            (true, Ask::History(v1::HistoryRequest { room_id, ..Default::default() })),
            (true, Ask::GetRoom(v1::GetRoomRequest { room_id })),
            (true, read_file(room_id, theirs, file_id)),
        ],
        "mark as read" => one(Ask::MarkRead(v1::MarkReadRequest { room_id, read_seq: 1 })),
        "set preferences" => {
            let notify = NotifyLevel::Mentions.into();
            let preferences = Some(v1::RoomPreferences { notify, pinned: true });
            one(Ask::SetRoomPreferences(v1::SetRoomPreferencesRequest { room_id, preferences }))
        }
        "send" => one(Ask::Send(message(room_id))),
        "mention the room" => {
            one(Ask::Send(v1::SendRequest { text: "@room hello".into(), ..message(room_id) }))
        }
        "react" => {
            let (target_seq, reaction) = (theirs, "+1".to_owned());
            let react = v1::SetReactionRequest { room_id, target_seq, reaction, present: true };
            one(Ask::SetReaction(react))
        }
        "show typing" => one(Ask::Typing(v1::Typing { room_id, stopped: false })),
        "edit a message" => [(own, true), (theirs, false)]
            .map(|(target_seq, is_own)| {
                let text = "other".to_owned();
                let edit = v1::EditRequest { room_id, target_seq, text, ..Default::default() };
                (is_own, Ask::Edit(edit))
            })
            .into(),
        "delete a message" => [(own, true), (theirs, false)]
            .map(|(target_seq, is_own)| {
                (is_own, Ask::Delete(v1::DeleteRequest { room_id, target_seq }))
            })
            .into(),
        "set the topic" => {
            let topic = Some("about".to_owned());
            one(Ask::UpdateRoom(v1::UpdateRoomRequest { room_id, topic, ..Default::default() }))
        }
        "set name and rules" => {
            let rules = Some(v1::RoomRules { slow_mode_ms: 1, ..Default::default() });
            one(Ask::UpdateRoom(v1::UpdateRoomRequest { room_id, rules, ..Default::default() }))
        }
        "archive" => one(Ask::ArchiveRoom(v1::ArchiveRoomRequest { room_id })),
        "leave" => one(Ask::LeaveRoom(v1::LeaveRoomRequest { room_id })),
        "list bans" => one(Ask::ListBans(v1::ListBansRequest { room_id, ..Default::default() })),
        "manage webhooks" => vec![
            (true, Ask::ListWebhooks(v1::ListWebhooksRequest { room_id })),
            (true, webhook(room_id, "")),
        ],
        "deliver events" => one(webhook(room_id, NOWHERE)),
        _ => one(about_somebody(operation, room_id, user_id)),
    }
}

fn about_somebody(operation: &str, room_id: u64, user_id: u64) -> Ask {
    match operation {
        "invite" => Ask::InviteMember(v1::InviteMemberRequest { room_id, user_id }),
        "withdraw invitation" => {
            Ask::DeclineInvitation(v1::DeclineInvitationRequest { room_id, user_id })
        }
        "put out" => Ask::RemoveMember(v1::RemoveMemberRequest { room_id, user_id }),
        "mute" => {
            let until_ms = 4_000_000_000_000;
            Ask::MuteMember(v1::MuteMemberRequest { room_id, user_id, until_ms })
        }
        "ban" => Ask::BanMember(v1::BanMemberRequest { room_id, user_id, ..Default::default() }),
        "unban" => Ask::UnbanMember(v1::UnbanMemberRequest { room_id, user_id }),
        "set a role" => {
            let role = Role::Moderator.into();
            Ask::SetRole(v1::SetRoleRequest { room_id, user_id, role })
        }
        "transfer" => Ask::TransferRoom(v1::TransferRoomRequest { room_id, user_id }),
        other => panic!("what is {other:?} in the table?"),
    }
}

fn read_file(room_id: u64, seq: u64, file_id: u64) -> Ask {
    Ask::ReadFile(v1::ReadFileRequest { room_id, seq, file_id, ..Default::default() })
}

/// With a name that no other has.
fn webhook(room_id: u64, url: &str) -> Ask {
    let user_name = format!("hook-{room_id}");
    Ask::CreateWebhook(v1::CreateWebhookRequest { room_id, user_name, url: url.into() })
}

/// The same request about another room.
pub(super) fn elsewhere(ask: Ask, room: u64) -> Ask {
    let mut ask = ask;
    match &mut ask {
        Ask::JoinRoom(wish) => wish.room_id = room,
        Ask::ListMembers(wish) => wish.room_id = room,
        Ask::History(wish) => wish.room_id = room,
        Ask::GetRoom(wish) => wish.room_id = room,
        Ask::ReadFile(wish) => wish.room_id = room,
        Ask::MarkRead(wish) => wish.room_id = room,
        Ask::SetRoomPreferences(wish) => wish.room_id = room,
        Ask::Send(wish) => wish.room_id = room,
        Ask::SetReaction(wish) => wish.room_id = room,
        Ask::Typing(wish) => wish.room_id = room,
        Ask::Edit(wish) => wish.room_id = room,
        Ask::Delete(wish) => wish.room_id = room,
        Ask::UpdateRoom(wish) => wish.room_id = room,
        Ask::ArchiveRoom(wish) => wish.room_id = room,
        Ask::LeaveRoom(wish) => wish.room_id = room,
        Ask::ListBans(wish) => wish.room_id = room,
        Ask::ListWebhooks(wish) => wish.room_id = room,
        Ask::CreateWebhook(wish) => wish.room_id = room,
        Ask::InviteMember(wish) => wish.room_id = room,
        Ask::DeclineInvitation(wish) => wish.room_id = room,
        Ask::RemoveMember(wish) => wish.room_id = room,
        Ask::MuteMember(wish) => wish.room_id = room,
        Ask::BanMember(wish) => wish.room_id = room,
        Ask::UnbanMember(wish) => wish.room_id = room,
        Ask::SetRole(wish) => wish.room_id = room,
        Ask::TransferRoom(wish) => wish.room_id = room,
        other => panic!("about which room is {other:?}?"),
    }
    ask
}

/// Whether a list has nothing of what was not to be seen in it.
pub(super) fn shows_nothing(answer: &Body) -> bool {
    match answer {
        Body::ListRooms(list) => list.rooms.is_empty(),
        Body::ListMembers(list) => list.members.iter().all(|member| member.presence.is_none()),
        _ => false,
    }
}

/// Whether the message mentions everybody, as a member reads it.
pub(super) async fn calls_the_room(member: &mut Asker, room_id: u64, seq: u64) -> bool {
    let anchor = Some(history_request::Anchor::AfterSeq(seq - 1));
    let page = v1::HistoryRequest { room_id, anchor, page_rows: 1 };
    let answer = member.ask(Ask::History(page)).await;
    let Body::History(page) = &answer else { panic!("{answer:?}") };
    match page.events.first().and_then(|event| event.kind.as_ref()) {
        Some(room_event::Kind::Message(message)) => message.mentions_room,
        other => panic!("{other:?}"),
    }
}

fn message(room_id: u64) -> v1::SendRequest {
    let client_message_id = new_client_message_id().0.to_vec().into();
    v1::SendRequest { room_id, client_message_id, text: "hello".into(), ..Default::default() }
}

/// Says something, perhaps with a file; its seq.
pub(super) async fn say(peer: &mut Asker, room_id: u64, file: Option<u64>) -> u64 {
    let file_ids = file.into_iter().collect();
    match peer.ask(Ask::Send(v1::SendRequest { file_ids, ..message(room_id) })).await {
        Body::Send(sent) => sent.seq,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn say_to(peer: &mut Asker, others: &[u64]) -> Body {
    let direct_user_ids = others.to_vec();
    peer.ask(Ask::Send(v1::SendRequest { direct_user_ids, ..message(0) })).await
}

/// What must be done.
pub(super) async fn done(peer: &mut Asker, ask: Ask) {
    let answer = peer.ask(ask).await;
    assert!(!matches!(answer, Body::Error(_)), "{answer:?}");
}

pub(super) async fn invite(peer: &mut Asker, room_id: u64, user_id: u64) {
    done(peer, Ask::InviteMember(v1::InviteMemberRequest { room_id, user_id })).await;
}

pub(super) async fn join(peer: &mut Asker, room_id: u64) {
    done(peer, Ask::JoinRoom(v1::JoinRoomRequest { room_id, ..Default::default() })).await;
}
