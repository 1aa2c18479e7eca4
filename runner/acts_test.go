package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"heed/bots"
	"heed/guards"
)

// P4: where the platform's room fails, the call may have been made.
func TestP4APanicOfThePlatformIsNoRefusal(t *testing.T) {
	s := &scene{act: func(context.Context, Claim) Answer { panic("no such index") }}
	l, _ := onStage(t, s)
	done := l.act(t.Context(), Claim{Seq: 7, Attempts: 1})
	if done.Seq != 7 || done.end.Seq != 7 || done.end.State != Unknown || done.end.Answer.Outcome != Uncertain {
		t.Fatalf("%+v", done)
	}
}

// P4: an act is written down with the next turn; alone where that fails, and at the end.
func TestP4AnActIsWrittenDownWhateverBecomesOfTheNextTurn(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx   context.Context
		torn  error
		order string
	}{
		"together":                     {t.Context(), nil, "[next 7]"},
		"the next turn cannot be read": {t.Context(), errors.New("no room"), "[next 7 settle 7]"},
		"the lane has ended":           {ended, nil, "[settle 7]"},
	} {
		s := &scene{torn: c.torn}
		l, _ := onStage(t, s)
		_, ok, _, err := l.turn(c.ctx, &act{Claim{Seq: 7}, Closing{Seq: 7, State: Done}})
		if ok || err != nil || fmt.Sprint(s.order) != c.order {
			t.Errorf("%s: %v, and not %s; %v", name, s.order, c.order, err)
		}
		if len(s.settled) != 1 || s.settled[0].State != Done {
			t.Errorf("%s: settled %+v", name, s.settled)
		}
	}
}

// P3: a platform that has prepared an act is told whether it still stands, by the
// ledger as it is then.
func TestP3AnActAsksTheLedgerWhetherItStillStands(t *testing.T) {
	gone := errors.New("user 42 opted out meanwhile")
	s := &scene{}
	var before, after error
	s.act = func(ctx context.Context, c Claim) Answer {
		before = c.Still(ctx)
		s.standing = gone
		after = c.Still(ctx)
		return Answer{Outcome: Refused}
	}
	l, _ := onStage(t, s)
	l.act(t.Context(), Claim{Seq: 7})
	if before != nil || !errors.Is(after, gone) {
		t.Fatalf("before the stop %v, after it %v", before, after)
	}
}

// P3: what people said while heed was off is heard before the first act, of whatever bot.
func TestP3NoTurnIsTakenBeforeEveryInboxWasLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scene{}
		l, _ := onStage(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		l.runner.ready = newReadiness()
		l.runner.ready.expect("desk")
		l.runner.ready.expect("tides")
		go l.turns(ctx)
		for _, bot := range []string{"desk", "tides"} {
			for _, at := range []string{atBio, atInbox} {
				synctest.Wait()
				if s.decided != 0 {
					t.Fatalf("a turn before %s of %s was looked at", at, bot)
				}
				l.runner.ready.looked(bot, at)
			}
		}
		synctest.Wait()
		if s.decided == 0 {
			t.Fatal("all was looked at, and no turn was taken")
		}
		cancel()
		synctest.Wait()
	})
}

// P4: what a look-up does not find is never sent again by itself.
func TestP4WhatIsNotFoundIsHeld(t *testing.T) {
	for name, c := range map[string]struct {
		found Found
		lost  error
		code  string
	}{
		"it is surely not there":      {Found{Sure: true}, nil, "reconcile.absent"},
		"nobody can tell":             {Found{}, nil, "reconcile.untold"},
		"the look-up fails":           {Found{}, errors.New("X is away"), "reconcile.unreadable"},
		"a failed look-up finds none": {Found{There: true}, errors.New("X is away"), "reconcile.unreadable"},
	} {
		s := &scene{found: c.found, lost: c.lost}
		l, _ := onStage(t, s)
		l.probe(t.Context(), Claim{Seq: 7, Probes: lastProbe - 1})
		if len(s.settled) != 0 {
			t.Errorf("%s: settled before the last look: %+v", name, s.settled)
		}
		l.probe(t.Context(), Claim{Seq: 7, Probes: lastProbe})
		if len(s.settled) != 1 || s.settled[0].State != Held || s.settled[0].Code != c.code {
			t.Errorf("%s: %+v", name, s.settled)
		}
	}
	s := &scene{found: Found{There: true, PostID: "9", Sure: true}}
	l, _ := onStage(t, s)
	l.probe(t.Context(), Claim{Seq: 7, Probes: 1})
	if len(s.settled) != 1 || s.settled[0].State != Done || s.settled[0].Answer.PostID != "9" {
		t.Errorf("what is found is done: %+v", s.settled)
	}
}

