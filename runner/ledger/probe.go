package ledger

import (
	"context"
	"time"

	"heed/runner"
)

var (
	doingNow = sql(`SELECT ` + intentColumns + ` FROM intents WHERE state = 'doing'`)
	nextLost = sql(`SELECT ` + intentColumns + ` FROM intents WHERE bot = ? AND probe_at <= ? ORDER BY probe_at LIMIT 1`)
	lostDue  = sql(`SELECT probe_at FROM intents WHERE bot = ? AND probe_at > ? ORDER BY probe_at LIMIT 1`)
	putProbe = sql(`UPDATE intents SET probes = ?, probe_at = ? WHERE seq = ?`)
)

// Recover turns what a dead daemon left doing into unknown, to be looked for at once, and
// goes on with a recall that it left.
// It also reads the texts, so that the first turn need not wait for that.
func (l *Ledger) Recover(ctx context.Context, now time.Time) (n int, err error) {
	err = l.write(ctx, func(t *tx) error {
		var left []*intent
		if err := t.each(doingNow, func(r *row) { left = append(left, scanIntent(r)) }); err != nil {
			return err
		}
		for _, it := range left {
			c := runner.Closing{Seq: it.seq, At: now, State: runner.Unknown, Due: now, Code: "daemon.died",
				Detail: "heed ended while this was on its way", Answer: runner.Answer{Outcome: runner.Uncertain}}
			if err := t.settle(it, c); err != nil {
				return err
			}
		}
		n = len(left)
		return nil
	})
	if err != nil {
		return n, err
	}
	if err := l.recallRest(ctx, now); err != nil {
		return n, err
	}
	return n, l.loadTexts(ctx, now)
}

// probeAfter is when an unknown act is looked for, counted from its claim.
var probeAfter = [...]time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}

// Probe takes the bot's next unknown intent whose probe is due and counts the probe.
// The next one is due at 5 s, 30 s, 2 min or 10 min after the claim, then every 10 min,
// until the caller settles it.
func (l *Ledger) Probe(ctx context.Context, bot string, now time.Time) (c runner.Claim, ok bool, next time.Time, err error) {
	err = l.write(ctx, func(t *tx) error {
		c, ok, next = runner.Claim{}, false, time.Time{}
		var it *intent
		if _, err := t.first(nextLost, func(r *row) { it = scanIntent(r) }, bot, now); err != nil {
			return err
		}
		if it == nil {
			_, err := t.first(lostDue, func(r *row) { next = r.when() }, bot, now)
			return err
		}
		ok = true
		it.probes++
		due := now.Add(probeAfter[len(probeAfter)-1])
		for _, d := range probeAfter {
			if at := it.claimedAt.Add(d); at.After(now) {
				due = at
				break
			}
		}
		c = it.claim()
		_, err := t.exec(putProbe, it.probes, due, it.seq)
		return err
	})
	if err != nil {
		return runner.Claim{}, false, time.Time{}, err
	}
	return c, ok, next, nil
}
