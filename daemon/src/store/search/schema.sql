-- The search index. Never migrated: another version is thrown away and made anew.

CREATE TABLE meta (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    epoch   INTEGER NOT NULL, -- that of the database: the bits of a u64
    removed INTEGER NOT NULL, -- messages taken out since the last scrub: their words remain
    boot    TEXT              -- while somebody writes: since when the machine runs
) STRICT;

-- How far each room is indexed.
CREATE TABLE progress (
    room INTEGER PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT;

-- Which event stands at a place. A place is the time in milliseconds << 20 and a number that
-- tells apart what was said at the same time.
CREATE TABLE place (
    id    INTEGER PRIMARY KEY,
    event INTEGER NOT NULL
) STRICT;

-- What stands at each place: the words of the message; and `r<room> u<author>`, so that a search
-- in a room or for an author walks along one more list and looks at nothing else.
--
-- Contentless: the text is in the log, once. What is removed is marked and goes with the next
-- merge. The words come without punctuation, which leaves `ascii` only spaces to split at.
CREATE VIRTUAL TABLE word USING fts5 (
    text, origin, content = '', contentless_delete = 1, tokenize = 'ascii'
);
