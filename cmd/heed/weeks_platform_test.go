package main

import (
	"context"
	"time"

	"heed/bots"
	"heed/runner"
)

// bug is a deliberate fault of heed's, put in from outside, by which the judge is tested.
type bug struct {
	name      string
	sent      func(*runner.Claim)   // before the platform sees a claim
	twice     bool                  // every act is called twice
	denied    bool                  // what was denied is sent too
	settle    func(*runner.Closing) // before the ledger sees an end
	hear      func(*runner.Heard)   // before the ledger sees what was said
	latchless bool                  // no latch is ever pulled
}

// weekPlatform is the way to X, on which people speak up at the worst moments.
type weekPlatform struct {
	runner.Platform
	w *simWeek
}

func (p *weekPlatform) Do(ctx context.Context, c runner.Claim) runner.Answer {
	p.w.between(c)
	if p.w.bug.sent != nil {
		p.w.bug.sent(&c)
	}
	if p.w.bug.twice {
		p.Platform.Do(ctx, c)
	}
	return p.Platform.Do(ctx, c)
}

// between is what may happen after the verdict and before the call.
func (w *simWeek) between(c runner.Claim) {
	person := string(c.Intent.Target.UserID)
	if person != "" && len(c.Intent.Media) > 0 && w.roll("between", 3) == 0 {
		time.AfterFunc(time.Duration(1+w.roll("between", 12))*time.Millisecond, func() { w.desks.optOut(person, "while files go up") })
		return
	}
	if person == "" || w.roll("between", 25) > 0 {
		return
	}
	if w.roll("between", 2) == 0 {
		w.desks.optOut(person, "between verdict and call")
		return
	}
	w.speak("between verdict and call", func() error { _, err := w.x.DM(person, w.idOf(c.Bot), "STOP"); return err })
}

// idOf is the account of a bot: its name on X may be another one now.
func (w *simWeek) idOf(bot string) string { return string(w.sim.ids[bot]) }

type intent = bots.Intent

// rewrite changes the bytes of a claim that is fit for it.
func rewrite(c *runner.Claim, edit func(*intent), fit func(*intent) bool) {
	in, err := bots.DecodeIntent(c.Stored)
	if err != nil || !fit(&in) {
		return
	}
	edit(&in)
	if stored, err := in.Encode(); err == nil {
		c.Stored = stored
	}
}

// denied sends what was denied, by a way of its own.
func (w *simWeek) denied(ctx context.Context, c runner.Claim) {
	w.mu.Lock()
	by := w.byway
	w.mu.Unlock()
	by.Do(ctx, c)
}
