//! The configuration, in the words of each part that it is for.

use std::num::NonZeroU8;
use std::thread::available_parallelism;
use std::time::Duration;

use parlor_proto::ids::Epoch;
use parlor_proto::limits::SERVER_ID_BYTES;
use parlor_proto::v1::{self, RegistrationMode};

use super::host::host_name;
use crate::chat::{self, Rules};
use crate::config::{Config, InvitesBy, Rate, Registration};
use crate::conn::admission::{self, AdmissionLimits, Registrations};
use crate::conn::{self, Patience};
use crate::engine::passwords::PasswordSettings;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const TEN_MINUTES: Duration = Duration::from_mins(10);
const HOUR: Duration = Duration::from_hours(1);

/// Who may register: what the operator says, or what is safe where we listen.
pub(super) fn registration(config: &Config) -> chat::Registration {
    let is_private =
        config.listen.tls.iter().all(|address| address.ip().to_canonical().is_loopback())
            && config.listen.bridge.0.is_none();
    match config.registration.mode {
        Registration::Auto if is_private => chat::Registration::Open,
        Registration::Auto | Registration::Invite => chat::Registration::Invite,
        Registration::Open => chat::Registration::Open,
        Registration::Closed => chat::Registration::Closed,
    }
}

pub(super) fn rules(config: &Config) -> Rules {
    let Config { session, send, limits, password, search, .. } = config;
    let Config { invites, bots, webhooks, audit, files, .. } = config;
    let rate = |burst, rate: Rate, unit| {
        rate.0.map(|_| chat::Rate { burst, interval: interval(rate, unit) })
    };
    Rules {
        registration: registration(config),
        keep_alive_timeout: session.timeout,
        session_timeout: session.timeout,
        session_timeout_min: session.timeout_min,
        session_timeout_max: session.timeout_max,
        users_max: size(limits.users),
        sessions_per_user_max: size(limits.sessions_per_user),
        devices_per_user_max: size(limits.devices_per_user),
        rooms_per_user_max: size(limits.rooms_per_user),
        members_per_room_max: limits.members_per_room,
        sends: rate(send.burst, send.per_second, SECOND),
        message_changes: rate(send.change_burst, send.changes_per_second, SECOND),
        marks: rate(send.mark_burst, send.marks_per_second, SECOND),
        rooms_created: rate(limits.room_burst, limits.rooms_per_minute, MINUTE),
        searches: rate(search.burst, search.per_minute, MINUTE),
        has_index: search.enabled,
        joins: rate(limits.join_burst, limits.joins_per_minute, MINUTE),
        invitations: rate(limits.invitation_burst, limits.invitations_per_minute, MINUTE),
        room_changes: rate(limits.room_change_burst, limits.room_changes_per_second, SECOND),
        lists: rate(limits.list_burst, limits.lists_per_second, SECOND),
        syncs: rate(limits.sync_burst, limits.syncs_per_second, SECOND),
        invitations_per_room_max: size(limits.invitations_per_room),
        bans_per_room_max: size(limits.bans_per_room),
        directs_per_user_max: size(limits.directs_per_user),
        account_changes: rate(limits.account_burst, limits.account_changes_per_minute, MINUTE),
        passwords_pending_max: size(password.queue),
        retention: config.history.keep.0,
        sent_kib: rate(send.burst_kib, send.kib_per_second, SECOND),
        pages: rate(limits.page_burst, limits.pages_per_second, SECOND),
        invites_by: match invites.by {
            InvitesBy::Users => chat::InvitesBy::Users,
            InvitesBy::Admins => chat::InvitesBy::Admins,
        },
        invites_per_user_max: invites.per_user,
        invites_made: rate(invites.burst, invites.per_minute, MINUTE),
        bots_per_user_max: bots.per_user,
        tokens_per_bot_max: bots.tokens,
        bots_made: rate(bots.burst, bots.per_minute, MINUTE),
        webhooks_per_room_max: webhooks.per_room,
        webhook_sends: rate(webhooks.burst, webhooks.per_minute, MINUTE),
        audit_keep: audit.keep,
        file_bytes_max: files.per_file.0,
        files_per_user_bytes_max: files.per_user.0,
        files_bytes_max: files.total.0,
        uploads_per_user_max: size(files.uploads_per_user),
        unsent_files_keep: files.unsent_keep,
        uploads: rate(files.burst, files.per_minute, MINUTE),
        upload_kib: rate(files.upload_burst_kib, files.upload_kib_per_second, SECOND),
        download_kib: rate(files.download_burst_kib, files.download_kib_per_second, SECOND),
        ..Rules::default()
    }
}

pub(super) fn password_settings(config: &Config) -> PasswordSettings {
    let password = &config.password;
    PasswordSettings {
        threads: password.threads.0.map_or_else(|| (cores() / 2).max(1), size),
        queue_max: size(password.queue),
        memory_kib: password.memory_kib,
        passes: password.passes,
        lanes: password.lanes,
    }
}

