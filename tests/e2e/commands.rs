//! The client's commands, as scripts use them: what they print, where, and how they end.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use harness::{
    Cli, Door, PASSWORD, Person, Setup, Signal, World, behind_all_doors, behind_both_doors,
};
use serde_json::Value;

const UUID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

behind_all_doors! {
    a_conversation_by_commands;
    a_message_is_one_object_of_json;
    stdin_is_one_message;
    a_retry_with_the_same_id_is_safe;
    hostile_text_does_not_steer_the_terminal;
    refusals_have_exit_codes;
    tail_follows_and_survives_a_crash;
    a_tail_that_nobody_reads_ends;
}

behind_both_doors! {
    chat_survives_a_crash_and_says_so;
}

#[tokio::test]
async fn completions_and_man_pages_need_no_server() {
    let parlor = Cli::without_server();
    for shell in ["bash", "zsh", "fish"] {
        let script = parlor.run(&["completions", shell]).success().await.stdout;
        assert!(script.contains("history") && script.contains("no-follow"), "{shell}: {script}");
    }
    let page = parlor.run(&["man"]).success().await.stdout;
    assert!(page.starts_with(".") && page.contains("Exit codes"), "{page}");
    let dir = parlor.home().join("man1");
    parlor.run(&["man", dir.to_str().unwrap()]).success().await;
    for file in ["parlor.1", "parlor-send.1", "parlor-tail.1"] {
        let page = fs::read_to_string(dir.join(file)).unwrap();
        assert!(page.contains(".SH NAME"), "{file}: {page}");
    }
    parlor.run(&["completions", "cobol"]).fails_with(2).await;
}

async fn a_conversation_by_commands(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) = (Cli::new(&world.url()), Cli::new(&world.url()));
    ann.register("ann", PASSWORD).await;
    bob.register("bob", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    bob.run(&["join", "lobby"]).success().await;
    ann.run(&["send", "lobby", "hello", "bob"]).success().await;
    bob.run(&["send", "#lobby", "hello ann"]).success().await;
    for person in [&ann, &bob] {
        let shown = person.run(&["tail", "lobby", "--no-follow"]).success().await;
        let (first, second) = (shown.stdout.find("hello bob"), shown.stdout.find("hello ann"));
        assert!(first.is_some() && first < second, "{shown:?}");
        let last = person.run(&["history", "lobby", "-n", "1"]).success().await;
        assert!(
            last.stdout.contains("hello ann") && !last.stdout.contains("hello bob"),
            "{last:?}"
        );
    }
    let rooms = ann.run(&["rooms"]).success().await;
    assert!(rooms.stdout.contains("lobby"), "{rooms:?}");
    let who = ann.run(&["who", "lobby"]).success().await;
    assert!(who.stdout.contains("ann") && who.stdout.contains("bob"), "{who:?}");
    let me = ann.run(&["whoami"]).success().await;
    assert!(me.stdout.contains("ann"), "{me:?}");
    bob.run(&["leave", "lobby"]).success().await;
    bob.run(&["send", "lobby", "boo"]).fails_with(6).await.stdout("");
    ann.run(&["logout"]).success().await;
    ann.run(&["send", "lobby", "boo"]).fails_with(4).await.stdout("");
}

async fn a_message_is_one_object_of_json(door: Door) {
    let world = World::start(door).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    let sent = ann.run(&["--json", "send", "lobby", "two\nlines \"here\""]).success().await;
    let sent = &sent.json()[0];
    assert_eq!((&sent["type"], &sent["room"]), (&"sent".into(), &"lobby".into()));
    let shown = ann.run(&["tail", "lobby", "--no-follow", "--json"]).success().await.json();
    assert!(shown.iter().all(|object| object["type"].is_string()), "{shown:?}");
    let messages: Vec<&Value> = shown.iter().filter(|it| it["type"] == "message").collect();
    let [message] = messages[..] else { panic!("{shown:?}") };
    assert_eq!(message["text"], "two\nlines \"here\"");
    assert_eq!((&message["room"], &message["from"]), (&"lobby".into(), &"ann".into()));
    assert_eq!(message["seq"], sent["seq"]);
    assert!(message["room_id"].is_u64(), "{message}");
    let at = message["at"].as_str().unwrap();
    assert!(
        at.starts_with("20") && at.contains('T') && (at.ends_with('Z') || at.contains('+')),
        "{at}"
    );
}

