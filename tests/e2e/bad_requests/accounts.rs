//! Of one's own account, and of the server.

use parlor_proto::codes::Reason;
use parlor_proto::v1;
use parlor_proto::v1::client_frame::Body;

use super::{Bad, bad, plain, x};

pub(super) fn requests() -> Vec<Bad> {
    let mut all = devices();
    let many = || (1..=101).collect();
    let change = v1::ChangePasswordRequest {
        old_password: "seven quiet herons".into(),
        new_password: "seven loud herons".into(),
    };
    let presences = (1..=33).collect();
    let status =
        |text, expire_time_ms| Body::SetStatus(v1::SetStatusRequest { text, expire_time_ms });
    let profile = |display_name| Body::SetProfile(v1::SetProfileRequest { display_name });
    let changes = |wish| (Body::ChangePassword(wish), Reason::BadPassword, "");
    let ends = |session_id, all_others| {
        Body::EndSessions(v1::EndSessionsRequest { session_id, all_others })
    };
    all.extend([
        bad(Body::GetUsers(v1::GetUsersRequest { user_ids: many(), ..plain() }), "user_ids"),
        bad(Body::GetPresence(v1::GetPresenceRequest { user_ids: presences }), "user_ids"),
        changes(v1::ChangePasswordRequest { old_password: x(513), ..change.clone() }),
        changes(v1::ChangePasswordRequest { new_password: "seven".into(), ..change.clone() }),
        changes(v1::ChangePasswordRequest { new_password: x(513), ..change }),
        bad(ends(0, false), "session_id"),
        bad(ends(7, true), "all_others"),
        bad(profile(x(65)), "display_name"),
        bad(profile("An\u{7}n".into()), "display_name"),
        bad(profile("Ann\u{202e}".into()), "display_name"),
        bad(status(x(257), 0), "text"),
        bad(status("out".into(), -1), "expire_time_ms"),
        bad(status("out".into(), 1), "expire_time_ms"),
    ]);
    all
}

fn devices() -> Vec<Bad> {
    let of = |count| vec![7; count].into();
    let add = v1::AddDeviceRequest {
        device_id: of(16),
        public_key: of(32),
        name: "laptop".into(),
        signature: of(64),
    };
    let adds = Body::AddDevice;
    let renames = |device_id, name| Body::RenameDevice(v1::RenameDeviceRequest { device_id, name });
    vec![
        bad(adds(v1::AddDeviceRequest { device_id: of(15), ..add.clone() }), "device_id"),
        bad(adds(v1::AddDeviceRequest { public_key: of(33), ..add.clone() }), "public_key"),
        bad(adds(v1::AddDeviceRequest { name: String::new(), ..add.clone() }), "name"),
        bad(adds(v1::AddDeviceRequest { name: x(65), ..add.clone() }), "name"),
        bad(adds(v1::AddDeviceRequest { signature: of(0), ..add }), "signature"),
        bad(renames(of(17), "laptop".into()), "device_id"),
        bad(renames(of(16), String::new()), "name"),
        bad(renames(of(16), x(65)), "name"),
        bad(Body::RemoveDevice(v1::RemoveDeviceRequest { device_id: of(0) }), "device_id"),
    ]
}

pub(super) fn of_the_server() -> Vec<Bad> {
    let bot = v1::CreateBotRequest { user_name: "crier".into(), ..plain() };
    let creates = Body::CreateBot;
    let roles = |role| Body::SetServerRole(v1::SetServerRoleRequest { user_id: 7, role });
    let invites =
        |uses, valid_seconds| Body::CreateInvite(v1::CreateInviteRequest { uses, valid_seconds });
    let year = 365 * 24 * 60 * 60;
    let token = v1::CreateApiTokenRequest { bot_id: 7, token_name: x(65) };
    vec![
        bad(invites(10_001, 0), "uses"),
        bad(invites(1, year + 1), "valid_seconds"),
        (creates(v1::CreateBotRequest { user_name: x(33), ..plain() }), Reason::BadName, ""),
        bad(creates(v1::CreateBotRequest { display_name: x(65), ..bot.clone() }), "display_name"),
        bad(creates(v1::CreateBotRequest { token_name: x(65), ..bot }), "token_name"),
        bad(Body::CreateApiToken(token), "token_name"),
        bad(Body::ClaimAdmin(v1::ClaimAdminRequest { code: x(65) }), "code"),
        bad(Body::ListUsers(v1::ListUsersRequest { after_name: x(33), ..plain() }), "after_name"),
        bad(roles(0), "role"),
        bad(roles(99), "role"),
    ]
}
