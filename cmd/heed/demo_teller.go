package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"heed/cmd/heed/table"
	"heed/runner"
)

// teller tells a story in a running house: it lets people speak in the sandbox, waits for
// what must follow in the ledger, and says so.
type teller struct {
	*daemon
	telling
	stdout io.Writer // for the acts, with --json
	acts   []told
	over   bool  // the whole story was told
	failed error // what did not happen
}

// told is one act that was played, as --json has it.
type told struct {
	Act      int       `json:"act"`
	Name     string    `json:"name"`
	Happened bool      `json:"happened"`
	At       time.Time `json:"at"`
	Told     []string  `json:"told"`
	Intents  []string  `json:"intents"`           // BOT/KEY, each for heed why
	Missing  string    `json:"missing,omitempty"` // what did not come
	sum      string
}

// errMissing is an act that did not happen within its bound.
var errMissing = errors.New("did not happen")

// readingTime is how long a sentence stands before the next thing happens.
const readingTime = 4 * time.Second

// play tells the whole story, until an act fails or ctx ends.
func (s *teller) play(ctx context.Context) {
	err := s.ready(ctx)
	if err == nil {
		for _, a := range theActs() {
			if err = s.perform(ctx, a, nil); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = s.perform(ctx, theQuestion, s.approval)
	}
	switch {
	case err == nil:
		s.over = true
		s.summary()
	case ctx.Err() != nil:
		s.say("demo", "ended in %s", s.where())
	default:
		s.failed = exit{exitFailed, fmt.Errorf("demo: %s: %w", s.where(), err)}
	}
}

// where names the act that the story is in.
func (s *teller) where() string {
	if len(s.acts) == 0 {
		return "its beginning, before act 1"
	}
	a := s.acts[len(s.acts)-1]
	return fmt.Sprintf("act %d, %s", a.Act, a.Name)
}

// ready waits until turns have begun, and X tells at once what people say to each bot.
func (s *teller) ready(ctx context.Context) error {
	late := fmt.Errorf("%w within %s: X tells what people say to every bot", errMissing, s.within)
	ctx, cancel := context.WithTimeoutCause(ctx, s.within, late)
	defer cancel()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	deaf := func(bot string) bool { return s.runner.Pushes.Since(bot).IsZero() }
	for !s.turns.Load() || slices.ContainsFunc(s.botNames(), deaf) {
		select {
		case <-look.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// perform plays one act: its beats, and then what else belongs to it.
func (s *teller) perform(ctx context.Context, a act, rest func(context.Context, *told, runner.Record) error) error {
	s.acts = append(s.acts, told{Act: len(s.acts) + 1, Name: a.name, sum: a.sum})
	t := &s.acts[len(s.acts)-1]
	s.say("demo", "ACT %d, %s: %s", t.Act, a.name, a.about)
	var last runner.Record
	var err error
	for _, b := range a.beats {
		if err = s.pause(ctx); err != nil {
			break
		}
		if last, err = s.beat(ctx, t, b); err != nil {
			break
		}
	}
	if err == nil && rest != nil {
		err = rest(ctx, t, last)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	t.At, t.Happened = time.Now().UTC(), err == nil
	if err != nil {
		t.Missing = err.Error()
	}
	return errors.Join(err, s.keep(*t))
}

// keep gives an act to a machine that reads along.
func (s *teller) keep(t told) error {
	if !s.json {
		return nil
	}
	return json.NewEncoder(s.stdout).Encode(t)
}

// beat lets somebody do something, and tells what followed.
func (s *teller) beat(ctx context.Context, t *told, b beat) (last runner.Record, err error) {
	from, err := s.newest(ctx)
	if err != nil {
		return last, err
	}
	id, err := s.world.Do(b.step)
	if s.sayStep(b.step, id, err); err != nil {
		return last, fmt.Errorf("sandbox: %w", err)
	}
	came, err := s.await(ctx, from, s.within, b.wants)
	if err != nil {
		return last, err
	}
	for _, last = range came {
		t.note(last)
	}
	s.tell(t, filled(b.tells, last))
	return last, nil
}

// note keeps an intent for the commands of the end, once.
func (t *told) note(r runner.Record) {
	name := r.Bot + "/" + r.Key
	if r.Key != "" && !slices.Contains(t.Intents, name) {
		t.Intents = append(t.Intents, name)
	}
}

func (s *teller) tell(t *told, sentence string) {
	t.Told = append(t.Told, sentence)
	s.say("demo", "  %s", sentence)
}

// filled puts what a record says into a sentence.
func filled(sentence string, r runner.Record) string {
	return table.Clean(strings.NewReplacer("{key}", r.Bot+"/"+r.Key, "{message}", r.Message, "{remedy}", r.Remedy, "{post}", string(r.PostID)).Replace(sentence))
}

// newest is the number of the newest record.
func (s *teller) newest(ctx context.Context) (int64, error) {
	records, err := s.ledger.Records(ctx, runner.RecordQuery{Last: true, Limit: 1})
	if err != nil || len(records) == 0 {
		return 0, err
	}
	return records[0].N, nil
}

// await reads the record after a number until all that is wanted has come, and gives the
// last record of each. After the bound it says what did not come.
func (s *teller) await(ctx context.Context, after int64, bound time.Duration, wants []expected) ([]runner.Record, error) {
	late := time.NewTimer(bound)
	defer late.Stop()
	came, last := make([]int, len(wants)), make([]runner.Record, len(wants))
	q := runner.RecordQuery{After: after}
	for {
		changed := s.ledger.Changed()
		records, err := s.ledger.Records(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			q.After = r.N
			for i, w := range wants {
				if came[i] < max(w.times, 1) && w.fits(r) {
					came[i]++
					last[i] = r
				}
			}
		}
		missing := toCome(came, wants)
		if missing == "" {
			return last, nil
		}
		if len(records) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-time.After(time.Second): // a note wakes nobody
		case <-late.C:
			return nil, fmt.Errorf("%w within %s: %s", errMissing, bound, missing)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// toCome names the first want that has not come as often as it must; "" when all have.
func toCome(came []int, wants []expected) string {
	for i, w := range wants {
		if most := max(w.times, 1); came[i] < most {
			return fmt.Sprintf("%s (%d of %d came)", w, came[i], most)
		}
	}
	return ""
}

// String tells what is wanted as the log would.
func (w expected) String() string {
	user := ""
	if w.user != "" {
		user = "user " + string(w.user)
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %s %s", orDash(w.bot), w.kind, strings.ToUpper(string(w.state)), w.key, w.code, user)), " ")
}

// pause gives people time to read.
func (s *teller) pause(ctx context.Context) error {
	if s.fast || s.auto {
		return ctx.Err()
	}
	t := time.NewTimer(readingTime)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
