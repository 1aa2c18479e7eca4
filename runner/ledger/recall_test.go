package ledger

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// enterMany enters messages of a bot to one person.
func enterMany(t *testing.T, l *Ledger, bot string, person bots.UserID, n int, now time.Time) {
	t.Helper()
	var all []runner.Entry
	for i := range n {
		in := bots.Intent{Action: bots.DM, Text: "hi", Target: bots.Target{UserID: person}}
		all = append(all, entryOf(t, bot, fmt.Sprintf("%s-%d", person, i), in, now))
	}
	if _, err := l.Enter(t.Context(), all); err != nil {
		t.Fatal(err)
	}
}

// count says how many intents of a bot are in a state.
func count(t *testing.T, l *Ledger, bot string, s runner.State) int {
	t.Helper()
	all, err := l.Waiting(t.Context(), []runner.State{s}, bot, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func heedingPipeline() guards.Pipeline {
	return guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "g"}, Guard: heeding{}}}}
}

// A stop that recalls very many lets others in between; it binds them from its first
// transaction on, what is entered after it is judged, and its receipt has all of them.
func TestP3ALongRecallLetsOthersIn(t *testing.T) {
	l := open(t)
	const n = 3*recallStep + 7
	enterMany(t, l, "tides", "42", n, t0)
	enterMany(t, l, "tides", "43", 1, t0)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	var r runner.Receipt
	var turn runner.Turn
	all.Go(func() {
		err := l.write(context.Background(), func(*tx) error { close(begun); <-goOn; return nil })
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	all.Go(func() {
		var err error
		if r, err = l.OptOut(context.Background(), "42", guards.Choice{At: t0, How: "cli", Scope: "*"}); err != nil {
			t.Error(err)
		}
	})
	for len(l.urgent) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the stop does not come")
		}
	}
	all.Go(func() {
		var err error
		turn, _, _, err = l.Decide(context.Background(), bots.Bot{Name: "tides", Mode: bots.Live}, heedingPipeline(), t0)
		if err != nil {
			t.Error(err)
		}
	})
	for len(l.jobs) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the turn does not come")
		}
	}
	close(goOn)
	all.Wait()
	if turn.State != runner.Denied {
		t.Errorf("a turn amid the recall: %s of %s", turn.State, turn.Key)
	}
	if len(r.Cancelled) != n-1 || !r.New {
		t.Fatalf("recalled %d of %d", len(r.Cancelled), n-1)
	}
	for i, c := range r.Cancelled {
		if i > 0 && c.Seq <= r.Cancelled[i-1].Seq || c.Intent.Target.UserID != "42" {
			t.Fatalf("%d: %+v", i, c)
		}
	}
	if c, w := count(t, l, "tides", runner.Cancelled), count(t, l, "tides", runner.Waiting); c != n-1 || w != 1 {
		t.Errorf("%d cancelled, %d waiting", c, w)
	}
	verified(t, l, nil)
}

// cutShort is a stop of a heed that died after its first transaction.
func cutShort(t *testing.T, path string, n int, do func(*tx) error) *Ledger {
	t.Helper()
	l := openAt(t, path, Options{})
	enterMany(t, l, "tides", "42", n, t0)
	enterMany(t, l, "tides", "43", 1, t0)
	must(t, l.write(t.Context(), func(x *tx) error {
		err := do(x)
		x.left = nil
		return err
	}))
	if got := count(t, l, "tides", runner.Cancelled); got != recallStep {
		t.Fatalf("the first step recalled %d", got)
	}
	must(t, l.Close())
	return openAt(t, path, Options{Trust: true})
}

// Death amid a recall: what is left is never sent, and is recalled at the next start.
func TestP3DeathAmidARecall(t *testing.T) {
	const n = 2*recallStep + 5
	l := cutShort(t, filepath.Join(t.TempDir(), "heed.db"), n, func(x *tx) error {
		_, err := x.optedOut("42", guards.Choice{At: t0.Add(time.Minute), How: "cli", Scope: "*"})
		return err
	})
	late := t0.Add(time.Hour)
	turn, ok, _, err := l.Decide(t.Context(), bots.Bot{Name: "tides", Mode: bots.Live}, heedingPipeline(), late)
	if err != nil || !ok || turn.State != runner.Denied {
		t.Fatalf("a turn of what is left: %+v, %v", turn, err)
	}
	enterMany(t, l, "waves", "42", 1, late) // after the stop: it is judged
	if _, err := l.Recover(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if c, w := count(t, l, "tides", runner.Cancelled), count(t, l, "tides", runner.Waiting); c != n-1 || w != 1 {
		t.Errorf("%d cancelled, %d waiting", c, w)
	}
	if w := count(t, l, "waves", runner.Waiting); w != 1 {
		t.Errorf("%d waiting of what was entered after the stop", w)
	}
	verified(t, l, nil)
}

// The same event again goes on with a recall that was cut short, and with no other: a bot
// that the person has asked back since keeps its intents.
func TestP3TheEventAgainGoesOnWithItsRecall(t *testing.T) {
	const n = 2*recallStep + 5
	said := runner.Heard{Invitation: guards.Invitation{Event: "e", Kind: guards.ByDM, Bot: "tides", From: "42", At: t0.Add(time.Minute)},
		Word: runner.Word{Meaning: runner.WantsOut, Rule: "stop", Scope: "*"}}
	first := func(x *tx) error { _, err := x.hear(said); return err }
	l := cutShort(t, filepath.Join(t.TempDir(), "heed.db"), n, first)
	r, err := l.Hear(t.Context(), said)
	if err != nil || r.New || len(r.Cancelled) != n-recallStep {
		t.Fatalf("new %v, recalled %d, %v", r.New, len(r.Cancelled), err)
	}
	if r, err = l.Hear(t.Context(), said); err != nil || r.Cancelled != nil {
		t.Fatalf("a third time recalled %d, %v", len(r.Cancelled), err)
	}

	l = cutShort(t, filepath.Join(t.TempDir(), "heed.db"), n, first)
	back := said
	back.Event, back.At, back.Word = "f", t0.Add(time.Hour), runner.Word{Meaning: runner.WantsIn, Rule: "start", Scope: "tides"}
	if _, err := l.Hear(t.Context(), back); err != nil {
		t.Fatal(err)
	}
	if r, err = l.Hear(t.Context(), said); err != nil || r.Cancelled != nil {
		t.Fatalf("after a START recalled %d, %v", len(r.Cancelled), err)
	}
}
