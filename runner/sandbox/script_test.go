package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const cast = `{
  "app": {"name": "Desk"},
  "people": [{"username": "ann"}, {"username": "bob"}],
  "bots": [{"username": "deskbot", "bio": "A bot by @ann", "dm_open": true, "automated": true, "operator": "@ann"}],
  "steps": [
    {"at": "8s", "who": "bob", "does": "dm", "to": "@deskbot", "text": "STOP"},
    {"at": "4s", "who": "ann", "does": "mention", "to": "deskbot", "text": "when is high tide?"},
    {"at": "5s", "who": "bob", "does": "reply", "to": "@deskbot", "text": "too early"},
    {"at": "6s", "who": "bob", "does": "reply", "to": "@ann", "text": "good question"},
    {"at": "10s", "who": "bob", "does": "block", "to": "deskbot"},
    {"at": "11s", "who": "deskbot", "does": "bio", "text": "nothing to see"},
    {"at": "12s", "who": "bob", "does": "quote", "to": "ann", "text": "look"},
    {"at": "12s", "who": "bob", "does": "like", "to": "ann"},
    {"at": "12s", "who": "bob", "does": "repost", "to": "ann"},
    {"at": "13s", "who": "ann", "does": "delete"},
    {"at": "14s", "who": "ann", "does": "follow", "to": "bob"},
    {"at": "15s", "who": "deskbot", "does": "suspend"}
  ]
}`

func TestPlay(t *testing.T) {
	s := must[Script](t)(LoadScript([]byte(cast)))
	if again := must[Script](t)(LoadScript(must[[]byte](t)(json.Marshal(s)))); !reflect.DeepEqual(s, again) {
		t.Errorf("written and read again it is %+v", again)
	}
	c := &clock{t: start}
	w := New(Options{Now: c.now})
	creds := must[map[string]Credentials](t)(w.Seat(s))
	bot := creds["deskbot"]
	if len(creds) != 1 || bot.AccessToken == "" {
		t.Fatalf("credentials for %d bots", len(creds))
	}
	again := must[map[string]Credentials](t)(w.Seat(s))
	if again["deskbot"] != bot {
		t.Error("seating the cast twice made other tokens")
	}
	var told []string
	err := w.Play(t.Context(), s, Stage{
		Wait: func(_ context.Context, d time.Duration) error { c.add(start.Add(d).Sub(c.now())); return nil },
		Done: func(s Step, _ string, err error) {
			line := time.Duration(s.At).String() + " " + s.Does
			if err != nil {
				line += " failed"
			}
			told = append(told, line)
		},
	})
	ok(t, err)
	want := "4s mention,5s reply failed,6s reply,8s dm,10s block,11s bio,12s quote,12s like,12s repost,13s delete,14s follow,15s suspend"
	if got := strings.Join(told, ","); got != want {
		t.Errorf("played %s\nwant   %s", got, want)
	}
	ann, bob := must[User](t)(w.User("ann")), must[User](t)(w.User("bob"))
	dms := w.Messages(bob.ID, bot.UserID)
	if len(dms) != 1 || !dms[0].CreatedAt.Equal(start.Add(8*time.Second)) {
		t.Errorf("messages %+v", dms)
	}
	if u := must[User](t)(w.User("deskbot")); u.Bio != "nothing to see" || !u.Suspended || u.Operator != ann.ID {
		t.Errorf("deskbot: %+v", u)
	}
	if n := len(w.Posts(ann.ID)); n != 0 {
		t.Errorf("ann has %d posts after deleting her one", n)
	}
	for _, a := range w.Acts("") {
		if a.AppID != "" {
			t.Errorf("an act of the play counts as an app's: %+v", a)
		}
	}
}

func TestPlayEndsWithItsContext(t *testing.T) {
	s := must[Script](t)(LoadScript([]byte(cast)))
	w := New(Options{})
	must[map[string]Credentials](t)(w.Seat(s))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Play(ctx, s, Stage{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestLoadScriptIsStrict(t *testing.T) {
	edit := func(old, new string) string {
		if !strings.Contains(cast, old) {
			t.Fatalf("%q is not in the cast", old)
		}
		return strings.Replace(cast, old, new, 1)
	}
	for why, text := range map[string]string{
		"not JSON":                       `{`,
		"an unknown member":              edit(`"at": "8s"`, `"at": "8s", "mood": "cross"`),
		"a member in another case":       edit(`"at": "8s"`, `"At": "8s"`),
		"a member twice":                 edit(`"at": "8s"`, `"at": "8s", "at": "9s"`),
		"a time that is a number":        edit(`"at": "8s"`, `"at": 8`),
		"a time that is none":            edit(`"at": "8s"`, `"at": "soon"`),
		"a time before the start":        edit(`"at": "8s"`, `"at": "-1s"`),
		"an unknown verb":                edit(`"does": "dm"`, `"does": "sing"`),
		"a stranger acting":              edit(`"who": "ann"`, `"who": "eve"`),
		"a stranger addressed":           edit(`"to": "@deskbot"`, `"to": "@eve"`),
		"a message to nobody":            edit(`"to": "@deskbot", `, ``),
		"a message without words":        edit(`, "text": "STOP"`, ``),
		"no app":                         edit(`"Desk"`, `""`),
		"a name twice":                   edit(`{"username": "bob"}`, `{"username": "bob"}, {"username": "Ann"}`),
		"two documents":                  cast + cast,
		"more bytes than a script takes": cast + strings.Repeat(" ", maxScript),
	} {
		if _, err := LoadScript([]byte(text)); err == nil {
			t.Errorf("%s was taken", why)
		}
	}
	more := must[Script](t)(LoadScript([]byte(edit(`"to": "@deskbot"`, `"to": "@other"`)), User{Username: "Other"}, User{Username: "@DESKBOT", Bio: "another"}))
	if n := len(more.Bots); n != 2 || more.Bots[1].Username != "Other" || more.Bots[0].Bio == "another" {
		t.Errorf("bots that a script leaves out are not added alone: %+v", more.Bots)
	}
	if got := (Step{Who: "bob", Does: "dm", To: "x", Text: "private words"}).String(); strings.Contains(got, "private") {
		t.Errorf("a step prints its text: %s", got)
	}
	w := New(Options{})
	if _, err := w.Seat(Script{App: ScriptApp{Name: "a"}, Bots: []User{{Username: "b", Operator: "@nobody"}}}); err == nil {
		t.Error("an operator who is not there was taken")
	}
}

func TestPlayKeepsTimeByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := must[Script](t)(LoadScript([]byte(cast)))
		w := New(Options{})
		must[map[string]Credentials](t)(w.Seat(s))
		began := time.Now()
		ok(t, w.Play(t.Context(), s, Stage{Done: func(s Step, _ string, _ error) {
			if d := time.Since(began); d != time.Duration(s.At) {
				t.Errorf("%v came at %v", s, d)
			}
		}}))
	})
}
