package scripts_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
	"heed/runner/scripts"
)

// open is a kept bot with its socket.
func open(t *testing.T, settings ...setting) (*rig, string) {
	t.Helper()
	r := keep(t, append([]setting{service, sh(`while read l; do :; done`)}, settings...)...)
	r.want(t, "script.started")
	socket, err := scripts.Socket(r.state, "tides")
	must(t, err)
	return r, socket
}

// emit collects what comes back.
func emit(t *testing.T, socket, intent string, wait bool) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []string
	err := scripts.Emit(ctx, socket, json.RawMessage(intent), wait, func(l []byte) error {
		got = append(got, string(l))
		return nil
	})
	return got, err
}

func TestAnEmittedIntentGoesOnTheRoad(t *testing.T) {
	r, socket := open(t)
	got, err := emit(t, socket, "{\n\"action\":\"post\",\"text\":\"hi\",\"key\":\"k1\"}", false)
	must(t, err)
	if strings.Join(got, "") != `{"key":"k1","queued":true}` {
		t.Errorf("answered %v", got)
	}
	f := r.frame(t)
	if !strings.HasPrefix(f.Run, "emit:") || f.First != 1 || joined(f) != `{"key":"k1","action":"post","text":"hi"}` {
		t.Errorf("came %s %s", f.Run, joined(f))
	}
}

func TestAnIntentWithoutAKeyGetsOne(t *testing.T) {
	r, socket := open(t)
	keys := map[string]bool{}
	for range 2 {
		got, err := emit(t, socket, `{"action":"post","text":"hi"}`, false)
		must(t, err)
		var a struct {
			Queued bool
			Key    string
		}
		must(t, json.Unmarshal([]byte(got[0]), &a))
		in, err := bots.DecodeIntent(r.frame(t).Lines[0])
		must(t, err)
		if !a.Queued || !strings.HasPrefix(a.Key, "emit:") || in.Key != a.Key {
			t.Errorf("answered %s, sent %s", got[0], in.Key)
		}
		keys[a.Key] = true
	}
	if len(keys) != 2 {
		t.Error("two intents have one key")
	}
}

func TestWhatCannotBeAnIntentIsRefusedAtTheSocket(t *testing.T) {
	r, socket := open(t)
	for intent, want := range map[string]string{
		`{"action":"post","text":"hi","Key":"k"}`: `did you mean "key"`,
		`{"action":"post"}`:                       "needs text",
		`[]`:                                      "intent",
		`{"action":"post","text":"` + strings.Repeat("x", 1<<20) + `"}`: "bytes",
	} {
		_, err := emit(t, socket, intent, true)
		if !errors.Is(err, scripts.ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: err = %v", intent, err)
		}
	}
	for _, request := range []string{"\n", "{}\n", `{"intent":{},"wait":"yes"}` + "\n", `{"intent":{"action":"post","text":"x"},"bot":"news"}` + "\n"} {
		if a := raw(t, socket, request); !strings.Contains(a, `"error"`) {
			t.Errorf("%q: %s", request, a)
		}
	}
	if len(r.frames) > 0 {
		t.Error("something was sent")
	}
}

