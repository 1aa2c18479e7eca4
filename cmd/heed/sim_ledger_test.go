package main

import (
	"context"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

type ledgerOf struct{ *mortal }

func (l ledgerOf) Enter(ctx context.Context, es []runner.Entry) ([]runner.Entered, error) {
	if err := l.step(); err != nil {
		return nil, err
	}
	out, err := l.Ledger.Enter(ctx, es)
	if dead := l.step(); dead != nil {
		return nil, dead
	}
	return out, err
}

func (l ledgerOf) Decide(ctx context.Context, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	if err := l.step(); err != nil {
		return runner.Turn{}, false, time.Time{}, err
	}
	t, ok, next, err := l.Ledger.Decide(ctx, b, p, now)
	if dead := l.step(); dead != nil {
		return runner.Turn{}, false, time.Time{}, dead
	}
	return t, ok, next, err
}

func (l ledgerOf) Next(ctx context.Context, c runner.Closing, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	if err := l.step(); err != nil {
		return runner.Turn{}, false, time.Time{}, err
	}
	t, ok, next, err := l.Ledger.Next(ctx, c, b, p, now)
	if dead := l.step(); dead != nil {
		return runner.Turn{}, false, time.Time{}, dead
	}
	return t, ok, next, err
}

// died is what a caller gets who did not live to hear the answer.
func (m *mortal) died(err error) error {
	if dead := m.step(); dead != nil {
		return dead
	}
	return err
}

func (l ledgerOf) Settle(ctx context.Context, c runner.Closing) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.died(l.Ledger.Settle(ctx, c))
}

func (l ledgerOf) Hear(ctx context.Context, h runner.Heard) (runner.Receipt, error) {
	if err := l.step(); err != nil {
		return runner.Receipt{}, err
	}
	r, err := l.Ledger.Hear(ctx, h)
	return r, l.died(err)
}

func (l ledgerOf) Probe(ctx context.Context, bot string, now time.Time) (runner.Claim, bool, time.Time, error) {
	if err := l.step(); err != nil {
		return runner.Claim{}, false, time.Time{}, err
	}
	c, ok, next, err := l.Ledger.Probe(ctx, bot, now)
	return c, ok, next, l.died(err)
}

func (l ledgerOf) InboxRead(ctx context.Context, bot, cursor string, at time.Time) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.died(l.Ledger.InboxRead(ctx, bot, cursor, at))
}

func (l ledgerOf) Recover(ctx context.Context, now time.Time) (int, error) {
	if err := l.step(); err != nil {
		return 0, err
	}
	n, err := l.Ledger.Recover(ctx, now)
	return n, l.died(err)
}

func (l ledgerOf) SetProfile(ctx context.Context, bot string, p guards.Profile) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.Ledger.SetProfile(ctx, bot, p)
}

func (l ledgerOf) SetAuthor(ctx context.Context, post bots.PostID, a runner.Authorship, at time.Time) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.Ledger.SetAuthor(ctx, post, a, at)
}

func (l ledgerOf) Latch(ctx context.Context, h guards.Halt) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.died(l.Ledger.Latch(ctx, h))
}

func (l ledgerOf) Declare(ctx context.Context, bot, behaviour string, at time.Time) (string, error) {
	if err := l.step(); err != nil {
		return "", err
	}
	return l.Ledger.Declare(ctx, bot, behaviour, at)
}

func (l ledgerOf) Note(ctx context.Context, r runner.Record) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.Ledger.Note(ctx, r)
}
