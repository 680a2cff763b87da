//! Which call a request becomes, and that its answer is what the bridge was told.

use prost::Message as _;
use prost::encoding::{WireType, encode_key};
use serde::Serialize;

use super::*;
use crate::rest::{
    AuditPage, BanPage, Bots, CurrentSession, Devices, EventPage, ExplainedPresence, Invites,
    MadeWebhook, MemberPage, Mentions, NamedCursors, NewBotToken, NewInviteSecret, Presences,
    ReactionPage, ResetCode, RoomPage, RoomState, SearchPage, Sent, Session, Sessions, UnreadRooms,
    User, UserPage, Users, Webhooks, each,
};
use crate::v1::{ClientFrame, room_event::Kind};

/// What only a connection has: the requests that are no calls.
const LIVE: &[&str] = &[
    "AddDevice",
    "Hello",
    "KeepAlive",
    "Login",
    "LoginWithDevice",
    "LoginWithToken",
    "Register",
    "ResetPassword",
    "Resume",
    "Sync",
    "Typing",
];

/// Calls by other means, or not yet: what a bridge must take part in.
const OTHER: &[&str] = &["FinishUpload", "ReadFile", "ReportDeliveries", "WriteUpload"];

/// These have no path as long as they say nothing.
const NEED_A_WORD: &[&str] = &["Send", "SetRole", "SetServerRole"];

const NOON: i64 = 1_800_000_000_123;

#[track_caller]
fn check(ask: Ask, expect: &str) {
    let Call { method, path, header, body, .. } = Call::of(ask).unwrap();
    let header = header.map(|(name, value)| format!(" [{name}: {value}]")).unwrap_or_default();
    let body = body.map(|body| format!(" {body}")).unwrap_or_default();
    assert_eq!(format!("{method} {path}{header}{body}"), expect);
}

/// The request that has this number in the schema, and says nothing.
fn request(number: u32) -> Option<Ask> {
    let mut bytes = Vec::new();
    encode_key(number, WireType::LengthDelimited, &mut bytes);
    bytes.push(0);
    ClientFrame::decode(&*bytes).unwrap().body
}

#[test]
fn every_request_of_the_schema_is_a_call_or_needs_a_connection() {
    let (mut calls, mut others) = (0, Vec::new());
    for ask in (2..1_000).filter_map(request) {
        let shown = format!("{ask:?}");
        match Call::of(ask) {
            Some(call) => {
                calls += 1;
                assert!(call.path.starts_with("/v1/"), "{shown}: {call:?}");
            }
            None => others.push(shown.split('(').next().unwrap().to_owned()),
        }
    }
    others.sort_unstable();
    let mut expect = [LIVE, OTHER, NEED_A_WORD].concat();
    expect.sort_unstable();
    assert_eq!(others, expect);
    assert!(calls > 50, "only {calls} calls");
}

#[test]
fn what_is_put_into_a_path_cannot_leave_its_place() {
    let set = v1::SetReactionRequest {
        room_id: 7,
        target_seq: 3,
        reaction: "../👍?".into(),
        present: true,
    };
    let expect = "PUT /v1/rooms/7/messages/3/reactions/..%2F%F0%9F%91%8D%3F";
    check(Ask::SetReaction(set), expect);
    let remove = v1::RemoveCursorRequest { name: "..".into() };
    check(Ask::RemoveCursor(remove), "DELETE /v1/cursors/%2E%2E");
    let search = v1::SearchRequest { query: "a&b c".into(), ..Default::default() };
    check(Ask::Search(search), "GET /v1/search?q=a%26b%20c");
}

