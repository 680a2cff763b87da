//! Configurations that are good, and each mistake with what is said of it.

use std::fs;

use expect_test::expect;

use super::*;

/// What becomes of a file, given as `parlord.toml` without its folder.
fn load(text: &str) -> Result<Loaded, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("parlord.toml");
    fs::write(&path, text).unwrap();
    let sources = Sources { file: Some(path), ..Sources::default() };
    let folder = format!("{}/", dir.path().display());
    sources.load().map_err(|mistake| mistake.to_string().replace(&folder, ""))
}

/// `expect` begins with the line.
#[track_caller]
fn check_refused(text: &str, expect: &str) {
    let refused = load(text).map(|_| "accepted").unwrap_err();
    assert_eq!(refused, format!("parlord.toml:{expect}"));
}

fn environment(pairs: &[(&str, &str)]) -> Sources {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Sources { environment: pairs.iter().map(own).collect(), ..Sources::default() }
}

#[test]
fn nothing_at_all_is_a_good_configuration() {
    let loaded = Sources::default().load().unwrap();
    assert_eq!(loaded.config, Config::default());
    assert_eq!(load("").unwrap().config, Config::default());
    assert_eq!(load("# nothing\n[limits]\n").unwrap().config, Config::default());
}

#[test]
fn the_example_is_read() {
    let example = include_str!("../../dist/parlord.toml");
    assert_eq!(load(example).unwrap().config, Config::default());
    // What is commented out must be right as well.
    let all = example.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting,
        Some(_) | None => line,
    });
    let config = load(&all.collect::<Vec<_>>().join("\n")).unwrap().config;
    assert_eq!(config.top.name, "chat.example.org");
    assert!(config.tls.cert.is_some() && config.tls.key.is_some());
}

#[test]
fn what_is_printed_is_read_back_the_same() {
    let text = "
        data_dir = '/srv/parlor'
        shards = 3
        [listen]
        tls = ['0.0.0.0:7275', '[::]:0']
        bridge = 'unix:/run/parlord/bridge.sock'
        [send]
        per_second = 'off'
        [metrics]
        listen = '[::1]:7277'
        [log]
        filter = 'info,parlord=debug'
    ";
    let config = load(text).unwrap().config;
    assert_ne!(config, Config::default());
    assert_eq!(load(&config.print()).unwrap().config, config);
}

