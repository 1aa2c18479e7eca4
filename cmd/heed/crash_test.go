package main

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner"
	"heed/runner/ledger"
	"heed/runner/sandbox"
)

// A bot that says a new thing twice a second, notes each one that heed has
// acknowledged, and goes on from there when it is started again.
const steadyBot = `#!/bin/sh
i=$(cat "$HEED_STATE_DIR/acked" 2>/dev/null | wc -l)
while :; do
	i=$((i + 1))
	text=$(sed -n "${i}p" texts)
	[ -n "$text" ] || break
	heed emit post --key "k$i" --text "$text" && echo "k$i" >>"$HEED_STATE_DIR/acked"
done &
cat >/dev/null
kill $! 2>/dev/null
`

// words makes texts that resemble each other in nothing.
func words(n int) string {
	var b strings.Builder
	for i := range n {
		sum := sha256.Sum256([]byte(strconv.Itoa(i)))
		for j := range 6 {
			w := ""
			for k := range 5 {
				w += string("bcdfghjklmnprstvwz"[int(sum[j*5+k])%18]) + string("aeiou"[int(sum[(j*5+k+7)%32])%5])
			}
			b.WriteString(w + " ")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestP4P5KilledAtAnyMoment: killed with -9 again and again while intents flow and
// answers get lost, no acknowledged intent is lost and none is done twice.
func TestP4P5KilledAtAnyMoment(t *testing.T) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("HEED_KILLS")); err == nil {
		kills = n
	}
	const texts = 80 // of each bot: X allows 100 posts in 15 minutes
	x := newStage(t, sandbox.Options{Tier: sandbox.Enterprise})
	for _, name := range []string{"drop_after", "drop_before"} {
		f, err := sandbox.Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Method, f.Route, f.Probability = "POST", "/2/tweets", 0.1
		if err := x.AddFault(f); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	names := []string{"one", "two"}
	env := x.settings(t, dir, "", names...)
	for i, name := range names {
		lines := strings.Split(words(2*texts), "\n")
		write(t, filepath.Join(dir, name+".sh"), strings.ReplaceAll(steadyBot, "texts)", name+".txt)"), 0o755)
		write(t, filepath.Join(dir, name+".txt"), strings.Join(lines[i*texts:(i+1)*texts], "\n")+"\n", 0o644)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range kills {
		p := start(t, dir, env, "run")
		for range 3 + rnd.IntN(12) {
			p.until(60*time.Second, `verdict|outcome|intent`)
		}
		p.end(syscall.SIGKILL, 10*time.Second)
	}
	x.ClearFaults()
	p := start(t, dir, env, "run")
	var last []string
	for _, name := range names {
		last = append(last, fmt.Sprintf(`%s +verdict .* k%d\b`, name, texts))
	}
	p.until(90*time.Second, last...)
	p.until(60*time.Second, `outcome +\w+ +post k`) // what was unknown is being looked up
	p.end(syscall.SIGTERM, 30*time.Second)
	judgeCrash(t, dir, x, names)
}

func judgeCrash(t *testing.T, dir string, x *stage, names []string) {
	t.Helper()
	posted := map[string]int{}
	for _, a := range x.Acts("") {
		posted[a.Text]++
		if posted[a.Text] > 1 {
			t.Errorf("posted twice: %s", a.Text)
		}
	}
	l, err := ledger.Open(filepath.Join(dir, "state", "heed.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	states := map[runner.State]int{}
	for _, name := range names {
		acked, err := os.ReadFile(filepath.Join(dir, "state", "bots", name, "acked"))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range strings.Fields(string(acked)) {
			c, err := l.Case(t.Context(), runner.Ref{Bot: name, Key: key})
			if err != nil {
				t.Errorf("%s/%s was acknowledged and is lost: %v", name, key, err)
				continue
			}
			states[c.State]++
			if n := posted[c.Intent.Text]; c.State == runner.Done && n != 1 {
				t.Errorf("%s/%s is done and stands on X %d times", name, key, n)
			}
		}
	}
	if states[runner.Done] < 20 {
		t.Errorf("only %d are done: %v", states[runner.Done], states)
	}
	t.Logf("%d posts on X; acknowledged intents by state: %v", len(posted), states)
}
