//! Webhooks on real files.

use super::*;
use crate::chat::{AdminChange, Deliveries, NamedCursor, ReadingChange, WebhookChange, WebhookRow};

const BOT: UserId = UserId(3);

fn made(owner: UserId, url: Option<&str>, at: i64) -> Change {
    let (url, at) = (url.map(Into::into), Stamp(at));
    Change::Webhook(WebhookChange::Made { bot: BOT, room: LOBBY, owner, url, at })
}

/// Ann has a webhook in the lobby.
fn hooked(folder: &Path, url: Option<&str>) -> Store {
    let mut store = founded(folder);
    let name = Name::parse("ci").unwrap();
    let added = AdminChange::BotAdded { bot: BOT, name, owner: ANN, at: Stamp(3) };
    remember(&mut store, &[Change::Admin(added), made(ANN, url, 4)]);
    store
}

fn reopened(store: Store, folder: &Path) -> Snapshot {
    drop(store);
    Store::open(folder).unwrap().replay().unwrap()
}

#[test]
fn a_webhook_and_how_it_goes_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = hooked(folder.path(), Some("https://there"));
    let deliveries = Deliveries {
        attempted: Some(Stamp(9)),
        succeeded: Some(Stamp(8)),
        status: 503,
        failures: 2,
        paused: true,
        problem: "busy".into(),
    };
    let reported = WebhookChange::Reported { bot: BOT, deliveries: deliveries.clone() };
    remember(&mut store, &[Change::Webhook(reported)]);

    let snapshot = reopened(store, folder.path());
    let [WebhookRow { bot, room, created, url, deliveries: known }] = &snapshot.webhooks[..] else {
        panic!("{snapshot:?}")
    };
    assert_eq!((*bot, *room, *created), (BOT, LOBBY, Stamp(4)));
    assert_eq!((url.as_deref(), known), (Some("https://there"), &deliveries));
    let webhooks: Vec<_> = snapshot.users.iter().map(|user| user.webhook).collect();
    assert_eq!(webhooks, [None, None, Some(LOBBY)]);
}

#[test]
fn a_webhook_that_was_removed_is_only_an_account_and_begins_anew_with_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = hooked(folder.path(), Some("https://there"));
    let cursor = NamedCursor { name: "webhook".into(), room: LOBBY, seq: Seq(2), at: Stamp(5) };
    let removed = Change::Webhook(WebhookChange::Removed { bot: BOT });
    let set = ReadingChange::CursorSet { user: BOT, cursor };
    remember(&mut store, &[Change::Reading(set), removed.clone()]);
    check_failed(store.apply(&removed), "0 rows");

    let mut store = {
        drop(store);
        Store::open(folder.path()).unwrap()
    };
    let snapshot = store.replay().unwrap();
    assert!(snapshot.webhooks.is_empty());
    assert_eq!(snapshot.users[2].webhook, Some(LOBBY), "its account says what it was");

    remember(&mut store, &[made(BEN, None, 7)]);
    check_failed(store.apply(&made(BEN, None, 8)), "0 rows");
    let snapshot = reopened(store, folder.path());
    let [webhook] = &snapshot.webhooks[..] else { panic!("{snapshot:?}") };
    assert_eq!((webhook.created, &webhook.url), (Stamp(7), &None));
    assert_eq!(webhook.deliveries, Deliveries::default());
    assert_eq!(snapshot.users[2].owner, Some(BEN));
    let conn = rusqlite::Connection::open(folder.path().join("parlor.db")).unwrap();
    let cursors = "SELECT count(*) FROM cursor";
    assert_eq!(conn.query_row(cursors, (), |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn nothing_is_told_of_a_webhook_that_delivers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = hooked(folder.path(), None);
    let reported = WebhookChange::Reported { bot: BOT, deliveries: Deliveries::default() };
    check_failed(store.apply(&Change::Webhook(reported)), "0 rows");
}
