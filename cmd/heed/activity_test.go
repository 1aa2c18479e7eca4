package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
)

// reads counts how often a bot's inbox was polled, and lists of whom.
func (s *stage) reads(route string) (n int) {
	for _, c := range s.Calls() {
		if c.Method == "GET" && c.Route == route {
			n++
		}
	}
	return n
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s: not within a minute", what)
}

// rarely makes heed poll once an hour: what it hears within a test, X has told.
func rarely(t *testing.T, dir, events string) {
	t.Helper()
	change(t, dir, `poll = "200ms"`, `poll = "1h"`+"\n"+events)
}

// greeter answers every message with one of its own.
const greeter = `#!/bin/sh
while read -r l; do case $l in
*'"type":"dm"'*) id=$(printf %s "$l" | sed 's/.*"id":"\([^"]*\)".*/\1/'); who=$(printf %s "$l" | sed 's/.*"user_id":"\([^"]*\)".*/\1/')
 echo "{\"action\":\"dm\",\"key\":\"to $id\",\"text\":\"Hello number $who, I am a bot.\",\"cause\":\"$id\",\"target\":{\"user_id\":\"$who\"}}";;
esac; done
`

// TestStreamedStopIsEnforced: with a stream a STOP is obeyed at once, though the inbox is
// polled once an hour; nobody is told twice, and what comes twice or in another order
// changes nothing.
func TestStreamedStopIsEnforced(t *testing.T) { eventsAreHeard(t, `events = "stream"`) }

// TestDeliveredStopIsEnforced: the same over a webhook.
func TestDeliveredStopIsEnforced(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	eventsAreHeard(t, fmt.Sprintf("events = \"webhook\"\nwebhook_listen = %q\nwebhook_url = \"http://%s/x\"", address, address))
}

func eventsAreHeard(t *testing.T, events string) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "[guards.opt_out]\ninbox_age = \"6h\"\n", "desk")
	rarely(t, dir, events)
	write(t, filepath.Join(dir, "desk.sh"), greeter, 0o755)
	for id, name := range map[string]string{"3001": "ann", "3002": "bert", "3003": "cleo"} {
		if _, err := x.AddUser(sandbox.User{ID: id, Username: name}); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `desk +script +script.started`)
	desk, err := x.User("desk")
	if err != nil {
		t.Fatal(err)
	}
	x.subscribed(t, desk.ID)
	polled := x.reads("/2/dm_events")

	x.SetDelivery(sandbox.Delivery{Twice: true})
	say := func(who, text string) {
		t.Helper()
		if _, err := x.DM(who, "desk", text); err != nil {
			t.Fatal(err)
		}
	}
	say("ann", "hello there, "+canary)
	p.until(60*time.Second, `desk +outcome +DONE +dm`)
	say("bert", "STOP")
	p.until(60*time.Second, `heard.opt_out user 3002`)
	say("bert", "and now?")
	say("ann", "are you still there?")
	p.until(60*time.Second, `desk +outcome +DONE +dm`)
	if n := x.reads("/2/dm_events"); n != polled {
		t.Errorf("the inbox was polled %d times more", n-polled)
	}
	if told := x.toldTo("3002"); len(told) != 0 {
		t.Errorf("bert was told %q after his STOP", told)
	}
	if told := x.toldTo("3001"); len(told) != 2 {
		t.Errorf("ann was told %q", told)
	}

	// An encrypted message stops contact until a person has looked.
	if _, err := x.Chat("cleo", "desk"); err != nil {
		t.Fatal(err)
	}
	p.until(60*time.Second, `chat.encrypted`)
	say("cleo", "did you get it?")
	p.until(60*time.Second, `desk +verdict +HELD`)
	if told := x.toldTo("3003"); len(told) != 0 {
		t.Errorf("cleo was told %q", told)
	}
	if out, code := heed(t, dir, "", "optout", "review"); code != 0 || !strings.Contains(out, "3003") {
		t.Errorf("optout review: %d %s", code, out)
	}
	if out, code := heed(t, dir, "", "optout", "reviewed", "3003"); code != 0 {
		t.Errorf("optout reviewed: %d %s", code, out)
	}
	say("cleo", "hello again")
	p.until(60*time.Second, `desk +outcome +DONE +dm`)

	// A change of the bio is read within seconds, and the guards judge by it.
	looks := x.reads("/2/users/me")
	if err := x.SetBio("desk", "just a person"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the bio is read again", func() bool { return x.reads("/2/users/me") > looks })
	if v := x.Violations(); len(v) > 0 {
		t.Errorf("violations %v", v)
	}
	if code := p.end(syscall.SIGINT, 30*time.Second); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if n := p.count("quillfeather"); n != 0 {
		t.Error("a message's words were said")
	}
	err = filepath.WalkDir(filepath.Join(dir, "state"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("quillfeather")) {
			t.Errorf("%s holds a message's words", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// subscribed waits until an account's messages are told.
func (s *stage) subscribed(t *testing.T, user string) {
	t.Helper()
	eventually(t, "subscribed", func() bool {
		return s.Subscribed("dm.received", user) && s.Subscribed("oauth.revoke", user) && s.Told()
	})
}

// TestRevokedTokenLatchesItsBotAlone: an owner who withdraws on X stops that bot, and no
// other credential is tried for it; the other bots go on (rule P3).
func TestRevokedTokenLatchesItsBotAlone(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "[guards.opt_out]\ninbox_age = \"6h\"\n", "desk", "quay")
	rarely(t, dir, `events = "stream"`)
	for _, name := range []string{"desk", "quay"} {
		write(t, filepath.Join(dir, name+".sh"), greeter, 0o755)
	}
	if _, err := x.AddUser(sandbox.User{ID: "3001", Username: "ann"}); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `desk +script +script.started`, `quay +script +script.started`)
	for _, name := range []string{"desk", "quay"} {
		u, err := x.User(name)
		if err != nil {
			t.Fatal(err)
		}
		x.subscribed(t, u.ID)
	}
	for _, e := range env {
		if token, ok := strings.CutPrefix(e, "T_DESK_TOKEN="); ok {
			if err := x.Revoke(token); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.until(60*time.Second, `halt.latch: desk, .*withdrawn`)
	if _, err := x.DM("ann", "quay", "hello"); err != nil {
		t.Fatal(err)
	}
	p.until(60*time.Second, `quay +outcome +DONE +dm`)
	if n := p.count(`halt.latch: (quay|\*)`); n != 0 {
		t.Error("another bot was latched too")
	}
}
