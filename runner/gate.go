package runner

import (
	"context"
	"time"
)

const (
	gateWidth    = 32          // reads of bots' accounts and inboxes at once
	gatePatience = time.Second // how long a read waits for others before it goes all the same
)

// gate lets a few reads through at a time: a thousand bots that look at once would want
// the memory of a thousand calls. A slow platform holds up nobody for long. The caller
// says when it is through.
func (r *Runner) gate(ctx context.Context) (through func()) {
	select {
	case r.through <- struct{}{}:
	default:
		late := time.NewTimer(gatePatience)
		defer late.Stop()
		select {
		case r.through <- struct{}{}:
		case <-late.C:
			return func() {}
		case <-ctx.Done():
			return func() {}
		}
	}
	return func() { <-r.through }
}
