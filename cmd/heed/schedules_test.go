package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
	"heed/runner/sandbox"
)

// TestSchedules drives seeded schedules of faults over every action: the real ledger,
// guards, turns, platform and sandbox over HTTP, with answers of every broken kind, cut
// networks, deaths between two steps and within a call, frames that come again, and
// opt-outs by every way. The sandbox's own truth judges (P2 to P6, P11).
//
//	HEED_SCHEDULES=10000 HEED_SEED=1 go test -run TestSchedules ./cmd/heed
func TestSchedules(t *testing.T) {
	n, seed := 120, uint64(1)
	if raceDetector() {
		n = 30
	}
	if v, err := strconv.Atoi(os.Getenv("HEED_SCHEDULES")); err == nil {
		n = v
	}
	if v, err := strconv.ParseUint(os.Getenv("HEED_SEED"), 10, 64); err == nil {
		seed = v
	}
	dir := t.TempDir()
	empty := emptyLedger(t, dir)
	var mu sync.Mutex
	sum, next := newTotals(), seed
	take := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= seed+uint64(n) || len(sum.Failed) >= 5 {
			return 0, false
		}
		next++
		return next - 1, true
	}
	began := time.Now()
	t.Run("seeds", func(t *testing.T) {
		for i := range runtime.GOMAXPROCS(0) {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				for s, more := take(); more; s, more = take() {
					one, wrong := runSchedule(t, s, filepath.Join(dir, strconv.FormatUint(s, 10)), empty)
					mu.Lock()
					sum.add(one)
					if len(wrong) > 0 {
						sum.Failed = append(sum.Failed, s)
					}
					mu.Unlock()
					if len(wrong) > 0 {
						t.Errorf("replay it with HEED_SCHEDULES=1 HEED_SEED=%d:\n%s", s, strings.Join(wrong, "\n"))
					}
				}
			})
		}
	})
	t.Logf("%d schedules in %s\n%s", sum.Schedules, time.Since(began).Round(time.Second), sum)
	if sum.Schedules >= 100 {
		sum.loud(t)
	}
}

// emptyLedger makes a ledger once; every schedule begins with a copy.
func emptyLedger(t *testing.T, dir string) []byte {
	path := filepath.Join(dir, "empty.db")
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func runSchedule(t *testing.T, seed uint64, dir string, empty []byte) (sum *totals, wrong []string) {
	write(t, filepath.Join(dir, "heed.db"), string(empty), 0o600)
	defer os.RemoveAll(dir)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))) // X's ids begin in 2010
		s := newSchedule(t, seed, filepath.Join(dir, "heed.db"))
		s.drive()
		sum, wrong = s.judge()
	})
	return sum, wrong
}

// schedule is one house, what its bots want, and what befalls them. All of it is drawn
// before it begins.
type schedule struct {
	t       *testing.T
	path    string
	x       *sandbox.World
	sim     simHouse
	bus     *chanBus
	net     *brittle
	people  []sandbox.User
	wants   []*want
	events  []event
	lives   []life
	witness *witness
	sum     *totals
	yes     func(ref string) bool // the clerk's mind

	// Of the goroutine that drives:
	l      *ledger.Ledger
	m      *mortal
	cancel context.CancelFunc
	done   chan error
}

// event is one thing that happens at a time after the beginning.
type event struct {
	at   time.Duration
	what string
	do   func()
}

// life is one process: it dies after some steps, or within a call, or not at all.
type life struct {
	steps  int64 // -1: not between two steps
	call   int64 // 0: not within a call
	within time.Duration
	pause  time.Duration // before the next one begins
}

const (
	tick    = time.Minute
	patient = 3 * time.Hour // by then everything has ended, or waits with a reason
)

// drive lets time pass until everything is settled.
func (s *schedule) drive() {
	began, clerk := time.Now(), tick
	var quiet time.Duration // when the last event was
	if len(s.events) > 0 {
		quiet = s.events[len(s.events)-1].at
	}
	s.begin()
	for {
		at := clerk
		if len(s.events) > 0 {
			at = min(at, s.events[0].at)
		}
		timer := time.NewTimer(time.Until(began.Add(at)))
		select {
		case err := <-s.done:
			timer.Stop()
			s.buried(err)
			s.begin()
			continue
		case <-timer.C:
		}
		if len(s.events) > 0 && s.events[0].at == at {
			e := s.events[0]
			s.events = s.events[1:]
			s.witness.say("%s", e.what)
			e.do()
			continue
		}
		clerk = time.Since(began) + tick
		if time.Since(began) > quiet+10*time.Minute {
			clerk += 2 * tick
		}
		if s.clerk() && time.Since(began) > quiet+tick || time.Since(began) > patient {
			break
		}
	}
	s.cancel()
	err := <-s.done
	if err != nil && !errors.Is(err, context.Canceled) && !s.m.over() {
		s.witness.wrong("heed ended by itself: %v", err)
	}
	s.bus.restart()
}

