//! The schema and its history: numbered steps, each in one transaction, never edited once
//! released. How far a database has come stands in its `user_version`.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::error::{Result, StoreError};

/// Step `n` of this list, counted from 1, leads from schema `n - 1` to schema `n`.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/001_first.sql"),
    include_str!("schema/002_events.sql"),
    include_str!("schema/003_rooms.sql"),
    include_str!("schema/004_messages.sql"),
    include_str!("schema/006_admin.sql"),
    include_str!("schema/007_retention.sql"),
    include_str!("schema/005_accounts.sql"),
    include_str!("schema/008_leftovers.sql"),
    include_str!("schema/009_webhooks.sql"),
    include_str!("schema/010_files.sql"),
    include_str!("schema/011_names.sql"),
    include_str!("schema/012_hidden.sql"),
];

/// "Parl": tells our files from those of other programs.
const APPLICATION_ID: i32 = 0x5061_726c;

/// Refuses a file of another program or of a newer parlord. Writes nothing.
pub(super) fn recognize(conn: &Connection) -> Result<()> {
    look_at(conn, newest(MIGRATIONS)).map(drop)
}

/// Brings the database to the newest schema.
pub(super) fn migrate(conn: &mut Connection) -> Result<()> {
    run(conn, MIGRATIONS)
}

/// Refuses every schema but the newest. Writes nothing.
pub(super) fn check(conn: &Connection) -> Result<()> {
    let known = newest(MIGRATIONS);
    match look_at(conn, known)? {
        found if found < known => Err(StoreError::broken(format!(
            "schema {found} is older than {known}: start this parlord once to bring it forward"
        ))),
        _ => Ok(()),
    }
}

fn run(conn: &mut Connection, migrations: &[&str]) -> Result<()> {
    let found = look_at(conn, newest(migrations))?;
    for (step, sql) in (1_u32..).zip(migrations).skip_while(|(step, _)| *step <= found) {
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", step)?;
        transaction.commit()?;
        tracing::info!(schema = step, "database brought to a new schema");
    }
    Ok(())
}

/// The schema of a database that is ours. A file with tables that are not ours is somebody
/// else's.
fn look_at(conn: &Connection, known: u32) -> Result<u32> {
    let id: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let table: Option<String> = conn
        .query_row("SELECT name FROM sqlite_schema LIMIT 1", (), |row| row.get(0))
        .optional()?;
    if let Some(table) = table.filter(|_| id != APPLICATION_ID) {
        return Err(StoreError::broken(format!(
            "the file is not parlord's: it has a table {table:?}: move it away"
        )));
    }
    match version(conn)? {
        found if found > known => Err(StoreError::Newer { found, known }),
        found => Ok(found),
    }
}

