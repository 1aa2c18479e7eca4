package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"heed/guards"
	"heed/runner"
)

// State is what stands still between two events, read when Prometheus asks.
type State struct {
	// Waiting counts intents that have not ended, by bot and state.
	Waiting func(context.Context) (map[string]map[runner.State]int, error)
	// Halts lists what is stopped.
	Halts func(context.Context, time.Time) ([]guards.Halt, error)
	// Bus says why the road takes no intents.
	Bus func(context.Context) error
	// Ready says whether every part is.
	Ready func(context.Context) bool
	// LastRecord is the time of the newest line of the record; zero: there is none.
	LastRecord func(context.Context) (time.Time, error)
	Now        func() time.Time
}

// Watch has the state told beside the counters. Call it once.
func (m *Metrics) Watch(s State) { m.registry.MustRegister(&standing{m, s}) }

type standing struct {
	m *Metrics
	s State
}

var (
	waiting = desc("heed_intents", "Intents that have not ended.", "bot", "state")
	halts   = desc("heed_halts", "What is stopped: a pause, a halt, or a latch that heed pulled because X suspended, locked or refused.", "kind")
	busUp   = desc("heed_bus_up", "1 while the road of intents takes them.")
	readyIs = desc("heed_ready", "1 while every part is ready, as /readyz tells.")
	tables  = desc("heed_tables_as_of_seconds", "The day by which X's policies were read, in Unix seconds; update heed when it is old.")
	oldest  = desc("heed_tables_old", "How many tables of rules, limits, prices and words are over their age.")
	clock   = desc("heed_clock_behind_seconds", "How far the machine's clock is behind the newest line of the record.")
	blind   = desc("heed_state_unreadable", "1 when some of the state could not be read.")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (c *standing) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{waiting, halts, busUp, readyIs, tables, oldest, clock, blind} {
		out <- d
	}
}

// Collect implements prometheus.Collector. What cannot be read is left out, and said.
func (c *standing) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now, unread := c.s.Now(), 0.0
	if all, err := c.s.Waiting(ctx); err != nil {
		unread = 1
	} else {
		for _, w := range c.m.sumWaiting(all) {
			gauge(waiting, float64(w.n), w.bot, w.state)
		}
	}
	if all, err := c.s.Halts(ctx, now); err != nil {
		unread = 1
	} else {
		kinds := map[guards.HaltKind]int{guards.Paused: 0, guards.Halted: 0, guards.Latched: 0}
		for _, h := range all {
			kinds[h.Kind]++
		}
		for _, k := range []guards.HaltKind{guards.Paused, guards.Halted, guards.Latched} {
			gauge(halts, float64(kinds[k]), string(k))
		}
	}
	if at, err := c.s.LastRecord(ctx); err != nil {
		unread = 1
	} else {
		gauge(clock, max(0, at.Sub(now).Seconds()))
	}
	gauge(busUp, truth(c.s.Bus(ctx) == nil))
	gauge(readyIs, truth(c.s.Ready(ctx)))
	gauge(tables, float64(guards.AsOf.Unix()))
	gauge(oldest, float64(len(guards.TablesAreOld(now))))
	gauge(blind, unread)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

type waits struct {
	bot, state string
	n          int
}

// sumWaiting keeps the labels bounded, and gives each configured bot each state: an alert
// on what is missing would never fire.
func (m *Metrics) sumWaiting(all map[string]map[runner.State]int) (out []waits) {
	open := []runner.State{runner.Waiting, runner.Deferred, runner.Held, runner.Doing, runner.Unknown}
	sums := map[string]map[runner.State]int{}
	for bot := range *m.bots.Load() {
		sums[bot] = map[runner.State]int{}
	}
	for bot, by := range all {
		name := m.bot(bot)
		if sums[name] == nil {
			sums[name] = map[runner.State]int{}
		}
		for s, n := range by {
			sums[name][s] += n
		}
	}
	for bot, by := range sums {
		for _, s := range open {
			out = append(out, waits{bot, string(s), by[s]})
		}
	}
	return out
}