// raw sends bytes and reads the answer.
func raw(t *testing.T, socket, request string) string {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	must(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte(request))
	must(t, err)
	must(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	buf := make([]byte, 4096)
	n, err := conn.Read(buf)
	must(t, err)
	return string(buf[:n])
}

func event(t *testing.T, ev bots.Event) []byte {
	t.Helper()
	l, err := json.Marshal(ev)
	must(t, err)
	return l
}

func verdict(key, decision string) bots.Event {
	return bots.Event{V: 1, Type: bots.Judged, Verdict: &bots.VerdictLine{Key: key, Decision: decision}}
}

func TestAWaitEndsWhenTheIntentIsSettled(t *testing.T) {
	outcome := bots.Event{V: 1, Type: bots.Outcome, Outcome: &bots.OutcomeLine{Key: "k", Status: "done"}}
	for name, c := range map[string]struct {
		events []bots.Event
		want   int
	}{
		"denied":            {[]bots.Event{verdict("k", "deny"), outcome}, 1},
		"held":              {[]bots.Event{verdict("k", "hold"), outcome}, 1},
		"deferred":          {[]bots.Event{verdict("k", "defer"), outcome}, 1},
		"known already":     {[]bots.Event{verdict("k", "duplicate"), outcome}, 1},
		"allowed, and done": {[]bots.Event{verdict("k", "allow"), outcome, outcome}, 2},
		"after another's":   {[]bots.Event{verdict("other", "deny"), verdict("k", "allow"), outcome}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r, socket := open(t)
			var want []string
			go func() {
				<-r.frames // the client waits by now
				for _, ev := range c.events {
					r.events <- event(t, ev)
				}
			}()
			for _, ev := range c.events {
				if l := string(event(t, ev)); !strings.Contains(l, "other") && len(want) < c.want {
					want = append(want, l)
				}
			}
			got, err := emit(t, socket, `{"action":"post","text":"hi","key":"k"}`, true)
			must(t, err)
			if strings.Join(got[1:], "\n") != strings.Join(want, "\n") {
				t.Errorf("came %v", got)
			}
		})
	}
}

func TestARoadThatTakesNothingIsSaidAtTheSocket(t *testing.T) {
	_, socket := open(t, func(r *rig, _ *bots.Bot, _ *scripts.Options) {
		r.lines = func(context.Context, runner.Frame) error { return runner.ErrFull }
	})
	_, err := emit(t, socket, `{"action":"post","text":"hi"}`, false)
	if !errors.Is(err, scripts.ErrRefused) || !strings.Contains(err.Error(), runner.ErrFull.Error()) {
		t.Errorf("err = %v", err)
	}
}

func TestTheSocketIsPrivateAndTakesSixteen(t *testing.T) {
	r, socket := open(t)
	info, err := os.Stat(socket)
	must(t, err)
	if info.Mode().Perm() != 0o600 || len(socket) > 107 {
		t.Errorf("%s has mode %o", socket, info.Mode().Perm())
	}
	var conns []net.Conn
	for range 16 {
		conn, err := net.Dial("unix", socket)
		must(t, err)
		defer conn.Close()
		conns = append(conns, conn)
	}
	if a := raw(t, socket, ""); !strings.Contains(a, "16 clients") {
		t.Errorf("the 17th: %s", a)
	}
	must(t, conns[0].Close())
	for end := time.Now().Add(20 * time.Second); ; {
		if _, err = emit(t, socket, `{"action":"post","text":"hi"}`, false); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("no place becomes free: ", err)
		}
	}
	r.end(t)
	if _, err := os.Stat(socket); err == nil {
		t.Error("the socket was left behind")
	}
	if _, err := scripts.Socket(r.state, "tides"); err == nil {
		t.Error("a socket is named that is closed")
	}
	var op *net.OpError
	if _, err := emit(t, socket, `{}`, false); !errors.As(err, &op) {
		t.Errorf("heed is away: %v", err)
	}
}

func TestAClientThatLeavesEndsItsWait(t *testing.T) {
	r, socket := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := scripts.Emit(ctx, socket, json.RawMessage(`{"action":"post","text":"hi"}`), true, func([]byte) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	r.end(t) // and goleak sees that nobody waits on
}

func TestTheSocketWorksFromAScript(t *testing.T) {
	r := keep(t, python(`
import os, socket
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ["HEED_SOCKET"])
s.send(b'{"intent":{"action":"post","text":"hi","key":"from-a-script"}}\n')
print(s.recv(1000).decode())`))
	seen := map[string]bool{}
	for range 2 {
		seen[joined(r.frame(t))] = true
	}
	if !seen[`{"key":"from-a-script","action":"post","text":"hi"}`] || !seen[`{"key":"from-a-script","queued":true}`] {
		t.Errorf("came %v", seen)
	}
}
