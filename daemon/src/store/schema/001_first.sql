-- The first schema. Times are milliseconds since 1970-01-01T00:00:00Z.

-- One row about the whole database.
CREATE TABLE meta (
    only         INTEGER PRIMARY KEY CHECK (only = 1),
    epoch        INTEGER NOT NULL CHECK (epoch <> 0), -- the bits of a u64
    commits      INTEGER NOT NULL,                    -- also kept beside the database
    last_session INTEGER NOT NULL                     -- sessions that ended leave no row
) STRICT;

CREATE TABLE user (
    id               INTEGER PRIMARY KEY,
    name             TEXT NOT NULL UNIQUE, -- never changes: events refer to it
    password         TEXT NOT NULL,        -- a PHC string
    created          INTEGER NOT NULL,
    last_seen_at     INTEGER,
    last_seen_cause  INTEGER,
    last_seen_device TEXT
) STRICT;

-- Sessions whose end is not written.
CREATE TABLE session (
    id         INTEGER PRIMARY KEY,
    user       INTEGER NOT NULL REFERENCES user,
    token      BLOB NOT NULL, -- SHA-256
    device     TEXT NOT NULL,
    timeout_ms INTEGER NOT NULL,
    started    INTEGER NOT NULL
) STRICT;

CREATE TABLE invite (
    hash      BLOB PRIMARY KEY, -- SHA-256
    uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
    expires   INTEGER NOT NULL,
    created   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE room (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    topic   TEXT NOT NULL,
    creator INTEGER NOT NULL REFERENCES user,
    created INTEGER NOT NULL,
    head    INTEGER NOT NULL, -- the seq and the time of the newest event
    head_at INTEGER NOT NULL
) STRICT;

CREATE TABLE member (
    room     INTEGER NOT NULL REFERENCES room,
    user     INTEGER NOT NULL REFERENCES user,
    join_seq INTEGER NOT NULL,
    joined   INTEGER NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;

-- The logs of all rooms. Room and seq share one integer, the rowid, so that an event costs one
-- place in one tree and a page of history is one walk along it.
CREATE TABLE event (
    id                INTEGER PRIMARY KEY,
    room              INTEGER GENERATED ALWAYS AS (id >> 36) VIRTUAL REFERENCES room,
    seq               INTEGER GENERATED ALWAYS AS (id & 0xFFFFFFFFF) VIRTUAL,
    at                INTEGER NOT NULL,
    actor             INTEGER NOT NULL REFERENCES user,
    kind              INTEGER NOT NULL, -- 1: message, 2: member changed, 3: room changed
    client_message_id BLOB,             -- 1: as the sender gave it
    text              TEXT,             -- 1
    subject           INTEGER REFERENCES user, -- 2: who came or went
    membership        INTEGER,          -- 2: 1 joined, 2 left
    name              TEXT,             -- 3: the room as it was after the change
    topic             TEXT,
    members           INTEGER
) STRICT;

-- A repeated send finds its first event here, however long ago that was. The id comes first, so
-- that ids in order of time (UUIDv7) all go to the same end of the index: at 256 messages in a
-- batch that halves the cost of a message.
CREATE UNIQUE INDEX event_sent ON event (client_message_id, room, actor)
    WHERE client_message_id IS NOT NULL;

-- What is written to see whether the disk has room again; empty otherwise.
CREATE TABLE probe (
    only   INTEGER PRIMARY KEY CHECK (only = 1),
    filler BLOB NOT NULL
) STRICT;
