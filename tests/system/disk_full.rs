//! A full disk under load: senders are told, readers go on, writing comes back, and nothing
//! that was acknowledged is lost. No restart.

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use harness::{Daemon, PASSWORD, Page, Person, Setup, free_port, options, within};
use parlor_proto::client::{Client, Error, SignIn, new_client_message_id};
use parlor_proto::codes::Reason;
use parlor_proto::ids::RoomId;
use parlor_proto::v1;

use crate::disk::Disk;

/// Filled and freed so often.
const ROUNDS: usize = 10;

/// Who sends at once.
const TALKERS: usize = 4;

/// Texts that fill pages of the database.
const TEXT_BYTES: usize = 2_000;

/// So many are acknowledged in each round before the disk begins to fill.
const MESSAGES_BEFORE: usize = 100;

/// More messages of each than the disk holds.
const MESSAGES_MAX: usize = 10_000;

/// What was acknowledged: the texts by their seqs.
type Stored = BTreeMap<u64, String>;

#[tokio::test]
async fn a_full_disk_refuses_writes_and_nothing_else() {
    let disk = Disk::mount();
    let page = Page::Tcp((Ipv4Addr::LOCALHOST, free_port()).into());
    let figures = format!("metrics.listen = {:?}", page.setting());
    let setup = Setup::new().data(&disk.path().join("data")).config(&figures);
    let mut daemon = Daemon::with(setup).await;
    let pid = daemon.pid();
    let (talkers, lobby) = talkers(&daemon).await;
    let mut stored = Stored::new();
    for round in 0..ROUNDS {
        let count = AtomicUsize::new(0);
        let talking = talkers.iter().map(|talker| until_full(talker, lobby, round, &count));
        // The disk becomes full in the middle of the talk.
        let filling = disk.fill_after(&count, MESSAGES_BEFORE);
        let (acknowledged, ballast) = tokio::join!(join_all(talking), filling);
        assert!(acknowledged.iter().any(|texts| !texts.is_empty()), "nobody talked");
        stored.extend(acknowledged.into_iter().flatten());
        reading_goes_on(&daemon, &talkers[0], lobby, &stored).await;
        assert!(page.until_answered("/readyz", 503).await.contains("disk is full"));
        assert!(page.figures().await.value("parlord_storage_full") > 0.0);
        fs::remove_file(ballast).unwrap();
        for talker in &talkers {
            let text = format!("{} has room again, round {round}", talker.name);
            stored.insert(until_written(talker, lobby, &text).await, text);
        }
        assert_eq!(page.until_answered("/readyz", 200).await, "ok\n");
        assert_eq!(history(&talkers[0], lobby).await, stored);
    }
    assert_eq!(daemon.pid(), pid);
    assert!(!daemon.process().has_ended(), "no restart");
    daemon.kill9().await;
    daemon.restart().await;
    assert_eq!(history(&talkers[0], lobby).await, stored, "nothing acknowledged is lost");
    assert_eq!(daemon.term().await.code(), Some(0));
    report(stored.len());
}

async fn talkers(daemon: &Daemon) -> (Vec<Person>, RoomId) {
    let mut talkers = Vec::new();
    for n in 0..TALKERS {
        talkers.push(Person::register(&daemon.url(), &format!("talker{n}")).await);
    }
    let lobby = talkers[0].create("lobby").await;
    for talker in &talkers[1..] {
        talker.join("lobby").await;
    }
    (talkers, lobby)
}

/// Sends until the disk is full; what was acknowledged until then.
async fn until_full(talker: &Person, lobby: RoomId, round: usize, count: &AtomicUsize) -> Stored {
    let mut acknowledged = Stored::new();
    for n in 0..MESSAGES_MAX {
        let text = format!("{} {round} {n} {}", talker.name, "x".repeat(TEXT_BYTES));
        let sending = talker.client.send(lobby, new_client_message_id(), text.clone());
        match within("an answer", sending).await {
            Ok(sent) => {
                acknowledged.insert(sent.seq, text);
                count.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                let told = refusal(error);
                assert!(told.retryable && told.retry_after_ms > 0, "it may work later: {told:?}");
                return acknowledged;
            }
        }
    }
    panic!("the disk is never full");
}

/// Says it as soon as it is taken, under one id; its seq.
async fn until_written(talker: &Person, lobby: RoomId, text: &str) -> u64 {
    let id = new_client_message_id();
    within("writing to come back", async {
        loop {
            match talker.client.send(lobby, id, text.to_owned()).await {
                Ok(sent) => return sent.seq,
                Err(error) => drop(refusal(error)),
            }
        }
    })
    .await
}

/// Who is there can read and come back; who would need a line in the database is told.
async fn reading_goes_on(daemon: &Daemon, talker: &Person, lobby: RoomId, stored: &Stored) {
    assert_eq!(history(talker, lobby).await, *stored);
    let back = Person::resume(&daemon.url(), talker.token()).await.unwrap();
    assert_eq!(history(&back, lobby).await, *stored);
    back.client.close().await;
    let (user_name, password) = (talker.name.clone(), PASSWORD.to_owned());
    let sign_in = SignIn::Login { user_name, password };
    let login = Client::connect(options(&daemon.url(), "desk"), sign_in);
    refusal(within("an answer to login", login).await.unwrap_err());
}

/// The error that a full disk gives, and no other.
fn refusal(error: Error) -> v1::Error {
    let Error::Refused(told) = error else { panic!("{error}") };
    assert_eq!(told.reason, Reason::StorageFull.as_str());
    told
}

/// The texts of a room by their seqs; joins and topics are passed over.
async fn history(person: &Person, room: RoomId) -> Stored {
    let said = person.whole_history(room).await.into_iter().filter_map(|event| match event.kind {
        Some(v1::room_event::Kind::Message(message)) => Some((event.seq, message.text)),
        Some(_) | None => None,
    });
    said.collect()
}

#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn report(messages: usize) {
    eprintln!("{ROUNDS} rounds of a full disk, {messages} acknowledged messages: all there");
}
