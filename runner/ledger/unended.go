package ledger

import (
	"context"

	"heed/runner"
)

// One state at a time: the index of states then finds few rows of a long history.
var openOf = sql(`SELECT bot, count(*) FROM intents WHERE state = ? GROUP BY bot`)

// Unended counts the intents that have not ended, by bot and state.
func (l *Ledger) Unended(ctx context.Context) (map[string]map[runner.State]int, error) {
	out := map[string]map[runner.State]int{}
	err := l.read(ctx, func(c *conn) error {
		for _, s := range []runner.State{runner.Waiting, runner.Deferred, runner.Held, runner.Doing, runner.Unknown} {
			err := c.each(openOf, func(r *row) {
				bot, n := r.str(), int(r.num())
				if out[bot] == nil {
					out[bot] = map[runner.State]int{}
				}
				out[bot][s] = n
			}, s)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// Alive says whether the writer takes transactions: it waits its turn, and locks the file.
func (l *Ledger) Alive(ctx context.Context) error {
	return l.write(ctx, func(*tx) error { return nil })
}
