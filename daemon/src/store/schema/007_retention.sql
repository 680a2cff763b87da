-- Events older than a room's retention are deleted: the seq of the oldest that is kept.
ALTER TABLE room ADD COLUMN first INTEGER NOT NULL DEFAULT 1;
