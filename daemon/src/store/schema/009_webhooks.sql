-- Webhooks: accounts that can do one thing in one room.

CREATE TABLE webhook (
    bot       INTEGER PRIMARY KEY REFERENCES user,
    room      INTEGER NOT NULL REFERENCES room,
    removed   INTEGER NOT NULL DEFAULT 0, -- only an account; in its room it can be one again
    created   INTEGER NOT NULL,
    url       TEXT,                       -- NULL: says something; else delivers events to there

    -- How deliveries go, as told by who makes them.
    attempted INTEGER,
    succeeded INTEGER,
    status    INTEGER NOT NULL DEFAULT 0,
    failures  INTEGER NOT NULL DEFAULT 0,
    paused    INTEGER NOT NULL DEFAULT 0,
    problem   TEXT NOT NULL DEFAULT ''
) STRICT;
