-- Administration: server roles, bots and their tokens, whose an invite is, the log of what
-- matters for security.

ALTER TABLE user ADD COLUMN admin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN owner INTEGER REFERENCES user; -- of a bot
CREATE INDEX user_owner ON user (owner) WHERE owner IS NOT NULL;
ALTER TABLE user ADD COLUMN reset_hash BLOB;               -- SHA-256 of a one-time code
ALTER TABLE user ADD COLUMN reset_expires INTEGER;

-- NULL: made on the machine.
ALTER TABLE invite ADD COLUMN creator INTEGER REFERENCES user;
CREATE INDEX invite_creator ON invite (creator) WHERE creator IS NOT NULL;

-- The API token by which it began.
ALTER TABLE session ADD COLUMN api_token BLOB;

CREATE TABLE api_token (
    hash      BLOB PRIMARY KEY, -- SHA-256; its first bytes are what people call the token by
    bot       INTEGER NOT NULL REFERENCES user,
    name      TEXT NOT NULL,
    created   INTEGER NOT NULL,
    last_used INTEGER
) STRICT, WITHOUT ROWID;

-- The one-time code of a server without an administrator.
CREATE TABLE claim (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    hash BLOB NOT NULL -- SHA-256
) STRICT;

-- What somebody on the machine wants done; a row is gone when it is.
CREATE TABLE control (
    id      INTEGER PRIMARY KEY,
    user    INTEGER NOT NULL REFERENCES user,
    wish    INTEGER NOT NULL, -- 1 grant, 2 revoke, 3 reset code
    hash    BLOB,             -- 3
    expires INTEGER           -- 3
) STRICT;

-- Addresses from which somebody has signed in lately.
CREATE TABLE user_address (
    user    INTEGER NOT NULL REFERENCES user,
    address BLOB NOT NULL,
    last    INTEGER NOT NULL,
    PRIMARY KEY (user, address)
) STRICT, WITHOUT ROWID;

-- Only added to, oldest rows expire. Each row's hash is over the hash before it and its own
-- columns: see store/audit.rs.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   INTEGER,       -- who did it, if anybody was signed in
    session INTEGER,
    address TEXT NOT NULL,
    action  TEXT NOT NULL,
    object  TEXT NOT NULL,
    outcome TEXT NOT NULL,
    hash    BLOB NOT NULL  -- SHA-256
) STRICT;

-- Where the chain begins, which moves on as rows expire, and where it ends.
CREATE TABLE audit_chain (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    anchor      INTEGER NOT NULL, -- the last row that has expired
    anchor_hash BLOB NOT NULL,
    head        INTEGER NOT NULL, -- the newest row
    head_hash   BLOB NOT NULL
) STRICT;
INSERT INTO audit_chain VALUES (1, 0, zeroblob(32), 0, zeroblob(32));
