package ledger

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var tides = bots.Bot{Name: "tides", Mode: bots.Live}

func mention(event string, at time.Time, w runner.Word) runner.Heard {
	return runner.Heard{Word: w, Invitation: guards.Invitation{Event: event, Kind: guards.ByDM, Bot: "tides", From: "77", At: at, Summons: true}}
}

// A backup is told what may have been done since: nothing of it acts before it was looked
// for from its entering on, and every bot waits for a person.
func TestP4ARestoredLedgerActsOnNothingBlindly(t *testing.T) {
	path, copied := filepath.Join(t.TempDir(), "heed.db"), filepath.Join(t.TempDir(), "b.db")
	l := openAt(t, path, Options{})
	for _, h := range []string{"m1", "m2"} {
		_, err := l.Hear(t.Context(), mention(h, t0, runner.Word{}))
		must(t, err)
	}
	enter(t, l, "tides", "claimed", post("a"))
	enter(t, l, "tides", "landed", post("b"))
	for range 2 {
		turn, ok, _, err := l.Decide(t.Context(), tides, pipeline(guards.Needs{}), t0.Add(time.Second))
		if err != nil || !ok {
			t.Fatal(err, ok)
		}
		if turn.Key == "landed" {
			must(t, l.Settle(t.Context(), runner.Closing{Seq: turn.Seq, At: t0, State: runner.Done, Answer: runner.Answer{Outcome: runner.Landed}}))
		}
	}
	enter(t, l, "tides", "waiting", post("c"))
	enter(t, l, "tides", "answer", dmTo("77", "m1"))
	held := enter(t, l, "tides", "held", post("d"))
	must(t, l.write(t.Context(), func(t *tx) error {
		_, err := t.exec(putState, runner.Held, true, nil, 0, nil, false, "x", "x", held.Seq)
		return err
	}))
	_, err := MakeBackup(t.Context(), path, copied, t0.Add(time.Minute), BackupOptions{})
	must(t, err)
	enter(t, l, "tides", "later", post("e"))
	must(t, l.Close())

	now := t0.Add(time.Hour)
	r, err := Restore(path, copied, "ann", now, Options{})
	must(t, err)
	if r.Unknown != 4 || !r.Backup.At.Equal(t0.Add(time.Minute)) || len(r.Aside) != 1 || r.Unread != "" {
		t.Errorf("restored %+v", r)
	}
	l = openAt(t, path, Options{})
	for key, want := range map[string]runner.State{"claimed": runner.Unknown, "waiting": runner.Unknown, "answer": runner.Unknown, "held": runner.Unknown, "landed": runner.Done} {
		c, err := l.Case(t.Context(), runner.Ref{Bot: "tides", Key: key})
		if err != nil || c.State != want || want == runner.Unknown && key != "claimed" && !c.Since.Equal(t0) || c.Approval != nil {
			t.Errorf("%s is %s since %s, %v", key, c.State, c.Since, err)
		}
	}
	if _, ok, _, err := l.Decide(t.Context(), tides, pipeline(guards.Needs{}), now); ok || err != nil {
		t.Errorf("an intent of the backup got a turn, %v", err)
	}
	halts, err := l.Halts(t.Context(), now)
	if err != nil || len(halts) != 1 || halts[0].By != "restore" || halts[0].Kind != guards.Paused || halts[0].Scope != "*" || halts[0].Reason != r.Reason ||
		!strings.Contains(r.Reason, "2026-03-01T12:01:00Z") || len(r.Reason) > maxMessage-100 {
		t.Errorf("halts %+v, %v", halts, err)
	}
	if got := codes(t, l); !strings.Contains(got, "ledger.restored") || !strings.Contains(got, "halt.pause") {
		t.Errorf("records %s", got)
	}
	probesFirst(t, l, now)
	answersNothingOld(t, l, now)
}

// probesFirst: each is looked for at once, from its entering on, and what is not found is
// a person's to send.
func probesFirst(t *testing.T, l *Ledger, now time.Time) {
	t.Helper()
	needs := guards.Needs{Windows: []guards.Window{{Name: "w", Span: 10 * time.Minute, Limit: 9}}}
	_, f, err := l.Peek(t.Context(), tides, pipeline(needs), entryOf(t, "tides", "peeked", post("z"), now).Intent, now.Add(time.Minute))
	if err != nil || f.Used["w"].Count != 3 {
		t.Errorf("the window counts %d of the three that may have been done, %v", f.Used["w"].Count, err)
	}
	for n := range 4 {
		c, ok, _, err := l.Probe(t.Context(), "tides", now)
		if err != nil || !ok || c.Probes != 1 || c.Since.After(t0.Add(time.Second)) {
			t.Fatalf("look %d: %+v, %v", n, c, err)
		}
		must(t, l.Settle(t.Context(), runner.Closing{Seq: c.Seq, At: now, State: runner.Held, Code: "reconcile.absent"}))
	}
	if _, ok, _, _ := l.Probe(t.Context(), "tides", now); ok {
		t.Error("a fifth look")
	}
	if _, ok, _, err := l.Decide(t.Context(), tides, pipeline(guards.Needs{}), now); ok || err != nil {
		t.Errorf("what was not found got a turn, %v", err)
	}
	c, err := l.Case(t.Context(), runner.Ref{Bot: "tides", Key: "waiting"})
	must(t, err)
	must(t, l.Approve(t.Context(), runner.Ref{Bot: "tides", Key: "waiting"}, "ann", c.Hash, now))
	turn, ok, _, err := l.Decide(t.Context(), tides, pipeline(guards.Needs{}), now)
	if err != nil || !ok || turn.Key != "waiting" || turn.State != runner.Doing || turn.Attempts != 2 {
		t.Errorf("an approved one: %+v, %v", turn, err)
	}
}

