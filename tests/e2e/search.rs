//! Looking for what was said.

use std::fs;

use harness::{Cli, Daemon, Door, PASSWORD, Person, Setup, World, behind_all_doors, within};
use parlor_proto::client::Error;
use parlor_proto::codes::Reason;
use parlor_proto::v1::client_frame::Body;
use parlor_proto::v1::{self, SearchHit, room_event::Kind};

behind_all_doors! {
    what_was_said_is_found_and_nowhere_that_one_may_not_read;
    who_where_when_and_without_narrow_a_search_down;
    pages_follow_one_another_and_have_each_hit_once;
    a_query_that_cannot_be_understood_is_refused_with_what_is_wrong;
    scripts_and_people_search_by_command;
    what_is_found_in_a_direct_room_says_who_is_in_it;
}

/// What is found, once the index has come so far that there are so many.
async fn found(person: &Person, query: &str, count: usize) -> Vec<SearchHit> {
    let search = async {
        loop {
            let page = person.client.search(query, &[], 0).await.unwrap();
            if page.hits.len() >= count {
                assert!(!page.partial);
                return page.hits;
            }
        }
    };
    within("the index to be filled", search).await
}

async fn texts(person: &Person, query: &str, count: usize) -> Vec<String> {
    found(person, query, count).await.into_iter().map(text).collect()
}

fn text(hit: SearchHit) -> String {
    match hit.event.unwrap().kind.unwrap() {
        Kind::Message(message) => message.text,
        other => panic!("{other:?}"),
    }
}

fn marked(hit: &SearchHit) -> Vec<&str> {
    let pairs = hit.matches.as_chunks::<2>().0.iter();
    pairs.map(|&[start, len]| &hit.snippet[start as usize..(start + len) as usize]).collect()
}

async fn what_was_said_is_found_and_nowhere_that_one_may_not_read(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let (lobby, attic) = (ann.create("lobby").await, ann.create("attic").await);
    bob.join("lobby").await;
    ann.say(lobby, "The Café opens at nine").await;
    ann.say(attic, "the cafe is a secret").await;
    let hits = found(&ann, "cafe", 2).await;
    assert_eq!(hits.len(), 2);
    for hit in &hits {
        assert_eq!(marked(hit).len(), 1, "{hit:?}");
        assert!(["Café", "cafe"].contains(&marked(hit)[0]));
    }
    assert_eq!(texts(&bob, "cafe", 1).await, ["The Café opens at nine"]);
    assert_eq!(texts(&bob, "secret", 0).await, [""; 0]);
    bob.join("attic").await;
    assert_eq!(texts(&bob, "secret", 0).await.len(), 1);
    bob.client.leave_room(attic).await.unwrap();
    assert_eq!(texts(&bob, "secret", 0).await, [""; 0]);
    let refused = bob.client.search("in:attic secret", &[], 0).await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::NotAMember));
}

async fn who_where_when_and_without_narrow_a_search_down(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let (lobby, ops) = (ann.create("lobby").await, ann.create("ops").await);
    bob.join("lobby").await;
    ann.say(lobby, "deploy one failed").await;
    ann.say(ops, "deploy two failed").await;
    bob.say(lobby, "failed to deploy three").await;
    assert_eq!(found(&ann, "deploy failed", 3).await.len(), 3);
    assert_eq!(texts(&ann, "deploy from:bob", 0).await, ["failed to deploy three"]);
    assert_eq!(texts(&ann, "deploy in:ops", 0).await, ["deploy two failed"]);
    assert_eq!(texts(&ann, "in:ops", 0).await, ["deploy two failed"]);
    assert_eq!(texts(&ann, "\"failed to\"", 0).await, ["failed to deploy three"]);
    assert_eq!(texts(&ann, "deploy -three -one", 0).await, ["deploy two failed"]);
    assert_eq!(texts(&ann, "deploy after:2026-01-01", 0).await.len(), 3);
    assert_eq!(texts(&ann, "deploy before:2026-01-01", 0).await, [""; 0]);
    let unknown = ann.client.search("deploy from:nobody", &[], 0).await.unwrap_err();
    assert_eq!(unknown.reason(), Some(Reason::UserNotFound));
}

