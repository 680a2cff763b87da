//! The client's commands about messages, as scripts and people use them.

use harness::{Cli, Door, PASSWORD, Running, Signal, World, behind_all_doors};
use serde_json::Value;

behind_all_doors! {
    a_named_cursor_goes_on_where_the_last_run_stopped;
    a_script_waits_for_being_called;
    messages_are_changed_and_shown_by_commands;
    whatever_says_something_is_repeated_safely;
    what_was_missed_is_shown_and_marked;
}

/// Ann, who has made a lobby, and Bob, who has joined it: head 3.
async fn two(world: &World) -> (Cli, Cli) {
    let (ann, bob) = (Cli::new(&world.url()), Cli::new(&world.url()));
    ann.register("ann", PASSWORD).await;
    bob.register("bob", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    bob.run(&["join", "lobby"]).success().await;
    (ann, bob)
}

fn of_type<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["type"] == kind).collect()
}

async fn messages_are_changed_and_shown_by_commands(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) = two(&world).await;
    ann.run(&["send", "lobby", "--emote", "waves"]).success().await;
    ann.run(&["send", "lobby", "helo"]).success().await;
    let edited = ann.run(&["--json", "edit", "lobby", "5", "hello", "all"]).success().await.json();
    assert_eq!((&edited[0]["type"], &edited[0]["seq"]), (&"logged".into(), &6.into()));
    ann.run(&["edit", "lobby", "5", "hallo", "--expect", "0"]).fails_with(1).await;
    ann.run(&["edit", "lobby", "5", "hallo", "--expect", "1"]).success().await.stdout("");
    bob.run(&["edit", "lobby", "5", "mine"]).fails_with(6).await;
    bob.run(&["react", "lobby", "5", "+1"]).success().await;
    bob.run(&["reply", "lobby", "5", "hi"]).success().await;
    bob.run(&["thread", "lobby", "5", "an", "aside"]).success().await;
    bob.run(&["delete", "lobby", "5"]).fails_with(6).await;
    let thread = ann.run(&["thread", "lobby", "5", "--json"]).success().await.json();
    assert_eq!((thread.len(), &thread[0]["text"]), (1, &"an aside".into()));
    ann.run(&["reactions", "lobby", "5"]).success().await.stdout("+1 bob\n");

    let history = ann.run(&["history", "lobby"]).success().await.stdout;
    for shown in [
        "    4 * ann waves",
        "    5 ann: hallo (edited) [+1 1] [1 in thread]",
        "    7 * ann edited 5: hallo",
        "    8 * bob reacts to 5: +1",
        "    9 bob (to 5): hi",
        "   10 bob (thread 5): an aside",
    ] {
        assert!(history.contains(shown), "{shown}: {history}");
    }
    let objects = ann.run(&["history", "lobby", "--json"]).success().await.json();
    let message = of_type(&objects, "message")[1];
    assert_eq!((&message["version"], &message["text"]), (&2.into(), &"hallo".into()));
    assert_eq!(message["reactions"][0]["count"], 1);
    assert_eq!(of_type(&objects, "message_edited").len(), 2);
    assert_eq!(of_type(&objects, "reaction")[0]["target_seq"], 5);
    bob.run(&["react", "lobby", "5", "+1", "--remove"]).success().await;
    ann.run(&["reactions", "lobby", "5"]).success().await.stdout("");
    ann.run(&["delete", "lobby", "5"]).success().await;
    let objects = ann.run(&["history", "lobby", "--json"]).success().await.json();
    assert_eq!(of_type(&objects, "message")[1]["deleted"], true);
    assert_eq!(of_type(&objects, "message_deleted")[0]["target_seq"], 5);
    assert!(!format!("{objects:?}").contains("hallo"), "{objects:?}");
}

async fn whatever_says_something_is_repeated_safely(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) = two(&world).await;
    ann.run(&["send", "lobby", "hello"]).success().await;
    for (said, id) in [
        (&["reply", "lobby", "4", "hi"][..], "67e55044-10b1-426f-9247-bb680e5fe0c8"),
        (&["thread", "lobby", "4", "an aside"], "67e55044-10b1-426f-9247-bb680e5fe0c9"),
        (&["dm", "ann", "psst"], "67e55044-10b1-426f-9247-bb680e5fe0ca"),
    ] {
        let said = [said, &["--id", id, "--json"]].concat();
        let first = bob.run(&said).success().await.json().remove(0);
        let again = bob.run(&said).success().await.json().remove(0);
        assert_eq!((&first["duplicate"], &again["duplicate"]), (&false.into(), &true.into()));
        assert_eq!((&first["seq"], &first["client_message_id"]), (&again["seq"], &id.into()));
    }
    let objects = ann.run(&["history", "lobby", "--json"]).success().await.json();
    assert_eq!(of_type(&objects, "message").len(), 3, "{objects:?}");
    let asked = ["thread", "lobby", "4", "--id", "67e55044-10b1-426f-9247-bb680e5fe0c8"];
    bob.run(&asked).fails_with(2).await;
}

