package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// held keeps the writer busy until release is called, so that a test decides who shares a batch.
func held(t *testing.T, l *Ledger) (release func()) {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- l.write(context.Background(), func(*tx) error { close(begun); <-end; return nil })
	}()
	<-begun
	return func() {
		close(end)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// together runs all jobs in one batch, in their order.
func together(t *testing.T, l *Ledger, jobs ...func(*tx) error) []error {
	t.Helper()
	release := held(t, l)
	errs := make([]error, len(jobs))
	var wg sync.WaitGroup
	for i, do := range jobs {
		wg.Go(func() { errs[i] = l.write(context.Background(), do) })
		for len(l.jobs) <= i { // in line before the next one comes
			select {
			case <-t.Context().Done():
				t.Fatal("the job does not come")
			default:
			}
		}
	}
	before := l.commits.Load()
	release()
	wg.Wait()
	if n := l.commits.Load() - before; n > 2 {
		t.Fatalf("%d commits", n)
	}
	return errs
}

func note(text string) func(*tx) error {
	return func(t *tx) error { return t.log(0, runner.Record{At: t0, Kind: runner.RecNotice, Message: text}) }
}

func notes(t *testing.T, l *Ledger) string {
	t.Helper()
	rs, err := l.Records(t.Context(), runner.RecordQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range rs {
		all = append(all, r.Message)
	}
	return strings.Join(all, " ")
}

func TestGroupCommit(t *testing.T) {
	l := open(t)
	const callers, each = 64, 20
	var wg sync.WaitGroup
	var failed atomic.Int64
	for i := range callers {
		wg.Go(func() {
			for j := range each {
				e := entryOf(t, fmt.Sprint("bot", i), fmt.Sprint(j), post("x"), t0)
				if out, err := l.Enter(t.Context(), []runner.Entry{e}); err != nil || out[0].Twice {
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	all, err := l.Waiting(t.Context(), nil, "", 10000)
	if err != nil || len(all) != callers*each || failed.Load() != 0 {
		t.Fatalf("%d intents, %d failed, %v", len(all), failed.Load(), err)
	}
	if n := l.commits.Load(); n > callers*each/4 {
		t.Fatalf("%d commits for %d writes", n, callers*each)
	}
}

func TestOneFailedJobIsRolledBackAlone(t *testing.T) {
	l := open(t)
	oops := errors.New("oops")
	errs := together(t, l, note("a"),
		func(t *tx) error { return errors.Join(note("b")(t), oops) },
		note("c"),
		func(t *tx) error { note("d")(t); panic("a fault") },
		func(t *tx) error {
			if err := t.put(lineOf(runner.Record{At: t0, Kind: runner.RecHalt})); err != nil {
				return err
			}
			return t.put(&line{kind: "x"})
		}, // at is missing
		note("e"))
	for i, bad := range []bool{false, true, false, true, true, false} {
		if (errs[i] != nil) != bad {
			t.Errorf("job %d: %v", i, errs[i])
		}
	}
	if !errors.Is(errs[1], oops) || !strings.Contains(errs[3].Error(), "a fault") {
		t.Errorf("errors %v", errs)
	}
	if got := notes(t, l); got != "a c e" {
		t.Fatalf("kept %q", got)
	}
}

func TestRolledBackTextsAndHaltsAreForgotten(t *testing.T) {
	l := open(t)
	if _, err := l.Recover(t.Context(), t0); err != nil {
		t.Fatal(err)
	}
	oops := errors.New("oops")
	text := "The harbour wall will be closed for repairs from Tuesday morning"
	enter(t, l, "waves", "kept", post(text))
	errs := together(t, l,
		func(x *tx) error { // an intent that is entered, and rolled back
			_, err := x.enter(entryOf(t, "waves", "gone", post(text), t0))
			return errors.Join(err, oops)
		},
		func(x *tx) error { // an intent that is denied, and rolled back
			it, err := find(x.conn, runner.Ref{Bot: "waves", Key: "kept"})
			if err != nil {
				return err
			}
			return errors.Join(x.end(it, runner.Cancelled, t0, runner.RecOutcome, "t", "t"), oops)
		},
		func(x *tx) error {
			return errors.Join(x.halt(guards.Halt{Kind: guards.Halted, Scope: "*", At: t0}), oops)
		})
	for _, err := range errs {
		if !errors.Is(err, oops) {
			t.Fatal(err)
		}
	}
	p := guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "g"}, Guard: needy{guards.Needs{Alike: 1e15}}}}}
	_, f, err := l.Peek(t.Context(), bots.Bot{Name: "tides", Mode: bots.Live}, p, entryOf(t, "tides", "k", post(text), t0).Intent, t0)
	if err != nil || len(f.Alike) != 1 || f.Alike[0].Key != "kept" || len(f.Halts) != 0 {
		t.Fatalf("alike %+v, halts %+v, %v", f.Alike, f.Halts, err)
	}
}

// needy is a guard that asks for facts and has no objection.
type needy struct{ needs guards.Needs }

func (needy) Check() []string                                { return nil }
func (n needy) Needs(bots.Intent) guards.Needs               { return n.needs }
func (needy) Judge(bots.Intent, guards.Facts) guards.Finding { return guards.Pass() }
func pipeline(n guards.Needs) (p guards.Pipeline) {
	p.Stations = []guards.Station{{Rule: guards.Rule{Name: "g"}, Guard: needy{n}}}
	return p
}

// One batch holds an opt-out and the decisions before and after it (promise P3).
func TestP3OptOutInTheSameCommit(t *testing.T) {
	l := open(t)
	dm := bots.Intent{Action: bots.DM, Text: "hi", Target: bots.Target{UserID: "42"}}
	for _, b := range []string{"a", "b"} {
		enter(t, l, b, "k", dm)
	}
	p := guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "g"}, Guard: heeding{}}}}
	var before, after runner.Turn
	var r runner.Receipt
	decide := func(into *runner.Turn, bot string) func(*tx) error {
		return func(x *tx) error {
			it, err := x.nextFor(bot)
			if err != nil || it == nil {
				return err
			}
			*into, err = x.turn(bots.Bot{Name: bot, Mode: bots.Live}, p, it, t0)
			return err
		}
	}
	var late runner.Turn
	for _, err := range together(t, l, decide(&before, "a"),
		func(x *tx) (err error) {
			r, err = x.optedOut("42", guards.Choice{At: t0, How: "cli", Scope: "*"})
			return err
		},
		decide(&after, "b"),
		func(x *tx) error { _, err := x.enter(entryOf(t, "c", "k", dm, t0)); return err },
		decide(&late, "c")) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if before.State != runner.Doing || len(r.Cancelled) != 1 || after.State != "" || late.State != runner.Denied {
		t.Fatalf("before %s, recalled %d, after %q, late %s", before.State, len(r.Cancelled), after.State, late.State)
	}
}

