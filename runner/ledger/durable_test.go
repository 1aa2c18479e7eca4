package ledger

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// P5: what is acknowledged has been waited for on the disk: SQLite promises that of a
// log of pages with synchronous FULL alone.
func TestP5CommitsWaitForTheDisk(t *testing.T) {
	l := open(t)
	for pragma, want := range map[string]any{"synchronous": int64(2), "journal_mode": "wal", "secure_delete": int64(1)} {
		if got, err := l.conn.ask("PRAGMA " + pragma); err != nil || got != want {
			t.Errorf("%s is %v, %v; it must be %v", pragma, got, err, want)
		}
	}
}

// P9: a commit that fails is everybody's error, nothing of its batch is kept, and the
// next one succeeds. A broken reference that is looked at only then makes one fail.
func TestP9ACommitThatFailsIsSaid(t *testing.T) {
	l := open(t)
	e := entryOf(t, "tides", "k", post("x"), t0)
	err := l.write(t.Context(), func(x *tx) error {
		if _, err := x.enter(e); err != nil {
			return err
		}
		return x.script(`CREATE TABLE whole (n INTEGER PRIMARY KEY);
			CREATE TABLE part (n REFERENCES whole (n) DEFERRABLE INITIALLY DEFERRED); INSERT INTO part VALUES (1)`)
	})
	if err == nil || !strings.Contains(err.Error(), "nothing of this batch was kept") {
		t.Fatalf("a failed commit says: %v", err)
	}
	if all, err := l.Waiting(t.Context(), nil, "", 10); err != nil || len(all) != 0 {
		t.Fatalf("kept %d, %v", len(all), err)
	}
	if again := enter(t, l, "tides", "k", post("x")); again.Twice {
		t.Fatal("the key counts as used by an intent that is not there")
	}
}

// P11: an act of unknown outcome fills its windows after a restart too, when they are
// counted from the file.
func TestP11UnknownActsCountAfterARestart(t *testing.T) {
	l := open(t)
	learnt(t, l, "tides", "lost", t0, runner.Unknown, runner.Answer{Outcome: runner.Uncertain})
	learnt(t, l, "tides", "refused", t0, runner.Failed, runner.Answer{Outcome: runner.Refused})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openAt(t, l.path, Options{})
	hour := guards.Window{Name: "hour", Actions: []bots.Action{bots.Post}, Span: time.Hour, Limit: 5}
	in := entryOf(t, "tides", "next", post("next"), t0).Intent
	_, f, err := l.Peek(t.Context(), bots.Bot{Name: "tides", Mode: bots.Live}, pipeline(guards.Needs{Windows: []guards.Window{hour}}), in, t0.Add(time.Minute))
	if err != nil || f.Used["hour"].Count != 1 {
		t.Fatalf("%+v, %v", f.Used, err)
	}
}

// P7: what stands behind a keyword is the person's own text. It is used and not kept.
func TestP7WhatFollowsAStopIsNotKept(t *testing.T) {
	l := open(t)
	_, err := l.Hear(t.Context(), runner.Heard{
		Invitation: guards.Invitation{Event: "dm:9", Kind: guards.ByDM, Bot: "tides", From: "42", At: t0},
		Word:       runner.Word{Meaning: runner.WantsOut, Rule: "en.stop", Scope: "*", Argument: "canary of a private word"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if ps, err := l.People(t.Context(), runner.PeopleQuery{OptedOut: true}); err != nil || len(ps) != 1 {
		t.Fatalf("%+v, %v", ps, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if onDisk(t, l, "canary") {
		t.Fatal("the words are on the disk")
	}
}

// P7: a long message lies on pages of its own. They are given back when it has ended, and
// must be empty then: SQLite leaves a freed page as it was unless it is told not to.
func TestP7ALongMessageLeavesTheDisk(t *testing.T) {
	l := open(t)
	for i, words := range []string{strings.Repeat("canary of a private answer ", 350), "short"} {
		in := bots.Intent{Action: bots.DM, Text: words, Target: bots.Target{UserID: "42"}}
		enter(t, l, "tides", strings.Repeat("k", i+1), in)
		land(t, l, "tides", t0, needy{guards.Needs{Contacts: true}})
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if onDisk(t, l, "canary") {
		t.Fatal("the words are on the disk")
	}
}
