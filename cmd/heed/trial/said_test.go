package trial

import (
	"path/filepath"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
)

// TestSaidIsMeasuredAsByTheLedger: an earlier text of a case is as like the intent's as the
// same text in the real ledger, whether it waits there or was done.
func TestSaidIsMeasuredAsByTheLedger(t *testing.T) {
	cfg := house(t, "house")
	tides, quakes := cfg.Bots[2], cfg.Bots[1]
	if tides.Name != "tides" || quakes.Name != "quakes" {
		t.Fatal("the house has other bots")
	}
	in := bots.Intent{V: 1, Type: "intent", ID: "the-case", Key: "the-case", Action: bots.Post, Text: "High tide today at the harbour: 14:32, and 4.1 m."}
	for _, text := range []string{"High tide today at the harbour: 14:32, and 4.1 m.", "At the harbour high tide is today at 14:32, and 4.1 m high.",
		"The ferry rests until noon: a storm is coming up the harbour today."} {
		for _, state := range []runner.State{runner.Waiting, runner.Doing} {
			l, err := ledger.Open(filepath.Join(t.TempDir(), "heed.db"), ledger.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			at := Noon.Add(-time.Hour)
			old := bots.Intent{V: 1, Type: "intent", ID: "old", Key: "said-1", Action: bots.Post, Text: text, ExpiresAt: Noon.Add(time.Hour)}
			stored, err := old.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Enter(t.Context(), []runner.Entry{{Bot: "quakes", At: at, Intent: old, Stored: stored}}); err != nil {
				t.Fatal(err)
			}
			if state == runner.Doing {
				b := quakes.Bot
				b.Mode = bots.Live
				_, passes, _ := guards.New("asked")
				p := guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "asked"}, Guard: passes}}}
				if turn, _, _, err := l.Decide(t.Context(), b, p, at); err != nil || turn.State != state {
					t.Fatalf("%+v, %v", turn, err)
				}
			}
			_, want, err := l.Peek(t.Context(), tides.Bot, tides.Pipeline, in, Noon)
			if err != nil {
				t.Fatal(err)
			}
			r := &reader{cfg: cfg, table: caseTable{Facts: freshTable()}}
			r.Bot, r.Intent = tides, in
			r.table.Facts.Said = []saidTable{{Text: text, Bot: "quakes", Ago: time.Hour, State: string(state)}}
			r.facts()
			found := func(all []guards.Alike) (a guards.Alike) {
				if len(all) > 0 {
					a = all[0]
				}
				return a
			}
			if got, want := found(r.Facts.Alike), found(want.Alike); got.Score != want.Score || got.Exact != want.Exact || got.State != want.State ||
				!got.At.Equal(want.At) || len(got.Shared) != len(want.Shared) {
				t.Errorf("%q, %s: a case measures\n%+v\nand the ledger\n%+v", text, state, got, want)
			}
		}
	}
}
