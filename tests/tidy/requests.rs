//! Every request of the schema is a line in the protocol's document, is asked for in a script of
//! the core and in a scenario over both doors, and is a command where a person would want one;
//! every command is run. This table is the audit, and it cannot rot.

use crate::rust::is_word;
use crate::tree::{Source, Tree};

const PROTOCOL: &str = "proto/PROTOCOL.md";
const SCRIPTS: &str = "daemon/src/chat/tests/";
const WORLD: &str = "daemon/src/chat/tests/world";
const SCENARIOS: &str = "tests/e2e/";

/// What asks for everything, and so says nothing about one request.
const SWEEPING: &[&str] = &["served", "bad_fields", "bad_requests"];

/// What makes a scenario run through the doors.
const DOORS: [&str; 2] = ["behind_both_doors!", "behind_all_doors!"];

/// A request: as the schema calls it, as scripts do, and the command by which a person asks.
struct Row(&'static str, Script, Option<&'static str>);

enum Script {
    Word(&'static str),
    /// The core never sees it: a connection answers by itself.
    Shell,
}

use Script::{Shell, Word};

const ROWS: &[Row] = &[
    Row("keep_alive", Shell, None),
    Row("hello", Shell, None),
    Row("send", Word("say"), Some("send")),
    Row("history", Word("read"), Some("history")),
    Row("register", Word("register"), Some("register")),
    Row("login", Word("login"), Some("login")),
    Row("resume", Word("resume"), None),
    Row("logout", Word("logout"), Some("logout")),
    Row("get_users", Word("users"), None),
    Row("login_with_device", Word("device-login"), None),
    Row("login_with_token", Word("enter"), Some("login")),
    Row("reset_password", Word("reset"), Some("reset-password")),
    Row("change_password", Word("passwd"), Some("passwd")),
    Row("list_sessions", Word("sessions"), Some("sessions")),
    Row("end_sessions", Word("end"), Some("sessions end")),
    Row("add_device", Word("add"), Some("login")),
    Row("list_devices", Word("devices"), Some("devices")),
    Row("rename_device", Word("rename-device"), Some("devices rename")),
    Row("remove_device", Word("remove"), Some("devices remove")),
    Row("set_profile", Word("called"), Some("profile")),
    Row("set_status", Word("status"), Some("status")),
    Row("create_invite", Word("make-invite"), Some("invites create")),
    Row("list_invites", Word("made-invites"), Some("invites list")),
    Row("revoke_invite", Word("void-invite"), Some("invites revoke")),
    Row("sync", Word("sync"), Some("tail")),
    Row("set_cursor", Word("cursor"), Some("tail")),
    Row("get_cursors", Word("cursors"), Some("cursors")),
    Row("remove_cursor", Word("forget"), Some("cursors")),
    Row("list_unread", Word("unread"), Some("unread")),
    Row("create_room", Word("create"), Some("create")),
    Row("join_room", Word("join"), Some("join")),
    Row("leave_room", Word("leave"), Some("leave")),
    Row("list_rooms", Word("rooms"), Some("rooms")),
    Row("list_members", Word("who"), Some("who")),
    Row("update_room", Word("rules"), Some("room set")),
    Row("invite_member", Word("invite"), Some("invite")),
    Row("decline_invitation", Word("decline"), Some("decline")),
    Row("remove_member", Word("kick"), Some("kick")),
    Row("ban_member", Word("ban"), Some("ban")),
    Row("unban_member", Word("unban"), Some("unban")),
    Row("list_bans", Word("bans"), Some("bans")),
    Row("mute_member", Word("mute"), Some("mute")),
    Row("set_role", Word("role"), Some("role")),
    Row("transfer_room", Word("transfer"), Some("room transfer")),
    Row("archive_room", Word("archive"), Some("room archive")),
    Row("get_room", Word("look"), None),
    Row("get_direct", Word("direct"), Some("dm")),
    Row("set_room_preferences", Word("prefer"), Some("room notify")),
    Row("edit", Word("edit"), Some("edit")),
    Row("delete", Word("delete"), Some("delete")),
    Row("set_reaction", Word("react"), Some("react")),
    Row("list_reactions", Word("reactions"), Some("reactions")),
    Row("list_thread", Word("read-thread"), Some("thread")),
    Row("search", Word("search"), Some("search")),
    Row("list_mentions", Word("mentions"), Some("mentions")),
    Row("mark_read", Word("mark"), Some("mark-read")),
    Row("typing", Word("typing"), None),
    Row("get_presence", Word("why"), Some("who")),
    Row("claim_admin", Word("claim"), Some("admin claim")),
    Row("list_users", Word("accounts"), Some("admin users")),
    Row("suspend_user", Word("suspend"), Some("admin suspend")),
    Row("set_server_role", Word("promote"), Some("admin role")),
    Row("create_reset_code", Word("reset-code"), Some("admin reset-code")),
    Row("end_user_sessions", Word("end-sessions"), Some("admin end-sessions")),
    Row("create_webhook", Word("hook"), Some("webhook add")),
    Row("list_webhooks", Word("hooks"), Some("webhook list")),
    Row("remove_webhook", Word("unhook"), Some("webhook remove")),
    Row("pause_webhook", Word("pause"), Some("webhook pause")),
    Row("report_deliveries", Word("report"), None),
    Row("create_bot", Word("bot"), Some("bot create")),
    Row("list_bots", Word("bots"), Some("bot list")),
    Row("create_api_token", Word("make-token"), Some("bot token")),
    Row("revoke_api_token", Word("void-token"), Some("bot revoke")),
    Row("list_audit", Word("audit"), Some("admin audit")),
    Row("begin_upload", Word("upload"), Some("send")),
    Row("write_upload", Word("write"), Some("send")),
    Row("get_upload", Word("far"), None),
    Row("finish_upload", Word("finish"), Some("send")),
    Row("cancel_upload", Word("cancel"), Some("uploads")),
    Row("list_uploads", Word("uploads"), Some("uploads")),
    Row("read_file", Word("get"), Some("get")),
];

/// What is asked for nowhere, of all that a client may send.
pub(crate) fn faults(tree: &Tree, requests: &[String]) -> Vec<String> {
    let is_known = |name: &str| ROWS.iter().any(|row| row.0 == name);
    let unknown = requests.iter().filter(|name| !is_known(name));
    let mut faults: Vec<String> =
        unknown.map(|name| format!("{name}: no row in tests/tidy/requests.rs")).collect();
    for row in ROWS {
        let missing = |what: String| format!("{}: {what}", row.0);
        if !requests.iter().any(|name| name == row.0) {
            faults.push(missing("not in the schema".into()));
        }
        if !tree.find(PROTOCOL).is_some_and(|page| page.text.contains(&format!("`{}`: `", row.0))) {
            faults.push(missing(format!("no line in {PROTOCOL}")));
        }
        if let Word(word) = row.1
            && !scripts(tree).any(|file| says(&file.text, word))
        {
            faults.push(missing(format!("no script of the core says {word:?}")));
        }
        if !scenarios(tree).any(|file| asks(&file.text, row)) {
            faults.push(missing("in no scenario over both doors".into()));
        }
    }
    faults
}

/// Commands that no scenario runs, and those in the table that there are not.
pub(crate) fn commands(tree: &Tree, commands: &[String]) -> Vec<String> {
    let scenarios: Vec<&Source> = tree.rust(SCENARIOS).collect();
    let is_run = |name: &str| scenarios.iter().any(|file| runs(&file.text, name));
    let idle = commands.iter().filter(|name| !is_run(name));
    let idle = idle.map(|name| format!("parlor {name}: no scenario runs it"));
    let wanted = ROWS.iter().filter_map(|row| row.2);
    let gone = wanted.filter(|wanted| !commands.iter().any(|name| name == wanted));
    idle.chain(gone.map(|name| format!("parlor {name}: there is no such command"))).collect()
}

fn scripts(tree: &Tree) -> impl Iterator<Item = &Source> {
    tree.rust(SCRIPTS).filter(|file| !file.path.starts_with(WORLD))
}

fn scenarios(tree: &Tree) -> impl Iterator<Item = &Source> {
    let is_sweeping = |file: &Source| {
        let rest = file.path.strip_prefix(SCENARIOS).unwrap_or_default();
        SWEEPING.iter().any(|name| rest.starts_with(name))
    };
    let has_doors = |file: &Source| DOORS.iter().any(|doors| file.text.contains(doors));
    tree.rust(SCENARIOS).filter(move |file| has_doors(file) && !is_sweeping(file))
}

/// Whether somebody says it in a script: `ann/2 say #1 hi`, also in quotes.
fn says(text: &str, word: &str) -> bool {
    let is_who = |who: &str| {
        let who = who.rsplit('"').next().unwrap_or_default();
        !who.is_empty() && who.chars().all(|c| c.is_ascii_alphanumeric() || c == '/')
    };
    text.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_said = |pair: &[&str]| {
            let verb = pair[1].split(['"', '\\']).next().unwrap_or_default();
            is_who(pair[0]) && verb == word
        };
        words.windows(2).any(is_said)
    })
}

