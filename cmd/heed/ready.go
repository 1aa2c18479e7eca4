package main

import (
	"context"
	"fmt"
	"time"

	"heed/runner"
	"heed/runner/metrics"
	"heed/runner/web"
)

// aliveTime is how long the ledger's writer may take to come to an empty transaction.
const aliveTime = 2 * time.Second

// parts says how what bots need to act is: in ctx now, of a daemon that lives until life ends.
func (d *daemon) parts(now, life context.Context) []web.Part {
	now, cancel := context.WithTimeout(now, aliveTime)
	defer cancel()
	return []web.Part{
		{Name: "turns", Well: d.turns.Load() && d.runner.Stuck(time.Now()) == ""}, // the first looks are done, and no lane hangs
		{Name: "running", Well: life.Err() == nil},
		{Name: "ledger", Well: d.meter.Writes() && d.ledger.Alive(now) == nil},
		{Name: "bus", Well: d.bus.Health(now) == nil},
	}
}

// alive says why heed should be ended and started anew. What a new start would find as it
// is, a full disk, a NATS that is gone, an X that is silent, is no reason: heed says so
// itself, and goes on when it is well.
func (d *daemon) alive(ctx context.Context) error {
	if bot := d.runner.Stuck(time.Now()); bot != "" {
		return fmt.Errorf("the turns of %s hang", bot)
	}
	if err := d.ledger.Alive(ctx); err != nil {
		return fmt.Errorf("the ledger's writer does not answer: %w", err)
	}
	return nil
}

// status is what a service manager shows of a heed that runs.
func (d *daemon) status() string {
	cfg := d.settings()
	return fmt.Sprintf("%d bots, judged under %s", len(cfg.Bots), cfg.Policy)
}

// tellManager never holds up what it tells of.
func (d *daemon) tellManager(lines ...string) {
	if err := d.manager.tell(lines...); err != nil {
		d.say("heed", "%v", err)
	}
}

// watch has heed's state told to Prometheus beside its counters.
func (d *daemon) watch(life context.Context) {
	d.meter.Bots(d.botNames())
	go d.meter.KeepQueue(life, d.ledger.Unended)
	d.meter.Watch(metrics.State{Waiting: d.ledger.Unended, Halts: d.ledger.Halts, Bus: d.bus.Health, Now: time.Now,
		Ready: func(ctx context.Context) bool {
			for _, p := range d.parts(ctx, life) {
				if !p.Well {
					return false
				}
			}
			return true
		},
		LastRecord: func(ctx context.Context) (time.Time, error) { return lastRecord(ctx, d.ledger) }})
}

// lastRecord is the time of the newest line of the record; zero: there is none.
func lastRecord(ctx context.Context, desk runner.Desk) (time.Time, error) {
	last, err := desk.Records(ctx, runner.RecordQuery{Limit: 1, Last: true})
	if err != nil || len(last) == 0 {
		return time.Time{}, err
	}
	return last[0].At, nil
}
