package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// disk is what the ledger's file lies on. It fills, gets slow, and another process
// keeps the file locked: SQLite's own errors come of it, and nothing is written.
type disk struct {
	mu      sync.Mutex
	trouble string // "", full, slow, busy
	ill     line
	failed  map[string]int
	dice    func(n int) int
}

func (d *disk) set(trouble string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trouble = trouble
	d.ill.put(trouble != "")
}

// write is passed before every transaction.
func (d *disk) write() error {
	d.mu.Lock()
	trouble := d.trouble
	if trouble != "" {
		d.failed[trouble]++
	}
	wait := time.Duration(0)
	if trouble == "slow" {
		wait = time.Duration(500+d.dice(6000)) * time.Millisecond
	}
	d.mu.Unlock()
	switch trouble {
	case "full":
		return fmt.Errorf("ledger: nothing was written, make room on the disk: %w", sqlite3.Error{Code: sqlite3.ErrFull})
	case "busy":
		time.Sleep(5 * time.Second)
		return fmt.Errorf("ledger: another process has kept the file locked for 5 s: %w", sqlite3.Error{Code: sqlite3.ErrBusy})
	}
	time.Sleep(wait)
	return nil
}

// weekLedger is the ledger on such a disk, watched by the oracle: it sees what was truly
// written, also what the process did not live to hear.
type weekLedger struct {
	runner.Ledger
	w *simWeek
}

func (l *weekLedger) Enter(ctx context.Context, es []runner.Entry) ([]runner.Entered, error) {
	if err := l.w.disk.write(); err != nil {
		return nil, err
	}
	out, err := l.Ledger.Enter(ctx, es)
	if err == nil {
		l.w.oracle.entered(es, out)
	}
	return out, err
}

func (l *weekLedger) Decide(ctx context.Context, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	if err := l.w.disk.write(); err != nil {
		return runner.Turn{}, false, time.Time{}, err
	}
	t, ok, next, err := l.Ledger.Decide(ctx, b, p, now)
	if err == nil && ok {
		l.decided(ctx, t)
	}
	return t, ok, next, err
}

func (l *weekLedger) Next(ctx context.Context, c runner.Closing, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	if l.w.bug.settle != nil {
		l.w.bug.settle(&c)
	}
	if err := l.w.disk.write(); err != nil {
		return runner.Turn{}, false, time.Time{}, err
	}
	t, ok, next, err := l.Ledger.Next(ctx, c, b, p, now)
	if err == nil {
		l.w.oracle.settled(c)
	}
	if err == nil && ok {
		l.decided(ctx, t)
	}
	return t, ok, next, err
}

func (l *weekLedger) decided(ctx context.Context, t runner.Turn) {
	l.w.oracle.decided(t)
	if l.w.bug.denied && t.State == runner.Denied {
		l.w.denied(ctx, t.Claim)
	}
}

func (l *weekLedger) Settle(ctx context.Context, c runner.Closing) error {
	if l.w.bug.settle != nil {
		l.w.bug.settle(&c)
	}
	if err := l.w.disk.write(); err != nil {
		return err
	}
	err := l.Ledger.Settle(ctx, c)
	if err == nil {
		l.w.oracle.settled(c)
	}
	return err
}

func (l *weekLedger) Hear(ctx context.Context, h runner.Heard) (runner.Receipt, error) {
	if err := l.w.disk.write(); err != nil {
		return runner.Receipt{}, err
	}
	heard := h
	if l.w.bug.hear != nil {
		l.w.bug.hear(&heard)
	}
	r, err := l.Ledger.Hear(ctx, heard)
	if err == nil && r.New {
		l.w.oracle.heard(h)
	}
	return r, err
}

func (l *weekLedger) Probe(ctx context.Context, bot string, now time.Time) (runner.Claim, bool, time.Time, error) {
	if err := l.w.disk.write(); err != nil {
		return runner.Claim{}, false, time.Time{}, err
	}
	return l.Ledger.Probe(ctx, bot, now)
}

func (l *weekLedger) InboxRead(ctx context.Context, bot, cursor string, at time.Time) error {
	if err := l.w.disk.write(); err != nil {
		return err
	}
	return l.Ledger.InboxRead(ctx, bot, cursor, at)
}

func (l *weekLedger) Recover(ctx context.Context, now time.Time) (int, error) {
	if err := l.w.disk.write(); err != nil {
		return 0, err
	}
	return l.Ledger.Recover(ctx, now)
}

func (l *weekLedger) SetProfile(ctx context.Context, bot string, p guards.Profile) error {
	if err := l.w.disk.write(); err != nil {
		return err
	}
	err := l.Ledger.SetProfile(ctx, bot, p)
	if err == nil {
		l.w.oracle.profiled(bot, p)
	}
	return err
}

func (l *weekLedger) SetAuthor(ctx context.Context, post bots.PostID, a runner.Authorship, at time.Time) error {
	if err := l.w.disk.write(); err != nil {
		return err
	}
	return l.Ledger.SetAuthor(ctx, post, a, at)
}

func (l *weekLedger) Latch(ctx context.Context, h guards.Halt) error {
	if err := l.w.disk.write(); err != nil {
		return err
	}
	if l.w.bug.latchless {
		return nil
	}
	err := l.Ledger.Latch(ctx, h)
	if err == nil {
		l.w.oracle.halted(h.Scope, guards.Latched, true)
	}
	return err
}

func (l *weekLedger) Note(ctx context.Context, r runner.Record) error {
	if err := l.w.disk.write(); err != nil {
		return err
	}
	return l.Ledger.Note(ctx, r)
}
