package ledger

import (
	"context"
	"fmt"
	"time"

	"heed/guards"
	"heed/runner"
)

// Standing says why a claimed act must not be done any more: its person has opted out
// since the claim, or its bot was stopped. nil: it stands. runner.ErrSettled when it is
// not under way at all.
func (l *Ledger) Standing(ctx context.Context, seq int64, now time.Time) error {
	var bot string
	err := l.read(ctx, func(c *conn) error {
		it, err := loadIntent(c, seq)
		if err != nil {
			return err
		}
		if it == nil || it.state != runner.Doing {
			return runner.ErrSettled
		}
		bot = it.bot
		if it.person == "" || it.origin == guards.Confirmation {
			return nil
		}
		p, err := person(c, it.person, it.bot)
		if err == nil && p.OptOut != nil {
			err = fmt.Errorf("user %s opted out by %s meanwhile", it.person, p.OptOut.How)
		}
		return err
	})
	if err != nil {
		return err
	}
	halts, err := l.Halts(ctx, now)
	for _, h := range halts {
		if h.Scope == bot || h.Scope == runner.EveryBot {
			return fmt.Errorf("%s was stopped meanwhile (%s by %s): %s", h.Scope, h.Kind, h.By, h.Reason)
		}
	}
	return err
}
