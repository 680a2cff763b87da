-- The name of a private room may be another's too: a group's number goes before its name, so that
-- only direct rooms, '@' and the numbers of their people, are kept apart by what stands here. That
-- the names of public rooms are all different is for the core.
UPDATE room SET name = '#' || id || ' ' || name WHERE name NOT LIKE '@%';
