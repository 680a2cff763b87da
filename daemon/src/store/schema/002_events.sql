-- More kinds of events: 4 message edited, 5 message deleted, 6 reaction changed.
-- A message's text is its present one; that of a deleted message is NULL, and so is that of an
-- edit which a later edit or deletion has replaced.

-- What else an event says, as a small protobuf: see store/detail.rs.
ALTER TABLE event ADD COLUMN detail BLOB;

-- 1: the id of the message that began the thread.
ALTER TABLE event ADD COLUMN thread INTEGER;

-- Messages in the room's log up to here, this one included.
ALTER TABLE event ADD COLUMN nth INTEGER NOT NULL DEFAULT 0;

UPDATE event SET nth = counted.nth
FROM (SELECT id, count(*) FILTER (WHERE kind = 1) OVER (PARTITION BY room ORDER BY id) AS nth
      FROM event) AS counted
WHERE event.id = counted.id;

CREATE INDEX event_thread ON event (thread) WHERE thread IS NOT NULL;
