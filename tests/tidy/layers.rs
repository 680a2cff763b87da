//! Who may import whom. Reads like the picture in `ARCHITECTURE.md`: a module imports from
//! the rows below its own, never from its own row or from above.

use crate::rust;
use crate::tree::{Source, Tree};

/// The modules of the daemon, from the top down.
const LAYERS: &[&[&str]] = &[
    &["main"],
    &["args"],
    &["server", "bench"],
    &["config", "tls"],
    &["conn"],
    &["engine"],
    &["hub"],
    &["store", "wire"],
    &["chat", "outbox", "tally"],
];

/// What the core may use of the protocol: ids, numbers and names, nothing that does anything.
const CHAT_MAY_USE: &[&str] = &["ids", "limits", "name", "codes"];

/// What the core must not even name: the world, and whatever differs from run to run.
const CHAT_MUST_NOT_NAME: &[&str] = &[
    "Instant",
    "SystemTime",
    "HashMap",
    "HashSet",
    "Mutex",
    "async",
    "await",
    "fs",
    "getrandom",
    // An address is a value; what can be opened is the world.
    "SocketAddr",
    "TcpListener",
    "TcpStream",
    "ToSocketAddrs",
    "UdpSocket",
    "UnixListener",
    "UnixStream",
    "prost",
    "rusqlite",
    "rustls",
    "tokio",
    "tokio_util",
    "tracing",
];

/// The processes, and the name under which each could be imported.
const PROCESSES: &[(&str, &str)] =
    &[("bridge/", "parlor_bridge"), ("cli/", "parlor"), ("daemon/", "parlord")];

/// Imports that go up or sideways in the daemon.
pub(crate) fn faults(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for file in tree.rust("daemon/src/") {
        let own = own_layer(&file.path);
        if own == "lib" {
            continue; // Lists the modules and hands some of them out.
        }
        let Some(row) = row_of(&own) else {
            faults.push(file.fault(1, &format!("`{own}` has no place in the table of layers")));
            continue;
        };
        for (line, other) in imports(file) {
            let what = match row_of(&other) {
                Some(below) if other == own || below > row => continue,
                Some(_) => format!("`{own}` may not use `{other}`: it does not lie below"),
                None => format!("`crate::{other}` has no place in the table of layers"),
            };
            faults.push(file.fault(line, &what));
        }
    }
    faults
}

/// Imports of one process by another.
pub(crate) fn strangers(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (folder, own) in PROCESSES {
        let others = || PROCESSES.iter().map(|(_, name)| *name).filter(|name| name != own);
        for file in tree.rust(folder) {
            let code = file.code();
            let words = rust::words(&code);
            for pair in words.windows(2) {
                let [(line, name), (_, after)] = pair else { continue };
                if *after == "::" && others().any(|other| other == *name) {
                    faults.push(file.fault(*line, &format!("`{own}` imports `{name}`")));
                }
            }
        }
        let Some(manifest) = tree.find(&format!("{folder}Cargo.toml")) else { continue };
        for (line, text) in manifest.text.lines().enumerate() {
            let name = text.split(['.', ' ', '=']).next().unwrap_or_default().replace('-', "_");
            if others().any(|other| other == name) {
                faults.push(manifest.fault(line + 1, &format!("`{own}` depends on `{name}`")));
            }
        }
    }
    faults
}

/// What must be absent: the world from the core, a runtime from the protocol.
pub(crate) fn absences(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for file in tree.rust("daemon/src/chat") {
        let code = if file.is_test() { String::new() } else { file.code_without_tests() };
        let words = rust::words(&code);
        for (line, word) in &words {
            if CHAT_MUST_NOT_NAME.contains(word) {
                faults.push(file.fault(*line, &format!("the core names `{word}`")));
            }
        }
        // A thread may also be one of messages.
        for (line, _) in paths_after(&words, "std").iter().filter(|(_, part)| part == "thread") {
            faults.push(file.fault(*line, "the core names `std::thread`"));
        }
        for (line, module) in paths_after(&words, "parlor_proto") {
            if !CHAT_MAY_USE.contains(&module.as_str()) {
                faults.push(file.fault(line, &format!("the core uses `parlor_proto::{module}`")));
            }
        }
    }
    for file in tree.rust("proto/src/") {
        if file.path.starts_with("proto/src/client") {
            continue;
        }
        let code = file.code_without_tests();
        for (line, word) in rust::words(&code) {
            let is_runtime = word == "tokio" || word == "async" || word == "Instant";
            let is_codec = word == "tokio_util" && file.path != "proto/src/frame.rs";
            if is_runtime || is_codec {
                let what = format!("`{word}` outside of the feature `client`");
                faults.push(file.fault(line, &what));
            }
        }
    }
    faults
}

/// The top-level module that a file of the daemon belongs to.
fn own_layer(path: &str) -> String {
    let inside = path.strip_prefix("daemon/src/").unwrap_or(path);
    inside.split(['/', '.']).next().unwrap_or_default().to_owned()
}

fn row_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

