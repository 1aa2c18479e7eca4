-- Schema 2: intents of heed's own, what acts cost, what an opt-in was given for, grants
-- of accounts' owners, pictures.

ALTER TABLE intents ADD COLUMN origin TEXT NOT NULL DEFAULT '' CHECK (origin = '' OR origin = 'help' OR origin = 'confirm');
ALTER TABLE intents ADD COLUMN files INTEGER NOT NULL DEFAULT 0; -- how many pictures it has
CREATE INDEX intents_confirming ON intents (person, cause) WHERE origin = 'confirm';

ALTER TABLE judgements ADD COLUMN at INTEGER; -- of the verdict; NULL once the facts were wiped
UPDATE judgements SET at = CAST(round(unixepoch(verdict ->> '$.at', 'subsec') * 1000) AS INTEGER) WHERE facts IS NOT NULL;
CREATE INDEX judgements_in_time ON judgements (at) WHERE at IS NOT NULL;

ALTER TABLE acts ADD COLUMN cost INTEGER NOT NULL DEFAULT 0; -- in millionths of a dollar
DROP INDEX acts_in_time;
CREATE INDEX acts_in_time ON acts (action, dry, counts, at, bot, cost);

ALTER TABLE choices ADD COLUMN behaviour TEXT NOT NULL DEFAULT '';   -- the bot's, of an opt-in
ALTER TABLE choices ADD COLUMN first_event TEXT NOT NULL DEFAULT ''; -- what recorded it; event is the latest that said it again
UPDATE choices SET first_event = event;

-- The conversation: a message's person, a post's thread, or the post that begins one.
ALTER TABLE inbound ADD COLUMN talk TEXT GENERATED ALWAYS AS
  (CASE WHEN kind = 'dm' THEN 'dm ' || user WHEN thread <> '' THEN thread ELSE post END) VIRTUAL;
CREATE INDEX inbound_answered ON inbound (bot, talk, at) WHERE spent_by <> '';

-- What accounts' owners allowed. A grant ends; it is never deleted.
CREATE TABLE grants (
  n         INTEGER PRIMARY KEY AUTOINCREMENT,
  bot       TEXT NOT NULL,
  actions   TEXT NOT NULL, -- with a space between
  behaviour TEXT NOT NULL,
  by_whom   TEXT NOT NULL,
  shown     TEXT NOT NULL, -- hash of the text that the owner was shown
  at        INTEGER NOT NULL,
  ended_at  INTEGER,
  ended_by  TEXT
) STRICT;
CREATE INDEX grants_of_bot ON grants (bot, n);

-- What every bot declares to do, as a fingerprint.
CREATE TABLE declared (
  bot       TEXT PRIMARY KEY,
  behaviour TEXT NOT NULL,
  at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The files of intents: hashes, never the pictures. bot, dry, pool and at follow the
-- intent, so that one that resembles another is found without reading either.
CREATE TABLE pictures (
  seq    INTEGER NOT NULL REFERENCES intents (seq) ON DELETE CASCADE,
  file   INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  type   TEXT NOT NULL,
  bytes  INTEGER NOT NULL,
  width  INTEGER NOT NULL,
  height INTEGER NOT NULL,
  frames INTEGER NOT NULL,
  hashed INTEGER NOT NULL,
  bot    TEXT NOT NULL,
  dry    INTEGER NOT NULL,
  pool   INTEGER, -- 0 pending, 1 acted, 2 rehearsed; NULL: it is not compared
  at     INTEGER NOT NULL, -- when it was claimed, else entered
  views  BLOB, -- NULL: it cannot be compared by its looks, or was not shown
  PRIMARY KEY (seq, file)
) STRICT, WITHOUT ROWID;
CREATE INDEX pictures_by_bytes ON pictures (sha256, pool, at) WHERE pool IS NOT NULL;
