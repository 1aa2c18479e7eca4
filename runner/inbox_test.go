package runner

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/guards"
)

// P3: how far an inbox was read is kept after what was read in it. Else a death between
// the two loses a STOP.
func TestP3TheCursorWaitsForItsEvents(t *testing.T) {
	s := &scene{said: []Said{dm("dm:1", "hello"), dm("dm:2", "STOP")}}
	l, _ := onStage(t, s)
	if err := l.hearAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"heard dm:1", "heard dm:2", "read whole to after"}; !slices.Equal(s.order, want) {
		t.Errorf("%v, not %v", s.order, want)
	}
	s = &scene{said: s.said, notes: notes{fails: 1}}
	l, _ = onStage(t, s)
	if err := l.hearAll(t.Context()); err == nil || len(s.order) != 0 {
		t.Errorf("what was not written down was passed over: %v, %v", s.order, err)
	}
}

// P9: an inbox of which a part could not be read keeps the time at which it last was
// read whole, whatever the other part had.
func TestP9AnInboxReadInPartIsNotRead(t *testing.T) {
	for _, said := range [][]Said{nil, {dm("dm:1", "hello")}} {
		s := &scene{said: said, partly: &Wait{Until: time.Now().Add(time.Minute), Why: "limit"}}
		l, _ := onStage(t, s)
		var wait *Wait
		if err := l.hearAll(t.Context()); !errors.As(err, &wait) {
			t.Errorf("%v", err)
		}
		if len(s.heard) != len(said) || s.order[len(s.order)-1] != "read in part to after" {
			t.Errorf("%d messages: %v", len(said), s.order)
		}
	}
}

// P3: a STOP is to every bot of the operator, unless the person names one; a START is to
// the bot that was asked.
func TestP3AStopIsForEveryBot(t *testing.T) {
	for text, want := range map[string]string{"STOP": EveryBot, "stop tides": "tides", "STOP nobody": EveryBot, "START": "desk"} {
		s := &scene{said: []Said{dm("dm:1", text)}}
		l, _ := onStage(t, s)
		l.runner.lanes["tides"] = l
		if err := l.hearAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(s.heard) != 1 || s.heard[0].Word.Scope != want || s.heard[0].Word.Meaning == Nothing {
			t.Errorf("%s: %+v", text, s.heard)
		}
	}
}

// P7: a message that cannot be written down is told of without its words.
func TestP7AFailureToHearTellsNoWord(t *testing.T) {
	s := &scene{said: []Said{dm("dm:1", "canary of a private word")}, notes: notes{fails: 2}}
	l, log := onStage(t, s)
	err := l.hearAll(t.Context())
	s.found.Said = s.said
	l.probe(t.Context(), Claim{Seq: 7, Probes: 1})
	if err == nil || len(*log) != 1 {
		t.Fatalf("the failures were not told: %v, %v", err, *log)
	}
	if told := err.Error() + (*log)[0].Message; strings.Contains(told, "canary") {
		t.Errorf("told: %s", told)
	}
}

// P12: what is latched is not even read: the bot alone, or every bot of the app.
func TestP12ALatchedAppIsNotRead(t *testing.T) {
	for scope, want := range map[string]bool{"desk": true, EveryBot: true, "tides": false} {
		s := &scene{}
		s.halts = []guards.Halt{{Kind: guards.Latched, Scope: scope}}
		l, _ := onStage(t, s)
		if got := l.latched(t.Context()); got != want {
			t.Errorf("with a latch on %s: %v", scope, got)
		}
	}
	s := &scene{}
	s.halts = []guards.Halt{{Kind: guards.Paused, Scope: "desk"}, {Kind: guards.Halted, Scope: EveryBot}}
	if l, _ := onStage(t, s); l.latched(t.Context()) {
		t.Error("a person's pause keeps a STOP from being heard")
	}
}

// P12: a read that meets a lock latches the account, or the app.
func TestP12ALockedAccountLatches(t *testing.T) {
	for _, app := range []bool{false, true} {
		s := &scene{}
		l, _ := onStage(t, s)
		l.trouble("listen", "its inbox cannot be read", errors.Join(errors.New("x"), &Locked{App: app, Why: "suspended"}))
		want := "desk"
		if app {
			want = EveryBot
		}
		if len(s.latched) != 1 || s.latched[0].Scope != want || s.latched[0].Kind != guards.Latched || s.latched[0].Reason != "suspended" {
			t.Errorf("%+v", s.latched)
		}
	}
}
