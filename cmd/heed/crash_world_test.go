package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"heed/runner"
	"heed/runner/sandbox"
)

// crashWorld is a house whose heed dies again and again, and all who speak to it.
type crashWorld struct {
	t       *testing.T
	x       *stage
	seed    uint64
	dice    *rand.Rand
	dir     string
	env     []string
	nats    string // where NATS and the opt-out door listen, in every life
	web     string
	figures crashFigures

	mu       sync.Mutex
	acked    map[runner.Ref]bool
	approved map[runner.Ref]bool
	held     []runner.Ref         // acknowledged, and waiting for somebody's approval
	outs     map[string]time.Time // person to when an opt-out was acknowledged
	said     map[string]bool      // person to whether the last word was a stop
	kills    []time.Time
	frozen   []span
}

type span struct{ from, to time.Time }

// The bots: by heed emit, by lines, and by NATS.
var (
	crashEmit = []string{"emit0", "emit1"}
	crashPipe = []string{"pipe0", "pipe1"}
	crashNATS = []string{"nats0", "nats1", "nats2"}
	crashBots = append(append(append([]string(nil), crashEmit...), crashPipe...), crashNATS...)
)

// People by what they do: those who say STOP themselves, and those who are opted out by
// the command line or by the door.
const (
	crashPeople = 16
	talkers     = 5000
	byVerb      = 7000
	byDoor      = 8000
)

// pipeBot answers who speaks to it, and says things of its own, a few of them twice.
const pipeBot = `#!/bin/sh
me=NAME
n=$(cat "$HEED_STATE_DIR/n" 2>/dev/null || echo 0)
while [ ! -e quiet ]; do
	sleep 0.7
	n=$((n + 1))
	text=$(sed -n "${n}p" $me.txt)
	[ -n "$text" ] || break
	printf '{"action":"post","key":"p%s","text":"%s"}\n' "$n" "$text" || break
	echo "$((n - 1))" >"$HEED_STATE_DIR/n.new" && mv "$HEED_STATE_DIR/n.new" "$HEED_STATE_DIR/n"
done &
while read -r l; do
	id=${l#*'"id":"'}; id=${id%%'"'*}
	# The number of the event makes an answer that no other resembles.
	text="$(echo "$me$id" | sha256sum | cut -c1-56 | tr 0-9 g-p | sed 's/......./& /g')"
	case $l in
	*'"type":"mention"'*)
		post=${l#*'"post_id":"'}; post=${post%%'"'*}
		printf '{"action":"reply","cause":"%s","key":"r-%s","text":"%s","target":{"post_id":"%s"}}\n' "$id" "$id" "$text" "$post" ;;
	*'"type":"dm"'*)
		user=${l#*'"user_id":"'}; user=${user%%'"'*}
		printf '{"action":"dm","cause":"%s","key":"d-%s","text":"%s","target":{"user_id":"%s"}}\n' "$id" "$id" "$text" "$user" ;;
	esac
done
kill $! 2>/dev/null
`

func newCrashWorld(t *testing.T, seed uint64) *crashWorld {
	w := &crashWorld{t: t, seed: seed, dice: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir(), nats: freePort(t), web: freePort(t),
		acked: map[runner.Ref]bool{}, approved: map[runner.Ref]bool{}, outs: map[string]time.Time{}, said: map[string]bool{}}
	w.x = newStage(t, sandbox.Options{Tier: sandbox.Enterprise, Seed: seed, Limits: wideLimits(), Judge: sandbox.Judging{Confirmations: 1}})
	for _, from := range []int{talkers, byVerb, byDoor} {
		for i := range crashPeople {
			id := fmt.Sprint(from + i)
			if _, err := w.x.AddUser(sandbox.User{ID: id, Username: "p" + id, DMOpen: true}); err != nil {
				t.Fatal(err)
			}
		}
	}
	more := fmt.Sprintf("[nats]\nlisten = %q\n[opt_out]\nconfirm = true\n", w.nats)
	w.env = w.x.settings(t, w.dir, more, crashBots...)
	change(t, w.dir, `listen = ""`, fmt.Sprintf("listen = %q", w.web))
	change(t, w.dir, `purpose = "a test"`, "purpose = \"a test\"\nnats = true")
	for _, name := range crashBots {
		var texts []string
		for i := range 90 {
			texts = append(texts, wordsOf(fmt.Sprintf("%s %d %d", name, seed, i)))
		}
		write(t, filepath.Join(w.dir, name+".txt"), strings.Join(texts, "\n")+"\n", 0o644)
		script := "#!/bin/sh\ncat >/dev/null\n"
		switch {
		case strings.HasPrefix(name, "emit"):
			script = strings.ReplaceAll(steadyBot, "texts)", name+".txt)")
			script = strings.Replace(script, "while :; do", "while [ ! -e quiet ]; do\n\tsleep 0.6", 1)
		case strings.HasPrefix(name, "pipe"):
			script = strings.ReplaceAll(pipeBot, "NAME", name)
		}
		write(t, filepath.Join(w.dir, name+".sh"), script, 0o755)
	}
	return w
}

// wideLimits are X's with more reads: every life begins with some, and the lives are short.
func wideLimits() []sandbox.Limit {
	all := sandbox.DefaultLimits()
	for i := range all {
		if all[i].Method == "GET" {
			all[i].User15, all[i].App15 = 100*all[i].User15, 100*all[i].App15
		}
	}
	return all
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (w *crashWorld) start() *crashLife {
	l := newCrashLife(w.t, w.dir, w.env)
	w.t.Cleanup(func() {
		if w.t.Failed() {
			w.mu.Lock()
			last := len(w.kills) == 0 || l.began.After(w.kills[len(w.kills)-1])
			w.mu.Unlock()
			if last {
				w.t.Logf("what the last heed said:\n%s", l.tail())
			}
		}
	})
	return l
}

// lay troubles calls: answers get lost on either way, X refuses, and asks to wait.
func (w *crashWorld) lay() {
	w.x.ClearFaults()
	add := func(f sandbox.Fault, method, route string, p float64) {
		f.Method, f.Route, f.Probability = method, route, p
		if err := w.x.AddFault(f); err != nil {
			w.t.Error(err)
		}
	}
	for _, lost := range []struct {
		preset, method, route string
		p                     float64
	}{
		{"drop_after", "POST", "/2/tweets", 0.07}, {"drop_before", "POST", "/2/tweets", 0.05}, {"error_after", "POST", "/2/tweets", 0.03},
		{"drop_after", "POST", "/2/users/:id/following", 0.1}, {"drop_after", "POST", "/2/dm_conversations/with/:id/messages", 0.1},
		{"truncate", "GET", "/2/users/:id/mentions", 0.03}, {"drop_after", "GET", "/2/dm_events", 0.03}, {"unavailable", "GET", "/2/users/:id/tweets", 0.03},
	} {
		f, err := sandbox.Preset(lost.preset)
		if err != nil {
			w.t.Fatal(err)
		}
		add(f, lost.method, lost.route, lost.p)
	}
	add(sandbox.RateLimited(time.Now().Add(2*time.Second)), "POST", "/2/tweets", 0.02)
}

// freeze stops a life for a while, and lets it go on or not.
func (w *crashWorld) freeze(l *crashLife, d time.Duration, goOn bool) {
	s := span{from: time.Now()}
	l.signal(syscall.SIGSTOP)
	pause(d)
	if goOn {
		l.signal(syscall.SIGCONT)
		s.to = time.Now()
		w.mu.Lock()
		w.frozen = append(w.frozen, s)
		w.mu.Unlock()
		l.events(4, 3*time.Second)
	}
}
