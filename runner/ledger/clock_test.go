package ledger

import (
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// TestP3AnOptOutAtTheDeskIsTheNewestWord: the machine's clock may be behind X's, and a
// START that was said before the opt-out must not take it back, also when it is read later.
func TestP3AnOptOutAtTheDeskIsTheNewestWord(t *testing.T) {
	l := open(t)
	x := time.Date(2026, 11, 8, 11, 0, 0, 0, time.UTC) // X's clock, as what people say shows it
	hear := func(event string, from bots.UserID, at time.Time, m runner.Meaning) {
		t.Helper()
		_, err := l.Hear(t.Context(), runner.Heard{Invitation: guards.Invitation{Event: event, Kind: guards.ByDM, Bot: "tides", From: from, At: at, Summons: true},
			Word: runner.Word{Meaning: m, Scope: "tides"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	hear("dm:1", "9", x, runner.Nothing) // somebody else speaks
	if _, err := l.OptOut(t.Context(), "5", guards.Choice{At: x.Add(-3 * time.Hour), How: "cli", Scope: "*"}); err != nil {
		t.Fatal(err)
	}
	hear("dm:2", "5", x.Add(-time.Hour), runner.WantsIn)
	out := func() bool {
		t.Helper()
		rows, err := l.People(t.Context(), runner.PeopleQuery{User: "5", OptedOut: true})
		if err != nil {
			t.Fatal(err)
		}
		var p guards.Person
		err = l.read(t.Context(), func(c *conn) (err error) { p, err = person(c, "5", "tides"); return err })
		if err != nil {
			t.Fatal(err)
		}
		return len(rows) == 1 && p.OptOut != nil
	}
	if !out() {
		t.Error("an older START took the opt-out back")
	}
	hear("dm:3", "5", x.Add(3*time.Hour), runner.WantsIn)
	if out() {
		t.Error("a newer START does not bring them back")
	}
}
