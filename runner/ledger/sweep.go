package ledger

import (
	"context"
	"fmt"
	"time"

	"heed/guards"
	"heed/runner"
)

const (
	// sweepBatch bounds one call of Sweep, so that nobody waits long for the writer.
	sweepBatch = 500
	// minRetention refuses what can only be a slip of the pen.
	minRetention = time.Hour
	sweptSays    = "their retention is over"
)

var (
	oldTexts = sql(`SELECT seq FROM intents WHERE ended_at < ? AND stored IS NOT NULL AND ended_at IS NOT NULL ORDER BY ended_at LIMIT ?`)
	// A message's text is wiped when it ends; its verdict is swept like others.
	oldCases = sql(`SELECT j.seq FROM judgements j JOIN intents i ON i.seq = j.seq WHERE j.at < ? AND j.at IS NOT NULL
		AND i.stored IS NULL AND i.ended_at < ? ORDER BY j.at LIMIT ?`)
	aged     = sql(`UPDATE intents SET recent = 0 WHERE seq = ?`)
	thinCase = sql(`UPDATE judgements SET verdict = ?, facts = NULL, at = NULL WHERE seq = ?`)
	oldLines = sql(`SELECT n, at, kind FROM records WHERE n > ? ORDER BY n LIMIT ?`)
	dropLine = sql(`DELETE FROM records WHERE n = ?`)
	putCount = sql(`INSERT INTO counters (name, n) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = excluded.n`)
	oldHeard = sql(`DELETE FROM inbound WHERE (bot, event) IN (SELECT bot, event FROM inbound WHERE at < ? ORDER BY at LIMIT ?)`)
	oldPosts = sql(`DELETE FROM authors WHERE post IN (SELECT post FROM authors WHERE at < ? ORDER BY at LIMIT ?)`)
)

func init() {
	guards.Declare(guards.Clause{ID: "M4", Says: "what is kept of X's content follows its deletion, change, protection and suspension, within 24 hours of a request",
		Source: guards.SourcePrivacy + "; " + guards.SourceAgreement + " IV.B; " + guards.SourceGuidelines,
		Served: []guards.Service{guards.ByMinimum}, Tests: []string{"runner/ledger TestWhatIsKeptOfPeople", "runner/ledger TestSweepWipesTextsAfterTheirRetention", "runner/ledger TestADeletedPostsTextLeavesTheDisk",
			"runner/ledger TestForgetLeavesTheOptOutAlone", "runner/ledger TestForgetAPost", "runner/ledger TestSweepTakesQuotedWords", "cmd/heed TestForgetWhileHeedRuns"},
		Operator: "heed keeps ids and hashes of other people's posts, never their text; what your scripts keep of them must follow within 24 hours; on a request, run heed forget, and delete the copies and scripts' files that it names"})
}

// Sweep wipes what is older than the retention (0 means Options.Retention, 720h): the
// texts and pictures of intents that have ended with the facts and evidence of their verdicts
// and the sentences that may quote them, who spoke to a bot and who wrote which post, and the log's lines about scripts, profiles,
// entries and things heard. Verdicts, outcomes, choices and halts stay. One call does
// at most some hundred rows of each; more says that another call has more to do.
func (l *Ledger) Sweep(ctx context.Context, now time.Time, retention time.Duration) (wiped int, more bool, err error) {
	if retention == 0 {
		retention = l.o.Retention
	}
	if retention < minRetention {
		return 0, false, fmt.Errorf("ledger: a retention of %s is too short: at least %s", retention, minRetention)
	}
	before := now.Add(-retention)
	err = l.write(ctx, func(t *tx) error {
		wiped, more = 0, false
		texts := func(before time.Time) (int, bool, error) { return t.sweepTexts(before, now) }
		for _, part := range []func(time.Time) (int, bool, error){texts, t.sweepLines, t.sweepPeople} {
			n, again, err := part(before)
			if err != nil {
				return err
			}
			wiped, more = wiped+n, more || again
		}
		return nil
	})
	if err != nil {
		return 0, false, err
	}
	if wiped > 0 && !more {
		err = l.shrinkLog(ctx)
	}
	return wiped, more, err
}

func (t *tx) sweepTexts(before, now time.Time) (int, bool, error) {
	var seqs []int64
	if err := t.each(oldTexts, func(r *row) { seqs = append(seqs, r.num()) }, before, sweepBatch); err != nil {
		return 0, false, err
	}
	more := len(seqs) == sweepBatch
	if !more {
		if err := t.each(oldCases, func(r *row) { seqs = append(seqs, r.num()) }, before, before, sweepBatch-len(seqs)); err != nil {
			return 0, false, err
		}
		more = len(seqs) == sweepBatch
	}
	var quoting []*line
	for _, seq := range seqs {
		verdicts, err := t.forgetText(seq)
		if err != nil {
			return 0, false, err
		}
		quoting = append(quoting, verdicts...)
		if _, err := t.exec(aged, seq); err != nil {
			return 0, false, err
		}
	}
	_, err := t.erase(quoting, false, runner.Record{At: now, Code: "audit.swept", Message: sweptSays})
	return len(seqs), more, err
}

// sweepLines walks the log from where the last sweep ended.
func (t *tx) sweepLines(before time.Time) (int, bool, error) {
	from, err := t.count("swept records")
	if err != nil {
		return 0, false, err
	}
	upTo, seen, stop := int64(from), 0, false
	var gone []int64
	err = t.each(oldLines, func(r *row) {
		n, at, kind := r.num(), r.when(), r.str()
		if stop = stop || !at.Before(before); stop {
			return
		}
		upTo = n
		seen++
		if !chained(runner.RecordKind(kind)) {
			gone = append(gone, n)
		}
	}, from, sweepBatch)
	if err != nil || seen == 0 {
		return 0, false, err
	}
	for _, n := range gone {
		if _, err := t.exec(dropLine, n); err != nil {
			return 0, false, err
		}
	}
	if _, err := t.exec(dropHours, before.Unix()/3600); err != nil {
		return 0, false, err
	}
	_, err = t.exec(putCount, "swept records", upTo)
	return len(gone), seen == sweepBatch, err
}

func (t *tx) sweepPeople(before time.Time) (int, bool, error) {
	heard, err := t.changed(oldHeard, before, sweepBatch)
	if err != nil {
		return 0, false, err
	}
	posts, err := t.changed(oldPosts, before, sweepBatch)
	return heard + posts, heard == sweepBatch || posts == sweepBatch, err
}

// shrinkLog writes SQLite's log of pages back and empties it: wiped bytes live there
// until then. When readers are in the way it is done the next time.
func (l *Ledger) shrinkLog(ctx context.Context) error {
	c, err := dial(l.path, false, readerCacheKiB)
	if err != nil {
		return err
	}
	defer c.close()
	if err := ctx.Err(); err != nil {
		return err
	}
	// Meanwhile nobody can write, so it must not wait long for a slow reader.
	if err := c.script(`PRAGMA busy_timeout = 200`); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if _, err := c.ask(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}
