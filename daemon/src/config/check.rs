//! What must hold between settings. Each refusal names the setting that somebody wrote.

use std::time::Duration;

use parlor_proto::limits::WEBHOOKS_MAX;
use tracing_subscriber::EnvFilter;

use super::duration::show_duration;
use super::settings::{Config, Key};
use super::value::{LocalAddress, Rate};
use super::{Loaded, Mistake, Place};

/// The low eight bits of a connection's number say which shard holds it.
const SHARDS_MAX: u32 = 255;

const READERS_MAX: u32 = 64;
const PASSWORD_THREADS_MAX: u32 = 64;

/// Below it clients would do nothing but show that they are there.
const INTERVAL_MIN: Duration = Duration::from_millis(100);

/// Times on the wire are `u32` milliseconds, 49 days.
const TIMEOUT_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// They are told with their bot, in one frame.
const TOKENS_PER_BOT_MAX: u32 = 256;

/// Room for the answers to one reader.
const OUTBOXES_BYTES_MIN: u64 = 1 << 20;

/// What the longest message counts as: one that could never be sent would be told to wait.
const LONGEST_KIB: u32 = 8;
const _: () = assert!(parlor_proto::limits::TEXT_BYTES_MAX == 8 * 1024);

/// The same of the largest piece of a file.
const PIECE_KIB: u32 = 32;
const _: () = assert!(parlor_proto::limits::FILE_PIECE_BYTES_MAX == 32 * 1024);

/// The longest name that clients are told.
const NAME_BYTES_MAX: usize = parlor_proto::limits::LABEL_BYTES_MAX;

/// A rule that was broken: the settings to blame, the first one first, and why.
type Fault = (&'static [&'static str], String);

pub(super) fn check(loaded: &Loaded) -> Result<(), Mistake> {
    let config = &loaded.config;
    let rules =
        [numbers, times, rates, bursts, limits, files, passwords, listeners, identity, filter];
    let Some((keys, reason)) = rules.iter().find_map(|rule| rule(config).err()) else {
        return Ok(());
    };
    // Defaults agree with each other, so somebody wrote one of them.
    let first = keys.first().copied().unwrap_or_default();
    let written = |path| loaded.places.get(&Key::find(path)?).cloned();
    let (path, place) = keys
        .iter()
        .find_map(|path| Some((*path, written(path)?)))
        .unwrap_or((first, Place::Flag("the defaults")));
    let reason = if path == first {
        format!("{path}: {reason}")
    } else {
        format!("{path} does not go with {first}, which {reason}")
    };
    Err(Mistake { place, reason })
}

fn numbers(config: &Config) -> Result<(), Fault> {
    if let Some(shards) = config.top.shards.0 {
        within(shards, 1..=SHARDS_MAX, &["shards"])?;
    }
    if config.top.name.len() > NAME_BYTES_MAX {
        return Err((&["name"], format!("has at most {NAME_BYTES_MAX} bytes")));
    }
    within(config.top.readers, 1..=READERS_MAX, &["readers"])
}

fn times(config: &Config) -> Result<(), Fault> {
    let interval = config.keep_alive.interval;
    let session = &config.session;
    if interval < INTERVAL_MIN {
        let least = show_duration(INTERVAL_MIN);
        return Err((&["keep_alive.interval"], format!("must be at least {least}")));
    }
    let least = interval.saturating_mul(3) / 2;
    if session.timeout < least {
        return Err((
            &["session.timeout", "keep_alive.interval"],
            format!(
                "must be at least 1.5 keepalive intervals, {}, or a late one ends a session",
                show_duration(least)
            ),
        ));
    }
    positive(session.timeout_min, &["session.timeout_min"])?;
    if session.timeout < session.timeout_min {
        let least = show_duration(session.timeout_min);
        return Err((
            &["session.timeout", "session.timeout_min"],
            format!("must be at least session.timeout_min, {least}"),
        ));
    }
    if session.timeout > session.timeout_max {
        let most = show_duration(session.timeout_max);
        return Err((
            &["session.timeout", "session.timeout_max"],
            format!("must be at most session.timeout_max, {most}"),
        ));
    }
    if session.timeout_max > TIMEOUT_MAX {
        let most = show_duration(TIMEOUT_MAX);
        return Err((&["session.timeout_max"], format!("must be at most {most}")));
    }
    positive(config.keep_alive.idle_after, &["keep_alive.idle_after"])?;
    config.history.keep.0.map_or(Ok(()), |kept| positive(kept, &["history.keep"]))
}