// P3: a STOP that stands beside what was looked for is heard, even where the look-up fails.
func TestP3WhatALookUpShowsIsHeard(t *testing.T) {
	for _, lost := range []error{nil, errors.New("half a page")} {
		s := &scene{found: Found{Said: []Said{dm("dm:1", "STOP")}}, lost: lost}
		l, _ := onStage(t, s)
		l.probe(t.Context(), Claim{Seq: 7, Probes: 1})
		if len(s.heard) != 1 || s.heard[0].Word.Meaning != WantsOut {
			t.Errorf("with %v: heard %+v", lost, s.heard)
		}
	}
}

// P12: a lock that a look-up meets stops the app's bots too.
func TestP12ALookUpThatMeetsALockLatches(t *testing.T) {
	s := &scene{lost: &Locked{App: true, Why: "suspended"}}
	l, _ := onStage(t, s)
	l.probe(t.Context(), Claim{Seq: 7, Probes: 1})
	if len(s.latched) != 1 || s.latched[0].Scope != EveryBot || s.latched[0].Kind != guards.Latched {
		t.Fatalf("%+v", s.latched)
	}
}

// P5: a frame is accepted when its intents are written down, and not before.
func TestP5AFrameIsAcceptedOnlyWhenItIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &writer{fails: 3}
		l, _ := onStage(t, &scene{})
		l.runner.Ledger = w
		d := Delivery{Bot: "desk", At: time.Now(), Frame: Frame{Lines: [][]byte{[]byte(`{"action":"post","text":"a"}`), []byte(`nonsense`)}},
			Accept: func() error { w.order = append(w.order, "accepted"); return nil }}
		l.runner.enter(t.Context(), []Delivery{d}, nil)
		want := []string{"failed", "failed", "failed", "written 2", "accepted"}
		if len(w.order) != len(want) {
			t.Fatalf("%v", w.order)
		}
		for i := range want {
			if w.order[i] != want[i] {
				t.Fatalf("%v, not %v", w.order, want)
			}
		}
	})
}

// Who waits for the verdict on a line knows it by the key that the line names: also a
// line that heed refuses after it was decoded.
func TestARefusedLineIsToldByItsOwnKey(t *testing.T) {
	l, _ := onStage(t, &scene{})
	l.runner.Ledger = &writer{}
	l.out.read.Store(true)
	d := Delivery{Bot: "desk", At: time.Now(), Frame: Frame{Run: "run:1", First: 5, Lines: [][]byte{
		[]byte(`{"action":"post","text":"a","key":"tide-14","expires_at":"2020-01-01T00:00:00Z"}`),
		[]byte(`{"action":"post","text":"a","expires_at":"2020-01-01T00:00:00Z"}`)}},
		Accept: func() error { return nil }}
	l.runner.enter(t.Context(), []Delivery{d}, nil)
	for _, key := range []string{"tide-14", "run:1:6"} {
		var e bots.Event
		select {
		case line := <-l.out.lines:
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatal("nothing was told")
		}
		if e.Verdict == nil || e.Verdict.Decision != "invalid" || e.Verdict.Key != key {
			t.Errorf("%s: told %+v", key, e.Verdict)
		}
	}
}