async fn what_was_missed_is_shown_and_marked(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) = two(&world).await;
    bob.run(&["unread"]).success().await.stdout("").says("nothing is unread");
    ann.run(&["send", "lobby", "one"]).success().await;
    ann.run(&["send", "lobby", "two", "@bob"]).success().await;
    let unread = bob.run(&["unread", "--json"]).success().await.json();
    assert_eq!((&unread[0]["unread"], &unread[0]["mentions"]), (&2.into(), &1.into()));
    assert_eq!(unread[0]["first_unread_seq"], 4);
    let mentions = bob.run(&["mentions", "--unread", "--json"]).success().await.json();
    assert_eq!((mentions.len(), &mentions[0]["text"]), (1, &"two @bob".into()));
    bob.run(&["mark-read", "lobby", "4"]).success().await;
    let shown = bob.run(&["unread"]).success().await;
    assert!(shown.stdout.contains("1 unread, 1 for you"), "{shown:?}");
    bob.run(&["mark-read", "--all"]).success().await;
    bob.run(&["unread"]).success().await.stdout("");
    bob.run(&["mentions", "--unread"]).success().await.stdout("");
    assert_eq!(bob.run(&["mentions", "--json"]).success().await.json().len(), 1);
    bob.run(&["mark-read"]).fails_with(2).await;
    bob.run(&["mark-read", "attic"]).fails_with(6).await;
}

/// The texts of the messages that a running tail shows, up to one.
async fn texts_to(tail: &mut Running, last: &str) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.last().is_none_or(|text| text != last) {
        let line = tail.line().await.expect("tail goes on");
        let object: Value = serde_json::from_str(&line).unwrap();
        if object["type"] == "message" {
            texts.push(object["text"].as_str().unwrap().to_owned());
        }
    }
    texts
}

async fn a_named_cursor_goes_on_where_the_last_run_stopped(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) = two(&world).await;
    let say = async |text: &str| drop(ann.run(&["send", "lobby", text]).success().await);
    say("one").await;
    say("two").await;
    let run = ["tail", "lobby", "--cursor", "backup", "--json", "--no-follow"];
    let first = bob.run(&run).success().await.json();
    let said = |objects: &[Value]| -> Vec<String> {
        let messages = of_type(objects, "message").into_iter();
        messages.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(said(&first), ["one", "two"]);
    assert!(bob.run(&run).success().await.json().is_empty(), "all of it has been shown");
    say("three").await;
    let mut tail = bob.run(&run[..5]).start();
    assert_eq!(texts_to(&mut tail, "three").await, ["three"]);
    say("four").await;
    assert_eq!(texts_to(&mut tail, "four").await, ["four"]);
    // A run that is interrupted has kept its place by its end.
    tail.signal(Signal::INT);
    assert_eq!(tail.exit().await.code(), Some(130));
    say("five").await;
    assert_eq!(said(&bob.run(&run).success().await.json()), ["five"]);
    // At least once: a run that is killed leaves nothing out.
    let mut tail = bob.run(&run[..5]).start();
    say("six").await;
    texts_to(&mut tail, "six").await;
    tail.signal(Signal::KILL);
    tail.exit().await;
    say("seven").await;
    assert!(said(&bob.run(&run).success().await.json()).ends_with(&["seven".to_owned()]));

    let cursors = bob.run(&["cursors", "--json"]).success().await.json();
    assert_eq!((&cursors[0]["name"], &cursors[0]["room"]), (&"backup".into(), &"lobby".into()));
    bob.run(&["cursors", "--remove", "backup"]).success().await;
    bob.run(&["cursors"]).success().await.stdout("");
}

async fn a_script_waits_for_being_called(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) = two(&world).await;
    bob.run(&["wait", "--mention", "--timeout", "300ms"]).fails_with(124).await.stdout("");
    let mut waiting = bob.run(&["wait", "--mention", "--room", "lobby", "--json"]).start();
    let heard = async {
        let line = waiting.line().await.expect("what it waited for");
        assert_eq!(waiting.exit().await.code(), Some(0));
        serde_json::from_str::<Value>(&line).unwrap()
    };
    // Nobody can see from here when it has begun to listen, so it is called until it hears.
    let calling = async {
        loop {
            ann.run(&["send", "lobby", "nobody"]).success().await;
            ann.run(&["send", "lobby", "you", "@bob"]).success().await;
        }
    };
    let heard = tokio::select! {
        heard = heard => heard,
        () = calling => unreachable!("it never ends"),
    };
    assert_eq!(heard["text"], "you @bob");
}
