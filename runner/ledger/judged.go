package ledger

import (
	"context"
	"time"

	"heed/runner"
)

var (
	lastJudged = sql(`SELECT max(at) FROM judgements WHERE at IS NOT NULL`)
	judgedPage = sql(`SELECT at, seq FROM judgements WHERE at <= ? AND (at, seq) > (?, ?) ORDER BY at, seq LIMIT 64`)
)

// Judged gives every intent judged after since that still has its verdict, facts and
// bytes, oldest first, until each fails. What is judged while it runs may be left out.
// It reads page by page: each may take its time, and may use the ledger.
func (l *Ledger) Judged(ctx context.Context, since time.Time, each func(runner.Case) error) error {
	var end int64
	err := l.read(ctx, func(c *conn) error {
		_, err := c.first(lastJudged, func(r *row) { end = r.num() })
		return err
	})
	at, seq := since.UnixMilli(), int64(1)<<62
	for more := true; more && err == nil; {
		var page []runner.Case
		more = false
		err = l.read(ctx, func(c *conn) error {
			var seqs []int64
			if err := c.each(judgedPage, func(r *row) {
				at, seq = r.num(), r.num()
				seqs = append(seqs, seq)
			}, end, at, seq); err != nil {
				return err
			}
			more = len(seqs) > 0
			for _, s := range seqs {
				one, whole, err := intact(c, s)
				if err != nil {
					return err
				}
				if whole {
					page = append(page, one)
				}
			}
			return nil
		})
		for _, one := range page {
			if err == nil {
				err = each(one)
			}
		}
	}
	return err
}

// intact is an intent that can be judged again; false for one whose bytes were wiped
// or cannot be read as they were entered.
func intact(c *conn, seq int64) (out runner.Case, whole bool, err error) {
	it, err := loadIntent(c, seq)
	if err != nil || it == nil {
		return out, false, err
	}
	if _, err := it.decode(); err != nil {
		return out, false, nil
	}
	out, err = fullCase(c, it)
	return out, err == nil && out.Verdict != nil && out.Facts != nil, err
}
