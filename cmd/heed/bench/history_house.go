package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
)

// house is one ledger with what was measured of it.
type house struct {
	story
	acts     int // of its past
	first    int // the story's number of the first act after the past
	path     string
	ledger   *ledger.Ledger
	pipeline guards.Pipeline
	done     int // acts of every bot after the past

	bytes                 int64
	heap                  uint64
	opened, read, decided time.Duration
	checked               time.Duration   // until the check beside the work had ended
	rates                 []float64       // intents a second, of each round
	took                  []time.Duration // of each decision
}

func (h *house) name() string {
	if h.acts == 0 {
		return "empty ledger"
	}
	return fmt.Sprintf("%.2g acts, %.2g people", float64(h.acts), float64(h.people))
}

// patient is every guard under the settings by which the story is allowed.
func patient() (guards.Pipeline, error) {
	p, err := lawful()
	if err != nil {
		return p, err
	}
	return with(p, map[string]string{"opt_out": `inbox_age = "6h"`}) // a round takes longer than the default allows, in its own time
}

// open opens the ledger as a daemon does, and takes the first decision.
func (h *house) open(ctx context.Context) (err error) {
	if h.pipeline, err = patient(); err != nil {
		return err
	}
	if info, err := os.Stat(h.path); err == nil {
		h.bytes = info.Size()
	}
	before, began := heap(), time.Now()
	if h.ledger, err = ledger.Open(h.path, ledger.Options{}); err != nil {
		return err
	}
	h.opened, began = time.Since(began), time.Now()
	now := h.now()
	if _, err := h.ledger.Recover(ctx, now); err != nil {
		return err
	}
	h.read = time.Since(began)
	if err := h.prepare(ctx, now); err != nil {
		return err
	}
	took := make([]time.Duration, 0, 1)
	n, at := h.first-1, now // beside the story: another key
	a, err := h.act(n, at)
	if err != nil {
		return err
	}
	a.Entry.Intent.Key, a.Entry.Intent.ID = "first-"+strconv.Itoa(h.done), storyID(-n-h.done, at)
	a.Entry.Intent.Action, a.Entry.Intent.Target, a.Entry.Intent.Text = bots.Post, bots.Target{}, storyText(-1-h.done)
	if a.Entry.Stored, err = a.Entry.Intent.Encode(); err != nil {
		return err
	}
	if _, err := h.way(ctx, storyBot(h.bot(n)), a, at, &took); err != nil {
		return err
	}
	h.decided, h.heap = took[0], max(heap(), before)-before
	began = time.Now() // what is measured is the day after, and not the first minutes
	err = h.ledger.Checked(ctx)
	h.checked = time.Since(began)
	return err
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// prepare is what a daemon does every now and then: read the profiles and the inboxes.
func (h *house) prepare(ctx context.Context, at time.Time) error {
	for n := range h.bots {
		if err := h.ledger.SetProfile(ctx, storyBot(n).Name, storyProfile(n, at)); err != nil {
			return err
		}
		if err := h.ledger.InboxRead(ctx, storyBot(n).Name, "", at); err != nil {
			return err
		}
	}
	return nil
}

// now is the time of the story's next act.
func (h *house) now() time.Time {
	return storyUntil.Add(time.Duration(h.done*h.bots) * storyStep)
}

// round lets the bots do n acts side by side. What people said is heard before; that
// and preparing the intents is not counted.
func (h *house) round(ctx context.Context, n int, counts bool) error {
	each := n / h.bots
	if err := h.prepare(ctx, h.now()); err != nil {
		return err
	}
	work := make([][]ledger.PastAct, h.bots)
	for b := range work {
		for i := h.done; i < h.done+each; i++ {
			nth := h.nth(b, i)
			a, err := h.act(h.first+nth, storyUntil.Add(time.Duration(nth)*storyStep))
			if err != nil {
				return err
			}
			if a.Heard != nil {
				if _, err := h.ledger.Hear(ctx, *a.Heard); err != nil {
					return err
				}
			}
			work[b] = append(work[b], a)
		}
	}
	h.done += each
	took := make([][]time.Duration, h.bots)
	errs := make([]error, h.bots)
	refused := make([]int, h.bots)
	began := time.Now()
	// Bot waits for bot after every turn, so that their clocks stay within an hour: what
	// is ahead of a bot counts in the windows of the whole app.
	for i := 0; i < each; i += storyTurn {
		var all sync.WaitGroup
		for b := range work {
			all.Go(func() {
				for _, a := range work[b][i:min(i+storyTurn, each)] {
					allowed, err := h.way(ctx, storyBot(b), a, a.Entry.At, &took[b])
					if errs[b] = err; err != nil {
						return
					}
					if !allowed {
						refused[b]++
					}
				}
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	rate := float64(n) / time.Since(began).Seconds()
	sum := 0
	for b := range work {
		sum += refused[b]
		if counts {
			h.took = append(h.took, took[b]...)
		}
	}
	if sum > n/50 {
		return fmt.Errorf("%d of %d intents were not allowed: what was measured is not the way of an act", sum, n)
	}
	if counts {
		h.rates = append(h.rates, rate)
	}
	return nil
}

// way is the way of one intent: entered, decided, settled, each durable.
func (h *house) way(ctx context.Context, who bots.Bot, a ledger.PastAct, at time.Time, took *[]time.Duration) (allowed bool, err error) {
	if _, err := h.ledger.Enter(ctx, []runner.Entry{a.Entry}); err != nil {
		return false, err
	}
	began := time.Now()
	turn, ok, _, err := h.ledger.Decide(ctx, who, h.pipeline, at)
	if err != nil {
		return false, err
	}
	*took = append(*took, time.Since(began))
	for ok && turn.State == runner.Expired { // what was not allowed, a day later
		if turn, ok, _, err = h.ledger.Decide(ctx, who, h.pipeline, at); err != nil {
			return false, err
		}
	}
	if !ok || turn.Key != a.Entry.Intent.Key {
		return false, fmt.Errorf("%s: the turn of %q was another's: %q", who.Name, a.Entry.Intent.Key, turn.Key)
	}
	if turn.State != runner.Doing {
		return false, nil
	}
	return true, h.ledger.Settle(ctx, runner.Closing{Seq: turn.Seq, At: at, State: runner.Done,
		Answer: runner.Answer{Outcome: runner.Landed, Status: 201, PostID: a.Post}})
}

// cases are how heed judges the acts of the story: one of each action.
func (s story) cases(ctx context.Context, path string) (out map[bots.Action]runner.Case, err error) {
	h := &house{story: s, path: path}
	if err := h.open(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if again := h.ledger.Close(); err == nil {
			err = again
		}
	}()
	if err := h.round(ctx, s.bots*storyTurn, false); err != nil {
		return nil, err
	}
	out = map[bots.Action]runner.Case{}
	for n := range storyTurn {
		c, err := h.ledger.Case(ctx, runner.Ref{Bot: storyBot(0).Name, Key: fmt.Sprint("r-", n)})
		if err != nil {
			return nil, err
		}
		if c.Verdict == nil || c.Verdict.Effect != guards.Allow {
			return nil, fmt.Errorf("a %s of the story is not allowed: %+v", c.Intent.Action, c.Verdict)
		}
		out[c.Intent.Action] = c
	}
	return out, nil
}