async fn pages_follow_one_another_and_have_each_hit_once(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    for number in 0..25 {
        ann.say(lobby, &format!("number {number}")).await;
    }
    found(&ann, "number", 25).await;
    let (mut all, mut token) = (Vec::new(), Vec::new());
    loop {
        let page = ann.client.search("number", &token, 10).await.unwrap();
        all.extend(page.hits.into_iter().map(text));
        token = page.next_page_token.to_vec();
        if token.is_empty() {
            break;
        }
    }
    let expect: Vec<_> = (0..25).rev().map(|number| format!("number {number}")).collect();
    assert_eq!(all, expect, "those that match as well come newest first");
    let torn = ann.client.search("number", &[1, 2, 3], 10).await.unwrap_err();
    assert_eq!(torn.reason(), Some(Reason::BadField));
}

async fn a_query_that_cannot_be_understood_is_refused_with_what_is_wrong(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let cases = [
        ("", "nothing to look for"),
        ("\"open", "a quote is not closed"),
        ("x after:yesterday", "a date is like"),
        ("x from:a/b", "from:a/b"),
    ];
    for (query, why) in cases {
        let refused = ann.client.search(query, &[], 0).await.unwrap_err();
        assert_eq!(refused.reason(), Some(Reason::BadQuery), "{query}");
        assert!(matches!(&refused, Error::Refused(error) if error.message.contains(why)));
    }
    let hostile = "\" OR text : x* NEAR(a b) ^c {origin}:r1";
    assert!(ann.client.search(format!("x {hostile}\""), &[], 0).await.is_ok());
}

async fn scripts_and_people_search_by_command(door: Door) {
    let world = World::start(door).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    ann.run(&["send", "lobby", "first \x1b[31m needle\nsecond"]).success().await;
    let look = async {
        loop {
            let run = ann.run(&["search", "needle", "--json"]).success().await;
            if !run.stdout.is_empty() {
                return run;
            }
        }
    };
    let hits = within("the index to be filled", look).await.json();
    let [hit] = &hits[..] else { panic!("{hits:?}") };
    assert_eq!(
        (&hit["type"], &hit["room"], &hit["from"]),
        (&"hit".into(), &"lobby".into(), &"ann".into())
    );
    assert_eq!(hit["matches"][0], serde_json::json!([12, 18]));
    let shown = ann.run(&["search", "needle", "second"]).success().await;
    assert!(
        shown.stdout.trim_end().ends_with("ann: first \\x1b[31m needle\\x0asecond"),
        "{shown:?}"
    );
    let colored = ann.run(&["search", "needle", "--color", "always"]).success().await;
    assert!(colored.stdout.contains("\\x1b[31m \x1b[1mneedle\x1b[0m"), "{colored:?}");
    ann.run(&["search", "haystack"]).success().await.stdout("").says("nothing found");
    ann.run(&["search", "from:nobody", "x"]).fails_with(6).await.says("nobody");
    ann.run(&["search", "\"open"]).fails_with(2).await.says("quote");
}

async fn what_is_found_in_a_direct_room_says_who_is_in_it(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) = (Cli::new(&world.url()), Cli::new(&world.url()));
    ann.register("ann", PASSWORD).await;
    bob.register("bob", PASSWORD).await;
    ann.run(&["dm", "bob", "a", "needle", "@bob"]).success().await;
    let look = async {
        loop {
            let run = bob.run(&["search", "needle"]).success().await;
            if !run.stdout.is_empty() {
                return run.stdout;
            }
        }
    };
    let found = within("the index to be filled", look).await;
    assert!(found.trim_end().ends_with(" @ann,@bob 4 ann: a needle @bob"), "{found}");
    for asked in [
        &["search", "needle", "in:@ann"][..],
        &["mentions"],
        &["unread"],
        &["tail", "-n1", "--no-follow"],
    ] {
        let shown = bob.run(asked).success().await.stdout;
        assert!(shown.contains("@ann,@bob"), "{asked:?}: {shown}");
        let objects = bob.run(&[asked, &["--json"]].concat()).success().await.json();
        assert_eq!(objects[0]["room"], "@ann,@bob", "{asked:?}");
    }
}

