-- Schema 4: intents are found by the end of their id only until their retention is over.
-- Those ends are random: an index of all that ever were cost every new intent a page of
-- its own, read and written, and the more of history there was the colder it lay.

ALTER TABLE intents ADD COLUMN recent INTEGER NOT NULL DEFAULT 0; -- 1 until it is swept
UPDATE intents SET recent = 1 WHERE state IN ('waiting', 'deferred', 'held', 'doing', 'unknown');
UPDATE intents SET recent = 1 WHERE stored IS NOT NULL AND ended_at IS NOT NULL;
UPDATE intents SET recent = 1 WHERE seq IN (SELECT seq FROM judgements WHERE at IS NOT NULL);
DROP INDEX intents_by_tail;
CREATE INDEX intents_by_tail ON intents (substr(id, -8)) WHERE recent = 1;