/// Every top-level module that a file names, by `crate::`, by its package's name or by enough
/// `super::`, and where.
fn imports(file: &Source) -> Vec<(usize, String)> {
    let code = file.code();
    let words = rust::words(&code);
    let mut found = paths_after(&words, "crate");
    found.extend(paths_after(&words, "parlord"));
    // Modules between this file and the top: one for conn.rs, two for conn/reader.rs.
    let depth = file.path.matches('/').count() - 1;
    let climb = vec!["super"; depth].join(" :: ");
    let climb: Vec<&str> = climb.split(' ').collect();
    let names: Vec<&str> = words.iter().map(|(_, word)| *word).collect();
    for at in 0..names.len() {
        if names[at..].starts_with(&climb) {
            let firsts = firsts(&words[at + climb.len()..]);
            found.extend(firsts.into_iter().filter(|(_, name)| row_of(name).is_some()));
        }
    }
    found.retain(|(_, name)| name.starts_with(|c: char| c.is_ascii_lowercase()));
    found
}

/// The first segments of every path that begins with `root::`.
fn paths_after(words: &[(usize, &str)], root: &str) -> Vec<(usize, String)> {
    let starts = words.iter().enumerate().filter(|(_, (_, word))| *word == root);
    starts.flat_map(|(at, _)| firsts(&words[at + 1..])).collect()
}

/// What follows `::`: one name, or the first name of each member of a `{group}`.
fn firsts(after: &[(usize, &str)]) -> Vec<(usize, String)> {
    let [(_, "::"), rest @ ..] = after else { return Vec::new() };
    let [(line, first), group @ ..] = rest else { return Vec::new() };
    if *first != "{" {
        return vec![(*line, (*first).to_owned())];
    }
    let (mut found, mut depth, mut is_first) = (Vec::new(), 1, true);
    for (line, word) in group {
        match *word {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => is_first = true,
            name if depth == 1 && is_first => {
                found.push((*line, name.to_owned()));
                is_first = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Tree) -> Vec<String>, path: &str, text: &str, expect: &[&str]) {
        assert_eq!(rule(&Tree::of(&[(path, text)])), expect, "{text}");
    }

    #[test]
    fn imports_go_down_only() {
        let hub = "daemon/src/hub.rs";
        check(faults, hub, "use crate::{chat::Notice, wire, outbox::{self}};", &[]);
        check(faults, hub, "// crate::conn\nfn f(_: crate::store::Store) {}", &[]);
        check(faults, hub, "use crate::hub::shard;", &[]);
        let up = ["daemon/src/hub.rs:2: `hub` may not use `conn`: it does not lie below"];
        check(faults, hub, "use std::fmt;\nuse crate::conn::Shard;", &up);
        check(faults, hub, "\nuse crate::{chat, conn};", &up);
        check(faults, hub, "\nfn f() { crate::conn::f(); }", &up);
        check(faults, hub, "\nuse super::conn::Shard;", &up);
        let aside =
            ["daemon/src/wire/parse.rs:1: `wire` may not use `store`: it does not lie below"];
        check(faults, "daemon/src/wire/parse.rs", "use super::super::store;", &aside);
        check(faults, "daemon/src/wire/parse.rs", "use super::encode;", &[]);
    }

    #[test]
    fn a_module_outside_the_table_is_seen() {
        let expect = ["daemon/src/extra.rs:1: `extra` has no place in the table of layers"];
        check(faults, "daemon/src/extra.rs", "", &expect);
        let expect = ["daemon/src/hub.rs:1: `crate::extra` has no place in the table of layers"];
        check(faults, "daemon/src/hub.rs", "use crate::extra;", &expect);
    }

    #[test]
    fn one_process_does_not_import_another() {
        check(strangers, "cli/src/a.rs", "use parlor_proto::v1; use parlor::out;", &[]);
        let expect = ["cli/src/a.rs:1: `parlor` imports `parlord`"];
        check(strangers, "cli/src/a.rs", "use parlord::config;", &expect);
        let expect = ["bridge/Cargo.toml:1: `parlor_bridge` depends on `parlor`"];
        check(strangers, "bridge/Cargo.toml", "parlor = { path = \"../cli\" }", &expect);
        check(strangers, "bridge/Cargo.toml", "parlor-proto.workspace = true", &[]);
    }

    #[test]
    fn the_core_stays_alone_and_the_protocol_quiet() {
        let core = "daemon/src/chat/state.rs";
        check(absences, core, "use parlor_proto::{ids::RoomId, limits, name::Name};", &[]);
        let expect = ["daemon/src/chat/state.rs:1: the core uses `parlor_proto::v1`"];
        check(absences, core, "use parlor_proto::{ids, v1::Room};", &expect);
        let expect = ["daemon/src/chat/state.rs:1: the core names `HashMap`"];
        check(absences, core, "use std::collections::HashMap;", &expect);
        let expect = ["proto/src/name.rs:1: `tokio` outside of the feature `client`"];
        check(absences, "proto/src/name.rs", "use tokio::time;", &expect);
        let expect = ["proto/src/name.rs:1: `tokio_util` outside of the feature `client`"];
        check(absences, "proto/src/name.rs", "use tokio_util::codec;", &expect);
        check(absences, "proto/src/frame.rs", "use tokio_util::codec;", &[]);
        check(absences, "proto/src/client/link.rs", "use tokio::time;", &[]);
    }
}
