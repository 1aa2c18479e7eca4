package runner

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
)

// scene is a ledger and a platform that do as a test says, and keep what they are told.
type scene struct {
	notes
	standing error
	act      func(context.Context, Claim) Answer
	found    Found
	lost     error // of Find
	torn     error // of Next
	said     []Said
	partly   error // of Listen

	settled []Closing
	decided int
	order   []string // what happened, in order
}

func (s *scene) Settle(_ context.Context, c Closing) error {
	s.settled, s.order = append(s.settled, c), append(s.order, fmt.Sprint("settle ", c.Seq))
	return nil
}

func (s *scene) Standing(context.Context, int64, time.Time) error { return s.standing }

func (s *scene) Decide(context.Context, bots.Bot, guards.Pipeline, time.Time) (Turn, bool, time.Time, error) {
	s.decided++
	return Turn{}, false, time.Time{}, nil
}

func (s *scene) Next(ctx context.Context, c Closing, b bots.Bot, p guards.Pipeline, now time.Time) (Turn, bool, time.Time, error) {
	s.order = append(s.order, fmt.Sprint("next ", c.Seq))
	if s.torn != nil {
		return Turn{}, false, time.Time{}, s.torn
	}
	s.settled = append(s.settled, c)
	return s.Decide(ctx, b, p, now)
}

func (s *scene) Due(string) <-chan struct{} { return nil }

func (s *scene) Changed() <-chan struct{} { return nil }

func (s *scene) Cursor(context.Context, string) (string, error) { return "before", nil }

func (s *scene) InboxRead(_ context.Context, _, cursor string, at time.Time) error {
	what := "read whole to " + cursor
	if at.IsZero() {
		what = "read in part to " + cursor
	}
	s.order = append(s.order, what)
	return nil
}

func (s *scene) Hear(ctx context.Context, h Heard) (Receipt, error) {
	r, err := s.notes.Hear(ctx, h)
	if err == nil {
		s.order = append(s.order, "heard "+h.Event)
	}
	return r, err
}

// onStage is the lane of the bot desk, with the scene as its ledger and platform, and
// what heed logs.
func onStage(t *testing.T, s *scene) (*lane, *[]Record) {
	t.Helper()
	l, _ := ears(t.Context(), &s.notes, House{})
	var log []Record
	l.runner.Ledger, l.runner.Platform = s, platformOf{s}
	l.runner.Log = func(r Record) { log = append(log, r) }
	return l, &log
}

// platformOf is a scene's platform.
type platformOf struct{ *scene }

func (p platformOf) Do(ctx context.Context, c Claim) Answer     { return p.act(ctx, c) }
func (p platformOf) Find(context.Context, Claim) (Found, error) { return p.found, p.lost }
func (p platformOf) Listen(context.Context, string, string) ([]Said, string, error) {
	return p.said, "after", p.partly
}
func (p platformOf) Author(context.Context, string, bots.PostID) (Authorship, error) {
	return Authorship{}, ErrNotFound
}

// dm is a message to the bot desk.
func dm(event, text string) Said {
	return Said{Text: text, Invitation: guards.Invitation{Event: event, Kind: guards.ByDM, Bot: "desk", From: "42", At: time.Now(), Summons: true}}
}

// writer is a ledger whose disk is full for a while.
type writer struct {
	Ledger
	fails int
	order []string
}

func (w *writer) Enter(_ context.Context, entries []Entry) ([]Entered, error) {
	if w.fails > 0 {
		w.fails--
		w.order = append(w.order, "failed")
		return nil, errors.New("no room")
	}
	w.order = append(w.order, fmt.Sprintf("written %d", len(entries)))
	return make([]Entered, len(entries)), nil
}
