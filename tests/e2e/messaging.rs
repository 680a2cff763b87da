//! Saying something: order, identity, repeats, pages.

use std::fs;

use futures_util::future::join_all;
use harness::{Door, Person, Proxy, World, behind_both_doors, texts, within};
use parlor_proto::client::{ServerUrl, new_client_message_id};
use parlor_proto::codes::Reason;
use parlor_proto::v1::history_request::Anchor;

behind_both_doors! {
    everyone_in_a_room_sees_the_same_events_in_the_same_order;
    a_message_sent_again_is_stored_once;
    a_message_sent_again_after_a_crash_is_stored_once;
    an_id_is_not_used_for_another_text;
    an_answer_lost_on_the_way_does_not_double_the_message;
    pages_go_both_ways_and_contain_what_was_acknowledged;
    a_text_arrives_as_it_was_sent;
}

async fn everyone_in_a_room_sees_the_same_events_in_the_same_order(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    // Both talk at the same time, each without waiting for answers.
    let talk = async |person: &Person| {
        let text = |n| format!("{} {n}", person.name);
        let send = |n| person.client.send(lobby, new_client_message_id(), text(n));
        for outcome in join_all((0..20).map(send)).await {
            outcome.unwrap();
        }
    };
    within("both to have talked", async { tokio::join!(talk(&ann), talk(&bob)) }).await;
    let mut heard = Vec::new();
    for person in [&ann, &bob] {
        let mut events = Vec::new();
        for _ in 0..40 {
            events.push(person.message().await.0);
        }
        heard.push(events);
    }
    assert_eq!(heard[0], heard[1], "the same bytes at the same seqs");
    let seqs: Vec<u64> = heard[0].iter().map(|event| event.seq).collect();
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "no gap: {seqs:?}");
    for name in ["ann", "bob"] {
        let said = texts(&heard[0]).into_iter().filter(|text| text.starts_with(name));
        let expect: Vec<String> = (0..20).map(|n| format!("{name} {n}")).collect();
        assert_eq!(said.collect::<Vec<_>>(), expect, "in the order in which it was said");
    }
    let history = ann.whole_history(lobby).await;
    assert!(history.ends_with(&heard[0]), "pages show the same events");
    assert!(history.iter().map(|event| event.seq).eq(1..=history.len() as u64), "1, 2, 3, …");
}

async fn a_message_sent_again_is_stored_once(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let id = new_client_message_id();
    let first = ann.client.send(lobby, id, "once").await.unwrap();
    assert!(!first.duplicate);
    let again = ann.client.send(lobby, id, "once").await.unwrap();
    assert!(again.duplicate, "the repeat is told");
    assert_eq!((again.seq, again.time_ms), (first.seq, first.time_ms));
    // Also from another session of the same user.
    let elsewhere = Person::login(&world.url(), "ann").await;
    let again = elsewhere.client.send(lobby, id, "once").await.unwrap();
    assert!(again.duplicate && again.seq == first.seq);
    // The same id of another user, or in another room, is another message.
    let bob = Person::arrive(&world.url(), "bob").await;
    bob.join("lobby").await;
    assert!(!bob.client.send(lobby, id, "once").await.unwrap().duplicate);
    let attic = ann.create("attic").await;
    assert!(!ann.client.send(attic, id, "once").await.unwrap().duplicate);
    assert_eq!(texts(&ann.whole_history(lobby).await), ["once", "once"], "ann's and bob's");
}

async fn a_message_sent_again_after_a_crash_is_stored_once(door: Door) {
    let mut world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let id = new_client_message_id();
    let first = ann.client.send(lobby, id, "once").await.unwrap();
    world.daemon.kill9().await;
    world.daemon.restart().await;
    let again = within("the answer", ann.client.send(lobby, id, "once")).await.unwrap();
    assert!(again.duplicate && again.seq == first.seq);
}

