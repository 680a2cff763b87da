//! How many, and for how long: what an operator may turn, and what is fixed.

use std::time::Duration;

use super::args::Args;
use super::duration;
use super::file::File;
use crate::rest;

/// More than any machine has file descriptors for; a number beyond it is a slip.
const COUNT_MAX: usize = 1_000_000;

/// An answer that is waited for, and a connection that is kept, are in between.
const TIMES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(1));

/// Of connections and what they do, whatever is spoken on them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Limits {
    pub(crate) websockets_max: usize,
    pub(crate) websockets_per_address_max: usize,
    /// Connections that are no WebSocket yet.
    pub(crate) visitors_max: usize,
    pub(crate) visitors_per_address_max: usize,
    pub(crate) tls_timeout: Duration,
    pub(crate) header_timeout: Duration,
    /// How long a client may take nothing of what it is sent.
    pub(crate) answer_timeout: Duration,
    pub(crate) ping_interval: Duration,
    /// From the request to stop until clients that do not close are cut off.
    pub(crate) drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            websockets_max: 10_000,
            websockets_per_address_max: 256,
            visitors_max: 1024,
            visitors_per_address_max: 64,
            tls_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_mins(1),
            ping_interval: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(5),
        }
    }
}

pub(super) fn gather(args: &Args, file: &File) -> Result<(Limits, rest::Limits), String> {
    let fixed = Limits::default();
    let limits = Limits {
        websockets_max: count(
            "clients-max",
            [args.clients_max, file.clients_max],
            fixed.websockets_max,
        )?,
        websockets_per_address_max: count(
            "clients-per-address-max",
            [args.clients_per_address_max, file.clients_per_address_max],
            fixed.websockets_per_address_max,
        )?,
        visitors_max: count(
            "visitors-max",
            [args.visitors_max, file.visitors_max],
            fixed.visitors_max,
        )?,
        visitors_per_address_max: count(
            "visitors-per-address-max",
            [args.visitors_per_address_max, file.visitors_per_address_max],
            fixed.visitors_per_address_max,
        )?,
        answer_timeout: time(
            "answer-timeout",
            [&args.answer_timeout, &file.answer_timeout],
            fixed.answer_timeout,
        )?,
        ..fixed
    };
    gather_rest(args, file).map(|rest| (limits, rest))
}

fn gather_rest(args: &Args, file: &File) -> Result<rest::Limits, String> {
    let fixed = rest::Limits::default();
    let limits = rest::Limits {
        connections_max: count(
            "rest-connections-max",
            [args.rest_connections_max, file.rest_connections_max],
            fixed.connections_max,
        )?,
        calls_per_token_max: count(
            "rest-calls-per-token-max",
            [args.rest_calls_per_token_max, file.rest_calls_per_token_max],
            fixed.calls_per_token_max,
        )?,
        streams_per_token_max: count(
            "rest-streams-per-token-max",
            [args.rest_streams_per_token_max, file.rest_streams_per_token_max],
            fixed.streams_per_token_max,
        )?,
        transfers_max: count(
            "rest-transfers-max",
            [args.rest_transfers_max, file.rest_transfers_max],
            fixed.transfers_max,
        )?,
        idle_timeout: time(
            "rest-idle-timeout",
            [&args.rest_idle_timeout, &file.rest_idle_timeout],
            fixed.idle_timeout,
        )?,
    };
    let together = limits.calls_per_token_max.saturating_add(limits.streams_per_token_max);
    let max = rest::CONNECTIONS_PER_SESSION_MAX;
    if together > max {
        return Err(format!(
            "rest-calls-per-token-max and rest-streams-per-token-max: {together} together, but a \
             session has at most {max} connections"
        ));
    }
    Ok(limits)
}

fn count(key: &str, [args, file]: [Option<usize>; 2], default: usize) -> Result<usize, String> {
    match args.or(file).unwrap_or(default) {
        count @ 1..=COUNT_MAX => Ok(count),
        count => Err(format!("{key}: must be 1 to {COUNT_MAX}, not {count}")),
    }
}

fn time(
    key: &str,
    [args, file]: [&Option<String>; 2],
    default: Duration,
) -> Result<Duration, String> {
    let told = args.as_deref().or(file.as_deref());
    told.map_or(Ok(default), |text| duration::parse(key, text, TIMES))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[track_caller]
    fn check(words: &[&str], file: &File, expect: &str) {
        let args = Args::try_parse_from([&["parlor-bridge"], words].concat()).unwrap();
        let shown = match gather(&args, file) {
            Ok((limits, rest)) => format!("{limits:?} {rest:?}"),
            Err(why) => why,
        };
        assert!(shown.contains(expect), "{shown}");
    }

    #[test]
    fn an_option_wins_over_the_file_and_the_file_over_the_default() {
        let (nothing, file) = (File::default(), File { visitors_max: Some(7), ..File::default() });
        check(&[], &nothing, "visitors_max: 1024,");
        check(&[], &file, "visitors_max: 7,");
        check(&["--visitors-max", "8"], &file, "visitors_max: 8,");
        let file = File { answer_timeout: Some("5m".to_owned()), ..File::default() };
        check(&[], &file, "answer_timeout: 300s,");
        check(&["--rest-idle-timeout", "90s"], &nothing, "idle_timeout: 90s");
        check(&["--rest-transfers-max", "9"], &nothing, "transfers_max: 9,");
        let both = ["--rest-calls-per-token-max", "6", "--rest-streams-per-token-max", "2"];
        check(&both, &nothing, "calls_per_token_max: 6, streams_per_token_max: 2");
    }

    #[test]
    fn what_no_bridge_could_work_with_is_refused() {
        for (words, why) in [
            (["--clients-max", "0"], "clients-max: must be 1"),
            (["--visitors-per-address-max", "0"], "visitors-per-address-max: must be 1"),
            (["--rest-connections-max", "0"], "rest-connections-max: must be 1"),
            (["--rest-transfers-max", "0"], "rest-transfers-max: must be 1"),
            (["--rest-connections-max", "1000001"], "to 1000000, not 1000001"),
            (["--rest-calls-per-token-max", "5"], "9 together, but a session has at most 8"),
            (["--answer-timeout", "0s"], "answer-timeout: must be 1s"),
            (["--answer-timeout", "never"], "answer-timeout: not a length of time"),
            (["--rest-idle-timeout", "2h"], "rest-idle-timeout: must be 1s to 3600s"),
        ] {
            check(&words, &File::default(), why);
        }
    }
}