type heeding struct{}

func (heeding) Check() []string                { return nil }
func (heeding) Needs(bots.Intent) guards.Needs { return guards.Needs{Contacts: true} }
func (heeding) Judge(_ bots.Intent, f guards.Facts) guards.Finding {
	if len(f.Contacts) != 1 || f.Contacts[0].OptOut != nil {
		return guards.Denied("t.opted_out", "opted out", "none")
	}
	return guards.Pass()
}

func TestCallerWhoGaveUpWritesNothing(t *testing.T) {
	l := open(t)
	release := held(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.write(ctx, note("never")) }()
	for len(l.jobs) == 0 {
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	release()
	if err := l.write(t.Context(), note("after")); err != nil {
		t.Fatal(err)
	}
	if got := notes(t, l); got != "after" {
		t.Fatalf("kept %q", got)
	}
}

func TestClosedLedgerSaysSo(t *testing.T) {
	l := open(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Note(t.Context(), runner.Record{At: t0, Kind: runner.RecNotice}); !errors.Is(err, ErrClosed) {
		t.Fatalf("write: %v", err)
	}
	if _, err := l.Halts(t.Context(), t0); !errors.Is(err, ErrClosed) {
		t.Fatalf("read: %v", err)
	}
}

// A full disk: errors at once, nothing half written, and it works again when there is room.
func TestP9FullDisk(t *testing.T) {
	l := open(t)
	enter(t, l, "tides", "before", post("x"))
	pages := func(most string) {
		t.Helper()
		err := l.write(t.Context(), func(x *tx) error { _, err := x.ask(`PRAGMA max_page_count = ` + most); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	used, err := l.conn.ask(`PRAGMA page_count`)
	if err != nil {
		t.Fatal(err)
	}
	pages(fmt.Sprint(used))
	var full error
	kept := 0
	for i := 0; full == nil && i < 5000; i++ {
		e := entryOf(t, "tides", fmt.Sprint("k", i), post(strings.Repeat("water ", 300)), t0)
		if _, full = l.Enter(t.Context(), []runner.Entry{e}); full == nil {
			kept++
		}
	}
	if full == nil || !strings.Contains(full.Error(), "make room on the disk") {
		t.Fatalf("error %v", full)
	}
	turn, ok, _, err := l.Decide(t.Context(), bots.Bot{Name: "tides", Mode: bots.Live}, pipeline(guards.Needs{}), t0)
	if err == nil { // a claim may still fit into a page that has room; then it is a whole one
		if c, err := l.Case(t.Context(), runner.Ref{Bot: "tides", Key: turn.Key}); !ok || err != nil || c.State != runner.Doing || c.Verdict == nil {
			t.Fatalf("half a claim: %+v, %v", c, err)
		}
	} else if ok {
		t.Fatal("a turn that was not written")
	}
	all, err := l.Waiting(t.Context(), nil, "", 10000)
	if err != nil || len(all) != kept+1 {
		t.Fatalf("%d intents, not %d, %v", len(all), kept+1, err)
	}
	pages("1000000")
	enter(t, l, "tides", "after", post("x"))
	if v, err := l.conn.ask(`PRAGMA integrity_check`); err != nil || v != "ok" {
		t.Fatalf("integrity %v, %v", v, err)
	}
}
