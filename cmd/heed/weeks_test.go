package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestWeeks lives simulated weeks: the real ledger, guards, turns, platform and sandbox
// over HTTP through pipes, under a driven clock, with people who say stop at bad
// moments, bots that want what they may not, an operator who stops and resumes, a clock
// that jumps, a disk that fills, answers that get lost or late, and deaths between any
// two steps. The sandbox judges every call, a naive oracle every claim (P2 to P6, P11,
// P12).
//
//	HEED_WEEKS=1000 HEED_SEED=1 go test -run 'TestWeeks$' ./cmd/heed
//
// Weeks run side by side, GOMAXPROCS of them. A run is split over processes by its
// seeds: HEED_WEEKS=500 HEED_SEED=1 and HEED_WEEKS=500 HEED_SEED=501.
func TestWeeks(t *testing.T) {
	n, seed := 1, uint64(1)
	if v, err := strconv.Atoi(os.Getenv("HEED_WEEKS")); err == nil {
		n = v
	}
	if v, err := strconv.ParseUint(os.Getenv("HEED_SEED"), 10, 64); err == nil {
		seed = v
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a week's garbage is small, and collecting it is not
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(256 << 20))
	began, cpu := time.Now(), cpuTime()
	sum := liveWeeks(t, n, seed)
	if sum.Weeks > 0 {
		t.Attr("cpu_ms_per_week", strconv.FormatInt((cpuTime()-cpu).Milliseconds()/int64(sum.Weeks), 10))
	}
	sum.attr(t)
	t.Logf("%d weeks in %s\n%s", sum.Weeks, time.Since(began).Round(time.Second), sum)
	if n > 0 {
		sum.loud(t)
	}
}

// liveWeeks lives weeks side by side until all are over or some have failed.
func liveWeeks(t *testing.T, n int, seed uint64) *tally {
	dir := t.TempDir()
	empty := emptyLedger(t, dir)
	var mu sync.Mutex
	sum, next, failed := newTally(), seed, 0
	take := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= seed+uint64(n) || failed >= 3 {
			return 0, false
		}
		next++
		return next - 1, true
	}
	t.Run("seeds", func(t *testing.T) {
		for i := range min(n, runtime.GOMAXPROCS(0)) {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				for s, more := take(); more; s, more = take() {
					one, wrong := oneWeek(t, s, filepath.Join(dir, strconv.FormatUint(s, 10)), empty, week)
					mu.Lock()
					sum.add(one)
					if len(wrong) > 0 {
						failed++
					}
					mu.Unlock()
					if len(wrong) > 0 {
						t.Errorf("seed %d; replay it with: HEED_WEEKS=1 HEED_SEED=%d go test -count=1 -run 'TestWeeks$' ./cmd/heed\n%s",
							s, s, strings.Join(wrong, "\n"))
					}
				}
			})
		}
	})
	return sum
}

const week = 7 * 24 * time.Hour

// oneWeek lives one, and says what went wrong in it.
func oneWeek(t *testing.T, seed uint64, dir string, empty []byte, length time.Duration, change ...func(*simWeek)) (sum *tally, wrong []string) {
	write(t, filepath.Join(dir, "heed.db"), string(empty), 0o600)
	defer os.RemoveAll(dir)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))) // X's ids begin in 2010
		w := newWeek(t, seed, filepath.Join(dir, "heed.db"), length)
		for _, c := range change {
			c(w)
		}
		w.live()
		sum, wrong = w.judge()
	})
	return sum, wrong
}

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// tally counts what happened in weeks.
type tally struct {
	Weeks, Intents, Acts, Calls, Checks    int
	Deaths, Died                           int // processes that died, and those within a call
	Ends, Faults, OptOuts, Desk, Road, Bad map[string]int
	Troubles, Excused, Bots                map[string]int
}

func newTally() *tally {
	a := &tally{}
	for _, m := range a.maps() {
		*m = map[string]int{}
	}
	return a
}

func (a *tally) maps() []*map[string]int {
	return []*map[string]int{&a.Ends, &a.Faults, &a.OptOuts, &a.Desk, &a.Road, &a.Troubles, &a.Bots, &a.Excused, &a.Bad}
}

func (a *tally) numbers() []*int {
	return []*int{&a.Weeks, &a.Intents, &a.Acts, &a.Calls, &a.Checks, &a.Deaths, &a.Died}
}

var tallied = []string{"ends", "faults", "opt_outs", "desk", "road", "troubles", "bots", "excused", "violations"}

func (a *tally) add(b *tally) {
	for i, n := range b.numbers() {
		*a.numbers()[i] += *n
	}
	for i, m := range b.maps() {
		for k, n := range *m {
			(*a.maps()[i])[k] += n
		}
	}
}

func (a *tally) String() string {
	s := fmt.Sprintf("intents %d, acts %d, calls %d, claims checked %d, deaths %d (%d within a call)\n", a.Intents, a.Acts, a.Calls, a.Checks, a.Deaths, a.Died)
	for i, name := range tallied {
		s += name + ":"
		for _, k := range sortedKeys(*a.maps()[i]) {
			s += fmt.Sprintf(" %s=%d", strings.ReplaceAll(k, " ", "_"), (*a.maps()[i])[k])
		}
		s += "\n"
	}
	return s
}

func total(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
