-- Reactions go after the message that they were to, a few at a time, so that no message is
-- expensive to delete: see store/leftovers.rs. Their counts and everything else go with it.
CREATE TABLE reaction_kept (
    message  INTEGER NOT NULL, -- the id of an event, or of one that is gone
    seq      INTEGER NOT NULL,
    user     INTEGER NOT NULL REFERENCES user,
    reaction TEXT NOT NULL,
    PRIMARY KEY (message, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO reaction_kept SELECT message, seq, user, reaction FROM reaction;
DROP TABLE reaction;
ALTER TABLE reaction_kept RENAME TO reaction;

CREATE UNIQUE INDEX reaction_of ON reaction (message, user, reaction);

-- Reactions to messages with these ids are to go.
CREATE TABLE leftover (
    first INTEGER PRIMARY KEY,
    last  INTEGER NOT NULL
) STRICT;
