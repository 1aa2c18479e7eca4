package trial

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"heed/bots"
	"heed/guards"
	"heed/runner/ledger"
)

// TestFreshIsWhatAFreshLedgerSays: a case that says nothing is judged as the real ledger of
// a house that has just been set up has it judged: the same findings of the same guards.
func TestFreshIsWhatAFreshLedgerSays(t *testing.T) {
	for _, name := range []string{"house", "enterprise"} {
		cfg := house(t, name)
		l, err := ledger.Open(filepath.Join(t.TempDir(), "heed.db"), ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		for i, b := range cfg.Bots {
			id := b.UserID
			if id == "" {
				id = standIn(i)
			}
			p := guards.Profile{UserID: id, Handle: b.Handle, Bio: guards.BioToPaste(b.Bot, guards.Profile{}), Automated: true, CheckedAt: Noon, Counted: true}
			if err := l.SetProfile(t.Context(), b.Name, p); err != nil {
				t.Fatal(err)
			}
			if err := l.InboxRead(t.Context(), b.Name, "c", Noon); err != nil {
				t.Fatal(err)
			}
		}
		for _, b := range cfg.Bots {
			for _, a := range bots.Actions() {
				r := &reader{cfg: cfg, table: caseTable{Facts: freshTable()}}
				r.Bot = b
				r.Intent = bots.Intent{V: 1, Type: "intent", ID: "the-case", Key: "the-case", Action: a}
				if a.Writes() {
					r.Intent.Text = "High tide today: 14:32 (4.1 m), by @lighthouse."
				}
				if a.OnUser() {
					r.Intent.Target.UserID = "42"
				} else if a.Targeted() {
					r.Intent.Target.PostID = "1857"
				}
				r.facts()
				want, _, err := l.Peek(t.Context(), b.Bot, b.Pipeline, r.Intent, Noon)
				if err != nil {
					t.Fatal(err)
				}
				if got := r.Judge().Verdict; told(t, got) != told(t, want) {
					t.Errorf("%s of %s: a case says\n%s\nand the ledger\n%s", a, b.Name, told(t, got), told(t, want))
				}
			}
		}
	}
}

func told(t *testing.T, v guards.Verdict) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