// begin starts the next process.
func (s *schedule) begin() {
	l, err := ledger.Open(s.path, ledger.Options{Trust: true, Watch: 24 * time.Hour})
	if err != nil {
		s.t.Fatal(err)
	}
	if s.l == nil {
		s.consents(l)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	m := newMortal(&witnessLedger{l, s.witness}, nil, func() { s.witness.lose(); cancel() })
	m.Platform = &witnessPlatform{s.sim.platform(s.t, s.net.dial), s.witness}
	if len(s.lives) > 0 {
		f := s.lives[0]
		if f.steps >= 0 {
			m.dieAfter(f.steps)
		}
		m.fatal = f.fatal()
	}
	r := &runner.Runner{Ledger: ledgerOf{m}, Bus: s.bus, Platform: platformOf{m}, Scripts: noScripts{}, Log: s.witness.hear}
	s.l, s.m, s.cancel, s.done = l, m, cancel, make(chan error, 1)
	go func() { s.done <- r.Run(ctx, s.sim.house) }()
}

// fatal counts the calls of a life, and names the one within which it ends.
func (f life) fatal() func() (time.Duration, bool) {
	var mu sync.Mutex
	n := int64(0)
	return func() (time.Duration, bool) {
		mu.Lock()
		defer mu.Unlock()
		n++
		return f.within, n == f.call
	}
}

// buried is after a death: what is in the ledger stays, what was not accepted comes again.
func (s *schedule) buried(err error) {
	if !s.m.over() {
		s.witness.wrong("heed ended by itself: %v", err)
	}
	f := s.lives[0]
	s.lives = s.lives[1:]
	s.witness.say("heed has died")
	s.sum.Deaths[map[bool]string{true: "between steps", false: "within a call"}[f.call == 0]]++
	if err := s.l.Close(); err != nil {
		s.witness.wrong("the ledger does not close: %v", err)
	}
	time.Sleep(f.pause)
	s.bus.restart()
}

// clerk is the person at the desk: says yes to some of what waits, looks before saying
// so where heed cannot tell, and lifts latches. True when nothing is on its way.
func (s *schedule) clerk() (settled bool) {
	ctx := s.t.Context()
	halts, err := s.l.Halts(ctx, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range halts {
		if time.Since(h.At) > 3*time.Minute {
			if _, err := s.l.Resume(ctx, h.Scope, []guards.HaltKind{h.Kind}, "clerk", time.Now()); err != nil {
				s.witness.wrong("resume: %v", err)
			}
		}
	}
	open := []runner.State{runner.Waiting, runner.Deferred, runner.Doing, runner.Unknown, runner.Held}
	cases, err := s.l.Waiting(ctx, open, "", 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	settled = len(halts) == 0
	for _, c := range cases {
		if c.State != runner.Held {
			settled = false
			continue
		}
		if s.release(c) {
			settled = false
		}
	}
	return settled
}

// release lets a person answer a held intent once.
func (s *schedule) release(c runner.Case) bool {
	code, ref := s.witness.held(c), c.Bot+"/"+c.Key
	again := false
	switch code {
	case "scope.like", "reconcile.absent", "asked.person":
		again = s.yes(ref + code)
	case "reconcile.untold", "reconcile.unreadable": // told to see for themselves
		again = s.yes(ref+code) && len(s.witness.actsOf(s.x, c.Seq)) == 0
	}
	if !again {
		return false
	}
	s.witness.say("the clerk approves %s (%s)", ref, code)
	s.witness.released(c.Seq)
	if err := s.l.Approve(s.t.Context(), runner.Ref{ID: c.ID}, "clerk", c.Hash, time.Now()); err != nil {
		s.witness.wrong("approve %s: %v", ref, err)
	}
	s.sum.Released++
	return true
}
