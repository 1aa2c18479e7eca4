package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
)

// desk is the operator: another process, with a handle of its own on the ledger.
type desk struct {
	w      *simWeek
	l      *ledger.Ledger
	op     sync.Mutex // one order after the other, as from one person
	mu     sync.Mutex
	pauses []guards.Halt // that end by themselves
}

func newDesk(w *simWeek) *desk { return &desk{w: w, l: w.open()} }

func (d *desk) close() {
	if err := d.l.Close(); err != nil {
		d.w.oracle.wrong("P9", "desk", "its ledger does not close: %v", err)
	}
}

func (d *desk) roll(n int) int { return d.w.roll("desk", n) }

func (d *desk) did(what string) { d.w.tell(d.w.sum.Desk, what) }

// optOut records an opt-out by hand.
func (d *desk) optOut(person, how string) {
	_, err := d.l.OptOut(context.Background(), bots.UserID(person), guards.Choice{At: d.w.clock.now(), How: "cli", Scope: runner.EveryBot})
	if err != nil {
		d.w.oracle.wrong("P3", "desk", "%s cannot opt out: %v", person, err)
		return
	}
	d.w.oracle.ordered(person)
	d.w.tell(d.w.sum.OptOuts, how)
}

// work is the operator's week.
func (d *desk) work(ctx context.Context) {
	for wait(ctx, time.Duration(10+d.roll(80))*time.Minute) {
		d.unlatch(ctx)
		d.answer(ctx)
		bot := simBots[d.roll(len(simBots))]
		switch d.roll(14) {
		case 0:
			d.pause(ctx, bot, time.Duration(10+d.roll(120))*time.Minute)
		case 1:
			d.pause(ctx, bot, 0)
		case 2:
			d.halt(ctx, bot)
		case 3:
			if d.roll(3) == 0 {
				bot = runner.EveryBot
			}
			d.halt(ctx, bot)
		case 4:
			d.did("dry run")
			d.w.reload(bot, func(b *bots.Bot) { b.Mode = bots.DryRun })
			time.AfterFunc(time.Duration(20+d.roll(100))*time.Minute, func() { d.w.reload(bot, func(b *bots.Bot) { b.Mode = bots.Live }) })
		case 5:
			gone := simActions[d.roll(len(simActions))]
			d.did("action taken away")
			d.w.reload(bot, func(b *bots.Bot) {
				b.Actions = slices.DeleteFunc(b.Actions, func(a bots.Action) bool { return a == gone })
			})
			time.AfterFunc(time.Duration(20+d.roll(200))*time.Minute, func() { d.w.reload(bot, func(b *bots.Bot) { b.Actions = simActions }) })
		case 6, 7:
			d.optOut(d.w.idOfPerson(d.w.somebody("desk")), "at the desk")
		case 8:
			d.consent(ctx, bot)
		}
	}
}

// pause stops a bot for a while, or until it is lifted soon.
func (d *desk) pause(ctx context.Context, bot string, long time.Duration) {
	h := guards.Halt{Kind: guards.Paused, Scope: bot, By: "clerk", Reason: "lunch", At: d.w.clock.now()}
	if long > 0 {
		h.Until = h.At.Add(long)
	}
	if !d.stop(ctx, h) {
		return
	}
	d.did("paused")
	if long == 0 {
		d.lift(bot, guards.Paused)
		return
	}
	d.mu.Lock()
	d.pauses = append(d.pauses, h)
	d.mu.Unlock()
	time.AfterFunc(long, d.over)
}

// over notes the pauses that have ended by the clock of heed's machine.
func (d *desk) over() {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, rest := d.w.clock.now(), d.pauses[:0]
	for _, h := range d.pauses {
		if !h.Until.After(now) {
			d.w.oracle.halted(h.Scope, guards.Paused, false)
			continue
		}
		rest = append(rest, h)
		time.AfterFunc(h.Until.Sub(now), d.over)
	}
	d.pauses = rest
}

func (d *desk) halt(ctx context.Context, scope string) {
	if !d.stop(ctx, guards.Halt{Kind: guards.Halted, Scope: scope, By: "clerk", Reason: "something is odd", At: d.w.clock.now()}) {
		return
	}
	d.did("halted")
	d.lift(scope, guards.Halted)
}

// stop writes a halt down, and tells the oracle of it.
func (d *desk) stop(ctx context.Context, h guards.Halt) bool {
	d.op.Lock()
	defer d.op.Unlock()
	if err := d.l.Halt(ctx, h); err != nil {
		return false
	}
	d.w.oracle.halted(h.Scope, h.Kind, true)
	return true
}

// resume lifts a halt, and tells the oracle of it.
func (d *desk) resume(scope string, kind guards.HaltKind) bool {
	d.op.Lock()
	defer d.op.Unlock()
	d.w.oracle.halted(scope, kind, false)
	n, err := d.l.Resume(context.Background(), scope, []guards.HaltKind{kind}, "clerk", d.w.clock.now())
	return err == nil && n > 0
}

