package main

import (
	"context"
	"fmt"
	"time"

	"heed/runner"
)

// follow prints the record as it grows, until ctx ends; what was there before is not
// told again.
func (d *daemon) follow(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	q := runner.RecordQuery{Limit: 1, Last: true}
	if before, err := d.ledger.Records(ctx, q); err == nil && len(before) > 0 {
		q.After = before[len(before)-1].N
	}
	q.Limit, q.Last = 200, false
	go func() {
		defer close(done)
		for last := false; ; {
			changed := d.ledger.Changed()
			records, err := d.ledger.Records(context.Background(), q)
			for _, r := range records {
				d.eye(r)
				q.After = r.N
			}
			if len(records) > 0 {
				continue
			}
			if err != nil {
				d.say("ledger", "%v", err)
			}
			if last {
				return
			}
			select {
			case <-changed:
			case <-time.After(time.Second): // a note wakes nobody
			case <-ctx.Done():
				last = true // once more: what was written at the end is told too
			}
		}
	}()
	return done
}

// eye prints one line of what happens.
func (d *daemon) eye(r runner.Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.record(d.out, r)
}

// say prints one line about heed itself, on the side of talk.
func (d *daemon) say(who, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(d.errs, "%s %-9s %s\n", time.Now().Format("15:04:05"), who, fmt.Sprintf(format, args...))
}
