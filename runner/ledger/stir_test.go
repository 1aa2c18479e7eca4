package ledger

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// turnOf takes a bot's turn as soon as one may be due, and gives what came of it.
func turnOf(t *testing.T, l *Ledger, name string) <-chan error {
	t.Helper()
	took := make(chan error, 1)
	due := l.Due(name)
	go func() {
		<-due
		turn, ok, _, err := l.Decide(t.Context(), bots.Bot{Name: name, Mode: bots.Live}, pipeline(guards.Needs{}), t0)
		if err == nil && (!ok || turn.State != runner.Doing) {
			err = fmt.Errorf("there is %v turn of %q, state %s", ok, turn.Key, turn.State)
		}
		took <- err
	}()
	return took
}

func came(t *testing.T, took <-chan error) error {
	t.Helper()
	select {
	case err := <-took:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("nobody was woken")
	}
	return nil
}

// A turn may join the commit of what made it due, and finds it in any case.
func TestATurnFindsWhatWokeIt(t *testing.T) {
	l := open(t)
	for i := range 50 {
		took := turnOf(t, l, "tides")
		before := l.commits.Load()
		enter(t, l, "tides", fmt.Sprint("k", i), post("x"))
		if err := came(t, took); err != nil {
			t.Fatalf("turn %d: %v", i, err)
		}
		if n := l.commits.Load() - before; n > 2 {
			t.Errorf("turn %d: %d commits for what two calls wrote", i, n)
		}
	}
}

// A batch that is full wakes whose turn it is, too.
func TestAFullBatchWakesEveryBot(t *testing.T) {
	l := open(t)
	held, let := make(chan struct{}), make(chan struct{})
	go func() {
		_ = l.write(t.Context(), func(*tx) error { close(held); <-let; return nil })
	}()
	<-held
	var took []<-chan error
	for i := range 2 * maxBatch {
		name := fmt.Sprint("bot", i)
		took = append(took, turnOf(t, l, name))
		go func() {
			if _, err := l.Enter(t.Context(), []runner.Entry{entryOf(t, name, "k", post("x"), t0)}); err != nil {
				t.Error(err)
			}
		}()
	}
	for len(l.jobs) < maxBatch {
		runtime.Gosched()
	}
	close(let)
	for i, one := range took {
		if err := came(t, one); err != nil {
			t.Fatalf("bot %d: %v", i, err)
		}
	}
}

// P9: what woke a turn may not come to the disk; nothing of it is claimed then.
func TestP9ATurnOfWhatIsRolledBackIsNone(t *testing.T) {
	l := open(t)
	took := turnOf(t, l, "tides")
	e := entryOf(t, "tides", "k", post("x"), t0)
	err := l.write(t.Context(), func(x *tx) error {
		if _, err := x.enter(e); err != nil {
			return err
		}
		return x.script(`CREATE TABLE whole (n INTEGER PRIMARY KEY);
			CREATE TABLE part (n REFERENCES whole (n) DEFERRABLE INITIALLY DEFERRED); INSERT INTO part VALUES (1)`)
	})
	if err == nil {
		t.Fatal("the commit did not fail")
	}
	if err := came(t, took); err == nil {
		t.Fatal("what is not written was claimed")
	}
	if all, err := l.Waiting(t.Context(), nil, "tides", 0); err != nil || len(all) > 0 {
		t.Fatalf("%d intents are there; %v", len(all), err)
	}
	took = turnOf(t, l, "tides")
	enter(t, l, "tides", "k", post("x"))
	if err := came(t, took); err != nil {
		t.Fatalf("after that: %v", err)
	}
}
