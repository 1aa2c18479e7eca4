package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Script is a small cast of simulated people and what they do when.
type Script struct {
	App    ScriptApp `json:"app"`
	Bots   []User    `json:"bots"`   // accounts that get a token of the app
	People []User    `json:"people"` // everybody else
	Steps  []Step    `json:"steps"`
}

// ScriptApp is the developer's app of a script.
type ScriptApp struct {
	Name       string     `json:"name"`
	Permission Permission `json:"permission,omitempty"` // default read-write-directmessages
}

// Step is one thing a person does, by hand. What To means depends on Does:
//
//	post                              nothing
//	mention, dm, sealed_dm            the account spoken to
//	follow, unfollow, block, unblock  the account
//	reply, quote, repost, like        a post's id, or an account: its newest post, for a
//	                                  reply rather the newest that names Who
//	delete                            a post's id, or nothing: Who's newest
//	bio                               nothing; Text is the new bio
//	open_dms, close_dms               nothing
//	suspend, unsuspend, lock, unlock  nothing; X does it to Who
type Step struct {
	At   Duration `json:"at,omitzero"` // after the start of Play
	Who  string   `json:"who"`         // user name, with or without @
	Does string   `json:"does"`
	To   string   `json:"to,omitempty"`
	Text string   `json:"text,omitempty"`
}

// String tells the step without its text, which may be a direct message's.
func (s Step) String() string {
	return strings.TrimSpace(fmt.Sprintf("after %s %s does %s %s", time.Duration(s.At), s.Who, s.Does, s.To))
}

// Duration is a time.Duration that is written as "1m30s".
type Duration time.Duration

// UnmarshalText reads "4s", "1m30s" and the like.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// needs says what each verb must come with.
var needs = map[string]struct{ to, text bool }{
	"post": {false, true}, "mention": {true, true}, "dm": {true, true}, "sealed_dm": {true, true},
	"reply": {true, true}, "quote": {true, true}, "repost": {true, false}, "like": {true, false},
	"follow": {true, false}, "unfollow": {true, false}, "block": {true, false}, "unblock": {true, false},
	"bio": {false, true}, "delete": {false, false}, "open_dms": {}, "close_dms": {},
	"suspend": {}, "unsuspend": {}, "lock": {}, "unlock": {},
}

// Bounds of a script.
const (
	maxScript = 1 << 20
	maxSteps  = 10_000
	maxCast   = 1_000
)

// LoadScript reads a script strictly: unknown, repeated and case-variant names, verbs
// nobody knows and people who are not in the cast are errors. Bots that it leaves out
// are added from others, so that its people may speak to them.
func LoadScript(b []byte, others ...User) (Script, error) {
	var s Script
	if len(b) > maxScript {
		return s, fmt.Errorf("script: %d bytes, at most %d", len(b), maxScript)
	}
	if err := json.Unmarshal(b, &s, json.RejectUnknownMembers(true)); err != nil {
		return s, fmt.Errorf("script: %w", err)
	}
	for _, u := range others {
		if !slices.ContainsFunc(s.Bots, func(b User) bool { return plainName(b.Username) == plainName(u.Username) }) {
			s.Bots = append(s.Bots, u)
		}
	}
	return s, s.check()
}

// plainName is a user name as it is compared.
func plainName(name string) string { return strings.ToLower(strings.TrimPrefix(name, "@")) }

