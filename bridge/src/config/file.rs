//! The configuration file. Its keys are the options of the command line.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The file as it was written.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) upstream: Option<String>,
    #[serde(default)]
    pub(super) listen: Vec<SocketAddr>,
    pub(super) tls_cert: Option<PathBuf>,
    pub(super) tls_key: Option<PathBuf>,
    #[serde(default)]
    pub(super) origin: Vec<String>,
    #[serde(default)]
    pub(super) trusted_proxies: Vec<String>,
    pub(super) trusted_header: Option<String>,
    pub(super) clients_max: Option<usize>,
    pub(super) clients_per_address_max: Option<usize>,
    pub(super) visitors_max: Option<usize>,
    pub(super) visitors_per_address_max: Option<usize>,
    pub(super) answer_timeout: Option<String>,
    pub(super) rest_connections_max: Option<usize>,
    pub(super) rest_calls_per_token_max: Option<usize>,
    pub(super) rest_streams_per_token_max: Option<usize>,
    pub(super) rest_transfers_max: Option<usize>,
    pub(super) rest_idle_timeout: Option<String>,
    pub(super) metrics_listen: Option<String>,
    pub(super) state_dir: Option<PathBuf>,
    #[serde(default)]
    pub(super) hooks_allow: Vec<String>,
    pub(super) hooks_ca: Option<PathBuf>,
    pub(super) log: Option<String>,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path)
            .map_err(|error| format!("configuration {}: {error}", path.display()))?;
        Self::parse(&text).map_err(|(line, why)| format!("{}:{line}: {why}", path.display()))
    }

    /// Or the line of the mistake, and what is wrong there.
    fn parse(text: &str) -> Result<Self, (usize, String)> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.as_bytes().get(..start).unwrap_or_default();
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            (line, error.message().replace('\n', " "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, line: usize, why: &str) {
        let (at, message) = File::parse(text).unwrap_err();
        assert_eq!(at, line, "{message}");
        assert!(message.contains(why), "{message}");
    }

    #[test]
    fn the_example_is_read() {
        let example = include_str!("../../dist/parlor-bridge.toml");
        let file = File::parse(example).unwrap();
        assert_eq!(file.upstream.as_deref(), Some("unix:/run/parlord/bridge.sock"));
        // What is commented out must be right as well.
        let all: String = example
            .lines()
            .map(|line| {
                line.strip_prefix("#").filter(|rest| !rest.starts_with(' ')).unwrap_or(line)
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        assert!(File::parse(&all).unwrap().log.is_some());
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        refused("upstream = \"unix:/run/p\"\nlissten = []\n", 2, "unknown field `lissten`");
        refused("\n\nlisten = [\"localhost\"]\n", 3, "invalid socket address");
        refused("clients_max = -1\n", 1, "");
        refused("upstream = \"a\"\nupstream = \"b\"\n", 2, "duplicate key");
        refused("[limits]\n", 1, "unknown field `limits`");
    }
}