async fn stdin_is_one_message(door: Door) {
    let world = World::start(door).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    ann.run(&["send", "lobby", "-"]).stdin("first\nsecond\n\n").success().await;
    let longest = "x".repeat(8 * 1024);
    ann.run(&["send", "lobby", "-"]).stdin(format!("{longest}\n")).success().await;
    // Too much, nothing, no text: refused as a whole, nothing is sent.
    ann.run(&["send", "lobby", "-"]).stdin(format!("{longest}x")).fails_with(2).await;
    ann.run(&["send", "lobby", "-"]).stdin("").fails_with(2).await;
    ann.run(&["send", "lobby", "-"]).stdin(b"\xff\xfe".to_vec()).fails_with(2).await;
    let shown = ann.run(&["tail", "lobby", "--no-follow", "--json"]).success().await.json();
    let texts: Vec<&Value> =
        shown.iter().filter(|it| it["type"] == "message").map(|it| &it["text"]).collect();
    assert_eq!(texts, [&Value::from("first\nsecond\n"), &Value::from(longest)]);
}

async fn a_retry_with_the_same_id_is_safe(door: Door) {
    let world = World::start(door).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    for _ in 0..2 {
        ann.run(&["send", "lobby", "once", "--id", UUID]).success().await;
    }
    ann.run(&["send", "lobby", "twice", "--id", UUID]).fails_with(1).await.stdout("");
    let shown = ann.run(&["tail", "lobby", "--no-follow", "--json"]).success().await.json();
    assert_eq!(shown.iter().filter(|it| it["type"] == "message").count(), 1, "{shown:?}");
}

async fn tail_follows_and_survives_a_crash(door: Door) {
    let mut world = World::start(door).await;
    let bob = Cli::new(&world.url());
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    for n in 0..30 {
        ann.say(lobby, &format!("old {n}")).await;
    }
    bob.register("bob", PASSWORD).await;
    bob.run(&["join", "lobby"]).success().await;
    let mut tail = bob.run(&["tail", "lobby", "-n", "2", "--json"]).start();
    let next = async |tail: &mut harness::Running| loop {
        let line = tail.line().await.expect("tail goes on");
        let object: Value = serde_json::from_str(&line).unwrap();
        if object["type"] == "message" {
            return object["text"].as_str().unwrap().to_owned();
        }
    };
    // The newest two events are old ones; bob's joining may be the very last.
    let mut heard = next(&mut tail).await;
    while heard != "old 29" {
        heard = next(&mut tail).await;
    }
    for n in 0..3 {
        ann.say(lobby, &format!("new {n}")).await;
        assert_eq!(next(&mut tail).await, format!("new {n}"));
        world.daemon.kill9().await;
        world.daemon.restart().await;
    }
    ann.say(lobby, "the last").await;
    assert_eq!(next(&mut tail).await, "the last");
    tail.signal(Signal::INT);
    assert_eq!(tail.exit().await.code(), Some(130));
}

async fn a_tail_that_nobody_reads_ends(door: Door) {
    let world = World::start(door).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    let mut tail = ann.run(&["tail", "lobby"]).start();
    tail.line().await.unwrap();
    tail.end_output();
    assert!(tail.exit().await.success(), "{}", tail.log());
}

