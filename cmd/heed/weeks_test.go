package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"heed/bots"
	"heed/runner"
	"heed/runner/ledger"
	"heed/runner/sandbox"
)

// TestWeeks lives simulated weeks: the real ledger, guards, turns, platform and
// sandbox over HTTP through pipes, under a driven clock, with people who say stop at
// bad moments, bots that want what they may not, answers that get lost, and deaths
// between any two steps. The sandbox judges every call (P2, P3, P4, P6, P11).
//
//	HEED_WEEKS=1000 HEED_SEED=1 go test -run TestWeeks ./cmd/heed
func TestWeeks(t *testing.T) {
	weeks, seed := 1, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("HEED_WEEKS")); err == nil {
		weeks = n
	}
	if n, err := strconv.ParseUint(os.Getenv("HEED_SEED"), 10, 64); err == nil {
		seed = n
	}
	var sum tally
	for i := range weeks {
		s := seed + uint64(i)
		ok := t.Run(fmt.Sprintf("seed %d", s), func(t *testing.T) { sum.add(week(t, s)) })
		if !ok {
			t.Fatalf("replay it with HEED_WEEKS=1 HEED_SEED=%d", s)
		}
	}
	t.Logf("%d weeks: %+v", weeks, sum)
	if weeks > 0 && (sum.Done == 0 || sum.Denied == 0 || sum.Stops == 0 || sum.Deaths == 0) {
		t.Errorf("the weeks were too quiet to prove anything: %+v", sum)
	}
}

// tally counts what happened.
type tally struct {
	Intents, Done, Denied, Deferred, Failed, Held, Unknown, Cancelled, Expired, Stops, Deaths, Calls int
}

func (a *tally) add(b tally) {
	a.Intents += b.Intents
	a.Done += b.Done
	a.Denied += b.Denied
	a.Deferred += b.Deferred
	a.Failed += b.Failed
	a.Held += b.Held
	a.Unknown += b.Unknown
	a.Cancelled += b.Cancelled
	a.Expired += b.Expired
	a.Stops += b.Stops
	a.Deaths += b.Deaths
	a.Calls += b.Calls
}

func week(t *testing.T, seed uint64) (sum tally) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))) // X's ids begin in 2010
		w := newWeek(t, seed, filepath.Join(dir, "heed.db"))
		w.live(7 * 24 * time.Hour)
		sum = w.judge()
	})
	return sum
}

// simWeek is one house, its people and its misfortunes.
type simWeek struct {
	t        *testing.T
	path     string
	x        *sandbox.World
	platform runner.Platform
	house    runner.House
	bus      *chanBus
	mu       sync.Mutex // of the dice, and what follows
	dice     *rand.Rand
	wanted   map[string]map[string]bool // bot -> keys that were put on the road
	texts    []string                   // what bots said lately, to copy
	n        int
	deaths   int
	stops    int
}

var (
	simBots   = []string{"quakes", "desk", "mirror", "circle"}
	simPeople = 12
)

func newWeek(t *testing.T, seed uint64, path string) *simWeek {
	w := &simWeek{t: t, path: path, dice: rand.New(rand.NewPCG(seed, 7)), wanted: map[string]map[string]bool{}, bus: &chanBus{wake: make(chan struct{}, 1)}}
	w.x = sandbox.New(sandbox.Options{Seed: seed, Tier: sandbox.Enterprise, Lag: 2 * time.Second,
		Quirks: sandbox.Quirks{OpenMentions: false}})
	sim := newSimHouse(t, w.x, simBots, []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow, bots.Unfollow, bots.Repost, bots.Quote, bots.Delete})
	for _, name := range simBots {
		w.wanted[name] = map[string]bool{}
	}
	for i := range simPeople {
		if _, err := w.x.AddUser(sandbox.User{ID: strconv.Itoa(5000 + i), Username: fmt.Sprintf("p%d", i), DMOpen: i%2 == 0}); err != nil {
			t.Fatal(err)
		}
	}
	w.faults()
	w.platform = sim.platform(t, sim.serve(t).dial)
	w.house = sim.house
	w.house.Poll = 10 * time.Minute
	for i := range w.house.Charges {
		b := &w.house.Charges[i].Bot
		b.Script = bots.Script{Command: []string{b.Name}, Service: true}
	}
	return w
}

// faults lays X's troubles, for the whole week.
func (w *simWeek) faults() {
	for preset, chance := range map[string]float64{"drop_before": 0.01, "drop_after": 0.02, "error_after": 0.02, "html_after": 0.01,
		"empty_after": 0.01, "truncate": 0.01, "unavailable": 0.01, "rate_no_reset": 0.003, "html_503": 0.01, "rate_bad_reset": 0.003} {
		f, err := sandbox.Preset(preset)
		if err != nil {
			w.t.Fatal(err)
		}
		f.Probability, f.Count = chance, 0
		if err := w.x.AddFault(f); err != nil {
			w.t.Fatal(err)
		}
	}
}