fn version(conn: &Connection) -> Result<u32> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn newest(migrations: &[&str]) -> u32 {
    u32::try_from(migrations.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(conn: &Connection) -> Vec<String> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let mut statement = conn.prepare(sql).unwrap();
        statement
            .query_map((), |row| row.get(0))
            .unwrap()
            .map(std::result::Result::unwrap)
            .collect()
    }

    #[test]
    fn an_empty_file_comes_to_the_newest_schema_once() {
        let mut conn = Connection::open_in_memory().unwrap();
        assert!(check(&conn).is_err());
        for _ in 0..2 {
            migrate(&mut conn).unwrap();
            check(&conn).unwrap();
            let expect =
                "api_token attachment audit audit_chain ban claim control cursor device event file
                identity invitation invite leftover member mention meta probe reaction
                reaction_count room session sqlite_sequence thread upload user user_address webhook";
            assert_eq!(tables(&conn), expect.split_whitespace().collect::<Vec<_>>());
        }
    }

    #[test]
    fn only_the_missing_steps_run() {
        let steps = ["CREATE TABLE a (x)", "CREATE TABLE b (x)", "ALTER TABLE a ADD COLUMN y"];
        let mut conn = Connection::open_in_memory().unwrap();
        for known in 0..=steps.len() {
            run(&mut conn, &steps[..known]).unwrap();
            assert_eq!(version(&conn).unwrap(), newest(&steps[..known]));
        }
        assert_eq!(tables(&conn), ["a", "b"]);
    }

    #[test]
    fn a_step_that_breaks_leaves_nothing() {
        let steps = ["CREATE TABLE a (x)", "CREATE TABLE b (x); CREATE TABLE a (x)"];
        let mut conn = Connection::open_in_memory().unwrap();
        run(&mut conn, &steps).unwrap_err();
        assert_eq!((version(&conn).unwrap(), tables(&conn)), (1, vec!["a".to_owned()]));
    }

    #[test]
    fn a_newer_schema_is_refused_untouched() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        conn.pragma_update(None, "user_version", 99).unwrap();
        let known = newest(MIGRATIONS);
        for refused in [migrate(&mut conn), check(&conn)] {
            assert!(
                matches!(&refused, Err(StoreError::Newer { found: 99, known: k }) if *k == known),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn somebody_elses_file_is_refused_untouched() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE bookmark (x)").unwrap();
        let refused = migrate(&mut conn).unwrap_err();
        assert!(refused.to_string().contains("bookmark"), "{refused}");
        assert_eq!(tables(&conn), ["bookmark"]);
    }

    #[test]
    fn rooms_from_before_there_were_roles_get_an_owner_and_stay_open() {
        let mut conn = Connection::open_in_memory().unwrap();
        run(&mut conn, &MIGRATIONS[..2]).unwrap();
        conn.execute_batch(
            "INSERT INTO user (id, name, password, created)
                 VALUES (1, 'ann', '', 0), (2, 'bob', '', 0), (3, 'eve', '', 0);
             INSERT INTO room (id, name, topic, creator, created, head, head_at)
                 VALUES (1, 'lobby', '', 2, 0, 9, 0), (2, 'attic', '', 1, 0, 9, 0);
             INSERT INTO member (room, user, join_seq, joined)
                 VALUES (1, 1, 2, 0), (1, 2, 3, 0), (2, 2, 5, 0), (2, 3, 4, 0);",
        )
        .unwrap();
        migrate(&mut conn).unwrap();
        let sql = "SELECT room, user, role, floor FROM member ORDER BY room, user";
        let mut select = conn.prepare(sql).unwrap();
        let members = select.query_map((), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get(2)?, row.get(3)?))
        });
        let members: Vec<(i64, i64, i64, i64)> =
            members.unwrap().map(std::result::Result::unwrap).collect();
        assert_eq!(members, [(1, 1, 0, 1), (1, 2, 2, 1), (2, 2, 0, 1), (2, 3, 2, 1)]);
        let broken = conn.prepare("PRAGMA foreign_key_check").unwrap().exists(()).unwrap();
        assert!(!broken);
    }

    #[test]
    fn a_database_of_the_first_release_comes_forward_with_all_that_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlor.db");
        let mut conn = Connection::open(&path).unwrap();
        conn.pragma_update(None, "foreign_keys", true).unwrap();
        run(&mut conn, &MIGRATIONS[..1]).unwrap();
        conn.execute_batch(
            "INSERT INTO meta VALUES (1, 77, 5, 3);
             INSERT INTO user (id, name, password, created) VALUES (1, 'ann', '', 9), (2, 'bob', '', 9);
             INSERT INTO session VALUES (3, 1, zeroblob(32), 'laptop', 45000, 10);
             INSERT INTO invite VALUES (zeroblob(32), 2, 99, 10);
             INSERT INTO room VALUES (1, 'lobby', 'all', 1, 9, 6, 15), (2, 'attic', '', 2, 9, 1, 9);
             INSERT INTO member VALUES (1, 1, 2, 10), (1, 2, 4, 12);
             INSERT INTO event (id, at, actor, kind, client_message_id, text, subject, membership,
                                name, topic, members) VALUES
                 ((1 << 36) | 1, 9, 1, 3, NULL, NULL, NULL, NULL, 'lobby', 'all', 0),
                 ((1 << 36) | 2, 10, 1, 2, NULL, NULL, 1, 1, NULL, NULL, NULL),
                 ((1 << 36) | 3, 11, 1, 1, x'000102030405060708090a0b0c0d0e0f', 'one', NULL, NULL,
                  NULL, NULL, NULL),
                 ((1 << 36) | 4, 12, 2, 2, NULL, NULL, 2, 1, NULL, NULL, NULL),
                 ((1 << 36) | 5, 13, 2, 1, x'100102030405060708090a0b0c0d0e0f', 'two @ann', NULL,
                  NULL, NULL, NULL, NULL),
                 ((1 << 36) | 6, 15, 1, 1, x'200102030405060708090a0b0c0d0e0f', 'six', NULL, NULL,
                  NULL, NULL, NULL),
                 ((2 << 36) | 1, 9, 2, 3, NULL, NULL, NULL, NULL, 'attic', '', 0);",
        )
        .unwrap();
        migrate(&mut conn).unwrap();
        drop(conn);

        let conn = Connection::open(&path).unwrap();
        check(&conn).unwrap();
        assert!(!conn.prepare("PRAGMA foreign_key_check").unwrap().exists(()).unwrap());
        let said = "SELECT group_concat(nth || coalesce(text, '-'), ' ' ORDER BY id) FROM event";
        let said: String = conn.query_row(said, (), |row| row.get(0)).unwrap();
        assert_eq!(said, "0- 0- 1one 1- 2two @ann 3six 0-");
        let read = "SELECT group_concat(user || role || floor || read_seq || read_nth || read_own,
                                        ' ' ORDER BY user) FROM member";
        let read: String = conn.query_row(read, (), |row| row.get(0)).unwrap();
        assert_eq!(read, "121630 201630", "ann owns it, and nobody has missed anything");
        drop(conn);

        let mut store = crate::store::Store::open(folder.path()).unwrap();
        let snapshot = store.replay().unwrap();
        let rooms: Vec<_> =
            snapshot.rooms.iter().map(|room| (room.head.0, room.messages)).collect();
        assert_eq!(rooms, [(6, 3), (1, 0)], "also a room that everybody has left");
        assert_eq!((snapshot.users.len(), snapshot.members.len()), (2, 2));
    }
}