fn rates(config: &Config) -> Result<(), Fault> {
    let rate = |rate: Rate, key| rate.0.map_or(Ok(()), |rate| within(rate, 1..=u32::MAX, key));
    rate(config.send.per_second, &["send.per_second"])?;
    rate(config.limits.connect_per_second, &["limits.connect_per_second"])?;
    rate(config.limits.login_per_minute, &["limits.login_per_minute"])?;
    rate(config.limits.rooms_per_minute, &["limits.rooms_per_minute"])?;
    rate(config.search.per_minute, &["search.per_minute"])?;
    positive(config.search.work, &["search.work"])?;
    rate(config.limits.register_per_hour, &["limits.register_per_hour"])?;
    rate(config.limits.register_per_ten_minutes, &["limits.register_per_ten_minutes"])?;
    rate(config.limits.requests_per_second, &["limits.requests_per_second"])?;
    rate(config.limits.pages_per_second, &["limits.pages_per_second"])?;
    rate(config.send.kib_per_second, &["send.kib_per_second"])?;
    rate(config.invites.per_minute, &["invites.per_minute"])?;
    rate(config.bots.per_minute, &["bots.per_minute"])?;
    rate(config.webhooks.per_minute, &["webhooks.per_minute"])?;
    positive(config.audit.keep, &["audit.keep"])?;
    let limits = &config.limits;
    rate(limits.joins_per_minute, &["limits.joins_per_minute"])?;
    rate(limits.invitations_per_minute, &["limits.invitations_per_minute"])?;
    rate(limits.room_changes_per_second, &["limits.room_changes_per_second"])?;
    rate(limits.account_changes_per_minute, &["limits.account_changes_per_minute"])?;
    rate(limits.lists_per_second, &["limits.lists_per_second"])?;
    rate(limits.syncs_per_second, &["limits.syncs_per_second"])?;
    rate(config.send.changes_per_second, &["send.changes_per_second"])?;
    rate(config.send.marks_per_second, &["send.marks_per_second"])
}

fn bursts(config: &Config) -> Result<(), Fault> {
    let (limits, send) = (&config.limits, &config.send);
    within(config.search.burst, 1..=u32::MAX, &["search.burst"])?;
    within(limits.request_burst, 1..=u32::MAX, &["limits.request_burst"])?;
    within(limits.register_burst, 1..=u32::MAX, &["limits.register_burst"])?;
    within(limits.page_burst, 1..=u32::MAX, &["limits.page_burst"])?;
    within(send.burst_kib, LONGEST_KIB..=u32::MAX, &["send.burst_kib"])?;
    within(config.invites.burst, 1..=u32::MAX, &["invites.burst"])?;
    within(config.bots.burst, 1..=u32::MAX, &["bots.burst"])?;
    within(config.webhooks.burst, 1..=u32::MAX, &["webhooks.burst"])?;
    within(config.webhooks.per_room, 0..=WEBHOOKS_MAX, &["webhooks.per_room"])?;
    within(config.bots.tokens, 0..=TOKENS_PER_BOT_MAX, &["bots.tokens"])?;
    within(limits.join_burst, 1..=u32::MAX, &["limits.join_burst"])?;
    within(limits.invitation_burst, 1..=u32::MAX, &["limits.invitation_burst"])?;
    within(limits.room_change_burst, 1..=u32::MAX, &["limits.room_change_burst"])?;
    within(limits.list_burst, 1..=u32::MAX, &["limits.list_burst"])?;
    within(limits.sync_burst, 1..=u32::MAX, &["limits.sync_burst"])?;
    within(limits.room_burst, 1..=u32::MAX, &["limits.room_burst"])?;
    within(send.burst, 1..=u32::MAX, &["send.burst"])?;
    within(limits.connect_burst, 1..=u32::MAX, &["limits.connect_burst"])?;
    within(limits.login_burst, 1..=u32::MAX, &["limits.login_burst"])?;
    within(limits.account_burst, 1..=u32::MAX, &["limits.account_burst"])?;
    within(send.change_burst, 1..=u32::MAX, &["send.change_burst"])?;
    within(send.mark_burst, 1..=u32::MAX, &["send.mark_burst"])
}

