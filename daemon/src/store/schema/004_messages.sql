-- What is said about messages, and how far each member has read.

-- How many people react how to a message. At most so many different ones that a page of messages
-- can look at them all.
CREATE TABLE reaction_count (
    message  INTEGER NOT NULL REFERENCES event ON DELETE CASCADE,
    reaction TEXT NOT NULL,
    count    INTEGER NOT NULL CHECK (count > 0),
    first    INTEGER NOT NULL, -- the seq of the first of those that began the count
    PRIMARY KEY (message, reaction)
) STRICT, WITHOUT ROWID;

-- Who reacts, in the order in which they did: seq is that of the event.
CREATE TABLE reaction (
    message  INTEGER NOT NULL REFERENCES event ON DELETE CASCADE,
    seq      INTEGER NOT NULL,
    user     INTEGER NOT NULL REFERENCES user,
    reaction TEXT NOT NULL,
    PRIMARY KEY (message, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX reaction_of ON reaction (message, user, reaction);

-- Messages in the thread that a message began, deleted ones too.
CREATE TABLE thread (
    root     INTEGER PRIMARY KEY REFERENCES event ON DELETE CASCADE,
    messages INTEGER NOT NULL
) STRICT;

INSERT INTO thread SELECT thread, count(*) FROM event
WHERE thread IN (SELECT id FROM event) GROUP BY thread;

-- Whom a message mentions: a user's number, or that of the room with a minus for everybody in it.
CREATE TABLE mention (
    who   INTEGER NOT NULL,
    id    INTEGER NOT NULL REFERENCES event ON DELETE CASCADE,
    at    INTEGER NOT NULL,
    actor INTEGER NOT NULL, -- who mentions everybody does not mean themselves
    PRIMARY KEY (who, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX mention_newest ON mention (who, at, id, actor);
CREATE INDEX mention_of ON mention (id);

-- How far a member has read: the seq, the messages up to there, and the member's own ones after it.
ALTER TABLE member ADD COLUMN read_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN read_nth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN read_own INTEGER NOT NULL DEFAULT 0;

-- Nobody has missed anything before there were markers.
UPDATE member SET read_seq = event.seq, read_nth = event.nth
FROM room JOIN event ON event.id = (room.id << 36) | room.head
WHERE room.id = member.room;

-- Cursors that scripts keep here.
CREATE TABLE cursor (
    user INTEGER NOT NULL REFERENCES user,
    name TEXT NOT NULL,
    room INTEGER NOT NULL REFERENCES room,
    seq  INTEGER NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (user, name, room)
) STRICT, WITHOUT ROWID;