#[test]
fn a_request_becomes_the_call_that_does_the_same() {
    let edit = v1::EditRequest {
        room_id: 7,
        target_seq: 3,
        text: "other".into(),
        expected_version: 2,
        ..Default::default()
    };
    let expect =
        r#"PATCH /v1/rooms/7/messages/3 [if-match: "2"] {"text":"other","format":"plain"}"#;
    check(Ask::Edit(edit), expect);
    let list = v1::ListMembersRequest { room_id: 7, after_name: "bob".into(), page_rows: 500 };
    check(Ask::ListMembers(list), "GET /v1/rooms/7/members?page_size=100&page_token=Ym9i");
    let list = v1::ListReactionsRequest { room_id: 7, target_seq: 3, skip: 20, page_rows: 0 };
    check(Ask::ListReactions(list), "GET /v1/rooms/7/messages/3/reactions?page_token=MjA");
    let decline = v1::DeclineInvitationRequest { room_id: 7, user_id: 0 };
    check(Ask::DeclineInvitation(decline), "DELETE /v1/rooms/7/invitations/me");
    let join = v1::JoinRoomRequest { room_id: 0, room_name: "lobby".into() };
    check(Ask::JoinRoom(join), "PUT /v1/rooms/by-name/lobby/members/me");
    let mute = v1::MuteMemberRequest { room_id: 7, user_id: 4, until_ms: NOON };
    let expect = r#"PUT /v1/rooms/7/members/4/mute {"until":"2027-01-15T08:00:00.123Z"}"#;
    check(Ask::MuteMember(mute), expect);
    let mute = v1::MuteMemberRequest { room_id: 7, user_id: 4, until_ms: 0 };
    check(Ask::MuteMember(mute), "DELETE /v1/rooms/7/members/4/mute");
    let history = |anchor| Ask::History(v1::HistoryRequest { room_id: 7, anchor, page_rows: 5 });
    check(history(None), "GET /v1/rooms/7/events?page_size=5");
    let anchor = Some(v1::history_request::Anchor::AfterSeq(0));
    check(history(anchor), "GET /v1/rooms/7/events?after=0&page_size=5");
    let mut direct = v1::SendRequest {
        client_message_id: vec![1; 16].into(),
        direct_user_ids: vec![3, 4],
        text: "psst".into(),
        ..Default::default()
    };
    direct.set_format(v1::Format::Emote);
    let expect = "PUT /v1/direct-rooms/messages/by-client-id/01010101-0101-0101-0101-010101010101 \
                  {\"user_ids\":[\"3\",\"4\"],\"text\":\"psst\",\"format\":\"emote\"}";
    check(Ask::Send(direct), expect);
}

/// What a bridge makes of the answer is read as the answer again.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "each is made for its one check")]
fn comes_back<R: Serialize>(ask: Ask, resource: R, answer: Body) {
    let json = serde_json::to_vec(&resource).unwrap();
    let call = Call::of(ask).unwrap();
    assert_eq!(call.read(&json).unwrap(), answer, "{}", String::from_utf8_lossy(&json));
    drop(call.read(b"\"\"").unwrap_err());
}

fn user() -> v1::User {
    v1::User {
        user_id: 3,
        user_name: "ann".into(),
        create_time_ms: NOON,
        display_name: "Ann".into(),
        server_role: v1::ServerRole::Admin.into(),
        ..Default::default()
    }
}

fn state() -> v1::RoomState {
    let room = v1::Room {
        room_id: 7,
        name: "lobby".into(),
        create_time_ms: NOON,
        kind: v1::RoomKind::Group.into(),
        ..Default::default()
    };
    v1::RoomState { room: Some(room), head_seq: 9, join_seq: 2, ..Default::default() }
}

fn event() -> v1::RoomEvent {
    let kind = Some(Kind::MessageDeleted(v1::MessageDeleted { target_seq: 2 }));
    let (room_id, actor_name) = (7, "ann".to_owned());
    v1::RoomEvent { room_id, seq: 4, time_ms: NOON, actor_id: 3, actor_name, kind }
}

#[test]
fn answers_about_people_come_back_as_they_were() {
    let users = v1::GetUsersResponse { users: vec![user()] };
    let resource = Users { users: each(users.users.clone()) };
    comes_back(Ask::GetUsers(Default::default()), resource, Body::GetUsers(users));
    let answer = v1::UserResponse { user: Some(user()) };
    comes_back(Ask::SetProfile(Default::default()), User::from(user()), Body::User(answer));
    let presence = v1::Presence {
        user_id: 3,
        state: v1::PresenceState::Away.into(),
        since_ms: NOON,
        ..Default::default()
    };
    let explained = v1::ExplainedPresence { presence: Some(presence), ..Default::default() };
    let answer = v1::GetPresenceResponse { presences: vec![explained.clone()] };
    let resource = Presences { presences: vec![ExplainedPresence::from(explained)] };
    comes_back(Ask::GetPresence(Default::default()), resource, Body::GetPresence(answer));
    let session = v1::Session { session_id: 5, current: true, ends_ms: 9, ..Default::default() };
    let answer = v1::ListSessionsResponse { sessions: vec![session.clone()] };
    let resource = Sessions { sessions: vec![Session::from(session)] };
    comes_back(Ask::ListSessions(Default::default()), resource, Body::ListSessions(answer));
    let answer = v1::EndSessionsResponse { ended: 2 };
    comes_back(Ask::EndSessions(Default::default()), Ended { ended: 2 }, Body::EndSessions(answer));
    let device =
        v1::Device { device_id: vec![8; 16].into(), name: "desk".into(), ..Default::default() };
    let answer = v1::ListDevicesResponse { devices: vec![device] };
    let resource = Devices { devices: each(answer.devices.clone()) };
    comes_back(Ask::ListDevices(Default::default()), resource, Body::ListDevices(answer));
    let invite = v1::Invite { invite_id: 6, uses_left: 1, ..Default::default() };
    let answer = v1::ListInvitesResponse { invites: vec![invite.clone()] };
    let resource = Invites { invites: each(answer.invites.clone()) };
    comes_back(Ask::ListInvites(Default::default()), resource, Body::ListInvites(answer));
    let answer = v1::CreateInviteResponse { secret: "s".into(), invite: Some(invite.clone()) };
    let resource = NewInviteSecret { secret: "s".into(), invite: invite.into() };
    comes_back(Ask::CreateInvite(Default::default()), resource, Body::CreateInvite(answer));
}

