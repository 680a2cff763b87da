-- Devices, what people say of themselves, and what is told of sessions.

-- What devices sign as the server: made once, and unlike every other server's.
CREATE TABLE identity (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    server_id BLOB NOT NULL
) STRICT;

INSERT INTO identity (only, server_id) VALUES (1, randomblob(32));

ALTER TABLE user ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE user ADD COLUMN status TEXT NOT NULL DEFAULT '';
ALTER TABLE user ADD COLUMN status_expires INTEGER; -- NULL: until it is changed

-- Of the connection that attached last.
ALTER TABLE session ADD COLUMN client_name TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN client_version TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';

-- The device by which it began, or that it added.
ALTER TABLE session ADD COLUMN device_id BLOB;

CREATE TABLE device (
    user       INTEGER NOT NULL REFERENCES user,
    id         BLOB NOT NULL, -- 16 bytes, chosen by the client
    public_key BLOB NOT NULL, -- Ed25519
    name       TEXT NOT NULL,
    created    INTEGER NOT NULL,
    last_used  INTEGER,       -- NULL: never
    PRIMARY KEY (user, id)
) STRICT, WITHOUT ROWID;
