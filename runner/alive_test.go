package runner

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"heed/bots"
	"heed/guards"
)

// oneAct is a ledger with one intent that is due, whose steps end as a test says.
type oneAct struct {
	*scene
	decide func()
	full   atomic.Bool // it takes no ends
	taken  bool
}

func (o *oneAct) Decide(context.Context, bots.Bot, guards.Pipeline, time.Time) (Turn, bool, time.Time, error) {
	if o.decide != nil {
		o.decide()
	}
	first := !o.taken
	o.taken = true
	return Turn{Claim: Claim{Seq: 7, Intent: bots.Intent{Action: bots.Post}}, State: Doing}, first, time.Time{}, nil
}

func (o *oneAct) Next(context.Context, Closing, bots.Bot, guards.Pipeline, time.Time) (Turn, bool, time.Time, error) {
	return Turn{}, false, time.Time{}, errors.New("no room")
}

func (o *oneAct) Settle(context.Context, Closing) error {
	if o.full.Load() {
		return errors.New("no room")
	}
	return nil
}

// A lane that rests, and one that a full disk holds up, turn; one whose step never ends
// is stuck, be it at the ledger or at the platform.
func TestStuckIsWhatDoesNotComeOn(t *testing.T) {
	never := make(chan struct{})
	for name, c := range map[string]struct {
		ledger *oneAct
		act    func(context.Context, Claim) Answer
		well   time.Duration // after this it still turns
		stuck  time.Duration // after this it does not; 0: it always does
	}{
		"nothing hangs":           {&oneAct{}, landed, 24 * time.Hour, 0},
		"the disk is full":        {fullDisk(), landed, 24 * time.Hour, 0},
		"the ledger hangs":        {&oneAct{decide: func() { <-never }}, landed, stepTime, stepTime + 1},
		"the platform hangs":      {&oneAct{}, func(context.Context, Claim) Answer { <-never; return Answer{} }, actTime + stepTime, actTime + stepTime + 1},
		"the platform takes long": {&oneAct{}, func(ctx context.Context, c Claim) Answer { time.Sleep(actTime); return landed(ctx, c) }, 24 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				never = make(chan struct{})
				c.ledger.scene = &scene{act: c.act}
				l, _ := onStage(t, c.ledger.scene)
				l.runner.Ledger = c.ledger
				ctx, cancel := context.WithCancel(t.Context())
				began := time.Now()
				l.runner.ready.began = began.Add(-firstLook)
				var over bool
				go func() { l.turns(ctx); over = true }()
				time.Sleep(c.well)
				if bot := l.runner.Stuck(time.Now()); bot != "" {
					t.Errorf("%s is stuck after %s", bot, time.Since(began))
				}
				time.Sleep(c.stuck - min(c.stuck, c.well))
				if bot := l.runner.Stuck(time.Now()); (bot != "") != (c.stuck > 0) {
					t.Errorf("after %s: %q", time.Since(began), bot)
				}
				c.ledger.full.Store(false)
				cancel()
				close(never)
				time.Sleep(patience)
				synctest.Wait()
				if bot := l.runner.Stuck(time.Now().Add(24 * time.Hour)); !over || bot != "" {
					t.Errorf("it has ended: %v, stuck: %q", over, bot)
				}
			})
		})
	}
}

func landed(context.Context, Claim) Answer { return Answer{Outcome: Landed} }

// What comes on while the turns rest, a look-up of an older act, keeps them at rest; and
// it takes no time from an act that may last longer.
func TestGoingOnOnlyGivesTime(t *testing.T) {
	l, _ := onStage(t, &scene{})
	l.goesOn()
	if l.by.Load() != nil {
		t.Error("a lane at rest is at a step")
	}
	l.begins(time.Hour)
	l.goesOn()
	if bot := l.runner.Stuck(time.Now().Add(59 * time.Minute)); bot != "" {
		t.Error("an act's time was taken from it")
	}
}

func fullDisk() *oneAct {
	o := &oneAct{}
	o.full.Store(true)
	return o
}