#[test]
fn answers_about_rooms_come_back_as_they_were() {
    let room = || Body::Room(v1::RoomResponse { state: Some(state()) });
    for ask in [
        Ask::CreateRoom(Default::default()),
        Ask::JoinRoom(Default::default()),
        Ask::UpdateRoom(Default::default()),
        Ask::GetRoom(Default::default()),
        Ask::GetDirect(Default::default()),
    ] {
        comes_back(ask, RoomState::from(state()), room());
    }
    for more in [false, true] {
        let rooms = vec![state().room.unwrap()];
        let next_page_token = if more { vec![1].into() } else { Vec::new().into() };
        let answer = v1::ListRoomsResponse { rooms, more, next_page_token };
        let resource = RoomPage::from(answer.clone());
        comes_back(Ask::ListRooms(Default::default()), resource, Body::ListRooms(answer));
        let member = v1::Member { user_id: 3, user_name: "ann".into(), ..Default::default() };
        let answer = v1::ListMembersResponse { members: vec![member], more };
        let resource = MemberPage::from(answer.clone());
        comes_back(Ask::ListMembers(Default::default()), resource, Body::ListMembers(answer));
        let ban = v1::Ban { user_id: 4, issuer_id: 3, ..Default::default() };
        let answer = v1::ListBansResponse { bans: vec![ban], more };
        let resource = BanPage::from(answer.clone());
        comes_back(Ask::ListBans(Default::default()), resource, Body::ListBans(answer));
    }
    let answer = v1::Logged { seq: 5, time_ms: NOON };
    for ask in [
        Ask::ArchiveRoom(Default::default()),
        Ask::TransferRoom(Default::default()),
        Ask::RemoveMember(Default::default()),
        Ask::BanMember(Default::default()),
        Ask::UnbanMember(Default::default()),
        Ask::MuteMember(Default::default()),
        Ask::InviteMember(Default::default()),
        Ask::DeclineInvitation(Default::default()),
        Ask::Edit(Default::default()),
        Ask::Delete(Default::default()),
        Ask::SetReaction(Default::default()),
    ] {
        comes_back(ask, Logged::from(answer), Body::Logged(answer));
    }
}

#[test]
fn answers_about_messages_come_back_as_they_were() {
    let answer = v1::SendResponse { seq: 3, time_ms: NOON, duplicate: true, room_id: 7 };
    let send =
        v1::SendRequest { client_message_id: vec![1; 16].into(), room_id: 7, ..Default::default() };
    comes_back(Ask::Send(send), Sent::from(answer), Body::Send(answer));
    let answer = v1::HistoryResponse {
        events: vec![event()],
        head_seq: 9,
        has_older: true,
        has_newer: false,
    };
    for ask in [Ask::History(Default::default()), Ask::ListThread(Default::default())] {
        comes_back(ask, EventPage::from(answer.clone()), Body::History(answer.clone()));
    }
    let reaction = v1::Reaction { reaction: "+1".into(), user_id: 3, user_name: "ann".into() };
    let answer = v1::ListReactionsResponse { reactions: vec![reaction], more: true };
    let resource = ReactionPage::of(answer.clone(), 20);
    comes_back(Ask::ListReactions(Default::default()), resource, Body::ListReactions(answer));
    let unread = v1::Unread { room: state().room, unread_count: 2, ..Default::default() };
    let next_page_token: bytes::Bytes = vec![1, 2].into();
    let answer = v1::ListUnreadResponse {
        rooms: vec![unread],
        more: true,
        next_page_token: next_page_token.clone(),
    };
    let resource = UnreadRooms::from(answer.clone());
    comes_back(Ask::ListUnread(Default::default()), resource, Body::ListUnread(answer));
    let answer = v1::ListMentionsResponse { events: vec![event()], next_page_token };
    let resource = Mentions::from(answer.clone());
    comes_back(Ask::ListMentions(Default::default()), resource, Body::ListMentions(answer));
    let hit = v1::SearchHit { event: Some(event()), snippet: "good".into(), matches: vec![0, 4] };
    let answer = v1::SearchResponse { hits: vec![hit], partial: true, ..Default::default() };
    let resource = SearchPage::from(answer.clone());
    comes_back(Ask::Search(Default::default()), resource, Body::Search(answer));
    let cursor = v1::NamedCursor { name: "ci".into(), room_id: 7, seq: 3, time_ms: NOON };
    let answer = v1::GetCursorsResponse { epoch: 77, cursors: vec![cursor] };
    let resource = NamedCursors::from(answer.clone());
    comes_back(Ask::GetCursors(Default::default()), resource, Body::GetCursors(answer));
}

