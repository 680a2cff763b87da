-- Files. Their contents lie beside the database, by their SHA-256: see store/contents.rs. A content
-- is kept while a row here refers to it.

CREATE TABLE file (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never given out twice
    owner      INTEGER NOT NULL REFERENCES user,
    name       TEXT NOT NULL,
    size       INTEGER NOT NULL CHECK (size >= 0),
    media_type TEXT NOT NULL,
    sha256     BLOB NOT NULL,
    created    INTEGER NOT NULL,
    -- Since when no message refers to it, 0 if one has done so; NULL: one does.
    loose      INTEGER
) STRICT;

CREATE INDEX file_content ON file (sha256, owner);
CREATE INDEX file_unsent ON file (sha256, owner, name) WHERE loose > 0;
CREATE INDEX file_loose ON file (loose) WHERE loose IS NOT NULL;

CREATE TABLE upload (
    id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never given out twice
    user    INTEGER NOT NULL REFERENCES user,
    name    TEXT NOT NULL,
    size    INTEGER NOT NULL CHECK (size >= 0),
    sha256  BLOB NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE INDEX upload_content ON upload (sha256);

-- The files of messages that are not deleted. The content stands here too, so that whether somebody
-- may read it is one look for each of their rooms, whoever else has it.
CREATE TABLE attachment (
    message INTEGER NOT NULL REFERENCES event ON DELETE CASCADE,
    file    INTEGER NOT NULL REFERENCES file,
    sha256  BLOB NOT NULL,
    PRIMARY KEY (message, file)
) STRICT, WITHOUT ROWID;

CREATE INDEX attachment_file ON attachment (file);
CREATE INDEX attachment_content ON attachment (sha256, message);

CREATE TRIGGER attachment_added AFTER INSERT ON attachment BEGIN
    UPDATE file SET loose = NULL WHERE id = NEW.file;
END;

-- Also when a message goes by its age.
CREATE TRIGGER attachment_removed AFTER DELETE ON attachment BEGIN
    UPDATE file SET loose = 0
    WHERE id = OLD.file AND NOT EXISTS (SELECT 1 FROM attachment WHERE file = OLD.file);
END;
