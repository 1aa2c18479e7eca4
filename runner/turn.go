package runner

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	actTime     = 40 * time.Second // longer than the platform's own patience with X
	mediaTime   = 5 * time.Minute  // the same, for an act whose files go up first
	maxAttempts = 5                // of an act that X surely refused for now
	firstProbe  = 5 * time.Second
)

// turns takes a bot's intents one after the other, each when it is due.
func (l *lane) turns(ctx context.Context) {
	l.runner.ready.wait(ctx, firstLook)
	defer l.rests()
	var done *act
	for ctx.Err() == nil || done != nil {
		due := l.runner.Ledger.Due(l.name)
		l.begins(stepTime)
		t, ok, next, err := l.turn(ctx, done)
		done = nil
		switch {
		case err != nil && ctx.Err() == nil:
			l.fault("turn.ledger", fmt.Errorf("nothing is sent: %w", err))
			sleep(ctx, time.Now().Add(patience))
		case err == nil && ok:
			l.judged(t)
			if t.State == Doing {
				l.begins(timeFor(t.Claim) + stepTime)
				done = l.act(ctx, t.Claim)
			}
		case err == nil:
			l.rests()
			l.runner.until(ctx, next, due)
		}
	}
}

// judged tells and counts what came of a turn.
func (l *lane) judged(t Turn) {
	if t.State != Expired {
		l.runner.meter().Judged(l.name, t.Intent.Action, t.Verdict)
	}
	if t.State.Final() && t.State != Denied {
		l.runner.meter().Ended(l.name, t.Intent.Action, t.State)
	}
	l.runner.tellVerdict(l, t)
}

// act is what was done and is not written down yet.
type act struct {
	Claim
	end Closing
}

// turn writes down what was done, if anything, and takes the next turn: both at once, but
// for the last one of a lane that ends.
func (l *lane) turn(ctx context.Context, done *act) (t Turn, ok bool, next time.Time, err error) {
	c, now := l.charge.Load(), l.runner.now()
	if done == nil {
		return l.runner.Ledger.Decide(ctx, c.Bot, c.Pipeline, now)
	}
	if ctx.Err() == nil {
		t, ok, next, err = l.runner.Ledger.Next(ctx, done.end, c.Bot, c.Pipeline, now)
		if err == nil {
			l.settled(done.end, done.Claim)
			return t, ok, next, nil
		}
	}
	// What may not be written, or judged, together is written alone, and then judged.
	l.settle(done.end, done.Claim)
	return Turn{}, false, now, nil
}

// act calls the platform once and says what came of it. A stop waits for it: it is better
// to know than to look it up later.
func (l *lane) act(ctx context.Context, c Claim) *act {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeFor(c))
	defer cancel()
	defer context.AfterFunc(l.runner.cut, cancel)()
	c.Still = func(ctx context.Context) error { return l.runner.Ledger.Standing(ctx, c.Seq, l.runner.now()) }
	answer := l.do(ctx, c)
	return &act{c, closingOf(c, answer, l.runner.now())}
}

// timeFor is how long the platform may take over an act.
func timeFor(c Claim) time.Duration {
	if len(c.Intent.Media) > 0 {
		return mediaTime
	}
	return actTime
}

// do never lets a fault of the platform's room pass for a refusal.
func (l *lane) do(ctx context.Context, c Claim) (a Answer) {
	defer func() {
		if p := recover(); p != nil {
			a = Answer{Outcome: Uncertain, Code: "heed.panic", Detail: fmt.Sprintf("the platform's room failed: %v", p)}
		}
	}()
	return l.runner.Platform.Do(ctx, c)
}

// closingOf is what an answer means for the intent.
func closingOf(c Claim, a Answer, now time.Time) Closing {
	out := Closing{Seq: c.Seq, At: now, Answer: a, Code: a.Code, Detail: a.Detail}
	switch {
	case a.Outcome == Landed:
		out.State = Done
	case a.Outcome == Refused && a.Latch == "" && a.RetryAt.After(now) && c.Attempts < maxAttempts:
		out.State, out.Due = Deferred, a.RetryAt
	case a.Outcome == Refused:
		out.State = Failed
	default: // also an answer that says nothing
		out.State, out.Due = Unknown, now.Add(firstProbe)
	}
	return out
}

// settle writes an end down, and does not give up while the process lives: until it
// is written the intent stays claimed, and a restart makes it unknown.
func (l *lane) settle(c Closing, claim Claim) {
	for try := 1; ; try++ {
		l.goesOn()
		ctx, cancel := context.WithTimeout(context.Background(), actTime)
		err := l.runner.Ledger.Settle(ctx, c)
		cancel()
		if err == nil || errors.Is(err, ErrSettled) && try > 1 { // an earlier try was written, and did not come back
			break
		}
		l.fault("turn.settle", fmt.Errorf("%s: its outcome cannot be written down: %w", claim.Key, err))
		if try >= 3 && l.ctx.Err() != nil {
			return
		}
		time.Sleep(patience)
	}
	l.settled(c, claim)
}

// settled tells who waits for the end of an act.
func (l *lane) settled(c Closing, claim Claim) {
	if c.State == Unknown {
		l.doubt.poke()
	}
	if c.State.Final() {
		l.runner.meter().Ended(l.name, claim.Intent.Action, c.State)
	}
	l.runner.tellOutcome(l, claim, c)
}