/// Whether a scenario asks by hand, by the SDK, or by a command.
fn asks(text: &str, Row(name, _, command): &Row) -> bool {
    let message: String = name.split('_').map(capitalized).collect();
    let by_hand = format!("Body::{message}");
    let has = |part: &str| {
        text.match_indices(part).any(|(at, _)| !text[at + part.len()..].starts_with(is_word))
    };
    has(&by_hand) || has(&format!(".{name}")) || command.is_some_and(|name| runs(text, name))
}

/// Whether a list of words in the text is this command: `["--json", "devices", "rename", …]`.
fn runs(text: &str, command: &str) -> bool {
    let wanted: Vec<&str> = command.split(' ').collect();
    text.match_indices('[').any(|(at, _)| {
        let list = text[at + 1..].split(']').next().unwrap_or_default();
        let words = list.split('"').skip(1).step_by(2).filter(|word| *word != "--json");
        words.take(wanted.len()).eq(wanted.iter().copied())
    })
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(1.min(word.len()));
    format!("{}{rest}", first.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_asked_and_run_is_seen() {
        assert!(says("    ann/2 rename-device d1 x", "rename-device"));
        assert!(says("world.act(\"ann remove d1\");", "remove"));
        assert!(says("\"ann sessions\",", "sessions") && says("\"bob audit\\nann", "audit"));
        assert!(!says("ann < removed d1", "removed") && !says("// what they remove", "removes"));
        let row = Row("rename_device", Word("rename-device"), Some("devices rename"));
        assert!(asks("Body::RenameDevice(v1::X)", &row) && asks("client.rename_device(d)", &row));
        assert!(asks("cli.run(&[\"--json\", \"devices\", \"rename\", id])", &row));
        assert!(!asks("Body::RenameDevices(x) [\"devices\", \"remove\"]", &row));
    }

    #[test]
    fn what_nobody_asks_for_is_told() {
        let tree = Tree::of(&[
            (PROTOCOL, "| `edit`: `EditRequest` |"),
            ("daemon/src/chat/tests/messages.rs", "ann edit #1 4 v0 x"),
            ("tests/e2e/messages.rs", "behind_both_doors! { a; } client.edit(it)"),
            ("tests/e2e/served.rs", "behind_both_doors! { a; } client.delete(it)"),
        ]);
        let all: Vec<String> = ROWS.iter().map(|row| row.0.to_owned()).collect();
        let faults = faults(&tree, &[all, vec!["fly".to_owned()]].concat());
        assert!(faults.contains(&"fly: no row in tests/tidy/requests.rs".to_owned()));
        assert!(faults.contains(&"delete: in no scenario over both doors".to_owned()));
        assert!(!faults.iter().any(|fault| fault.starts_with("edit: ")), "{faults:?}");
    }
}
