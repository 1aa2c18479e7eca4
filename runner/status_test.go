package runner

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestAStatusFollowsItsScript(t *testing.T) {
	l, log := onStage(t, &scene{})
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	l.runner.Now = func() time.Time { return now }
	l.runner.lanes = map[string]*lane{"desk": l}
	l.status.kept(true, now)
	tick := now.Add(time.Hour)
	for _, step := range []struct {
		report ScriptReport
		want   ScriptStatus
	}{
		{ScriptReport{Code: ScriptNext, Until: tick}, ScriptStatus{State: ScriptResting, Next: tick}},
		{ScriptReport{Code: ScriptStarted, Run: "tick:1"}, ScriptStatus{State: ScriptRunning, Next: tick}},
		{ScriptReport{Code: "script.stderr", Level: "error", Text: "what somebody wrote"}, ScriptStatus{State: ScriptRunning, Next: tick}},
		{ScriptReport{Code: ScriptEnded, Level: "error", Exit: 3, Text: "ended with 3"}, ScriptStatus{State: ScriptResting, Next: tick, Ended: now, Exit: 3, Last: "ended with 3"}},
		{ScriptReport{Code: ScriptBackoff, Level: "warn", Until: tick}, ScriptStatus{State: ScriptBacked, Until: tick, Next: tick, Ended: now, Exit: 3, Last: "ended with 3"}},
		{ScriptReport{Code: ScriptNotStarted, Level: "error", Text: "no such program"}, ScriptStatus{State: ScriptResting, Next: tick, Ended: now, Exit: -1, Last: "could not be started"}},
		{ScriptReport{Code: ScriptStopped, Level: "error", Text: "for good"}, ScriptStatus{State: ScriptOver, Ended: now, Exit: -1, Last: "could not be started"}},
	} {
		l.report(step.report)
		step.want.Since = now
		all := l.runner.Status()
		if len(all) != 1 || all[0].Bot != "desk" || all[0].Script != step.want {
			t.Errorf("after %s: %+v", step.report.Code, all)
		}
	}
	if f := l.runner.Status()[0].Fault; f.Code != ScriptStopped || f.Message != "for good" || !f.At.Equal(now) {
		t.Errorf("its last fault is %+v", f)
	}
	for _, r := range *log {
		if r.Code == ScriptNext {
			t.Error("the next tick is told to the eye")
		}
	}
	l.fault("turn.ledger", errors.New("the disk is full"))
	if f := l.runner.Status()[0].Fault; f.Code != "turn.ledger" || f.Message != "the disk is full" {
		t.Errorf("its last fault is %+v", f)
	}
	l.status.kept(false, now)
	if s := l.runner.Status()[0].Script; s != (ScriptStatus{State: ScriptNone, Since: now}) {
		t.Errorf("without a script: %+v", s)
	}
	if all := (&Runner{}).Status(); len(all) != 0 {
		t.Errorf("before Run: %+v", all)
	}
}

// TestP7AStatusTellsNothingThatAScriptSaid: it could be a message of somebody.
func TestP7AStatusTellsNothingThatAScriptSaid(t *testing.T) {
	l, _ := onStage(t, &scene{})
	l.status.kept(true, time.Now())
	for _, code := range []string{"script.stdout", "script.stderr"} {
		for _, level := range []string{"info", "warn", "error"} {
			l.report(ScriptReport{Code: code, Level: level, Text: "private"})
		}
	}
	if s := l.status.read(); s.Fault.Message != "" || s.Script.Last != "" {
		t.Errorf("it tells %+v", s)
	}
}

func TestAStatusKnowsWhenTheScriptLastSpoke(t *testing.T) {
	l, _ := onStage(t, &scene{})
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	l.runner.Now = func() time.Time { return now }
	l.runner.Bus = deafBus{}
	if err := l.publish(t.Context(), Frame{}); err != nil {
		t.Fatal(err)
	}
	if s := l.status.read().Script; !s.LineAt.Equal(now) {
		t.Errorf("it last spoke at %s", s.LineAt)
	}
}

// deafBus takes every line.
type deafBus struct{ Bus }

func (deafBus) Publish(context.Context, string, Frame) error { return nil }