#[tokio::test]
async fn whoever_searches_without_end_is_told_to_wait_and_where_nobody_may_it_is_said() {
    let config = "search.burst = 2\nsearch.per_minute = 1";
    let daemon = Daemon::with(Setup::untouched().config(config)).await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    for _ in 0..2 {
        ann.client.search("x", &[], 0).await.unwrap();
    }
    let limited = ann.client.search("x", &[], 0).await.unwrap_err();
    assert_eq!(limited.reason(), Some(Reason::RateLimited));
    let daemon = Daemon::with(Setup::new().config("search.enabled = false")).await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let off = ann.client.search("x", &[], 0).await.unwrap_err();
    assert_eq!(off.reason(), Some(Reason::UnknownRequest));
    assert!(!daemon.data().join("search.db").exists());
}

#[tokio::test]
async fn a_lost_or_broken_index_is_made_anew_behind_everybodys_back() {
    let mut daemon = Daemon::start().await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    ann.say(lobby, "before the crash").await;
    found(&ann, "crash", 1).await;
    let token = ann.token();
    drop(ann);
    for spoil in [b"".as_slice(), b"no database"] {
        daemon.kill9().await;
        for file in ["search.db", "search.db-wal", "search.db-shm"] {
            fs::remove_file(daemon.data().join(file)).ok();
        }
        if !spoil.is_empty() {
            fs::write(daemon.data().join("search.db"), spoil).unwrap();
        }
        daemon.restart().await;
        let ann = Person::resume(&daemon.url(), token.clone()).await.unwrap();
        assert_eq!(texts(&ann, "crash", 1).await, ["before the crash"]);
    }
}

#[tokio::test]
async fn compact_wants_the_folder_for_itself_and_leaves_what_is_there_and_nothing_else() {
    let mut daemon = Daemon::start().await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    ann.say(lobby, "still here").await;
    let deleted = ann.say(lobby, "qzxwvdeleted").await;
    let edited = ann.say(lobby, "jkqxzedited").await;
    found(&ann, "still", 1).await;
    found(&ann, "jkqxzedited", 1).await;
    let (room_id, text) = (lobby.0, "harmless".to_owned());
    let delete = v1::DeleteRequest { room_id, target_seq: deleted.0 };
    let edit = v1::EditRequest { room_id, target_seq: edited.0, text, ..Default::default() };
    ann.client.request(Body::Delete(delete)).await.unwrap();
    ann.client.request(Body::Edit(edit)).await.unwrap();
    for gone in ["qzxwvdeleted", "jkqxzedited"] {
        assert_eq!(texts(&ann, gone, 0).await, [""; 0], "from the answer on");
    }
    found(&ann, "harmless", 1).await;
    let token = ann.token();
    drop(ann);
    let busy = daemon.command(&["compact"]).await;
    assert_eq!(busy.status.code(), Some(75), "{busy:?}");
    daemon.term().await;
    let done = daemon.command(&["compact"]).await;
    assert!(done.status.success(), "{done:?}");
    let all = fs::read_dir(daemon.data()).unwrap().map(|file| file.unwrap().path());
    for file in all.filter(|path| path.is_file()) {
        let content = fs::read(&file).unwrap();
        // In the index a word has lost what it has in common with the one before it.
        for mark in [b"zxwvdeleted".as_slice(), b"kqxzedited"] {
            let is_there = content.windows(mark.len()).any(|part| part == mark);
            assert!(!is_there, "{} has {}", file.display(), mark.escape_ascii());
        }
    }
    daemon.restart().await;
    let ann = Person::resume(&daemon.url(), token).await.unwrap();
    assert_eq!(texts(&ann, "still", 1).await, ["still here"]);
}