// answersNothingOld: what was said before the restore may have been answered, and a START
// may have been taken back.
func answersNothingOld(t *testing.T, l *Ledger, now time.Time) {
	t.Helper()
	start := runner.Word{Meaning: runner.WantsIn, Scope: "tides", Rule: "en.start"}
	for event, at := range map[string]time.Time{"m3": now.Add(-time.Minute), "m4": now.Add(time.Minute)} {
		_, err := l.Hear(t.Context(), mention(event, at, start))
		must(t, err)
	}
	for event, spent := range map[string]string{"m1": "tides.answer", "m2": answeredPerhaps, "m3": answeredPerhaps, "m4": ""} {
		in := entryOf(t, "tides", "to "+event, dmTo("77", event), now).Intent
		_, f, err := l.Peek(t.Context(), tides, pipeline(guards.Needs{Cause: true}), in, now)
		if err != nil || f.Cause == nil || f.Cause.SpentBy != spent {
			t.Errorf("%s: %+v, %v", event, f.Cause, err)
		}
	}
	rows, err := l.People(t.Context(), runner.PeopleQuery{Consents: true})
	if err != nil || len(rows) != 1 || rows[0].Event != "m4" {
		t.Errorf("consents %+v, %v", rows, err)
	}
}

// Random houses: backed up while they live, lived on, damaged or not, restored. Whoever
// had said stop stays out, and whatever was not settled is looked for.
//
//	HEED_RESTORES=500 go test -run TestP3P4ARestoredLedgerKeepsOptOuts ./runner/ledger
func TestP3P4ARestoredLedgerKeepsOptOuts(t *testing.T) {
	rounds := envCount("HEED_RESTORES", 12)
	outs, unknown, damages := 0, 0, 0
	for seed := range uint64(rounds) {
		path, copied := filepath.Join(t.TempDir(), "heed.db"), filepath.Join(t.TempDir(), "b.db")
		rnd := rand.New(rand.NewPCG(seed, 11))
		l := openAt(t, path, Options{})
		live(t, l, rnd, "a")
		_, err := MakeBackup(t.Context(), path, copied, t0, BackupOptions{})
		must(t, err)
		live(t, l, rnd, "b")
		want, _ := stands(t, l)
		must(t, l.Close())
		switch rnd.IntN(4) {
		case 0:
			must(t, os.Remove(path+outsSuffix)) // then the ledger that is replaced tells
		case 1:
			must(t, os.WriteFile(path, []byte(strings.Repeat("no database ", 999)), 0o600)) // then the journal does
			damages++
		case 2:
			must(t, os.Remove(path))
			damages++
		}
		r, err := Restore(path, copied, "ann", t0.Add(time.Hour), Options{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		l = openAt(t, path, Options{})
		verified(t, l, nil)
		got, paused := stands(t, l)
		if !paused {
			t.Fatalf("seed %d: nothing is paused", seed)
		}
		have := strings.Split(got, ", ")
		for _, p := range strings.Split(want, ", ") {
			if !slices.Contains(have, p) {
				t.Fatalf("seed %d: %s is forgotten; in force are %s", seed, p, got)
			}
			outs++
		}
		open, err := l.Waiting(t.Context(), []runner.State{runner.Waiting, runner.Deferred, runner.Held, runner.Doing}, "", 1000)
		if err != nil || len(open) != 0 {
			t.Fatalf("seed %d: %d would act unseen, %v", seed, len(open), err)
		}
		unknown += r.Unknown
	}
	t.Attr("restores", fmt.Sprint(rounds))
	t.Attr("damages", fmt.Sprint(damages))
	t.Attr("opt_outs", fmt.Sprint(outs))
	t.Attr("looked_up", fmt.Sprint(unknown))
	t.Attr("lost", "0")
}

// live does at random what people, bots and the desk do.
func live(t *testing.T, l *Ledger, rnd *rand.Rand, era string) {
	t.Helper()
	for i := range 20 + rnd.IntN(20) {
		at := t0.Add(time.Duration(i) * time.Second)
		who, scope := bots.UserID(fmt.Sprint(40+rnd.IntN(8))), []string{"*", "tides", "waves"}[rnd.IntN(3)]
		switch rnd.IntN(6) {
		case 0, 1:
			stop(t, l, who, scope, at)
		case 2:
			_ = l.Forgive(t.Context(), who, scope, "ann", "asked", at)
		case 3:
			h := mention(fmt.Sprint(era, i), at, runner.Word{Meaning: []runner.Meaning{runner.WantsIn, runner.WantsOut, runner.MaybeOut}[rnd.IntN(3)], Scope: scope, Rule: "en.x"})
			h.From = who
			h.Signs.Blocks = rnd.IntN(5) == 0
			_, err := l.Hear(t.Context(), h)
			must(t, err)
		case 4:
			enter(t, l, "tides", fmt.Sprint(era, i), dmTo(who, ""))
		default:
			turn, ok, _, err := l.Decide(t.Context(), tides, pipeline(guards.Needs{}), at)
			must(t, err)
			if ok && rnd.IntN(2) == 0 {
				must(t, l.Settle(t.Context(), runner.Closing{Seq: turn.Seq, At: at, State: []runner.State{runner.Done, runner.Unknown}[rnd.IntN(2)]}))
			}
		}
	}
}

func TestRestoreRefusesAndKeepsWhatWasThere(t *testing.T) {
	path, copied := filled(t), filepath.Join(t.TempDir(), "b.db")
	_, err := MakeBackup(t.Context(), path, copied, t0, BackupOptions{})
	must(t, err)
	release, err := Lock(path)
	must(t, err)
	if _, err := Restore(path, copied, "ann", t0, Options{}); err == nil || !strings.Contains(err.Error(), "another daemon works on") {
		t.Errorf("beside a daemon: %v", err)
	}
	release()
	if _, err := Restore(path, path, "ann", t0, Options{}); err == nil || !strings.Contains(err.Error(), "the ledger itself") {
		t.Errorf("from itself: %v", err)
	}
	must(t, os.WriteFile(path, []byte("damaged"), 0o600))
	must(t, os.WriteFile(path+"-wal", []byte("log"), 0o600))
	for n := range 2 {
		r, err := Restore(path, copied, "ann", t0, Options{})
		must(t, err)
		if n == 0 {
			aside := path + ".before-restore-20260301T120000Z"
			for file, want := range map[string]string{aside: "damaged", aside + "-wal": "log"} {
				if b, err := os.ReadFile(file); err != nil || string(b) != want {
					t.Errorf("%s: %q, %v", file, b, err)
				}
			}
			if r.Unread == "" {
				t.Error("nothing is said of the ledger that could not be read")
			}
		} else if len(r.Aside) != 1 || !strings.HasSuffix(r.Aside[0], "Z-2") {
			t.Errorf("a second restore in one second: %v", r.Aside)
		}
	}
	back, err := Restore(path, path+".before-restore-20260301T120000Z-2", "ann", t0.Add(time.Hour), Options{})
	if err != nil || back.Backup.Intents != 200 {
		t.Errorf("back again: %+v, %v", back, err)
	}
	left, _ := filepath.Glob(path + "*part*")
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A restore that died between its renames is told of, and done by the next one.
func TestARestoreThatDied(t *testing.T) {
	path, copied := filled(t), filepath.Join(t.TempDir(), "b.db")
	_, err := MakeBackup(t.Context(), path, copied, t0, BackupOptions{})
	must(t, err)
	for _, moved := range []bool{false, true} {
		must(t, os.WriteFile(path+restoring, []byte("x"), 0o600))
		if moved {
			must(t, os.Rename(path, path+".aside"))
		}
		if l, err := Open(path, Options{Trust: true}); err == nil || !strings.Contains(err.Error(), "heed backup restore FILE again") {
			if err == nil {
				l.Close()
			}
			t.Errorf("opened: %v", err)
		}
		_, err := Restore(path, copied, "ann", t0, Options{})
		must(t, err)
		l := openAt(t, path, Options{})
		if all, err := l.Waiting(t.Context(), []runner.State{runner.Unknown}, "", 1000); err != nil || len(all) != 200 {
			t.Errorf("%d intents, %v", len(all), err)
		}
		must(t, l.Close())
	}
}

// A backup of the first release is brought forward on its way.
func TestRestoreOfAnOlderSchema(t *testing.T) {
	old, path := schema1(t), filepath.Join(t.TempDir(), "heed.db")
	r, err := Restore(path, old, "ann", t0.Add(time.Hour), Options{})
	must(t, err)
	if r.Backup.Schema != 1 || r.Unknown != 3 {
		t.Errorf("restored %+v", r)
	}
	l := openAt(t, path, Options{})
	if got, paused := stands(t, l); got != "43 *" || !paused {
		t.Errorf("out %s, paused %v", got, paused)
	}
	if b, err := VerifyBackup(old); err != nil || b.Schema != 1 {
		t.Errorf("the backup was changed: %+v, %v", b, err)
	}
}
