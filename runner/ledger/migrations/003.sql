-- Schema 3: decisions are chained by hashes, and what may have to be erased is held apart
-- from the chain by commitments; see chain.go. Older decisions are chained by the
-- migration, in the order of their numbers.

ALTER TABLE records ADD COLUMN link INTEGER;   -- place in the chain: 1, 2, 3 …; NULL: a line that is no decision
ALTER TABLE records ADD COLUMN about TEXT;     -- the row that it tells of: "choice 12", "halt 3", "grant 1"
ALTER TABLE records ADD COLUMN proof BLOB;     -- hash of that row, or of the verdict, as it was then; of an erasure: which entries
ALTER TABLE records ADD COLUMN salt BLOB;      -- random; shorter or NULL once something was erased
ALTER TABLE records ADD COLUMN sealed BLOB;    -- the commitments of what was erased
ALTER TABLE records ADD COLUMN erased INTEGER; -- place in the chain of the record that tells of it
ALTER TABLE records ADD COLUMN hash BLOB;      -- of the link
CREATE UNIQUE INDEX records_in_chain ON records (link) WHERE link IS NOT NULL;
CREATE INDEX records_about ON records (about, link) WHERE about IS NOT NULL;

-- The end of the chain, so that a missing one is noticed.
CREATE TABLE head (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  link    INTEGER NOT NULL,
  hash    BLOB NOT NULL
) STRICT;
INSERT INTO head (one, link, hash) VALUES (1, 0, zeroblob(32));

-- Keeps a choice's proof from telling whose it was, once the choice is gone.
ALTER TABLE choices ADD COLUMN salt BLOB;
UPDATE choices SET salt = randomblob(16);

-- What swept verdicts said is wiped with the texts that they were about.
UPDATE records SET message = NULL, remedy = NULL WHERE kind = 'verdict' AND seq IN (SELECT seq FROM judgements WHERE facts IS NULL);
