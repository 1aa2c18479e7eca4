package ledger

import (
	"context"
	"errors"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

func TestUnendedCountsWhatHasNotEnded(t *testing.T) {
	l := unendedLedger(t)
	entry := func(bot, key string) runner.Entry {
		in := bots.Intent{V: 1, Type: "intent", ID: bot + key, Key: key, Action: bots.Post, Text: "hello " + key, ExpiresAt: time.Now().Add(time.Hour)}
		stored, err := in.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return runner.Entry{Bot: bot, At: time.Now(), Intent: in, Stored: stored, Key: key}
	}
	refused := runner.Entry{Bot: "tides", At: time.Now(), Key: "line", Refusal: "no intent"}
	if _, err := l.Enter(t.Context(), []runner.Entry{entry("tides", "a"), entry("tides", "b"), entry("quakes", "a"), refused}); err != nil {
		t.Fatal(err)
	}
	if err := l.Reject(t.Context(), runner.Ref{Bot: "tides", Key: "b"}, "ana", "", time.Now()); err != nil {
		t.Fatal(err)
	}
	got, err := l.Unended(t.Context())
	if err != nil || len(got) != 2 || got["tides"][runner.Waiting] != 1 || got["quakes"][runner.Waiting] != 1 || len(got["tides"]) != 1 {
		t.Errorf("%v %v", got, err)
	}
}

func TestAliveIsTheWritersAnswer(t *testing.T) {
	l := unendedLedger(t)
	if err := l.Alive(t.Context()); err != nil {
		t.Error(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Alive(over); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gave up: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Alive(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed ledger: %v", err)
	}
}

func unendedLedger(t *testing.T) *Ledger {
	t.Helper()
	l, err := Open(t.TempDir()+"/heed.db", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}
