package runner

import (
	"cmp"
	"context"
	"time"
)

// bioEvery is how often the bot's own account is read where the house does not say: a bio can change after start (rule B6).
const bioEvery = 15 * time.Minute

// watching reads the bot's own account, at the start, on a schedule and after a reload.
// The first time begins the listening: both want the account's id, which is asked for once.
func (l *lane) watching() func(context.Context) time.Time {
	declared, first := "", true
	return func(ctx context.Context) time.Time {
		declared = l.declare(ctx, declared)
		if first && l.latched(ctx) {
			l.ears.poke() // it waits by itself
		}
		if !l.unlatched(ctx, atBio) {
			return time.Time{}
		}
		next := l.runner.now().Add(cmp.Or(l.runner.settings().Look, bioEvery))
		if err := l.readProfile(ctx); err != nil && ctx.Err() == nil {
			next = l.trouble("profile", "its bio cannot be read", err)
		}
		if first {
			first = false
			l.runner.ready.looked(l.name, atBio)
			l.ears.poke()
		}
		return l.runner.timer(next)
	}
}

// declare keeps what the bot says it does, and tells when that is new: what people and
// the account's owner agreed to was something else.
func (l *lane) declare(ctx context.Context, last string) string {
	now := l.bot().Behaviour()
	if now == last {
		return now
	}
	before, err := l.runner.Ledger.Declare(ctx, l.name, now, l.runner.now())
	if err != nil {
		l.fault("behaviour.ledger", err)
		return last
	}
	if before != "" && before != now {
		l.runner.notice(l.name, "behaviour.changed", "its purpose or actions are others than before: opt-ins and an owner's grant "+
			"given for those no longer count (rule P2); where it is not what X was told the app is for, tell X first (rule A4)")
	}
	return now
}

func (l *lane) readProfile(ctx context.Context) error {
	through := l.runner.gate(ctx)
	p, err := l.runner.Platform.Profile(ctx, l.name)
	through()
	if err != nil {
		return err
	}
	p.CheckedAt = l.runner.now()
	if want := l.bot().UserID; want != "" && p.UserID != want {
		l.latch(&Locked{Why: "its token belongs to user " + string(p.UserID) + ", heed.toml says " + string(want)})
	}
	return l.runner.Ledger.SetProfile(ctx, l.name, p)
}