// live runs heed, and kills it again and again, while people and bots do as they do.
func (w *simWeek) live(length time.Duration) {
	end := time.Now().Add(length)
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	var people sync.WaitGroup
	people.Go(func() { w.people(ctx) })
	for time.Now().Before(end) {
		life := time.Duration(w.roll(int(10*time.Hour/time.Second))) * time.Second
		w.oneLife(min(life, time.Until(end)), time.Now().Add(life).Before(end))
	}
	cancel()
	people.Wait()
}

// oneLife is one process of heed: it ends politely at the end of the week, and else
// dies at some step, after which nothing it does reaches the ledger.
func (w *simWeek) oneLife(length time.Duration, dies bool) {
	l, err := ledger.Open(w.path, ledger.Options{Trust: true, Watch: 24 * time.Hour})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	m := newMortal(l, w.platform, cancel)
	r := &runner.Runner{Ledger: ledgerOf{m}, Bus: w.bus, Platform: platformOf{m}, Scripts: simScripts{w}, Log: func(runner.Record) {}}
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, w.house) }()
	select {
	case <-time.After(length):
	case err := <-done:
		w.t.Errorf("heed ended by itself: %v", err)
		return
	}
	if dies {
		w.mu.Lock()
		w.deaths++
		steps := int64(w.dice.IntN(40))
		w.mu.Unlock()
		m.dieAfter(steps)
		select {
		case <-m.gone:
		case <-time.After(time.Hour):
		}
	}
	cancel()
	<-done
	if err := l.Close(); err != nil {
		w.t.Error(err)
	}
	w.bus.restart()
}

func (w *simWeek) roll(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dice.IntN(n)
}

// people speak to bots, ask to be left alone, come back, and change their minds.
func (w *simWeek) people(ctx context.Context) {
	for ctx.Err() == nil {
		wait := time.NewTimer(time.Duration(30+w.roll(1800)) * time.Second)
		select {
		case <-wait.C:
		case <-ctx.Done():
			return
		}
		who, bot := fmt.Sprintf("p%d", w.roll(simPeople)), simBots[w.roll(len(simBots))]
		var err error
		switch w.roll(10) {
		case 0, 1, 2:
			_, err = w.x.Mention(who, bot, fmt.Sprintf("@%s what about number %d?", bot, w.roll(1000)))
		case 3, 4, 5:
			_, err = w.x.DM(who, bot, fmt.Sprintf("tell me about number %d", w.roll(1000)))
		case 6:
			other := fmt.Sprintf("p%d", w.roll(simPeople))
			_, err = w.x.Mention(who, bot, fmt.Sprintf("@%s @%s look at number %d", bot, other, w.roll(1000)))
		case 7:
			w.mu.Lock()
			w.stops++
			w.mu.Unlock()
			_, err = w.x.DM(who, bot, "STOP")
		case 8:
			_, err = w.x.Mention(who, bot, fmt.Sprintf("@%s stop", bot))
		case 9:
			_, err = w.x.DM(who, bot, "START")
		}
		if err != nil && ctx.Err() == nil {
			w.t.Errorf("%s to %s: %v", who, bot, err)
		}
	}
}

// judge asks the sandbox and the ledger what came of it all.
func (w *simWeek) judge() (sum tally) {
	t := w.t
	for _, v := range w.x.Violations() {
		t.Errorf("X saw a broken promise: %+v", v)
	}
	for _, acts := range w.x.Identical() {
		t.Errorf("one text was sent %d times: %+v", len(acts), acts[0])
	}
	l, err := ledger.Open(w.path, ledger.Options{Trust: true, Watch: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for bot, keys := range w.wanted {
		for key := range keys {
			sum.Intents++
			c, err := l.Case(t.Context(), runner.Ref{Bot: bot, Key: key})
			if errors.Is(err, runner.ErrNotFound) {
				if !w.bus.holds(bot) {
					t.Errorf("%s/%s was acknowledged and is lost", bot, key)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			switch c.State {
			case runner.Done:
				sum.Done++
			case runner.Denied:
				sum.Denied++
			case runner.Deferred, runner.Waiting:
				sum.Deferred++
			case runner.Failed:
				sum.Failed++
			case runner.Held:
				sum.Held++
			case runner.Unknown, runner.Doing:
				sum.Unknown++
			case runner.Cancelled:
				sum.Cancelled++
			case runner.Expired:
				sum.Expired++
			}
		}
	}
	sum.Stops, sum.Deaths, sum.Calls = w.stops, w.deaths, len(w.x.Calls())
	return sum
}
