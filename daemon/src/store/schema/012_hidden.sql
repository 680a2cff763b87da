-- Who has left a direct room does not want to see it before somebody writes in it.
ALTER TABLE member ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
