//! Of rooms and of people's places in them.

use parlor_proto::codes::Reason;
use parlor_proto::v1;
use parlor_proto::v1::client_frame::Body;

use super::{Bad, bad, plain, x};

const DAY_MS: u32 = 24 * 60 * 60 * 1000;

/// The room that a request is about, and the user; 0: missing.
const ROOM: u64 = 123_456;
const USER: u64 = 234_567;

pub(super) fn requests() -> Vec<Bad> {
    let room_id = ROOM;
    let creates = |topic, rules| {
        Body::CreateRoom(v1::CreateRoomRequest { name: "lobby".into(), topic, rules })
    };
    let updates = Body::UpdateRoom;
    let update = v1::UpdateRoomRequest { room_id, ..plain() };
    let lists = Body::ListRooms;
    let members = |room_id, after_name| {
        Body::ListMembers(v1::ListMembersRequest { room_id, after_name, ..plain() })
    };
    let bans = |room_id, after_name| {
        Body::ListBans(v1::ListBansRequest { room_id, after_name, ..plain() })
    };
    let prefers = |room_id, preferences| {
        Body::SetRoomPreferences(v1::SetRoomPreferencesRequest { room_id, preferences })
    };
    let directs = |user_ids| Body::GetDirect(v1::GetDirectRequest { user_ids });
    let (name, topic) = (Some("a b".to_owned()), Some(x(513)));
    let mut all = vec![
        (Body::CreateRoom(plain()), Reason::BadName, ""),
        (Body::JoinRoom(plain()), Reason::BadName, ""),
        (lists(v1::ListRoomsRequest { room_name: x(33), ..plain() }), Reason::BadName, ""),
        (updates(v1::UpdateRoomRequest { name, ..update.clone() }), Reason::BadName, ""),
        bad(creates(x(513), None), "topic"),
        bad(updates(v1::UpdateRoomRequest { topic, ..update.clone() }), "topic"),
        bad(updates(update.clone()), "name, topic and rules"),
        bad(updates(v1::UpdateRoomRequest { topic: Some(x(1)), ..plain() }), "room_id"),
        bad(lists(v1::ListRoomsRequest { containing: x(257), ..plain() }), "containing"),
        bad(lists(v1::ListRoomsRequest { page_token: vec![7; 5].into(), ..plain() }), "page_token"),
        bad(lists(v1::ListRoomsRequest { after_name: x(33), ..plain() }), "after_name"),
        bad(members(0, String::new()), "room_id"),
        bad(members(ROOM, x(33)), "after_name"),
        bad(bans(0, String::new()), "room_id"),
        bad(bans(ROOM, x(33)), "after_name"),
        bad(prefers(0, Some(plain())), "room_id"),
        bad(prefers(ROOM, None), "preferences"),
        bad(directs(vec![]), "user_ids"),
        bad(directs(vec![USER, 0]), "user_ids"),
        bad(directs((1..=8).collect()), "user_ids"),
        bad(Body::LeaveRoom(plain()), "room_id"),
        bad(Body::GetRoom(plain()), "room_id"),
        bad(Body::ArchiveRoom(plain()), "room_id"),
    ];
    for (rules, field) in impossible_rules() {
        all.push(bad(creates(String::new(), Some(rules)), field));
        all.push(bad(
            updates(v1::UpdateRoomRequest { rules: Some(rules), ..update.clone() }),
            field,
        ));
    }
    all
}