fn files(config: &Config) -> Result<(), Fault> {
    let files = &config.files;
    let rate = |rate: Rate, key| rate.0.map_or(Ok(()), |rate| within(rate, 1..=u32::MAX, key));
    rate(files.per_minute, &["files.per_minute"])?;
    rate(files.upload_kib_per_second, &["files.upload_kib_per_second"])?;
    rate(files.download_kib_per_second, &["files.download_kib_per_second"])?;
    within(files.burst, 1..=u32::MAX, &["files.burst"])?;
    within(files.upload_burst_kib, PIECE_KIB..=u32::MAX, &["files.upload_burst_kib"])?;
    within(files.download_burst_kib, PIECE_KIB..=u32::MAX, &["files.download_burst_kib"])?;
    within(files.uploads_per_user, 1..=u32::MAX, &["files.uploads_per_user"])?;
    positive(files.unsent_keep, &["files.unsent_keep"])
}

fn limits(config: &Config) -> Result<(), Fault> {
    let limits = &config.limits;
    let some = 1..=u32::MAX;
    within(limits.connections, some.clone(), &["limits.connections"])?;
    within(limits.handshakes, some.clone(), &["limits.handshakes"])?;
    within(limits.signed_out, some.clone(), &["limits.signed_out"])?;
    within(limits.connections_per_address, some.clone(), &["limits.connections_per_address"])?;
    within(limits.users, some.clone(), &["limits.users"])?;
    within(limits.sessions_per_user, some.clone(), &["limits.sessions_per_user"])?;
    within(limits.rooms_per_user, some.clone(), &["limits.rooms_per_user"])?;
    within(limits.directs_per_user, some.clone(), &["limits.directs_per_user"])?;
    within(limits.bans_per_room, some.clone(), &["limits.bans_per_room"])?;
    within(limits.invitations_per_room, some.clone(), &["limits.invitations_per_room"])?;
    within(limits.members_per_room, some, &["limits.members_per_room"])?;
    positive(limits.handshake_timeout, &["limits.handshake_timeout"])?;
    positive(limits.sign_in_timeout, &["limits.sign_in_timeout"])?;
    positive(limits.frame_timeout, &["limits.frame_timeout"])?;
    if limits.outboxes.0 < OUTBOXES_BYTES_MIN {
        return Err((&["limits.outboxes"], "must be at least 1MiB".into()));
    }
    Ok(())
}

fn passwords(config: &Config) -> Result<(), Fault> {
    let password = &config.password;
    if let Some(threads) = password.threads.0 {
        within(threads, 1..=PASSWORD_THREADS_MAX, &["password.threads"])?;
    }
    within(password.queue, 1..=4096, &["password.queue"])?;
    within(password.passes, 1..=1000, &["password.passes"])?;
    within(password.lanes, 1..=64, &["password.lanes"])?;
    let least = argon2::Params::MIN_M_COST.max(8 * password.lanes);
    within(password.memory_kib, least..=4 << 20, &["password.memory_kib", "password.lanes"])
}

fn listeners(config: &Config) -> Result<(), Fault> {
    if config.listen.tls.is_empty() && config.listen.bridge.0.is_none() {
        return Err((&["listen.tls"], "nobody could connect: no listener and no bridge".into()));
    }
    let host = &config.listen.host;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
    if !host.chars().all(plain) {
        return Err((&["listen.host"], format!("neither a host name nor an address: {host:?}")));
    }
    if let (Some(LocalAddress::Unix(page)), Some(bridge)) =
        (&config.metrics.listen.0, &config.listen.bridge.0)
        && page == bridge
    {
        return Err((&["metrics.listen"], "is where bridges connect: take another path".into()));
    }
    Ok(())
}

fn identity(config: &Config) -> Result<(), Fault> {
    match (&config.tls.cert, &config.tls.key) {
        (Some(_), None) => Err((&["tls.cert"], "needs tls.key beside it".into())),
        (None, Some(_)) => Err((&["tls.key"], "needs tls.cert beside it".into())),
        (Some(_), Some(_)) | (None, None) => Ok(()),
    }
}

fn filter(config: &Config) -> Result<(), Fault> {
    EnvFilter::builder()
        .parse(&config.log.filter)
        .map(drop)
        .map_err(|error| (&["log.filter"] as &[_], error.to_string()))
}

fn within(
    number: u32,
    range: std::ops::RangeInclusive<u32>,
    keys: &'static [&'static str],
) -> Result<(), Fault> {
    if range.contains(&number) {
        return Ok(());
    }
    let reason = match (*range.start(), *range.end()) {
        (least, u32::MAX) => format!("must be at least {least}: {number}"),
        (least, most) => format!("must be from {least} to {most}: {number}"),
    };
    Err((keys, reason))
}

fn positive(duration: Duration, keys: &'static [&'static str]) -> Result<(), Fault> {
    if duration.is_zero() {
        return Err((keys, "must not be zero".into()));
    }
    Ok(())
}
