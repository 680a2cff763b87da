-- Roles, bans, invitations, rules of rooms, direct rooms.

-- What else is known of a room, as the same small protobuf that its newest change carries: see
-- store/detail.rs. NULL: a public room without special rules. The name of a direct room is '@'
-- and the numbers of its people in order, which no name of a group can be.
ALTER TABLE room ADD COLUMN detail BLOB;

ALTER TABLE member ADD COLUMN role INTEGER NOT NULL DEFAULT 0;  -- 0 member, 1 moderator, 2 owner
ALTER TABLE member ADD COLUMN muted_until INTEGER;
ALTER TABLE member ADD COLUMN floor INTEGER NOT NULL DEFAULT 1; -- the first seq they may read
ALTER TABLE member ADD COLUMN notify INTEGER NOT NULL DEFAULT 0; -- 0 all, 1 mentions, 2 nothing
ALTER TABLE member ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;

-- A room belongs to who made it, else to who has been in it for the longest time.
UPDATE member SET role = 2
FROM (SELECT member.room, member.user,
             row_number() OVER (
                 PARTITION BY member.room
                 ORDER BY member.user <> room.creator, member.join_seq) AS place
      FROM member JOIN room ON room.id = member.room) AS first
WHERE first.place = 1 AND member.room = first.room AND member.user = first.user;

CREATE TABLE ban (
    room   INTEGER NOT NULL REFERENCES room,
    user   INTEGER NOT NULL REFERENCES user,
    issuer INTEGER NOT NULL REFERENCES user,
    reason TEXT NOT NULL,
    at     INTEGER NOT NULL,
    until  INTEGER, -- NULL: for ever
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE invitation (
    room    INTEGER NOT NULL REFERENCES room,
    user    INTEGER NOT NULL REFERENCES user,
    inviter INTEGER NOT NULL REFERENCES user,
    at      INTEGER NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;
