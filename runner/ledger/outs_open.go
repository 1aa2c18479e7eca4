package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"heed/guards"
	"heed/runner"
)

// inStep brings ledger and journal together when the ledger is opened. A ledger that
// lacks what the journal has takes it up; a journal that lacks what the ledger has is
// written anew. One that cannot be read refuses the start: it may know of somebody who
// said stop.
func (l *Ledger) inStep() error {
	now := time.Now()
	n, behind := 0, 0
	known, err := l.conn.first(counter, func(r *row) { n = int(r.num()) }, outsCount)
	if err == nil {
		_, err = l.conn.first(counter, func(r *row) { behind = int(r.num()) }, outsBehind)
	}
	if err != nil {
		return unreadable(l.path, err)
	}
	top, err := l.outs.top()
	if known && err == nil && top == int64(n) && behind == 0 && l.o.Trust {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNoTop) {
		return fmt.Errorf("ledger: the journal of opt-outs cannot be read, and may know of people who said stop: %w", err)
	}
	if !known && errors.Is(err, fs.ErrNotExist) {
		// The number first: a journal beside a ledger without it means that a ledger was lost.
		if err := l.alone(func(t *tx) error { _, err := t.exec(countOne, outsCount, 0); return err }); err != nil {
			return err
		}
	}
	return l.alone(func(t *tx) error { return t.inStep(now) })
}

// alone runs one transaction while nobody else uses the ledger's connection.
func (l *Ledger) alone(do func(*tx) error) error {
	j := &job{ctx: context.Background(), do: do, done: make(chan error, 1)}
	l.commitBatch([]*job{j})
	return <-j.done
}

func (t *tx) inStep(now time.Time) error {
	n := int64(0)
	known, err := t.first(counter, func(r *row) { n = r.num() }, outsCount)
	if err != nil {
		return err
	}
	r, err := t.l.outs.read()
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return fmt.Errorf("ledger: the journal of opt-outs cannot be read, and may know of people who said stop: %w", err)
	}
	taken, err := t.takeUp(r.after(n))
	if err != nil {
		return err
	}
	if r.top > n || !known {
		if _, err := t.exec(putCount, outsCount, max(n, r.top)); err != nil {
			return err
		}
	}
	lost := !known && !missing
	if err := t.sayTakenUp(r, n, taken, lost, now); err != nil {
		return err
	}
	behind, err := t.count(outsBehind)
	if err != nil || !missing && r.begun && r.damaged == 0 && r.top >= n && behind == 0 {
		return err
	}
	return t.rewriteOuts(now)
}

// sayTakenUp tells what opening the ledger found, and stops every bot where acts or
// opt-outs are unknown to it.
func (t *tx) sayTakenUp(r outsRead, n int64, taken int, lost bool, now time.Time) error {
	say := func(code, format string, args ...any) error {
		return t.log(0, runner.Record{At: now, Kind: runner.RecNotice, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if taken > 0 {
		if err := say("optouts.taken_up", "%d lines of %s that the ledger did not have were taken up", taken, t.l.outs.path); err != nil {
			return err
		}
	}
	if r.damaged > 0 {
		if err := say("optouts.damaged", "%d lines of %s are damaged and were left out; it is written anew", r.damaged, t.l.outs.path); err != nil {
			return err
		}
	}
	if n > 0 && !r.begun {
		if err := say("optouts.missing", "%s was missing or without its beginning, and is written anew from the ledger", t.l.outs.path); err != nil {
			return err
		}
	}
	reason := ""
	switch {
	case lost:
		reason = fmt.Sprintf("%s is new, or older than the journal of opt-outs beside it: what was done before is unknown, and scripts that repeat themselves could do it twice. "+
			"Opt-outs were taken up. Restore a backup (heed backup restore FILE), or see what stands on X, then heed resume", t.l.path)
	case r.commits(n) > 1: // one alone may be of a death right before its commit
		reason = fmt.Sprintf("%s is older than the journal of opt-outs beside it, by %d lines: an older copy was put in its place, or its log was cut. "+
			"Opt-outs were taken up; what else was done since is unknown, and may be done twice. Restore a backup (heed backup restore FILE), or see what stands on X, then heed resume", t.l.path, taken)
	case r.spoiltTo > n:
		reason = fmt.Sprintf("%d lines of the journal of opt-outs %s cannot be read, and may tell of somebody whose stop this ledger lacks. "+
			"Look through the bots' inboxes on X, then heed resume", r.damaged, t.l.outs.path)
	default:
		return nil
	}
	return t.halt(guards.Halt{Kind: guards.Paused, Scope: runner.EveryBot, By: "heed", Reason: reason, At: now})
}

// takeUp does what lines of the journal say, in their order.
func (t *tx) takeUp(lines []outLine) (n int, err error) {
	mark := len(t.outs) // they stand in the journal already
	defer func() { t.outs = t.outs[:mark] }()
	for _, l := range lines {
		c := l.choice()
		switch {
		case l.Ended:
			if _, err := t.endChoices(l.User, l.Kind, l.Scope, l.How, "taken up from the journal", c.At, time.UnixMilli(l.UpTo)); err != nil {
				return 0, err
			}
		default:
			if _, err := t.choose(l.User, l.Kind, c); err != nil {
				return 0, err
			}
			if l.Kind == optOut {
				if _, err := t.silence(l.User, c, ""); err != nil {
					return 0, err
				}
			}
		}
	}
	if len(lines) > 0 {
		t.stir(runner.EveryBot)
	}
	return len(lines), t.recallAll()
}
