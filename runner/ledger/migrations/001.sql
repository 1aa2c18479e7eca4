-- The first schema. Times are Unix milliseconds, UTC. People and posts are ids.
-- No IN with a list in what runs often: SQLite builds a table for it each time.

CREATE TABLE intents (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  bot         TEXT NOT NULL,
  key         TEXT NOT NULL,
  id          TEXT NOT NULL,
  action      TEXT NOT NULL,              -- '' of a refused line
  state       TEXT NOT NULL CHECK (instr(' waiting deferred held denied doing done failed unknown cancelled expired ', ' ' || state || ' ') > 0),
  pending     INTEGER NOT NULL DEFAULT 1, -- waiting, deferred or held
  due_at      INTEGER,                    -- of a turn, or of a held one's expiry; 0: now
  probe_at    INTEGER,                    -- of an unknown one
  open_ended  INTEGER NOT NULL DEFAULT 0, -- deferred until what stops it is lifted
  entered_at  INTEGER NOT NULL,
  expires_at  INTEGER,
  claimed_at  INTEGER,
  ended_at    INTEGER,
  attempts    INTEGER NOT NULL DEFAULT 0,
  probes      INTEGER NOT NULL DEFAULT 0,
  dry         INTEGER NOT NULL DEFAULT 0,
  target_user TEXT,
  target_post TEXT,
  person      TEXT,                       -- whom it reaches, once that is known
  cause       TEXT,
  template    TEXT,
  post_id     TEXT,                       -- what it made
  hash        TEXT NOT NULL,              -- of the stored bytes
  said        TEXT,                       -- effect, code and time of the latest verdict
  code        TEXT,
  detail      TEXT,
  refusal     TEXT,                       -- why a line is no intent
  approval    TEXT,                       -- JSON
  answer      TEXT,                       -- JSON
  stored      BLOB                        -- NULL once it was wiped
) STRICT;
CREATE UNIQUE INDEX intents_by_key ON intents (bot, key);
CREATE UNIQUE INDEX intents_by_id ON intents (id, bot);
CREATE INDEX intents_by_tail ON intents (substr(id, -8));
CREATE INDEX intents_by_state ON intents (state);
CREATE INDEX intents_due ON intents (bot, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX intents_probed ON intents (bot, probe_at) WHERE probe_at IS NOT NULL;
CREATE INDEX intents_to_person ON intents (person) WHERE pending = 1;
CREATE INDEX intents_on_post ON intents (target_post) WHERE pending = 1;
CREATE INDEX intents_refused ON intents (bot) WHERE refusal IS NOT NULL;
CREATE INDEX intents_texts ON intents (ended_at) WHERE stored IS NOT NULL AND ended_at IS NOT NULL;

-- The latest verdict of an intent, apart because it is wide and written once.
CREATE TABLE judgements (
  seq     INTEGER PRIMARY KEY REFERENCES intents (seq) ON DELETE CASCADE,
  verdict TEXT NOT NULL, -- JSON
  facts   TEXT           -- JSON; NULL once it was wiped
) STRICT;

-- What heed has set out to do: one row a claim. Windows count these.
CREATE TABLE acts (
  seq         INTEGER NOT NULL,
  attempt     INTEGER NOT NULL,
  bot         TEXT NOT NULL,
  action      TEXT NOT NULL,
  dry         INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (instr(' doing done unknown failed ', ' ' || state || ' ') > 0),
  counts      INTEGER NOT NULL DEFAULT 1, -- 0: it surely did not happen
  target_user TEXT,
  target_post TEXT,
  PRIMARY KEY (seq, attempt)
) STRICT, WITHOUT ROWID;
CREATE INDEX acts_in_time ON acts (action, dry, counts, at, bot);
CREATE INDEX acts_on_user ON acts (target_user, at) WHERE target_user IS NOT NULL;
CREATE INDEX acts_on_post ON acts (target_post, at) WHERE target_post IS NOT NULL;

-- What people said about being contacted. A choice ends; it is never deleted.
CREATE TABLE choices (
  n        INTEGER PRIMARY KEY AUTOINCREMENT,
  user     TEXT NOT NULL,
  kind     TEXT NOT NULL CHECK (instr(' opt_out opt_in review dm_closed ', ' ' || kind || ' ') > 0),
  scope    TEXT NOT NULL, -- a bot's name, or '*'
  channel  TEXT NOT NULL, -- of an opt-in
  at       INTEGER NOT NULL,
  how      TEXT NOT NULL,
  event    TEXT NOT NULL,
  rule     TEXT NOT NULL,
  ended_at INTEGER,
  ended_by TEXT,
  reason   TEXT
) STRICT;
CREATE INDEX choices_of_user ON choices (user, kind) WHERE ended_at IS NULL;
CREATE INDEX choices_of_kind ON choices (kind) WHERE ended_at IS NULL;

CREATE TABLE inbound (
  bot       TEXT NOT NULL,
  event     TEXT NOT NULL,
  kind      TEXT NOT NULL,
  user      TEXT NOT NULL,
  post      TEXT NOT NULL,
  at        INTEGER NOT NULL,
  summons   INTEGER NOT NULL,
  automated INTEGER NOT NULL,
  thread    TEXT NOT NULL,
  mentions  TEXT NOT NULL, -- user ids with a space between
  spent_by  TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (bot, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_by_time ON inbound (at);

CREATE TABLE authors (
  post  TEXT PRIMARY KEY,
  user  TEXT NOT NULL,
  names TEXT NOT NULL, -- user ids it mentions, with a space between
  at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX authors_by_time ON authors (at);

CREATE TABLE profiles (
  bot     TEXT PRIMARY KEY,
  profile TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE inboxes (
  bot     TEXT PRIMARY KEY,
  cursor  TEXT NOT NULL,
  read_at INTEGER -- NULL: never read whole
) STRICT, WITHOUT ROWID;

CREATE TABLE lanes (
  bot       TEXT NOT NULL, -- '*' for the lanes of the whole app
  name      TEXT NOT NULL,
  most      INTEGER NOT NULL,
  remaining INTEGER NOT NULL,
  reset     INTEGER NOT NULL,
  stopped   INTEGER NOT NULL,
  PRIMARY KEY (bot, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE halts (
  n         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind      TEXT NOT NULL CHECK (instr(' pause halt latch ', ' ' || kind || ' ') > 0),
  scope     TEXT NOT NULL,
  who       TEXT NOT NULL,
  reason    TEXT NOT NULL,
  at        INTEGER NOT NULL,
  until     INTEGER,
  lifted_at INTEGER,
  lifted_by TEXT
) STRICT;
CREATE INDEX halts_in_force ON halts (scope) WHERE lifted_at IS NULL;

-- The log. Lines are added and, after their retention, deleted; never changed.
CREATE TABLE records (
  n       INTEGER PRIMARY KEY AUTOINCREMENT,
  seq     INTEGER, -- of the intent
  at      INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  bot     TEXT,
  state   TEXT,
  code    TEXT,
  message TEXT,
  remedy  TEXT,
  user    TEXT,
  post    TEXT,
  rules   TEXT -- with a space between
) STRICT;
CREATE INDEX records_of_intent ON records (seq) WHERE seq IS NOT NULL;

-- Small numbers of the ledger itself.
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
