package ledger

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"heed/runner"
)

// A stop does not wait in line: it is done after the job that is under way and in its
// commit, and those it passes are done all the same, in their order.
func TestAStopDoesNotWaitInLine(t *testing.T) {
	l := open(t)
	var mu sync.Mutex
	var order []string
	did := func(what string) func(*tx) error {
		return func(*tx) error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, what)
			return nil
		}
	}
	begun, goOn := make(chan struct{}), make(chan struct{})
	release := held(t, l)
	var all sync.WaitGroup
	put := func(what string, do func(*tx) error) {
		n := len(l.jobs)
		all.Go(func() {
			if err := l.write(context.Background(), do); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		})
		for len(l.jobs) <= n {
			if t.Context().Err() != nil {
				t.Fatal("the job does not come")
			}
		}
	}
	put("first", func(x *tx) error {
		close(begun)
		<-goOn
		return did("first")(x)
	})
	put("second", did("second"))
	put("third", did("third"))
	release()
	<-begun
	before := l.commits.Load()
	all.Go(func() {
		if _, err := l.writeFirst(context.Background(), did("stop")); err != nil {
			t.Error(err)
		}
	})
	for len(l.urgent) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the stop does not come")
		}
	}
	close(goOn)
	all.Wait()
	if want := []string{"first", "stop", "second", "third"}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
	if n := l.commits.Load() - before; n != 2 {
		t.Errorf("%d commits", n)
	}
}

// What a batch that was cut short had begun is undone or kept as a whole, and what it had
// not begun is done later.
func TestABatchThatIsCutShortFailsAlone(t *testing.T) {
	l := open(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	release := held(t, l)
	var all sync.WaitGroup
	errs := make([]error, 3)
	for i, do := range []func(*tx) error{
		func(x *tx) error { close(begun); <-goOn; return note("one")(x) },
		func(*tx) error { panic("a fault") },
		note("three"),
	} {
		all.Go(func() { errs[i] = l.write(context.Background(), do) })
		for len(l.jobs) <= i {
			if t.Context().Err() != nil {
				t.Fatal("the job does not come")
			}
		}
	}
	release()
	<-begun
	all.Go(func() { _, _ = l.writeFirst(context.Background(), note("stop")) })
	for len(l.urgent) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the stop does not come")
		}
	}
	close(goOn)
	all.Wait()
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("%v", errs)
	}
	records, err := l.Records(t.Context(), runner.RecordQuery{})
	var said []string
	for _, r := range records {
		said = append(said, r.Message)
	}
	if want := []string{"one", "stop", "three"}; err != nil || !slices.Equal(said, want) {
		t.Errorf("%q, %v; want %q", said, err, want)
	}
}

// A stop that came upon a batch which cannot be written does not fail with it.
func TestAStopDoesNotFailWithOthers(t *testing.T) {
	l := open(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	var lost, stopped error
	all.Go(func() {
		lost = l.write(context.Background(), func(x *tx) error {
			close(begun)
			<-goOn
			// SQLite looks at this at the commit, and refuses that.
			return errors.Join(x.script(`PRAGMA defer_foreign_keys = ON; INSERT INTO judgements (seq, verdict) VALUES (4711, '{}')`), note("lost")(x))
		})
	})
	<-begun
	all.Go(func() { _, stopped = l.writeFirst(context.Background(), note("stop")) })
	for len(l.urgent) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the stop does not come")
		}
	}
	close(goOn)
	all.Wait()
	if got := notes(t, l); lost == nil || stopped != nil || got != "stop" {
		t.Errorf("%v, %v, kept %q", lost, stopped, got)
	}
}
