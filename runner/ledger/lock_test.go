package ledger

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLocked: a look says whether a daemon is there, makes nothing, and keeps none from starting.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	want := func(says string, want bool) {
		t.Helper()
		if got, err := Locked(path); err != nil || got != want {
			t.Errorf("%s: %v, %v", says, got, err)
		}
	}
	want("before the first start", false)
	if _, err := os.Stat(path + ".lock"); err == nil {
		t.Error("a look made the file")
	}
	release, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	want("while a daemon runs", true)
	if _, err := Lock(path); err == nil {
		t.Error("two daemons work on one ledger")
	}
	release()
	want("after its end", false)
	if release, err = Lock(path); err != nil {
		t.Fatalf("after a look: %v", err)
	}
	release()
}
