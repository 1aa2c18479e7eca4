package ledger

import (
	"path/filepath"
	"testing"

	"heed/runner"
	"heed/runner/ledger/ledgertest"
)

// open gives a ledger on a file of its own.
func open(t testing.TB) *Ledger {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "state", "heed.db"), Options{})
}

func openAt(t testing.TB, path string, o Options) *Ledger {
	t.Helper()
	l, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l
}

func TestConformance(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T) (runner.Ledger, runner.Desk, ledgertest.Reopen) {
		l := open(t)
		return l, l, func() (runner.Ledger, runner.Desk) {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = openAt(t, l.path, Options{})
			return l, l
		}
	})
}