async fn chat_survives_a_crash_and_says_so(door: Door) {
    let mut world = World::start(door).await;
    let (ann, bob) = (Cli::new(&world.url()), Cli::new(&world.url()));
    ann.register("ann", PASSWORD).await;
    bob.register("bob", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    bob.run(&["join", "lobby"]).success().await;
    let mut ann = ann.run(&["chat", "lobby"]).start();
    let mut bob = bob.run(&["chat", "lobby"]).start();
    ann.type_line("hello from ann").await;
    line_with(&mut bob, "hello from ann").await;
    world.daemon.kill9().await;
    // Said while nobody is there to hear it: it goes out when the daemon is back.
    bob.type_line("typed meanwhile").await;
    world.daemon.restart().await;
    line_with(&mut ann, "typed meanwhile").await;
    ann.type_line("and on").await;
    line_with(&mut bob, "and on").await;
    for person in [&mut ann, &mut bob] {
        assert!(!person.log().is_empty(), "a lost connection is told on stderr");
        person.end_input();
        assert_eq!(person.exit().await.code(), Some(0), "{}", person.log());
    }
}

async fn line_with(process: &mut harness::Running, part: &str) -> String {
    loop {
        let line = process.line().await.unwrap_or_else(|| panic!("no line with {part:?}"));
        if line.contains(part) {
            return line;
        }
    }
}

async fn hostile_text_does_not_steer_the_terminal(door: Door) {
    let world = World::start(door).await;
    let eve = Person::arrive(&world.url(), "eve").await;
    let state = eve.client.create_room("lobby", "\u{1b}]0;title\u{7}").await.unwrap();
    let lobby = parlor_proto::ids::RoomId(state.room.unwrap().room_id);
    let attacks = [
        "\u{1b}[2J\u{1b}[H",
        "\u{1b}]52;c;ZXZpbA==\u{7}",
        "\u{9b}31m",
        "a\rb",
        "a\u{8}b",
        "a\nb",
        "\u{202e}reversed",
        "\u{2066}isolate",
        "\u{7f}",
        "\u{0}",
        "\u{1b}P+q\u{1b}\\",
        "\u{85}",
    ];
    for attack in attacks {
        eve.say(lobby, attack).await;
    }
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    ann.run(&["join", "lobby"]).success().await;
    let everything = [
        ann.run(&["tail", "lobby", "--no-follow"]).success().await,
        ann.run(&["tail", "lobby", "--no-follow", "--json"]).success().await,
        ann.run(&["history", "lobby", "--color", "always"]).success().await,
        ann.run(&["rooms"]).success().await,
    ];
    for shown in everything {
        let steers = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        // Colors of our own are the one thing allowed.
        let mut text = shown.stdout.clone();
        if shown.line().contains("always") {
            text = strip_colors(&text);
        }
        let found: Vec<char> = text.chars().filter(|&c| steers(c)).collect();
        assert!(found.is_empty(), "{found:?} in {shown:#?}");
    }
}

/// Without what sets colors and nothing else: ESC [ digits ; m.
fn strip_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('m') {
            Some((code, rest)) if code.chars().all(|c| c.is_ascii_digit() || c == ';') => {
                plain.push_str(rest);
            }
            _ => {
                plain.push('\u{1b}');
                plain.push_str(part);
            }
        }
    }
    plain
}

async fn refusals_have_exit_codes(door: Door) {
    let world = World::with(door, Setup::new()).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    for (arguments, code) in [
        (&["frobnicate"][..], 2),
        (&["send", "lobby"], 2),
        (&["send", "lo bby", "x"], 2),
        (&["send", "lobby", ""], 2),
        (&["send", "attic", "x"], 6),
        (&["join", "attic"], 6),
        (&["history", "4711"], 6),
        (&["tail", "attic", "--no-follow"], 6),
    ] {
        let refused = ann.run(arguments).fails_with(code).await.stdout("");
        assert!(!refused.stderr.is_empty(), "{arguments:?} says nothing");
    }
    ann.run(&["create", "lobby"]).success().await;
    ann.run(&["create", "lobby"]).fails_with(1).await;
    let eve = Cli::new(&world.url());
    let login = eve.run(&["login", "ann", "--password-stdin"]).stdin("wrong-password-1\n");
    login.fails_with(4).await;
    // A password is never an argument, and none is asked for without a terminal.
    eve.run(&["login", "ann"]).fails_with(2).await;
    // What signing in leaves behind is its owner's alone.
    let mut secrets = 0;
    let mut folders = vec![ann.home().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                folders.push(entry.path());
            } else if metadata.mode() & 0o077 == 0 {
                secrets += 1;
            }
            let text = fs::read(entry.path()).unwrap_or_default();
            let is_told = text.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes());
            assert!(!is_told, "the password is kept in {:?}", entry.path());
        }
    }
    assert!(secrets > 0, "the token is kept where only its owner reads");
}
