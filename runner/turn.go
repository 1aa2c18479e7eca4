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
	for ctx.Err() == nil {
		changed := l.runner.Ledger.Changed()
		c := l.charge.Load()
		t, ok, next, err := l.runner.Ledger.Decide(ctx, c.Bot, c.Pipeline, l.runner.now())
		switch {
		case err != nil && ctx.Err() == nil:
			l.fault("turn.ledger", fmt.Errorf("nothing is sent: %w", err))
			sleep(ctx, time.Now().Add(patience))
		case err == nil && ok:
			l.runner.tellVerdict(l, t)
			if t.State == Doing {
				l.act(ctx, t.Claim)
			}
		case err == nil:
			l.runner.until(ctx, next, changed)
		}
	}
}

// act calls the platform once and writes down what came of it. A stop waits for it:
// it is better to know than to look it up later.
func (l *lane) act(ctx context.Context, c Claim) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeFor(c))
	defer cancel()
	defer context.AfterFunc(l.runner.cut, cancel)()
	c.Still = func(ctx context.Context) error { return l.runner.Ledger.Standing(ctx, c.Seq, l.runner.now()) }
	answer := l.do(ctx, c)
	l.settle(closingOf(c, answer, l.runner.now()), c)
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
	if c.State == Unknown {
		l.doubt.poke()
	}
	l.runner.tellOutcome(l, claim, c)
}
