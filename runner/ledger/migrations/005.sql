-- Schema 5: what happened, counted by the hour, so that a chart costs the same however
-- long the history is. Counts are written with the batch that they count, and dropped
-- with the lines of the log.

CREATE TABLE hours (
  hour INTEGER NOT NULL, -- Unix seconds / 3600
  bot  TEXT NOT NULL,    -- of a choice its scope, which may be '*'
  kind TEXT NOT NULL CHECK (instr(' verdict refusal act choice ', ' ' || kind || ' ') > 0),
  name TEXT NOT NULL,
  n    INTEGER NOT NULL,
  PRIMARY KEY (hour, bot, kind, name)
) STRICT, WITHOUT ROWID;

-- The last week is counted anew, as far as a million lines reach: a migration is waited for.
CREATE TEMP TABLE week AS
  SELECT r.at / 3600000 AS hour, r.bot AS bot, r.kind AS kind, r.state AS state, r.code AS code, r.message AS message, i.action AS action
  FROM records r LEFT JOIN intents i ON i.seq = r.seq
  WHERE r.n > (SELECT max(n) FROM records) - 1000000
    AND r.at > (SELECT at FROM records ORDER BY n DESC LIMIT 1) - 604800000
    AND r.kind IN ('verdict', 'outcome', 'person');
INSERT INTO hours SELECT hour, bot, 'verdict',
  CASE state WHEN 'deferred' THEN 'defer' WHEN 'held' THEN 'hold' WHEN 'denied' THEN 'deny' ELSE 'allow' END AS name, count(*)
  FROM week WHERE kind = 'verdict' AND bot IS NOT NULL AND state IN ('doing', 'done', 'deferred', 'held', 'denied') GROUP BY hour, bot, name;
INSERT INTO hours SELECT hour, bot, 'refusal', code, count(*)
  FROM week WHERE kind = 'verdict' AND bot IS NOT NULL AND code <> '' AND state IN ('deferred', 'held', 'denied') GROUP BY hour, bot, code;
INSERT INTO hours SELECT hour, bot, 'act', action, count(*)
  FROM week WHERE kind = 'outcome' AND bot IS NOT NULL AND state = 'done' AND action <> '' GROUP BY hour, bot, action;
INSERT INTO hours SELECT hour, coalesce(bot, '*') AS scope, 'choice', substr(code, 8) AS name, count(*)
  FROM week WHERE kind = 'person' AND code LIKE 'person.%' AND message LIKE '% recorded for %' GROUP BY hour, scope, name;
DROP TABLE week;