async fn an_id_is_not_used_for_another_text(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let id = new_client_message_id();
    ann.client.send(lobby, id, "yes").await.unwrap();
    let error = ann.client.send(lobby, id, "no").await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::ClientMessageIdReused));
    assert_eq!(texts(&ann.whole_history(lobby).await), ["yes"], "the first stays");
}

async fn an_answer_lost_on_the_way_does_not_double_the_message(door: Door) {
    let world = World::start(door).await;
    let url = world.url();
    let proxy = Proxy::to(format!("{}:{}", url.host, url.port).parse().unwrap()).await;
    let through = ServerUrl { port: proxy.address().port(), ..url };
    let ann = Person::arrive(&through, "ann").await;
    let lobby = ann.create("lobby").await;
    for n in 0..5 {
        let text = format!("message {n}");
        let sending = ann.client.send(lobby, new_client_message_id(), text.clone());
        let cutting = Box::pin(async {
            // As soon as somebody else can see the message the wire is cut: the answer may
            // have come or not, the client repeats in either case.
            let watcher = Person::login(&world.url(), "ann").await;
            while texts(&watcher.whole_history(lobby).await).len() <= n {}
            proxy.reset_all();
        });
        let (sent, ()) = within("the answer", async { tokio::join!(sending, cutting) }).await;
        sent.unwrap();
    }
    let expect: Vec<String> = (0..5).map(|n| format!("message {n}")).collect();
    assert_eq!(texts(&ann.whole_history(lobby).await), expect);
}

async fn pages_go_both_ways_and_contain_what_was_acknowledged(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    for n in 0..250 {
        ann.say(lobby, &format!("{n}")).await;
    }
    // Another connection sees it at once.
    let elsewhere = Person::login(&world.url(), "ann").await;
    let newest = elsewhere.client.history(lobby, Anchor::BeforeSeq(0), 3).await.unwrap();
    assert_eq!(texts(&newest.events), ["247", "248", "249"]);
    assert!(newest.has_older && !newest.has_newer);
    assert_eq!(newest.head_seq, newest.events[2].seq);
    let before = Anchor::BeforeSeq(newest.events[0].seq);
    let older = elsewhere.client.history(lobby, before, 2).await.unwrap();
    assert_eq!(texts(&older.events), ["245", "246"]);
    assert!(older.has_older && older.has_newer);
    let after = Anchor::AfterSeq(older.events[1].seq);
    let newer = elsewhere.client.history(lobby, after, 0).await.unwrap();
    assert_eq!(texts(&newer.events), ["247", "248", "249"]);
    assert!(newer.has_older && !newer.has_newer);
    // A page has at most so many rows, whatever is asked for.
    let page = elsewhere.client.history(lobby, Anchor::AfterSeq(0), u32::MAX).await.unwrap();
    assert_eq!(page.events.len(), 100);
    let beyond = elsewhere.client.history(lobby, Anchor::AfterSeq(u64::MAX), 0).await.unwrap();
    assert!(beyond.events.is_empty() && !beyond.has_newer);
    let seqs: Vec<u64> = elsewhere.whole_history(lobby).await.iter().map(|e| e.seq).collect();
    assert!(seqs.iter().copied().eq(1..=newest.head_seq));
}

async fn a_text_arrives_as_it_was_sent(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let long = "ü".repeat(4096);
    // What a text may do to a screen is the business of who shows it: the log keeps it.
    for text in [" leading and trailing ", "two\nlines", "🦀 \u{202e}abc\u{1b}[2J", &long] {
        ann.say(lobby, text).await;
        ann.hear(text).await;
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_in_the_database() {
    let mut world = World::start(Door::Tcp).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let seq = ann.say(lobby, "kept").await;
    world.daemon.kill9().await;
    assert!(fs::read_dir(world.daemon.data()).unwrap().count() > 0);
    world.daemon.restart().await;
    let back = Person::resume(&world.url(), ann.token()).await.unwrap();
    let history = back.whole_history(lobby).await;
    assert_eq!(history.last().unwrap().seq, seq.0);
    assert_eq!(texts(&history), ["kept"]);
}
