package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// How long heed may take to end after it was told to. A call of X's may take 20 s.
const (
	defaultDrain = 30 * time.Second
	leastDrain   = time.Second
	mostDrain    = 10 * time.Minute
)

// interruptible gives a context that ends at ctrl-C or SIGTERM.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
}

// endInTime lets the process end at a second signal at once, and by itself when what is
// under way has had its time: whatever hangs then, a call, a disk, a reader of what heed
// says, a kill is what heed is made for. over must be called when all has ended.
func (d *daemon) endInTime(ctx context.Context, stop context.CancelFunc) (over func()) {
	done := make(chan struct{})
	context.AfterFunc(ctx, func() {
		stop()
		select {
		case <-done:
			return
		default:
			go d.say("heed", "ends; what is under way has %s, a second signal ends it at once", d.drain)
		}
		late := time.NewTimer(d.drain)
		defer late.Stop()
		select {
		case <-done:
			return
		case <-late.C:
		}
		go fmt.Fprintf(d.errs, "heed: it has not ended within %s and ends at once; what was under way is looked up at the next start, none is sent again\n", d.drain)
		select {
		case <-done:
		case <-time.After(200 * time.Millisecond): // nobody may read it
		}
		os.Exit(exitFailed)
	})
	return func() { close(done) }
}

// orderly is the error of a start or a run, without that of being told to end.
func orderly(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
