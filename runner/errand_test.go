package runner

import (
	"context"
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
		done, most, under := 0, 0, 0
		long := make(chan struct{})
		next := func() time.Time { return time.Now().Add(time.Minute) }
		e := l.errand(func(context.Context) time.Time {
			under++
			most = max(most, under)
			if done++; done == 3 {
				<-long
			}
			under--
			return next()
		})
		want := func(n int, what string) {
			t.Helper()
			if synctest.Wait(); done != n {
				t.Errorf("%s: done %d times, want %d", what, done, n)
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
		next = func() time.Time { return time.Time{} }
		e.poke()
		time.Sleep(time.Hour)
		want(6, "due only when poked")
		next = func() time.Time { return time.Now().Add(time.Second) }
		e.poke()
		want(7, "poked")
		end()
		time.Sleep(time.Hour)
		e.poke()
		want(7, "after the end")
		if most != 1 {
			t.Errorf("%d at once", most)
		}
		l.runner.running.Wait()
	})
}
