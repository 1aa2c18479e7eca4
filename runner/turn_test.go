package runner

import (
	"testing"
	"time"

	"heed/bots"
)

func TestClosingOfAnAnswer(t *testing.T) {
	now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	soon := now.Add(time.Minute)
	for name, c := range map[string]struct {
		attempts int
		answer   Answer
		state    State
		due      time.Time
	}{
		"landed is done":                             {1, Answer{Outcome: Landed, PostID: "1"}, Done, time.Time{}},
		"refused is failed":                          {1, Answer{Outcome: Refused, Code: "x.duplicate"}, Failed, time.Time{}},
		"refused for now waits":                      {1, Answer{Outcome: Refused, RetryAt: soon}, Deferred, soon},
		"refused for now once too often has failed":  {maxAttempts, Answer{Outcome: Refused, RetryAt: soon}, Failed, time.Time{}},
		"a time that is past is no reason to wait":   {1, Answer{Outcome: Refused, RetryAt: now}, Failed, time.Time{}},
		"a latch ends it, whatever time is named":    {1, Answer{Outcome: Refused, RetryAt: soon, Latch: "suspended"}, Failed, time.Time{}},
		"what nobody knows is looked up":             {1, Answer{Outcome: Uncertain}, Unknown, now.Add(firstProbe)},
		"an empty answer is one that nobody knows":   {1, Answer{}, Unknown, now.Add(firstProbe)},
		"an unknown outcome is never simply retried": {1, Answer{Outcome: Uncertain, RetryAt: soon}, Unknown, now.Add(firstProbe)},
	} {
		got := closingOf(Claim{Seq: 7, Attempts: c.attempts}, c.answer, now)
		if got.State != c.state || !got.Due.Equal(c.due) || got.Seq != 7 || !got.At.Equal(now) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAnActWithMediaMayTakeLonger(t *testing.T) {
	c := Claim{Intent: bots.Intent{Action: bots.Post, Text: "look"}}
	if got := timeFor(c); got != 40*time.Second {
		t.Errorf("words alone: %s", got)
	}
	c.Intent.Media = []bots.Media{{Path: "a.mp4", Alt: "a"}}
	if got := timeFor(c); got != 5*time.Minute {
		t.Errorf("with a file: %s", got)
	}
}

func TestEntryOfALine(t *testing.T) {
	now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	piped := Delivery{Bot: "tides", Seq: 9, Frame: Frame{Run: "run-1", First: 5}}
	remote := Delivery{Bot: "tides", Seq: 9, At: time.UnixMilli(1795320000000)}

	e := (&Runner{}).entryOf(piped, 2, []byte(`{"action":"post","text":"a"}`), now)
	if e.Refusal != "" || e.Key != "run-1:7" || e.Intent.Key != e.Key || e.Intent.ID == "" {
		t.Errorf("a line without a key is named by its run and place: %+v", e)
	}
	if want := now.Add(6 * time.Hour); !e.Intent.ExpiresAt.Equal(want) {
		t.Errorf("a post expires at %s, not %s", e.Intent.ExpiresAt, want)
	}
	back, err := bots.DecodeIntent(e.Stored)
	if err != nil || back.Key != e.Key || back.ID != e.Intent.ID {
		t.Errorf("what is stored is not what was entered: %s, %v", e.Stored, err)
	}

	e = (&Runner{}).entryOf(remote, 0, []byte(`{"action":"dm","text":"a","target":{"user_id":"1"},"not_before":"2026-11-22T08:00:00Z"}`), now)
	if e.Key != "nats:1795320000000:9:1" || !e.Intent.ExpiresAt.Equal(now.Add(2*time.Hour+15*time.Minute)) {
		t.Errorf("an answer may wait for its time and a quarter of an hour: %+v", e)
	}

	e = (&Runner{}).entryOf(remote, 1, []byte(`{"action":"post","text":"a","expires_at":"2026-11-22T05:00:00Z"}`), now)
	if e.Refusal == "" || e.Stored != nil {
		t.Errorf("what is past is refused: %+v", e)
	}
	e = (&Runner{}).entryOf(remote, 1, []byte(`{"action":`), now)
	if e.Refusal == "" || e.Key != "nats:1795320000000:9:2" || e.Intent.Action != "" {
		t.Errorf("what is no intent is kept with its reason: %+v", e)
	}
}
