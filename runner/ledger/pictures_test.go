package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// showing is an entry with one file of these bytes.
func showing(t testing.TB, bot, key, content string, now time.Time) runner.Entry {
	t.Helper()
	in := post("about " + key)
	in.Media = []bots.Media{{Path: "p.png", Alt: "a"}}
	e := entryOf(t, bot, key, in, now)
	e.Media = []runner.Media{{Picture: guards.Picture{SHA256: bots.Hash([]byte(content)), Type: "image/png", Bytes: 9}, Views: []byte("looks of " + content)}}
	return e
}

func show(t testing.TB, l *Ledger, bot, key, content string, now time.Time) {
	t.Helper()
	if _, err := l.Enter(t.Context(), []runner.Entry{showing(t, bot, key, content, now)}); err != nil {
		t.Fatal(err)
	}
}

// seenBy peeks at what an entered intent's guards would be shown.
func seenBy(t testing.TB, l *Ledger, bot, key string, now time.Time) (keys []string) {
	t.Helper()
	c, err := l.Case(t.Context(), runner.Ref{Bot: bot, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	_, f, err := l.Peek(t.Context(), bots.Bot{Name: bot, Mode: bots.Live}, pipeline(guards.Needs{Seen: 2000 * time.Hour}), c.Intent, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Seen {
		keys = append(keys, s.Key)
	}
	return keys
}

func countOf(t testing.TB, l *Ledger, text string) (n int) {
	t.Helper()
	err := l.read(t.Context(), func(c *conn) (err error) {
		n, err = askInt(c, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSweepForgetsPictures(t *testing.T) {
	l := open(t)
	show(t, l, "waves", "old", "pier", t0)
	land(t, l, "waves", t0, needy{})
	show(t, l, "waves", "young", "pier", t0.Add(700*time.Hour))
	land(t, l, "waves", t0.Add(700*time.Hour), needy{})
	show(t, l, "tides", "k", "pier", t0.Add(700*time.Hour))
	now := t0.Add(701 * time.Hour)
	if keys := seenBy(t, l, "tides", "k", now); fmt.Sprint(keys) != "[young old]" {
		t.Fatalf("seen %v", keys)
	}
	sweepAll(t, l, t0.Add(721*time.Hour))
	for range 2 {
		if keys := seenBy(t, l, "tides", "k", now); fmt.Sprint(keys) != "[young]" {
			t.Fatalf("seen %v after the sweep", keys)
		}
		if n := countOf(t, l, `SELECT count(*) FROM pictures`); n != 2 || len(l.texts.looks.about) != 2 {
			t.Fatalf("%d rows, %d in memory", n, len(l.texts.looks.about))
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = openAt(t, l.path, Options{})
	}
}

// The views of what will not be shown are gone; of what may still be, they are kept.
func TestViewsFollowTheState(t *testing.T) {
	l := open(t)
	ends := map[string]guards.Finding{"denied": guards.Denied("t.n", "n", ""), "held": guards.Held("t.h", "h", ""),
		"deferred": guards.Deferred("t.d", "d", "", t0.Add(time.Hour)), "allowed": guards.Pass()}
	for bot, f := range ends {
		show(t, l, bot, "k", bot, t0)
		p := guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "g"}, Guard: finding{f}}}}
		if _, ok, _, err := l.Decide(t.Context(), bots.Bot{Name: bot, Mode: bots.Live}, p, t0); !ok || err != nil {
			t.Fatal(ok, err)
		}
		want := 1
		if bot == "denied" {
			want = 0
		}
		if n := countOf(t, l, `SELECT count(*) FROM pictures WHERE views IS NOT NULL AND bot = '`+bot+`'`); n != want {
			t.Errorf("%s: %d with views", bot, n)
		}
		if n := countOf(t, l, `SELECT count(*) FROM pictures WHERE sha256 <> '' AND bot = '`+bot+`'`); n != 1 {
			t.Errorf("%s: the picture is not kept", bot)
		}
	}
	in := bots.Intent{Action: bots.DM, Text: "hi", Target: bots.Target{UserID: "42"}, Media: []bots.Media{{Path: "p", Alt: "a"}}}
	e := entryOf(t, "tides", "dm", in, t0)
	e.Media = []runner.Media{{Picture: guards.Picture{SHA256: "ab"}}}
	if _, err := l.Enter(t.Context(), []runner.Entry{e}); err != nil {
		t.Fatal(err)
	}
	land(t, l, "tides", t0, needy{})
	if n := countOf(t, l, `SELECT count(*) FROM pictures WHERE bot = 'tides'`); n != 0 {
		t.Errorf("P7: a message's picture outlives it")
	}
}

type finding struct{ f guards.Finding }

func (finding) Check() []string                                  { return nil }
func (finding) Needs(bots.Intent) guards.Needs                   { return guards.Needs{} }
func (x finding) Judge(bots.Intent, guards.Facts) guards.Finding { return x.f }

func TestRolledBackPicturesAreForgotten(t *testing.T) {
	l := open(t)
	if _, err := l.Recover(t.Context(), t0); err != nil {
		t.Fatal(err)
	}
	oops := errors.New("oops")
	show(t, l, "waves", "kept", "pier", t0)
	for _, err := range together(t, l,
		func(x *tx) error {
			_, err := x.enter(showing(t, "waves", "gone", "pier", t0))
			return errors.Join(err, oops)
		},
		func(x *tx) error {
			it, err := find(x.conn, runner.Ref{Bot: "waves", Key: "kept"})
			if err != nil {
				return err
			}
			return errors.Join(x.end(it, runner.Cancelled, t0, runner.RecOutcome, "t", "t"), oops)
		}) {
		if !errors.Is(err, oops) {
			t.Fatal(err)
		}
	}
	show(t, l, "tides", "k", "pier", t0)
	if keys := seenBy(t, l, "tides", "k", t0.Add(time.Hour)); fmt.Sprint(keys) != "[kept]" {
		t.Fatalf("seen %v", keys)
	}
	if n := len(l.texts.looks.about); n != 2 {
		t.Fatalf("%d pictures in memory", n)
	}
}

func TestLooksAreBounded(t *testing.T) {
	x := newLooks()
	for seq := range int64(5000) {
		for file := range 4 {
			x.add(seq, file, aText{bot: "b", in: acted, at: seq}, []byte("v"))
		}
		if seq%2 == 0 {
			x.drop(seq)
		}
		x.shrink(400)
	}
	if _, ok := x.about[4999]; !ok || x.n > 400 || len(x.about) != 100 || len(x.queue) > 2000 {
		t.Fatalf("%d pictures of %d intents, a queue of %d", x.n, len(x.about), len(x.queue))
	}
	if _, ok := x.about[4001]; ok {
		t.Fatal("an old one is kept")
	}
}

// Pictures that another process entered or ended are known in the next decision.
func TestPicturesOfAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, path, Options{})
	if _, err := l.Recover(t.Context(), t0); err != nil {
		t.Fatal(err)
	}
	show(t, l, "waves", "old", "pier", t0)
	show(t, l, "tides", "k", "pier", t0.Add(time.Hour))
	if keys := seenBy(t, l, "tides", "k", t0.Add(2*time.Hour)); fmt.Sprint(keys) != "[old]" {
		t.Fatalf("seen %v", keys)
	}
	other := openAt(t, path, Options{Trust: true}) // another connection: as another process
	if err := other.Reject(t.Context(), runner.Ref{Bot: "waves", Key: "old"}, "ann", "", t0); err != nil {
		t.Fatal(err)
	}
	if keys := seenBy(t, l, "tides", "k", t0.Add(2*time.Hour)); keys != nil {
		t.Fatalf("seen %v", keys)
	}
	if n := len(l.texts.looks.about); n != 1 {
		t.Fatalf("%d pictures in memory", n)
	}
}
