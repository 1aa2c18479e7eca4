package ledger

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"

	"heed/guards"
	"heed/runner"
)

var (
	haltInForce = sql(`SELECT n FROM halts WHERE scope = ? AND kind = ? AND lifted_at IS NULL`)
	addHalt     = sql(`INSERT INTO halts (kind, scope, who, reason, at, until) VALUES (?, ?, ?, ?, ?, ?)`)
	putHalt     = sql(`UPDATE halts SET who = ?, reason = ?, at = ?, until = ? WHERE n = ?`)
	liftHalt    = sql(`UPDATE halts SET lifted_at = ?, lifted_by = ? WHERE n = ?`)
	wakeBot     = sql(`UPDATE intents SET due_at = 0 WHERE bot = ? AND due_at > 0 AND state = 'deferred' AND open_ended = 1`)
	wakeAll     = sql(`UPDATE intents SET due_at = 0 WHERE state = 'deferred' AND open_ended = 1`)
)

// halt stops a scope. A latch that is in force keeps its first reason: it is the cause,
// what follows are its consequences.
func (t *tx) halt(h guards.Halt) error {
	switch {
	case h.Scope == "" || h.At.IsZero():
		return errors.New("ledger: a halt needs a scope and a time")
	case h.Kind != guards.Paused && !h.Until.IsZero():
		return fmt.Errorf("ledger: a %s does not end by itself", h.Kind)
	}
	var n int64
	found, err := t.first(haltInForce, func(r *row) { n = r.num() }, h.Scope, h.Kind)
	if err != nil {
		return err
	}
	reason := cut(h.Reason, maxMessage)
	switch {
	case found && h.Kind == guards.Latched:
		return nil
	case found:
		_, err = t.exec(putHalt, h.By, reason, h.At, h.Until, n)
	default:
		var res driver.Result
		if res, err = t.exec(addHalt, h.Kind, h.Scope, h.By, reason, h.At, h.Until); err == nil {
			n, err = res.LastInsertId()
		}
	}
	if err != nil {
		return err
	}
	t.moved()
	t.stir(h.Scope)
	return t.logHalt(n, h, "halt."+string(h.Kind), reason)
}

func (t *tx) logHalt(n int64, h guards.Halt, code, message string) error {
	r := runner.Record{At: h.At, Kind: runner.RecHalt, Code: code, Message: fmt.Sprintf("%s, by %s: %s", h.Scope, first(h.By, "nobody named"), message)}
	if h.Scope != "*" {
		r.Bot = h.Scope
	}
	return t.logRow("halt", n, r)
}

// Halt stops a bot or, with scope "*", all of them.
func (l *Ledger) Halt(ctx context.Context, h guards.Halt) error {
	return l.write(ctx, func(t *tx) error { return t.halt(h) })
}

// Latch stops a bot or, with scope "*", all of them until a person clears it (promise P12).
func (l *Ledger) Latch(ctx context.Context, h guards.Halt) error {
	h.Kind, h.Until = guards.Latched, time.Time{}
	return l.Halt(ctx, h)
}

// Resume lifts the halts of exactly this scope and of these kinds, and makes due what
// waited for it. It says how many were lifted. Without a kind it lifts what a person
// has stopped; a latch must be named.
func (l *Ledger) Resume(ctx context.Context, scope string, kinds []guards.HaltKind, by string, at time.Time) (n int, err error) {
	if by == "" || at.IsZero() {
		return 0, errors.New("ledger: a resume needs who does it and when")
	}
	if len(kinds) == 0 {
		kinds = []guards.HaltKind{guards.Paused, guards.Halted}
	}
	err = l.write(ctx, func(t *tx) error {
		n = 0
		for _, k := range slices.Compact(slices.Sorted(slices.Values(kinds))) {
			in, err := numbers(t.conn, haltInForce, scope, k)
			if err != nil {
				return err
			}
			n += len(in)
			for _, halt := range in {
				if _, err := t.exec(liftHalt, at, by, halt); err != nil {
					return err
				}
				if err := t.logHalt(halt, guards.Halt{Scope: scope, By: by, At: at}, "halt.resumed", string(k)+" lifted"); err != nil {
					return err
				}
			}
		}
		if n == 0 {
			return nil
		}
		t.moved()
		return t.wakeBots(scope)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// wakeBots makes due what was deferred without a time.
func (t *tx) wakeBots(scope string) (err error) {
	if scope == "*" {
		_, err = t.exec(wakeAll)
	} else {
		_, err = t.exec(wakeBot, scope)
	}
	t.stir(scope)
	return err
}

// Halts lists what is in force at now, oldest first.
func (l *Ledger) Halts(ctx context.Context, now time.Time) (out []guards.Halt, err error) {
	err = l.read(ctx, func(c *conn) error {
		all, err := loadHalts(c)
		out = keep(all, func(h guards.Halt) bool { return !over(h, now) })
		return err
	})
	return out, err
}
