package ledger

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// likeKeys are the keys of the texts that are found like one that a bot wants now.
func likeKeys(t *testing.T, l *Ledger, key, text string) (keys []string) {
	t.Helper()
	enter(t, l, "asker", key, post(text))
	who := bots.Bot{Name: "asker", Mode: bots.Live, Actions: bots.Actions()}
	if _, ok, _, err := l.Decide(t.Context(), who, pipeline(guards.Needs{Alike: 720 * time.Hour}), t0); err != nil || !ok {
		t.Fatalf("no turn: %v", err)
	}
	c, err := l.Case(t.Context(), runner.Ref{Bot: "asker", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range c.Facts.Alike {
		if a.Exact {
			keys = append(keys, a.Key)
		}
	}
	slices.Sort(keys)
	return keys
}

// While texts are read at the start, the ledger works: what is entered, ends or is wiped
// meanwhile counts as it stands afterwards.
func TestTextsAreReadBesideTheWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	l, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	who := bots.Bot{Name: "tides", Mode: bots.Live, Actions: bots.Actions()}
	makes := func(l *Ledger, key, text, id string) {
		t.Helper()
		enter(t, l, "tides", key, post(text))
		turn, ok, _, err := l.Decide(t.Context(), who, pipeline(guards.Needs{}), t0)
		if err != nil || !ok {
			t.Fatalf("no turn: %v", err)
		}
		if err := l.Settle(t.Context(), runner.Closing{Seq: turn.Seq, At: t0, State: runner.Done,
			Answer: runner.Answer{Outcome: runner.Landed, PostID: bots.PostID(id)}}); err != nil {
			t.Fatal(err)
		}
	}
	const stays, wiped, late = "High water at noon over the old harbour bar", "The ferry to the island leaves an hour later", "Fog lies upon the eastern approach this morning"
	id := func(n int) string { return bots.SnowflakeAt(t0.Add(time.Duration(n) * time.Second)) }
	makes(l, "stays", stays, id(1))
	makes(l, "wiped", wiped, id(2))
	makes(l, "late wiped", "Ice drifts past the northern light tonight", id(3))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	l = openAt(t, path, Options{})
	if err := l.write(t.Context(), func(t *tx) error { t.l.texts.awaited = true; return nil }); err != nil {
		t.Fatal(err)
	}
	x, upTo, err := l.readBeside(t.Context(), t0)
	if err != nil || len(x.about) != 3 {
		t.Fatalf("%d texts read, %v", len(x.about), err)
	}
	makes(l, "late", late, id(4))
	if err := l.Deleted(t.Context(), "tides", bots.PostID(id(2)), t0); err != nil {
		t.Fatal(err)
	}
	if err := l.takeTexts(t.Context(), x, upTo, t0); err != nil {
		t.Fatal(err)
	}
	if got := likeKeys(t, l, "a", stays); !slices.Equal(got, []string{"stays"}) {
		t.Errorf("of what was there: %v", got)
	}
	if got := likeKeys(t, l, "b", late); !slices.Equal(got, []string{"late"}) {
		t.Errorf("of what was done meanwhile: %v", got)
	}
	if got := likeKeys(t, l, "c", wiped); len(got) != 0 {
		t.Errorf("what was wiped meanwhile is still compared: %v", got)
	}
	if err := l.Deleted(t.Context(), "tides", bots.PostID(id(3)), t0); err != nil {
		t.Fatal(err)
	}
	if got := likeKeys(t, l, "d", "Ice drifts past the northern light tonight"); len(got) != 0 {
		t.Errorf("what was wiped afterwards is still compared: %v", got)
	}
}

// A start reads the same texts by Recover as by the first turn.
func TestRecoverReadsTheTexts(t *testing.T) {
	path := filled(t)
	l, other := openAt(t, path, Options{}), openAt(t, path, Options{})
	if _, err := l.Recover(t.Context(), t0); err != nil {
		t.Fatal(err)
	}
	if err := other.write(t.Context(), func(x *tx) error { return x.ensureTexts(t0) }); err != nil {
		t.Fatal(err)
	}
	if !l.texts.loaded || len(l.texts.about) < 50 || !maps.Equal(l.texts.about, other.texts.about) {
		t.Fatalf("%d texts by Recover, %d by a turn", len(l.texts.about), len(other.texts.about))
	}
	before := l.texts
	if err := l.loadTexts(t.Context(), t0); err != nil || l.texts != before {
		t.Fatalf("they were read again: %v", err)
	}
}
