// Package runner is the work: intake, turns, listening to people. Files are the work;
// each folder below wraps one technology behind a port declared here.
package runner

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"heed/bots"
	"heed/guards"
)

// Charge is a bot in heed's care, with its guards.
type Charge struct {
	Bot      bots.Bot
	Pipeline guards.Pipeline
}

// House is what a runner runs: the part of the settings that can be reloaded.
type House struct {
	Charges  []Charge
	Keywords []string      // opt-out words of the operator, beside the built-in ones
	Poll     time.Duration // between two looks at a bot's inbox
	Look     time.Duration // between two looks at a bot's own account; 0: 15 minutes
	Fresh    time.Duration // how old the last look may be before the guards let nobody be contacted; 0: not known
	Inbound  int           // messages and mentions read in 24 hours, over all bots; each costs money
	Help     bool          // heed answers HELP itself
	Confirm  bool          // heed says once that a STOP was heard
}

// Runner joins the rooms. Its fields are set once, before Run.
type Runner struct {
	Ledger   Ledger
	Bus      Bus
	Platform Platform
	Scripts  Scripts
	Pushes   Pushes // nil: people are heard by polling alone
	// Drain is how long acts that were begun may go on after the end has come; then their
	// calls are cut off, and what is not known of them is looked up at the next start.
	// 0: as long as the platform takes.
	Drain time.Duration
	// Log takes what is for the eye and not for the ledger: what scripts say, and
	// what went wrong with the ledger itself.
	Log func(Record)
	// Ready is told once that turns begin; nil: nobody is.
	Ready func()
	// Meter counts what is done; nil: nobody does.
	Meter Meter
	// Now stands for the machine's clock, which may be put forward and back while heed
	// runs; nil means time.Now. What heed waits for is counted by timers of its own.
	Now func() time.Time

	mu      sync.Mutex // of what follows
	house   House      // without its charges, which the lanes have
	lanes   map[string]*lane
	running sync.WaitGroup
	// starting keeps work from being begun while Run ends: it may be taken while mu is
	// held, and not the other way.
	starting sync.Mutex
	root     context.Context
	cut      context.Context // ends when acts may not go on any longer
	ready    *readiness
	through  chan struct{} // see gate
}

// Run works until ctx ends. It then stops the scripts, lets every act that was begun
// be written down (see Drain), and returns.
func (r *Runner) Run(ctx context.Context, h House) error {
	n, err := r.Ledger.Recover(ctx, r.now())
	if err != nil && ctx.Err() != nil {
		return nil // ended before it began
	}
	if err != nil {
		return err
	}
	if n > 0 {
		r.notice("", "recover.unknown", "%d acts were under way when heed last ended; each is looked up, none is sent again", n)
	}
	lives, end := context.WithCancel(ctx)
	defer end()
	cut, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	if r.Drain > 0 {
		defer context.AfterFunc(lives, func() { time.AfterFunc(r.Drain, cutOff) })()
	}
	r.mu.Lock()
	r.root, r.cut, r.lanes = lives, cut, map[string]*lane{}
	r.ready, r.through = newReadiness(), make(chan struct{}, gateWidth)
	r.mu.Unlock()
	r.Reload(h)
	r.running.Go(func() { r.tellReady(lives) })
	if r.Pushes != nil {
		r.running.Go(func() { r.follow(lives) })
	}

	err = r.Bus.Receive(lives, r.deliver)
	r.mu.Lock() // from here on no lane is opened, and no errand begun
	r.starting.Lock()
	end()
	r.starting.Unlock()
	r.mu.Unlock()
	r.running.Wait()
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// Reload takes other settings while running: bots come and go, guards and scripts
// change. An act that was begun ends under the settings it was judged by. Before Run
// has begun, and after it has ended, there is nothing to take them: false.
func (r *Runner) Reload(h House) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.root == nil || r.root.Err() != nil {
		return false
	}
	r.house = h
	r.house.Charges = nil
	want := map[string]Charge{}
	for _, c := range h.Charges {
		want[c.Bot.Name] = c
	}
	for name, l := range r.lanes {
		if _, stays := want[name]; !stays {
			l.stop()
			delete(r.lanes, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if l, there := r.lanes[name]; there {
			l.set(want[name])
			continue
		}
		r.lanes[name] = r.open(want[name])
	}
	return true
}

// now is what the machine's clock says. What is written down or held against what was
// written down goes by it.
func (r *Runner) now() time.Time {
	if r.Now == nil {
		return time.Now()
	}
	return r.Now()
}

// settings are the house's, without its charges.
func (r *Runner) settings() House {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.house
}

// lane finds the lane of a bot; nil when it is not in the house.
func (r *Runner) lane(bot string) *lane {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lanes[bot]
}

// botNames lists the bots of the house.
func (r *Runner) botNames() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.lanes))
}
