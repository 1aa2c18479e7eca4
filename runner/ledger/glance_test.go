package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// TestGlance: a look in passing sees what a running ledger has written, makes nothing where
// there is nothing, and changes no byte of a file that nobody has open.
func TestGlance(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	if _, err := Glance(path, ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("a look has made the file")
	}
	l, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for i := range MostGlimpses + 5 {
		in := bots.Intent{ID: fmt.Sprintf("id-%d", i), Key: fmt.Sprintf("k%04d", i), Action: bots.Post, Text: "x", ExpiresAt: at.Add(time.Hour), Hold: i == 0}
		stored, err := in.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Enter(t.Context(), []runner.Entry{{Bot: "tides", At: at, Intent: in, Stored: stored}}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if turn, _, _, err := l.Decide(t.Context(), bots.Bot{Name: "tides", Mode: bots.Live}, guards.Default(), at); err != nil || turn.State == runner.Doing {
				t.Fatalf("%+v, %v", turn, err)
			}
		}
	}
	want := func(in runner.State, n int, newest string) {
		t.Helper()
		got, err := Glance(path, in)
		if err != nil || len(got) != n || n > 0 && (got[0].Key != newest || got[0].Bot != "tides" || got[0].Action != bots.Post) {
			t.Errorf("in %q: %d, %v, %v", in, len(got), got[:min(1, len(got))], err)
		}
	}
	last := fmt.Sprintf("k%04d", MostGlimpses+4)
	want("", MostGlimpses, last)
	want(runner.Waiting, MostGlimpses, last)
	want(runner.Done, 0, "")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want("", MostGlimpses, last)
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("a look has changed the file: %v", err)
	}
	if loggedPages(path) {
		t.Error("a look has left a log of pages")
	}
	if l, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("no ledger at all, but long enough to be taken for one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Glance(path, ""); err == nil || got != nil {
		t.Errorf("a file that is no ledger: %v, %v", got, err)
	}
}
