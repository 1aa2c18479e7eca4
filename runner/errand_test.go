package runner

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// An errand is done when it is due and when it is poked, once more for all pokes that
// come meanwhile, and never after its lane's end.
func TestAnErrandIsDoneWhenItIsDueOrPoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		l := &lane{runner: &Runner{}, ctx: ctx}
		var done, under atomic.Int64
		var wait atomic.Int64 // until it is due again; 0: only when poked
		wait.Store(int64(time.Minute))
		long := make(chan struct{})
		e := l.errand(func(context.Context) time.Time {
			if under.Add(1) > 1 {
				t.Error("two at once")
			}
			defer under.Add(-1)
			if done.Add(1) == 3 {
				<-long
			}
			if wait.Load() == 0 {
				return time.Time{}
			}
			return time.Now().Add(time.Duration(wait.Load()))
		})
		want := func(n int64, what string) {
			t.Helper()
			if synctest.Wait(); done.Load() != n {
				t.Errorf("%s: done %d times, want %d", what, done.Load(), n)
			}
		}
		want(0, "before the first poke")
		e.poke()
		want(1, "poked")
		time.Sleep(59 * time.Second)
		want(1, "before it is due")
		time.Sleep(time.Second)
		want(2, "due")
		e.poke()
		e.poke()
		e.poke()
		want(3, "under way")
		close(long)
		want(4, "poked twice while it was done")
		time.Sleep(time.Minute)
		want(5, "due again")
		wait.Store(0)
		e.poke()
		time.Sleep(time.Hour)
		want(6, "due only when poked")
		wait.Store(int64(time.Second))
		e.poke()
		want(7, "poked")
		end()
		time.Sleep(time.Hour)
		e.poke()
		want(7, "after the end")
		l.runner.running.Wait()
	})
}
