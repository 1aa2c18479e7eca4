package metrics

import (
	"context"
	"errors"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// The steps of the ledger that are timed.
const (
	stepEnter  = "enter"
	stepTurn   = "turn"
	stepSettle = "settle"
	stepHear   = "hear"
)

// Ledger is l, with the time of its steps noted. The platform is called in none of them.
func (m *Metrics) Ledger(l runner.Ledger) runner.Ledger { return &ledger{l, m} }

type ledger struct {
	runner.Ledger
	m *Metrics
}

func (l *ledger) note(ctx context.Context, step string, began time.Time, err error) {
	if err == nil || failed(ctx, err) {
		l.m.took(step, began, err)
	}
}

func (l *ledger) Enter(ctx context.Context, entries []runner.Entry) ([]runner.Entered, error) {
	began := time.Now()
	out, err := l.Ledger.Enter(ctx, entries)
	l.note(ctx, stepEnter, began, err)
	return out, err
}

func (l *ledger) Decide(ctx context.Context, bot bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	began := time.Now()
	t, ok, next, err := l.Ledger.Decide(ctx, bot, p, now)
	if ok || err != nil {
		l.note(ctx, stepTurn, began, err)
	}
	return t, ok, next, err
}

func (l *ledger) Next(ctx context.Context, c runner.Closing, bot bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	began := time.Now()
	t, ok, next, err := l.Ledger.Next(ctx, c, bot, p, now)
	if !errors.Is(err, runner.ErrSettled) {
		l.note(ctx, stepTurn, began, err)
	}
	return t, ok, next, err
}

func (l *ledger) Settle(ctx context.Context, c runner.Closing) error {
	began := time.Now()
	err := l.Ledger.Settle(ctx, c)
	if !errors.Is(err, runner.ErrSettled) {
		l.note(ctx, stepSettle, began, err)
	}
	return err
}

func (l *ledger) Hear(ctx context.Context, h runner.Heard) (runner.Receipt, error) {
	began := time.Now()
	r, err := l.Ledger.Hear(ctx, h)
	l.note(ctx, stepHear, began, err)
	if err == nil && r.New && h.Word.Meaning == runner.WantsOut {
		l.m.optOut.Observe(time.Since(began).Seconds())
	}
	return r, err
}