#[test]
fn answers_about_the_server_come_back_as_they_were() {
    let answer = v1::ListUsersResponse { users: vec![user()], more: true };
    let resource = UserPage::from(answer.clone());
    comes_back(Ask::ListUsers(Default::default()), resource, Body::ListUsers(answer));
    let answer = v1::CreateResetCodeResponse { code: "c".into(), expire_time_ms: NOON };
    let resource = ResetCode { code: "c".into(), expire_time: crate::rest::Time(NOON) };
    comes_back(Ask::CreateResetCode(Default::default()), resource, Body::CreateResetCode(answer));
    let bot = v1::User { bot: true, ..user() };
    let token = v1::ApiToken { token_id: 5, name: "ci".into(), ..Default::default() };
    let answer = v1::ApiTokenResponse {
        bot: Some(bot.clone()),
        token: Some(token.clone()),
        secret: "plr_".into(),
    };
    for ask in [Ask::CreateBot(Default::default()), Ask::CreateApiToken(Default::default())] {
        comes_back(ask, NewBotToken::from(answer.clone()), Body::ApiToken(answer.clone()));
    }
    let bot =
        v1::Bot { user: Some(bot), owner_id: 4, owner_name: "bob".into(), tokens: vec![token] };
    let answer = v1::ListBotsResponse { bots: vec![bot], more: true };
    let resource = Bots::from(answer.clone());
    comes_back(Ask::ListBots(Default::default()), resource, Body::ListBots(answer));
    let entry = v1::AuditEntry { entry_id: 9, time_ms: NOON, ..Default::default() };
    let answer = v1::ListAuditResponse { entries: vec![entry], more: true };
    let resource = AuditPage { entries: each(answer.entries.clone()), more: true };
    comes_back(Ask::ListAudit(Default::default()), resource, Body::ListAudit(answer));
    let answer = v1::EndSessionsResponse { ended: 2 };
    let ended = Ended { ended: 2 };
    comes_back(Ask::EndUserSessions(Default::default()), ended, Body::EndSessions(answer));
}

#[test]
fn the_secret_of_a_webhook_is_the_one_that_was_made() {
    let webhook = v1::Webhook { webhook_id: 8, room_id: 7, ..Default::default() };
    let made = |path: Option<&str>, key: Option<&str>| MadeWebhook {
        webhook: webhook.clone().into(),
        path: path.map(str::to_owned),
        key: key.map(str::to_owned),
    };
    let answer = |secret: &str| {
        let (webhook, secret) = (Some(webhook.clone()), secret.to_owned());
        Body::CreateWebhook(v1::CreateWebhookResponse { webhook, secret })
    };
    let create = || Ask::CreateWebhook(Default::default());
    comes_back(create(), made(Some("/v1/hooks/plr_1"), None), answer("plr_1"));
    comes_back(create(), made(None, Some("key")), answer("key"));
    let list = v1::ListWebhooksResponse { webhooks: vec![webhook.clone()] };
    let resource = Webhooks { webhooks: each(list.webhooks.clone()) };
    comes_back(Ask::ListWebhooks(Default::default()), resource, Body::ListWebhooks(list));
    let pause = |paused| Ask::PauseWebhook(v1::PauseWebhookRequest { webhook_id: 8, paused });
    check(pause(true), "PUT /v1/webhooks/8/pause");
    check(pause(false), "DELETE /v1/webhooks/8/pause");
}

#[test]
fn what_has_nothing_to_return_is_done() {
    for ask in [Ask::LeaveRoom(Default::default()), Ask::MarkRead(Default::default())] {
        let call = Call::of(ask).unwrap();
        assert_eq!(call.read(b"").unwrap(), Body::Ack(v1::Ack {}));
    }
    let current = serde_json::json!({ "session_id": "1", "user": User::from(user()),
        "session_timeout_ms": 5, "what comes later": true });
    let read: CurrentSession = serde_json::from_value(current).unwrap();
    assert_eq!(read.session_timeout_ms, 5);
}
