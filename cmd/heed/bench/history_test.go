package bench

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"heed/guards"
	"heed/runner"
)

// tiny is a history that a test has time for.
const tiny = 0.0002

func TestHistory(t *testing.T) {
	figures, err := history(t.Context(), Options{Dir: t.TempDir(), Scale: tiny, Say: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	cases, targets := map[string]int{}, 0
	for _, f := range figures {
		cases[f.Case]++
		if f.Bench != "history" || f.Value <= 0 || f.Unit == "" {
			t.Errorf("no figure: %+v", f)
		}
		if f.Target != "" {
			targets++
			if !strings.HasPrefix(f.Name, "done/") || f.Met == nil {
				t.Errorf("a target of another kind: %+v", f)
			}
		}
	}
	if len(cases) != 3 || targets != 2 {
		t.Errorf("cases %v with %d targets", cases, targets)
	}
}

// The past of the story is one that heed itself finds in order, and the story goes on
// after it under every guard.
func TestThePastOfTheStoryHolds(t *testing.T) {
	s := story{bots: 4, people: leastPeople}
	dir := t.TempDir()
	cases, err := s.cases(t.Context(), filepath.Join(dir, "cases.db"))
	if err != nil {
		t.Fatal(err)
	}
	acts := s.bots * storyTurn * 20
	h := &house{story: s, acts: acts, first: 10 * acts, path: filepath.Join(dir, "heed.db")}
	if err := h.fill(t.Context(), cases, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := h.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.ledger.Close(); err != nil {
			t.Error(err)
		}
	}()
	for range 2 {
		if err := h.round(t.Context(), s.bots*storyTurn, true); err != nil {
			t.Fatal(err)
		}
	}
	audit, err := h.ledger.Verify(t.Context(), nil)
	if err != nil || audit.Count > 0 || audit.Intents < int64(acts) || audit.States != int64(s.people) {
		t.Fatalf("%+v, %v", audit, err)
	}
	past, err := h.ledger.Case(t.Context(), runner.Ref{Bot: storyBot(0).Name, Key: "r-" + strconv.Itoa(h.first-acts)})
	if err != nil || past.State != runner.Done || past.Verdict == nil || past.Verdict.Effect != guards.Allow || past.Facts == nil {
		t.Fatalf("an act of the past: %+v, %v", past, err)
	}
	who, err := h.ledger.People(t.Context(), runner.PeopleQuery{User: storyPerson(0)})
	if err != nil || len(who) != 1 || who[0].Kind != "opt_out" {
		t.Fatalf("who opted out: %+v, %v", who, err)
	}
}