#[test]
fn the_print_says_why() {
    let print = Config::default().print();
    let (_, session) = print.split_once("[session]").unwrap();
    let (session, _) = session.split_once("\n[send]").unwrap();
    expect![[r#"

        # For clients that ask for nothing else.
        # Two lost keepalives and some delay.
        timeout = "45s"

        # The shortest that a client may ask for.
        # One that comes for a moment is soon gone.
        timeout_min = "10s"

        # The longest.
        # A token that leaks is good for no longer than this after its last use.
        timeout_max = "1d"
    "#]]
    .assert_eq(session);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("parlord.toml");
    fs::write(&path, "name = 'file'\nreaders = 3\n[session]\ntimeout = '40s'\n").unwrap();
    let flag = Flag { name: "--registration", key: "registration.mode", value: "open".into() };
    let mut sources = environment(&[
        ("PARLORD_NAME", "environment"),
        ("PARLORD_READERS", "4"),
        ("PARLORD_REGISTRATION_MODE", "closed"),
        ("PARLORD_LISTEN_TLS", "127.0.0.1:1, [::1]:2"),
        ("PARLORD_CONFIG", "not a setting"),
        ("PARLORD_PORT", "tcp://10.0.0.1:7275"),
    ]);
    sources.file = Some(path);
    sources.flags.push(flag);
    let loaded = sources.load().unwrap();
    let Config { top, listen, registration, session, .. } = loaded.config;
    assert_eq!((top.name.as_str(), top.readers), ("environment", 4));
    assert_eq!(session.timeout.as_secs(), 40);
    assert_eq!(registration.mode, Registration::Open);
    let expect: [std::net::SocketAddr; 2] =
        ["127.0.0.1:1".parse().unwrap(), "[::1]:2".parse().unwrap()];
    assert_eq!(listen.tls, expect);
    assert_eq!(loaded.strangers, ["PARLORD_PORT"]);
}

#[test]
fn an_unknown_name_is_refused_with_those_there_are() {
    check_refused(
        "[keep_alive]\nintervall = '20s'",
        "2: keep_alive.intervall: no such setting; in [keep_alive] there are: interval, \
         idle_after",
    );
    check_refused(
        "\n\nport = 7275",
        "3: port: no such setting; above the sections there are: data_dir, name, \
         shards, readers",
    );
    check_refused(
        "[top]\nshards = 2",
        "1: [top]: no such section; there are: listen, tls, registration, invites, bots, \
         webhooks, audit, keep_alive, session, send, history, password, limits, search, files, \
         metrics, log",
    );
    check_refused(
        "[tls.extra]\na = 1",
        "1: tls.extra: no such setting; in [tls] there are: cert, key",
    );
}

#[test]
fn a_wrong_type_is_refused_with_the_right_one() {
    check_refused("readers = 'two'", "1: readers: must be a whole number, not a string");
    check_refused("readers = -1", "1: readers: must be a whole number: -1");
    check_refused("readers = 1.5", "1: readers: must be a whole number, not a fraction");
    check_refused("shards = 'many'", "1: shards: must be a whole number or \"auto\", not a string");
    check_refused(
        "[session]\ntimeout = 45",
        "2: session.timeout: must be a length of time such as \"45s\", not a number",
    );
    check_refused(
        "[session]\ntimeout = '45'",
        "2: session.timeout: not a length of time such as \"45s\", \"15m\" or \"72h\": \
         \"45\"",
    );
    check_refused(
        "[listen]\ntls = '127.0.0.1:7275'",
        "2: listen.tls: must be a list of strings, not a string",
    );
    check_refused(
        "[listen]\ntls = ['localhost:7275']",
        "2: listen.tls: not ADDRESS:PORT with a numeric address, such as \
         127.0.0.1:7275: \"localhost:7275\"",
    );
    check_refused(
        "[listen]\nbridge = '/run/a.sock'",
        "2: listen.bridge: not unix:PATH: \"/run/a.sock\"",
    );
    check_refused(
        "[listen]\nbridge = 'unix:a.sock'",
        "2: listen.bridge: needs an absolute path: \"a.sock\"",
    );
    check_refused(
        "[metrics]\nlisten = '0.0.0.0:7277'",
        "2: metrics.listen: must be on loopback, or others could read it: 0.0.0.0:7277",
    );
    check_refused(
        "[metrics]\nlisten = 'localhost:7277'",
        "2: metrics.listen: neither unix:PATH nor a loopback ADDRESS:PORT: \
         \"localhost:7277\"",
    );
    check_refused(
        "[metrics]\nlisten = 'unix:figures.sock'",
        "2: metrics.listen: needs an absolute path: \"figures.sock\"",
    );
    check_refused(
        "[registration]\nmode = true",
        "2: registration.mode: must be a string, not true or false",
    );
    check_refused(
        "[registration]\nmode = 'free'",
        "2: registration.mode: not \"auto\", \"open\", \"invite\" or \"closed\": \
         \"free\"",
    );
    check_refused(
        "[send]\nper_second = 'of'",
        "2: send.per_second: must be a whole number or \"off\", not a string",
    );
    check_refused(
        "[limits]\noutboxes = '1MB'",
        "2: limits.outboxes: not a size such as \"256KiB\" or \"64MiB\": \"1MB\"",
    );
    check_refused("limits = 3", "1: limits: is a section: write [limits] and its settings below");
}

#[test]
fn what_is_no_toml_is_refused_where_it_stops_being_toml() {
    check_refused("name = 'a'\nname = 'b'", "2: duplicate key");
    check_refused(
        "name = 'a'\nreaders =\n",
        "2: string values must be quoted, expected literal string",
    );
    check_refused("[listen\n", "1: unclosed table, expected `]`");
    let missing = Sources { file: Some("/nowhere/parlord.toml".into()), ..Sources::default() };
    let error = missing.load().unwrap_err().to_string();
    assert_eq!(error, "/nowhere/parlord.toml: No such file or directory (os error 2)");
}

#[test]
fn settings_that_contradict_each_other_are_refused_where_somebody_wrote_one() {
    check_refused(
        "[session]\ntimeout_min = '46s'",
        "2: session.timeout_min does not go with session.timeout, which must be at least \
         session.timeout_min, 46s",
    );
    check_refused(
        "[keep_alive]\ninterval = '31s'",
        "2: keep_alive.interval does not go with session.timeout, which must be at least 1.5 \
         keepalive intervals, 46500ms, or a late one ends a session",
    );
    check_refused(
        "[keep_alive]\ninterval = '1ms'",
        "2: keep_alive.interval: must be at least 100ms",
    );
    check_refused(
        "[session]\ntimeout = '20s'",
        "2: session.timeout: must be at least 1.5 keepalive intervals, 30s, or a late one ends a \
         session",
    );
    check_refused(
        "[session]\ntimeout = '25h'",
        "2: session.timeout: must be at most session.timeout_max, 1d",
    );
    check_refused("[session]\ntimeout_max = '31d'", "2: session.timeout_max: must be at most 30d");
    check_refused(
        "[metrics]\nlisten = 'unix:/run/a.sock'\n[listen]\nbridge = 'unix:/run/a.sock'",
        "2: metrics.listen: is where bridges connect: take another path",
    );
    check_refused("[limits]\nconnections = 0", "2: limits.connections: must be at least 1: 0");
    check_refused("[limits]\noutboxes = '64KiB'", "2: limits.outboxes: must be at least 1MiB");
    check_refused(
        "[limits]\nhandshake_timeout = '0s'",
        "2: limits.handshake_timeout: must not be zero",
    );
    check_refused("[send]\nburst = 0", "2: send.burst: must be at least 1: 0");
    check_refused("[send]\nper_second = 0", "2: send.per_second: must be at least 1: 0");
    check_refused("shards = 257", "1: shards: must be from 1 to 255: 257");
    check_refused(
        "[password]\nmemory_kib = 1",
        "2: password.memory_kib: must be from 8 to 4194304: 1",
    );
    check_refused(
        "[listen]\ntls = []",
        "2: listen.tls: nobody could connect: no listener and no bridge",
    );
    check_refused(
        "[listen]\nhost = 'a/b'",
        "2: listen.host: neither a host name nor an address: \"a/b\"",
    );
    check_refused("[tls]\ncert = 'a.pem'", "2: tls.cert: needs tls.key beside it");
    check_refused("[tls]\nkey = 'a.pem'", "2: tls.key: needs tls.cert beside it");
    check_refused(
        "[log]\nfilter = 'parlord=loud'",
        "2: log.filter: error parsing level filter: expected one of \"off\", \"error\", \
         \"warn\", \"info\", \"debug\", \"trace\", or a number 0-5",
    );
}

#[test]
fn a_mistake_outside_of_the_file_names_its_place_too() {
    #[track_caller]
    fn check(sources: &Sources, expect: &str) {
        assert_eq!(sources.load().unwrap_err().to_string(), expect);
    }
    check(
        &environment(&[("PARLORD_READERS", "no")]),
        "$PARLORD_READERS: readers: must be a whole number: no",
    );
    check(
        &environment(&[("PARLORD_SESSION_TIMEOUT", "1s")]),
        "$PARLORD_SESSION_TIMEOUT: session.timeout: must be at least 1.5 keepalive intervals, \
         30s, or a late one ends a session",
    );
    let flag = Flag { name: "--listen", key: "listen.tls", value: "7275".into() };
    check(
        &Sources { flags: vec![flag], ..Sources::default() },
        "--listen: listen.tls: not ADDRESS:PORT with a numeric address, such as 127.0.0.1:7275: \
         \"7275\"",
    );
}

#[test]
fn every_setting_has_a_reason_and_a_variable_of_its_own() {
    let mut variables: Vec<_> = KEYS.iter().map(Key::variable).collect();
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), KEYS.len());
    for key in KEYS {
        assert!(key.reason.trim().ends_with('.'), "{}", key.path());
        assert!(Key::find(&key.path()) == Some(*key));
    }
}