func (s Script) check() error {
	if s.App.Name == "" {
		return errors.New("script: app.name is missing")
	}
	if n := len(s.Bots) + len(s.People); len(s.Steps) > maxSteps || n > maxCast {
		return fmt.Errorf("script: %d steps and %d accounts, at most %d and %d", len(s.Steps), n, maxSteps, maxCast)
	}
	var cast []string
	for _, u := range slices.Concat(s.Bots, s.People) {
		name := plainName(u.Username)
		if slices.Contains(cast, name) {
			return fmt.Errorf("script: @%s is there twice", name)
		}
		cast = append(cast, name)
	}
	inCast := func(who string) bool { return slices.Contains(cast, plainName(who)) }
	for i, st := range s.Steps {
		where := fmt.Sprintf("script: step %d", i+1)
		need, known := needs[st.Does]
		switch {
		case !known:
			return fmt.Errorf("%s: does %q: unknown", where, st.Does)
		case st.At < 0:
			return fmt.Errorf("%s: at %s: before the start", where, time.Duration(st.At))
		case !inCast(st.Who):
			return fmt.Errorf("%s: who %q: not in the cast", where, st.Who)
		case need.to && st.To == "":
			return fmt.Errorf("%s: %s needs to", where, st.Does)
		case need.text && st.Text == "":
			return fmt.Errorf("%s: %s needs text", where, st.Does)
		case st.To != "" && !isID(st.To) && !inCast(st.To):
			return fmt.Errorf("%s: to %q: not in the cast, and not an id", where, st.To)
		}
	}
	return nil
}

// Seat puts a script's cast into the world and returns the bots' credentials by user
// name. Who is there already, as after Load, stays as they are.
func (w *World) Seat(s Script) (map[string]Credentials, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	app := ""
	for _, a := range w.st.Apps {
		if a.Name == s.App.Name {
			app = a.ID
		}
	}
	if app == "" {
		a, err := w.addApp(s.App.Name, s.App.Permission)
		if err != nil {
			return nil, err
		}
		app = a.ID
	}
	creds := map[string]Credentials{}
	for i, u := range slices.Concat(s.People, s.Bots) {
		got, err := w.seat(u)
		if err != nil {
			return nil, fmt.Errorf("script: %w", err)
		}
		if i < len(s.People) {
			continue
		}
		c, err := w.credentials(app, got)
		if err != nil {
			return nil, err
		}
		creds[got.Username] = c
	}
	return creds, nil
}

func (w *World) seat(u User) (User, error) {
	if was := w.named(strings.TrimPrefix(u.Username, "@")); was != nil {
		return *was, nil
	}
	if u.Operator != "" {
		op, err := w.find(u.Operator)
		if err != nil {
			return User{}, fmt.Errorf("operator of @%s: %w", u.Username, err)
		}
		u.Operator = op.ID
	}
	return w.addUser(u)
}

// credentials gives an account's token of an app, the one there is or a new one.
func (w *World) credentials(app string, u User) (Credentials, error) {
	for _, t := range w.st.Tokens {
		if t.AppID == app && t.UserID == u.ID && t.Secret != "" && !t.Revoked {
			a := w.st.Apps[app]
			return Credentials{a.ConsumerKey, a.ConsumerSecret, t.Token, t.Secret, u.ID, u.Username}, nil
		}
	}
	return w.addToken(app, u.ID)
}

// Stage is how Play keeps time and tells what happened.
type Stage struct {
	// Wait returns when d has passed since the start of Play, or ctx ended;
	// default a timer.
	Wait func(ctx context.Context, d time.Duration) error
	// Done is told of each step after it was done or failed; id is what it made.
	Done func(s Step, id string, err error)
}

// Play does a script's steps at their times. A step that cannot be done then, as a
// reply to a post that was never written, is told to Done, and the play goes on. It
// returns when all steps are over, or ctx.Err().
func (w *World) Play(ctx context.Context, s Script, g Stage) error {
	if g.Wait == nil {
		start := time.Now()
		g.Wait = func(ctx context.Context, d time.Duration) error {
			t := time.NewTimer(d - time.Since(start))
			defer t.Stop()
			select {
			case <-t.C:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	steps := slices.Clone(s.Steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return int(min(max(a.At-b.At, -1), 1)) })
	for _, st := range steps {
		if err := g.Wait(ctx, time.Duration(st.At)); err != nil {
			return err
		}
		id, err := w.Do(st)
		if g.Done != nil {
			g.Done(st, id, err)
		}
	}
	return nil
}
