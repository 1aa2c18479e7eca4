package ledger

import (
	"context"
	"encoding/hex"
	"time"

	"heed/bots"
	"heed/runner"
)

// Head is the end of the chain of decisions.
func (l *Ledger) Head(ctx context.Context) (h runner.Head, err error) {
	err = l.read(ctx, func(c *conn) error {
		h, err = headOf(c)
		return err
	})
	return h, err
}

func headOf(c *conn) (h runner.Head, err error) {
	found, err := c.first(getHead, func(r *row) { h = runner.Head{Entry: r.num(), Hash: hex.EncodeToString(r.blob())} })
	if err == nil && !found {
		err = errHeadless
	}
	return h, err
}

var decisionsAfter = sql(`SELECT r.link, r.at, r.kind, r.bot, i.id, i.action, r.state, r.code, r.rules, r.user, r.post, r.erased, r.hash
	FROM records r LEFT JOIN intents i ON i.seq = r.seq WHERE r.link > ? AND r.link IS NOT NULL ORDER BY r.link LIMIT 256`)

// Decisions gives the entries of the chain from a moment on, oldest first, in ids alone,
// until each fails. It reads page by page: each may take its time. The head is of the
// state that ended it.
func (l *Ledger) Decisions(ctx context.Context, since time.Time, each func(runner.Decision) error) (h runner.Head, err error) {
	for last, more := int64(0), true; more && err == nil; {
		var page []runner.Decision
		err = l.read(ctx, func(c *conn) (err error) {
			if err = c.each(decisionsAfter, func(r *row) { page = append(page, scanDecision(r)) }, last); err == nil {
				h, err = headOf(c)
			}
			return err
		})
		for _, d := range page {
			if last = d.Entry; err == nil && !d.At.Before(since) {
				err = each(d)
			}
		}
		more = len(page) > 0
	}
	return h, err
}

func scanDecision(r *row) runner.Decision {
	d := runner.Decision{Entry: r.num(), At: r.when(), Kind: runner.RecordKind(r.str()), Bot: r.str(), ID: r.str(), Action: bots.Action(r.str()),
		State: runner.State(r.str()), Code: r.str(), Rules: rulesOf(r.str()), User: bots.UserID(r.str()), PostID: bots.PostID(r.str())}
	d.Erased, d.Hash = r.num() != 0, hex.EncodeToString(r.blob())
	return d
}