#[test]
fn no_rate_is_nothing_at_all_nor_by_mistake_without_limit() {
    let is_rate = |name: &str| {
        let unit = ["second", "minute", "minutes", "hour"].iter().any(|unit| name.ends_with(unit));
        unit && name.contains("per_") || name == "burst" || name.ends_with("_burst")
    };
    let rates: Vec<&Key> = KEYS.iter().filter(|key| is_rate(key.name)).collect();
    assert!(rates.len() > 30, "{}", rates.len());
    for key in rates {
        let refusal = format!("2: {}: must be at least 1: 0", key.path());
        check_refused(&format!("[{}]\n{} = 0", key.section, key.name), &refusal);
    }
}

#[test]
fn what_a_reload_would_change_is_named() {
    let old = Config::default();
    let new = load("readers = 5\n[log]\nfilter = 'debug'").unwrap().config;
    let names: Vec<_> = old.differences(&new).iter().map(Key::path).collect();
    assert_eq!(names, ["readers", "log.filter"]);
    assert!(old.differences(&old).is_empty());
}

#[test]
fn the_operators_page_tells_each_setting_as_it_is() {
    let page = include_str!("../../OPERATING.md");
    for key in KEYS {
        let (path, default) = (key.path(), Config::default().show(*key));
        let row = format!("| `{path}` | `{default}` | {} |", key.reason.trim());
        assert!(page.contains(&row), "OPERATING.md lacks:\n{row}");
    }
    let (_, ours) = page.split_once("## Configure").expect("a section on configuration");
    let (ours, _) = ours.split_once("\n## ").expect("a section after it");
    let rows = ours.lines().filter(|line| line.starts_with("| `") && line.contains("` | `"));
    assert_eq!(rows.count(), KEYS.len(), "OPERATING.md tells of settings that are gone");
}
