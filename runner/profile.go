package runner

import (
	"context"
	"time"
)

// bioEvery is how often the bot's own account is read: a bio can change after start (rule B6).
const bioEvery = 15 * time.Minute

// watch reads the bot's own account, at the start, on a schedule and after a reload.
func (l *lane) watch(ctx context.Context) {
	for first := true; ctx.Err() == nil; first = false {
		if !l.unlatched(ctx, atBio) {
			return
		}
		next := time.Now().Add(bioEvery)
		if err := l.readProfile(ctx); err != nil && ctx.Err() == nil {
			next = l.trouble("profile", "its bio cannot be read", err)
		}
		if first {
			l.runner.ready.looked(l.name, atBio)
		}
		sleep(ctx, next, l.look)
	}
}

func (l *lane) readProfile(ctx context.Context) error {
	p, err := l.runner.Platform.Profile(ctx, l.name)
	if err != nil {
		return err
	}
	p.CheckedAt = time.Now()
	if want := l.bot().UserID; want != "" && p.UserID != want {
		l.latch(&Locked{Why: "its token belongs to user " + string(p.UserID) + ", heed.toml says " + string(want)})
	}
	return l.runner.Ledger.SetProfile(ctx, l.name, p)
}