pub(super) fn admission_limits(config: &Config) -> AdmissionLimits {
    let limits = &config.limits;
    let rate = |burst, rate, unit| admission::Rate { burst, every: interval(rate, unit) };
    AdmissionLimits {
        connections_max: size(limits.connections),
        handshakes_max: size(limits.handshakes),
        strangers_max: size(limits.signed_out),
        connections_per_address_max: size(limits.connections_per_address),
        arrivals_per_address: rate(limits.connect_burst, limits.connect_per_second, SECOND),
        logins_per_address: rate(limits.login_burst, limits.login_per_minute, MINUTE),
        registrations: (registration(config) == chat::Registration::Open).then(|| {
            let (burst, all) = (limits.register_burst, limits.register_per_ten_minutes);
            Registrations {
                per_address: rate(burst, limits.register_per_hour, HOUR),
                in_all: rate(all.0.unwrap_or(1), all, TEN_MINUTES),
            }
        }),
    }
}

pub(super) fn conn_settings(
    config: &Config,
    (epoch, server_id): (Epoch, [u8; SERVER_ID_BYTES]),
) -> conn::Settings {
    let limits = &config.limits;
    let shards = shards(config);
    let share = |bytes: u64| usize::try_from(bytes / u64::from(shards.get())).unwrap_or(usize::MAX);
    conn::Settings {
        shards,
        server_name: server_name(config),
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
        epoch,
        server_id,
        registration: match registration(config) {
            chat::Registration::Open => RegistrationMode::Open,
            chat::Registration::Invite => RegistrationMode::Invite,
            chat::Registration::Closed => RegistrationMode::Closed,
        },
        keep_alive: v1::KeepAlivePolicy {
            interval_ms: millis(config.keep_alive.interval),
            session_timeout_ms: millis(config.session.timeout),
            session_timeout_min_ms: millis(config.session.timeout_min),
            session_timeout_max_ms: millis(config.session.timeout_max),
            idle_after_ms: millis(config.keep_alive.idle_after),
        },
        patience: Patience {
            handshake: limits.handshake_timeout,
            sign_in: limits.sign_in_timeout,
            frame: limits.frame_timeout,
            ..Patience::default()
        },
        requests: limits.requests_per_second.0.map(|_| chat::Rate {
            burst: limits.request_burst,
            interval: interval(limits.requests_per_second, SECOND),
        }),
        outboxes_bytes_max: share(limits.outboxes.0),
        ring_bytes_max: share(limits.recent.0),
    }
}

pub(super) fn shards(config: &Config) -> NonZeroU8 {
    let cores = || u32::try_from(cores()).unwrap_or(u32::MAX);
    let shards = config.top.shards.0.unwrap_or_else(cores);
    u8::try_from(shards).ok().and_then(NonZeroU8::new).unwrap_or(NonZeroU8::MAX)
}

fn server_name(config: &Config) -> String {
    let name = config.top.name.clone();
    if name.is_empty() { host_name() } else { name }
}

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Between two at this rate; nothing if it is off.
fn interval(rate: Rate, unit: Duration) -> Duration {
    rate.0.and_then(|rate| unit.checked_div(rate)).unwrap_or_default()
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::UnixPath;

    #[track_caller]
    fn check(tls: &[&str], bridge: bool, expect: chat::Registration) {
        let mut config = Config::default();
        config.listen.tls = tls.iter().map(|address| address.parse().unwrap()).collect();
        config.listen.bridge = UnixPath(bridge.then(|| "/run/bridge.sock".into()));
        assert_eq!(registration(&config), expect, "{tls:?} {bridge}");
        config.registration.mode = Registration::Closed;
        assert_eq!(registration(&config), chat::Registration::Closed);
        config.registration.mode = Registration::Open;
        assert_eq!(registration(&config), chat::Registration::Open);
    }

    #[test]
    fn registration_is_open_only_while_nobody_else_can_connect() {
        check(&["127.0.0.1:7275"], false, chat::Registration::Open);
        check(&["127.0.0.2:1", "[::1]:2", "[::ffff:127.0.0.1]:3"], false, chat::Registration::Open);
        check(&["127.0.0.1:1", "192.0.2.1:2"], false, chat::Registration::Invite);
        check(&["0.0.0.0:7275"], false, chat::Registration::Invite);
        check(&["[::]:7275"], false, chat::Registration::Invite);
        check(&["127.0.0.1:7275"], true, chat::Registration::Invite);
        check(&[], true, chat::Registration::Invite);
    }

    #[test]
    fn the_defaults_of_all_parts_are_the_same() {
        let config = Config::default();
        let defaults = AdmissionLimits::default();
        assert_eq!(admission_limits(&config), defaults);
        assert_eq!(rules(&config), Rules::default());
        let settings = conn_settings(&config, (Epoch(1), [0; SERVER_ID_BYTES]));
        assert_eq!(settings.patience, Patience::default());
        assert_eq!(settings.keep_alive.session_timeout_ms, 45_000);
    }

    #[test]
    fn a_rate_can_be_off() {
        let mut config = Config::default();
        config.send.per_second = Rate(None);
        config.limits.connect_per_second = Rate(None);
        assert_eq!(rules(&config).sends, None);
        assert_eq!(admission_limits(&config).arrivals_per_address.every, Duration::ZERO);
    }
}
