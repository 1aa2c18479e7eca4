package scripts

import (
	"context"
	"errors"
	"fmt"
	"time"

	cron "github.com/netresearch/go-cron"

	"heed/bots"
	"heed/runner"
)

// schedule gives the ticks of a script.
type schedule interface {
	// first is the tick to run when the script begins to be kept.
	first(now time.Time) time.Time
	// after is the first tick later than t; zero when there is none.
	after(t time.Time) time.Time
}

// newSchedule is nil for a service.
func newSchedule(s bots.Script) (schedule, error) {
	ways := 0
	for _, is := range []bool{s.Service, s.Every != 0, s.Cron != ""} {
		if is {
			ways++
		}
	}
	switch {
	case ways != 1 || s.Every < 0:
		return nil, errors.New("needs one of every, cron, run = \"service\"")
	case s.Service:
		return nil, nil
	case s.Every > 0:
		return period(s.Every), nil
	}
	c, err := cron.ParseStandard(s.Cron)
	if err != nil {
		return nil, fmt.Errorf("cron = %q: %w", s.Cron, err)
	}
	return cronTicks{c}, nil
}

// period ticks at multiples of itself. The tick under way when heed starts is run at
// once: if it ran before a restart, its keys are the same and nothing happens twice.
type period time.Duration

func (p period) first(now time.Time) time.Time { return now.UTC().Truncate(time.Duration(p)) }
func (p period) after(t time.Time) time.Time   { return p.first(t).Add(time.Duration(p)) }

// cronTicks are in the machine's time zone, and only at their times.
type cronTicks struct{ s cron.Schedule }

func (c cronTicks) first(now time.Time) time.Time { return c.after(now) }
func (c cronTicks) after(t time.Time) time.Time   { return c.s.Next(t.Local()) }

// scheduled starts the script at each tick, never two at once.
func (g *keeping) scheduled(ctx context.Context, s schedule) {
	for tick := s.first(g.io.Now()); ctx.Err() == nil; {
		if tick.IsZero() {
			g.report(runner.ScriptReport{Level: "error", Code: runner.ScriptStopped, Text: "its schedule has no further tick"})
			return
		}
		g.report(runner.ScriptReport{Level: "info", Code: runner.ScriptNext, Until: tick})
		if d := tick.Sub(g.io.Now()); d > 0 && g.opts.Wait(ctx, d) != nil {
			return
		}
		next, over := g.tick(ctx, s, tick)
		if over {
			return
		}
		tick = next
	}
}

// tick runs the script for one tick and gives the next one to run.
func (g *keeping) tick(ctx context.Context, s schedule, tick time.Time) (next time.Time, over bool) {
	g.events.clear() // what it was told after its last run is no news any more
	run := "tick:" + tick.UTC().Format(time.RFC3339Nano)
	running, cancel := context.WithCancel(ctx)
	done := make(chan int, 1)
	go func() {
		defer cancel()
		done <- g.tries(ctx, s, tick, run)
	}()
	next = s.after(tick)
	g.report(runner.ScriptReport{Run: run, Level: "info", Code: runner.ScriptNext, Until: next})
	// Ticks that come while it runs are not made up for.
	for !next.IsZero() {
		if g.opts.Wait(running, next.Sub(g.io.Now())) != nil {
			break
		}
		g.report(runner.ScriptReport{Run: run, Level: "warn", Code: "script.tick_skipped",
			Text: fmt.Sprintf("the tick of %s was skipped: the run of %s has not ended", next.UTC().Format(time.RFC3339), tick.UTC().Format(time.RFC3339))})
		next = s.after(next)
		g.report(runner.ScriptReport{Run: run, Level: "info", Code: runner.ScriptNext, Until: next})
	}
	return next, g.forGood(run, <-done)
}

// tries runs a tick, again and again while the script says that it may be tried again
// and the next tick is not due. The run's name stays the same, and with it the keys.
func (g *keeping) tries(ctx context.Context, s schedule, tick time.Time, run string) int {
	b := backoff{rand: g.opts.Rand}
	for {
		code := g.run(ctx, run)
		if code != exitTryAgain || ctx.Err() != nil {
			return code
		}
		d := b.next(0)
		if due := s.after(tick); !due.IsZero() && !g.io.Now().Add(d).Before(due) {
			return code
		}
		if g.backOff(ctx, run, d) != nil {
			return code
		}
	}
}
