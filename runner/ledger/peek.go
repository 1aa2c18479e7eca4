package ledger

import (
	"context"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// Peek judges an intent as if it were due now and writes nothing.
func (l *Ledger) Peek(ctx context.Context, b bots.Bot, p guards.Pipeline, in bots.Intent, now time.Time) (v guards.Verdict, f guards.Facts, err error) {
	stored, err := in.Encode()
	if err != nil {
		return v, f, err
	}
	err = l.write(ctx, func(t *tx) error {
		it := &intent{bot: b.Name, key: in.Key, id: in.ID, action: in.Action, state: runner.Waiting, hash: bots.Hash(stored), stored: stored}
		if in.Key != "" {
			var known *intent
			if _, err := t.first(intentByKey, func(r *row) { known = scanIntent(r) }, b.Name, in.Key); err != nil {
				return err
			}
			if known != nil {
				it.seq, it.approval, it.origin, it.person, it.files = known.seq, known.approval, known.origin, known.person, known.files
			}
		}
		var err error
		v, f, err = t.judge(b, p, &subject{intent: it, in: in}, now)
		return err
	})
	return v, f, err
}
