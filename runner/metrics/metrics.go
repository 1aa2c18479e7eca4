// Package metrics counts what heed itself does, for Prometheus: verdicts, ends of
// intents, the ledger's own time, what waits and what is stopped. Nothing here is of X's
// speed, availability or use (promise P8), and no label is an id or a text: each comes
// from the settings or from a list of heed's own, and whatever else is "other".
package metrics

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// other stands for every label value that is not expected.
const other = "other"

// Metrics implements runner.Meter and runner.Pulse. Its methods are safe for many goroutines.
type Metrics struct {
	registry *prometheus.Registry
	bots     atomic.Pointer[map[string]bool]
	pulse    pulse
	sick     atomic.Bool // the ledger's latest step failed

	entered, verdicts, refusals, ended, heard, scripts, failures *prometheus.CounterVec
	ledger                                                       *prometheus.HistogramVec
	optOut                                                       prometheus.Histogram
}

var (
	_ runner.Meter = (*Metrics)(nil)
	_ runner.Pulse = (*Metrics)(nil)
)

// quick are the bounds of the ledger's times, in seconds.
var quick = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// New makes a registry of its own. version names this heed.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.bots.Store(&map[string]bool{})
	count := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.entered = count("heed_lines_total", "Lines of bots that were taken in: new, twice (the key was used before) or invalid.", "bot", "how")
	m.verdicts = count("heed_verdicts_total", "Judgements of intents; one that is judged again counts again.", "bot", "action", "effect")
	m.refusals = count("heed_refusals_total", "Judgements that were no allow, by the guard that spoke.", "bot", "guard", "effect")
	m.ended = count("heed_ended_total", "Intents that have ended after they were taken up: done, failed, cancelled or expired.", "bot", "action", "state")
	m.heard = count("heed_heard_total", "Messages and mentions of people, by what heed recognised in them.", "bot", "meaning")
	m.scripts = count("heed_script_reports_total", "What happened to bots' programs.", "bot", "code")
	m.failures = count("heed_ledger_failures_total", "Transactions that the ledger could not take.", "step")
	m.ledger = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "heed_ledger_seconds", Buckets: quick,
		Help: "The ledger's own time for a step, with its commit."}, []string{"step"})
	for _, step := range []string{stepEnter, stepTurn, stepSettle, stepHear} {
		m.failures.WithLabelValues(step) // see Bots
	}
	m.optOut = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "heed_opt_out_seconds", Buckets: quick,
		Help: "From a stop in heed's hands until it is on record and what was under way is recalled."})
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "heed_build_info", Help: "Always 1; the label names this heed.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.ledger, m.optOut, build, collectors.NewGoCollector())
	return m
}

// Bots says which bots may be named in a label. What is rare is told of each as 0 from the
// start: a counter that comes to be with its first event shows Prometheus no increase.
func (m *Metrics) Bots(names []string) {
	known := make(map[string]bool, len(names))
	for _, n := range names {
		known[n] = true
		for meaning := range meanings {
			m.heard.WithLabelValues(n, meaning)
		}
		for code := range reports {
			m.scripts.WithLabelValues(n, code)
		}
	}
	m.bots.Store(&known)
}

// Handler answers Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 4 * time.Second})
}

func (m *Metrics) bot(name string) string {
	if (*m.bots.Load())[name] {
		return name
	}
	return other
}

// among keeps a label to a closed list.
func among(word string, list map[string]bool) string {
	if list[word] {
		return word
	}
	return other
}

func listOf[T ~string](words ...T) map[string]bool {
	list := map[string]bool{}
	for _, w := range words {
		list[string(w)] = true
	}
	return list
}

var (
	actions  = listOf(bots.Actions()...)
	hows     = listOf("new", "twice", "invalid")
	effects  = listOf("allow", "defer", "hold", "deny")
	states   = listOf(runner.Done, runner.Failed, runner.Cancelled, runner.Expired)
	meanings = listOf(runner.WantsOut, runner.MaybeOut, runner.WantsIn, runner.WantsHelp)
	reports  = listOf("script.started", "script.ended", "script.backoff", "script.stopped_for_good", "script.limit", "script.not_started",
		"script.left", "script.not_ended", "script.events_lost", "script.output_dropped", "script.line_too_long", "script.lines_waiting",
		"script.tick_skipped", "script.unsandboxed")
)

func guardNames() map[string]bool {
	list := map[string]bool{}
	for _, r := range guards.Rules() {
		list[r.Name] = true
	}
	return list
}

var guardOf = guardNames()

// Entered implements runner.Meter.
func (m *Metrics) Entered(bot, how string) {
	m.entered.WithLabelValues(m.bot(bot), among(how, hows)).Inc()
}

// Judged implements runner.Meter.
func (m *Metrics) Judged(bot string, action bots.Action, v guards.Verdict) {
	effect := among(v.Effect.String(), effects)
	m.verdicts.WithLabelValues(m.bot(bot), among(string(action), actions), effect).Inc()
	if v.Effect == guards.Allow {
		return
	}
	guard, _, _ := strings.Cut(v.Code, ".")
	m.refusals.WithLabelValues(m.bot(bot), among(guard, guardOf), effect).Inc()
}

// Ended implements runner.Meter.
func (m *Metrics) Ended(bot string, action bots.Action, s runner.State) {
	m.ended.WithLabelValues(m.bot(bot), among(string(action), actions), among(string(s), states)).Inc()
}

// Heard implements runner.Meter.
func (m *Metrics) Heard(bot string, meaning runner.Meaning) {
	m.heard.WithLabelValues(m.bot(bot), among(string(meaning), meanings)).Inc()
}

// Script implements runner.Meter.
func (m *Metrics) Script(bot, code string) {
	m.scripts.WithLabelValues(m.bot(bot), among(code, reports)).Inc()
}

// Beats implements runner.Pulse.
func (m *Metrics) Beats(since time.Time) []runner.Beat { return m.pulse.beats(since) }

// took notes what a step of the ledger took.
func (m *Metrics) took(step string, began time.Time, err error) {
	m.sick.Store(err != nil)
	if err != nil {
		m.failures.WithLabelValues(step).Inc()
		return
	}
	d := time.Since(began)
	m.ledger.WithLabelValues(step).Observe(d.Seconds())
	if step == stepTurn {
		m.pulse.turn(began, d)
	}
}

// Writes says whether the ledger took what it was last given. What it did not take is
// tried again until it does.
func (m *Metrics) Writes() bool { return !m.sick.Load() }

// failed says whether an error is the ledger's own: a caller that has given up is none.
func failed(ctx context.Context, err error) bool { return err != nil && ctx.Err() == nil }
