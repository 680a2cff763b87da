//! Kill -9 under load, again and again: what was acknowledged is there, once, in order, and
//! everybody has heard all of it.
//!
//! `CYCLES=200 cargo test -p parlor-tests --test crash -- --nocapture` shows the figures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::panic, reason = "a test that cannot go on should stop")]
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod check;
mod files;
mod load;
mod record;
mod sender;
mod talker;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use check::Fault;
use load::Outcome;
use record::Record;
use rusqlite::Connection;

/// How often the daemon is killed if nobody says otherwise.
const CYCLES: usize = 5;

/// Faults that are shown of a run with many.
const FAULTS_SHOWN_MAX: usize = 20;

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "how long a long run has taken is for people")]
async fn nothing_acknowledged_is_lost_by_kill_9() {
    let cycles = std::env::var("CYCLES").map_or(CYCLES, |text| text.parse().unwrap());
    let began = Instant::now();
    let outcome = load::run(cycles).await;
    let took = began.elapsed();
    let mut faults = check::records(&outcome.records, &outcome.rooms);
    let database = Connection::open(outcome.daemon.database()).unwrap();
    faults.extend(check::database(&database, &outcome.records, &outcome.rooms));
    report(cycles, &outcome, took, &faults);
    faults.truncate(FAULTS_SHOWN_MAX);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[expect(clippy::print_stderr, reason = "the figures of a long run are for people")]
fn report(cycles: usize, outcome: &Outcome, took: Duration, faults: &check::Faults) {
    let acks: usize = outcome.records.iter().map(|record| record.acks.len()).sum();
    let heard: usize = outcome.records.iter().map(|record| record.heard.len()).sum();
    eprintln!("{cycles} kills in {took:.0?}; messages: {acks} acknowledged, {heard} heard");
    for fault in Fault::ALL {
        let count = faults.iter().filter(|(which, _)| *which == fault).count();
        eprintln!("{fault:?}: {count}");
    }
}

/// The checks are worth something only if they can fail.
#[tokio::test]
async fn what_must_not_happen_is_noticed() {
    use Fault::{Changed, Doubled, Gap, Lost, Unheard};
    let mut outcome = load::run(0).await;
    let sound = outcome.records.clone();
    let mut check = |spoil: fn(&mut Record), expect: &[Fault]| {
        outcome.records = sound.clone();
        spoil(&mut outcome.records[1]);
        let found = check::records(&outcome.records, &outcome.rooms);
        assert_eq!(kinds(&found), expect.iter().copied().collect(), "{found:#?}");
    };
    check(|_| {}, &[]);
    check(|it| drop(it.heard.remove(it.heard.len() / 2)), &[Gap]);
    check(|it| it.heard.insert(1, it.heard[0].clone()), &[Doubled]);
    check(|it| it.heard[0].time_ms += 1, &[Changed]);
    check(|it| it.heard.truncate(it.heard.len() / 2), &[Unheard]);
    check(|it| it.acks[0].seq.0 += 1_000_000, &[Unheard]);
    check(|it| it.acks[0].text.push('!'), &[Changed]);

    let file = Connection::open(outcome.daemon.database()).unwrap();
    let check = |sql: &str, expect: &[Fault]| {
        file.execute_batch(&format!("BEGIN; {sql}")).unwrap();
        let found = check::database(&file, &sound, &outcome.rooms);
        file.execute_batch("ROLLBACK").unwrap();
        assert_eq!(kinds(&found), expect.iter().copied().collect(), "{sql}: {found:#?}");
    };
    let message = "(SELECT max(id) - 5 FROM event WHERE room = 1)";
    check("", &[]);
    check(&format!("DELETE FROM event WHERE id = {message}"), &[Lost, Gap]);
    check("DELETE FROM event WHERE id = (SELECT max(id) FROM event WHERE room = 1)", &[Lost, Gap]);
    check("UPDATE room SET head = head + 1 WHERE id = 1", &[Gap]);
    check(&format!("UPDATE event SET text = 'other' WHERE id = {message}"), &[Changed]);
    let again = "INSERT INTO event (id, at, actor, kind, client_message_id, text)
        SELECT (SELECT max(id) + 1 FROM event WHERE room = 1), at, actor, kind,
        client_message_id, text";
    let head = "UPDATE room SET head = head + 1 WHERE id = 1";
    check(
        &format!("DROP INDEX event_sent; {again} FROM event WHERE id = {message}; {head}"),
        &[Doubled],
    );
}

fn kinds(faults: &check::Faults) -> BTreeSet<Fault> {
    faults.iter().map(|(fault, _)| *fault).collect()
}