fn impossible_rules() -> [(v1::RoomRules, &'static str); 3] {
    [
        (v1::RoomRules { slow_mode_ms: DAY_MS + 1, ..plain() }, "slow_mode_ms"),
        (v1::RoomRules { cooldown_ms: DAY_MS + 1, ..plain() }, "cooldown_ms"),
        (v1::RoomRules { retention_ms: u64::MAX, ..plain() }, "retention_ms"),
    ]
}

/// Of each kind one without a room and one without a user.
pub(super) fn places() -> Vec<Bad> {
    let mut all = Vec::new();
    for (room_id, user_id, field) in [(0, USER, "room_id"), (ROOM, 0, "user_id")] {
        let role = v1::Role::Moderator.into();
        all.extend([
            bad(Body::InviteMember(v1::InviteMemberRequest { room_id, user_id }), field),
            bad(Body::RemoveMember(v1::RemoveMemberRequest { room_id, user_id }), field),
            bad(Body::BanMember(v1::BanMemberRequest { room_id, user_id, ..plain() }), field),
            bad(Body::UnbanMember(v1::UnbanMemberRequest { room_id, user_id }), field),
            bad(Body::MuteMember(v1::MuteMemberRequest { room_id, user_id, ..plain() }), field),
            bad(Body::SetRole(v1::SetRoleRequest { room_id, user_id, role }), field),
            bad(Body::TransferRoom(v1::TransferRoomRequest { room_id, user_id }), field),
        ]);
    }
    let (room_id, user_id, until_ms) = (ROOM, USER, -1);
    let decline =
        |user_id| Body::DeclineInvitation(v1::DeclineInvitationRequest { room_id: 0, user_id });
    let ban = v1::BanMemberRequest { room_id, user_id, ..plain() };
    let roles = |role| Body::SetRole(v1::SetRoleRequest { room_id, user_id, role });
    all.extend([
        bad(decline(0), "room_id"),
        bad(decline(USER), "room_id"),
        bad(Body::BanMember(v1::BanMemberRequest { reason: x(257), ..ban.clone() }), "reason"),
        bad(Body::BanMember(v1::BanMemberRequest { until_ms, ..ban }), "until_ms"),
        bad(Body::MuteMember(v1::MuteMemberRequest { room_id, user_id, until_ms }), "until_ms"),
        bad(roles(0), "role"),
        bad(roles(99), "role"),
        bad(roles(v1::Role::Owner.into()), "role"),
    ]);
    all
}

pub(super) fn webhooks() -> Vec<Bad> {
    let (room_id, user_name) = (ROOM, "ci".to_owned());
    let create = v1::CreateWebhookRequest { room_id, user_name, url: String::new() };
    let creates = Body::CreateWebhook;
    let to = |url: String| creates(v1::CreateWebhookRequest { url, ..create.clone() });
    let name = "a b".to_owned();
    let reports = |deliveries| {
        Body::ReportDeliveries(v1::ReportDeliveriesRequest { deliveries: Some(deliveries) })
    };
    let mut all = vec![
        (
            creates(v1::CreateWebhookRequest { user_name: name, ..create.clone() }),
            Reason::BadName,
            "",
        ),
        bad(creates(v1::CreateWebhookRequest { room_id: 0, ..create.clone() }), "room_id"),
        bad(to(format!("https://{}", x(1_017))), "url"),
        bad(Body::ListWebhooks(plain()), "room_id"),
        bad(Body::RemoveWebhook(plain()), "webhook_id"),
        bad(Body::PauseWebhook(plain()), "webhook_id"),
        bad(Body::ReportDeliveries(plain()), "deliveries"),
        bad(reports(v1::DeliveryState { problem: x(257), ..plain() }), "problem"),
        bad(reports(v1::DeliveryState { status: 1_000, ..plain() }), "status"),
        bad(reports(v1::DeliveryState { status: 1 << 16, ..plain() }), "status"),
        bad(reports(v1::DeliveryState { attempt_time_ms: -1, ..plain() }), "attempt_time_ms"),
        bad(reports(v1::DeliveryState { success_time_ms: -1, ..plain() }), "success_time_ms"),
    ];
    let urls = ["there", "ftp://there", "https://", "https://a b", "https://a\n", "https://ä.org"];
    all.extend(urls.map(|url| bad(to(url.to_owned()), "url")));
    all
}
