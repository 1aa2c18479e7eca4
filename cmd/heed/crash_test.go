package main

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
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
		b.WriteString(wordsOf(strconv.Itoa(i)) + "\n")
	}
	return b.String()
}

// wordsOf makes a text of a name that no other name has.
func wordsOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	var b strings.Builder
	for j := range 6 {
		w := ""
		for k := range 5 {
			w += string("bcdfghjklmnprstvwz"[int(sum[j*5+k])%18]) + string("aeiou"[int(sum[(j*5+k+7)%32])%5])
		}
		b.WriteString(w + " ")
	}
	return b.String()
}

// crashRound is how many kills one house lives through before another is built: X lets
// each account post a hundred times in a quarter of an hour.
const crashRound = 50

// TestP4P5KilledAtAnyMoment: killed with -9 again and again while intents come by every
// door, people speak and answers get lost, no acknowledged intent is lost, none is done
// twice, and no opt-out is forgotten. HEED_KILLS and HEED_SEED set its size and dice.
func TestP4P5KilledAtAnyMoment(t *testing.T) {
	kills, seed := 4, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("HEED_KILLS")); err == nil {
		kills = n
	}
	if n, err := strconv.ParseUint(os.Getenv("HEED_SEED"), 10, 64); err == nil {
		seed = n
	}
	var sum crashFigures
	for round := uint64(0); sum.kills < kills && !t.Failed(); round++ {
		t.Run(fmt.Sprintf("round%d", round), func(t *testing.T) {
			w := newCrashWorld(t, seed+round)
			n := min(crashRound, kills-sum.kills)
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("play it again: HEED_KILLS=%d HEED_SEED=%d go test -count=1 -run TestP4P5KilledAtAnyMoment ./cmd/heed", n, seed+round)
				}
			})
			w.play(n)
			w.figures.add(&sum)
		})
	}
	sum.tell(t)
	if kills >= 4 && (sum.acknowledged == 0 || sum.acts == 0 || sum.optOuts == 0) {
		t.Errorf("nothing was put to the test: %+v", sum)
	}
}

// play kills heed so often, lets it settle, and judges.
func (w *crashWorld) play(kills int) {
	stop := w.open()
	for i := range kills {
		w.live(i)
	}
	stop() // nobody wants anything more
	w.x.ClearFaults()
	l := w.start()
	l.quiet(8*time.Second, 60*time.Second)
	if code := l.end(syscall.SIGTERM, 60*time.Second); code != exitOK {
		w.t.Errorf("after TERM it ended with %d", code)
	}
	w.judge()
}

// The ways in which a life ends.
const (
	byEvents    = iota // after so many lines of verdicts, outcomes and intents
	byDelay            // after some time, from microseconds to seconds: often while starting
	inEnd              // while it ends after TERM
	inReload           // while it reads its settings anew
	besideVerbs        // while verbs read and write the ledger
	afterPause         // after it was stopped for a while, or while it is
	afterScript        // after its scripts were killed
	crashWays
)

// live lets heed run until one of many deaths.
func (w *crashWorld) live(n int) {
	d := w.dice
	way := d.IntN(crashWays)
	if d.IntN(3) == 0 {
		way = byEvents
	}
	l := w.start()
	switch way {
	case byEvents:
		l.events(4+d.IntN(40), 8*time.Second)
	case byDelay:
		pause(logTime(d, 100*time.Microsecond, 3*time.Second))
	case inEnd:
		l.events(2+d.IntN(20), 5*time.Second)
		l.signal(syscall.SIGTERM)
		pause(logTime(d, 50*time.Microsecond, time.Second))
	case inReload:
		l.events(2+d.IntN(20), 5*time.Second)
		l.signal(syscall.SIGHUP)
		pause(logTime(d, 50*time.Microsecond, 300*time.Millisecond))
	case besideVerbs:
		l.events(2+d.IntN(20), 5*time.Second)
		w.readers(logTime(d, time.Millisecond, time.Second))
	case afterPause:
		l.events(2+d.IntN(20), 5*time.Second)
		w.freeze(l, logTime(d, time.Millisecond, 4*time.Second), d.IntN(2) == 0)
	case afterScript:
		l.events(2+d.IntN(10), 5*time.Second)
		w.figures.scripts += l.killScripts()
		l.events(2+d.IntN(10), 3*time.Second)
	}
	if !l.ready.Load() {
		w.figures.starting++
	}
	l.end(syscall.SIGKILL, 20*time.Second)
	w.died()
	w.figures.ways[way]++
}

// logTime is a time of any order of magnitude between two.
func logTime(d *rand.Rand, from, to time.Duration) time.Duration {
	t := float64(from)
	for range 1000 {
		if t *= 1.02; t > float64(to) || d.Float64() < 0.01 {
			break
		}
	}
	return time.Duration(min(t*(0.5+d.Float64()), float64(to)))
}

// pause lets real time pass: that is what a random moment is.
func pause(d time.Duration) { <-time.After(d) }

// crashFigures is what came of it.
type crashFigures struct {
	kills, starting, acknowledged, acts, lost, twice   int
	optOuts, forgotten, approved, replies              int
	dms, follows, posts, excused, limited, unaccounted int
	scripts                                            int // killed, heed lived on
	ways                                               [crashWays]int
	states                                             map[string]int
}

func (f *crashFigures) add(sum *crashFigures) {
	for _, p := range []struct{ to, from *int }{{&sum.kills, &f.kills}, {&sum.starting, &f.starting}, {&sum.acknowledged, &f.acknowledged},
		{&sum.acts, &f.acts}, {&sum.lost, &f.lost}, {&sum.twice, &f.twice}, {&sum.optOuts, &f.optOuts}, {&sum.forgotten, &f.forgotten},
		{&sum.approved, &f.approved}, {&sum.replies, &f.replies}, {&sum.dms, &f.dms}, {&sum.follows, &f.follows},
		{&sum.posts, &f.posts}, {&sum.excused, &f.excused}, {&sum.limited, &f.limited}, {&sum.unaccounted, &f.unaccounted}, {&sum.scripts, &f.scripts}} {
		*p.to += *p.from
	}
	for i, n := range f.ways {
		sum.ways[i] += n
	}
}

func (f *crashFigures) tell(t *testing.T) {
	for _, a := range []struct {
		name string
		n    int
	}{{"kills", f.kills}, {"kills_while_starting", f.starting}, {"kills_while_ending", f.ways[inEnd]}, {"kills_while_reloading", f.ways[inReload]}, {"scripts_killed", f.scripts},
		{"acknowledged", f.acknowledged}, {"lost", f.lost}, {"twice", f.twice}, {"acts", f.acts}, {"acts_without_record", f.unaccounted},
		{"opt_outs", f.optOuts}, {"opt_outs_forgotten", f.forgotten}, {"approved", f.approved}} {
		t.Attr(a.name, strconv.Itoa(a.n))
	}
	t.Logf("%+v", *f)
}