// lift resumes what was stopped, some time later.
func (d *desk) lift(scope string, kind guards.HaltKind) {
	time.AfterFunc(time.Duration(5+d.roll(60))*time.Minute, func() {
		if d.resume(scope, kind) {
			d.did("resumed")
		}
	})
}

// unlatch clears latches when X has lifted its own stop.
func (d *desk) unlatch(ctx context.Context) {
	halts, err := d.l.Halts(ctx, d.w.clock.now())
	if err != nil {
		return
	}
	for _, h := range halts {
		if h.Kind != guards.Latched || !d.w.fine(h.Scope) {
			continue
		}
		if d.resume(h.Scope, guards.Latched) {
			d.did("unlatched")
		}
	}
}

// fine says whether X has nothing against a bot, or against the app.
func (w *simWeek) fine(scope string) bool {
	w.mu.Lock()
	off := w.appOff
	w.mu.Unlock()
	if off || scope == runner.EveryBot {
		return !off
	}
	u, err := w.x.User(w.idOf(scope))
	return err == nil && !u.Suspended && !u.Locked
}

// answer looks through what waits for a person: says yes to some with the hash of what
// was shown, to some too late or with another hash, and no to some.
func (d *desk) answer(ctx context.Context) {
	held, err := d.l.Waiting(ctx, []runner.State{runner.Held}, "", 100)
	if err != nil {
		return
	}
	for _, c := range held {
		ref, code := c.Bot+"/"+c.Key, d.codeOf(ctx, c)
		switch n := d.roll(8); {
		case n == 0:
			if d.l.Approve(ctx, runner.Ref{ID: c.ID}, "clerk", bots.Hash([]byte("something else")), d.w.clock.now()) == nil {
				d.w.oracle.wrong("P6", ref, "an approval of other bytes was taken")
			}
			d.did("approval of other bytes")
		case n <= 2 && d.w.x.Landed(ref) == 0: // who says no has looked
			if d.l.Reject(ctx, runner.Ref{ID: c.ID}, "clerk", "not today", d.w.clock.now()) == nil {
				d.did("rejected")
			}
		case n <= 5 && (!strings.HasPrefix(code, "reconcile.") || d.w.x.Landed(ref) == 0):
			d.w.oracle.approves(c.Seq, c.Hash)
			err := d.l.Approve(ctx, runner.Ref{ID: c.ID}, "clerk", c.Hash, d.w.clock.now())
			if err == nil {
				d.did("approved")
			}
		}
	}
}

// codeOf is why an intent is held.
func (d *desk) codeOf(ctx context.Context, c runner.Case) string {
	full, err := d.l.Case(ctx, runner.Ref{ID: c.ID})
	if err != nil {
		return "reconcile.unknown"
	}
	for _, r := range slices.Backward(full.History) {
		if r.Code != "" {
			return r.Code
		}
	}
	return ""
}

// consent records an opt-in that was given elsewhere; never for who has opted out.
func (d *desk) consent(ctx context.Context, bot string) {
	person := d.w.idOfPerson(d.w.somebody("desk"))
	var b bots.Bot
	d.w.mu.Lock()
	for _, c := range d.w.house.Charges {
		if c.Bot.Name == bot {
			b = c.Bot
		}
	}
	d.w.mu.Unlock()
	out, err := d.l.People(ctx, runner.PeopleQuery{User: bots.UserID(person), OptedOut: true})
	if err != nil {
		return
	}
	err = d.l.Consent(ctx, bots.UserID(person), guards.Choice{At: d.w.clock.now(), How: "cli", Scope: bot, Channel: string(bots.Quote), Event: "form:1", Behaviour: b.Behaviour()})
	switch {
	case err == nil && len(out) > 0:
		d.w.oracle.wrong("P3", "desk", "a consent by hand was taken for %s, who has opted out", person)
	case err == nil:
		d.did("consent")
	case errors.Is(err, context.Canceled):
	}
}

// letGo says whether an intent that was called has ended without anybody knowing that it
// was done: heed could not find it, and it expired or was rejected.
func (d *desk) letGo(ref string) bool {
	bot, key, _ := strings.Cut(ref, "/")
	c, err := d.l.Case(context.Background(), runner.Ref{Bot: bot, Key: key})
	return err == nil && c.Attempts > 0 && (c.State == runner.Expired || c.State == runner.Cancelled)
}

// historyOf is what the ledger tells of an intent.
func (d *desk) historyOf(ref string) (s string) {
	bot, key, _ := strings.Cut(ref, "/")
	c, err := d.l.Case(context.Background(), runner.Ref{Bot: bot, Key: key})
	if err != nil {
		return err.Error()
	}
	for _, r := range c.History {
		s += fmt.Sprintf("\n            %s %s %s %s %s", r.At.UTC().Format("02 15:04:05.000"), r.Kind, r.State, r.Code, r.Message)
	}
	return s
}
