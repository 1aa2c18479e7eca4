package metrics

import (
	"context"
	"errors"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// book is a ledger whose steps end as a test says.
type book struct {
	runner.Ledger
	err error
}

func (b *book) Decide(context.Context, bots.Bot, guards.Pipeline, time.Time) (runner.Turn, bool, time.Time, error) {
	return runner.Turn{}, b.err == nil, time.Time{}, b.err
}

func (b *book) Next(context.Context, runner.Closing, bots.Bot, guards.Pipeline, time.Time) (runner.Turn, bool, time.Time, error) {
	return runner.Turn{}, b.err == nil, time.Time{}, b.err
}

func (b *book) Enter(context.Context, []runner.Entry) ([]runner.Entered, error) { return nil, b.err }
func (b *book) Settle(context.Context, runner.Closing) error                    { return b.err }
func (b *book) Hear(context.Context, runner.Heard) (runner.Receipt, error) {
	return runner.Receipt{New: true}, b.err
}

// worked is a registry that was told something of everything, what it does not know too.
func worked(t *testing.T) *Metrics {
	t.Helper()
	m := New("v1")
	m.Bots([]string{"tides"})
	m.Watch(State{Now: func() time.Time { return noon },
		Waiting: func(context.Context) (map[string]map[runner.State]int, error) {
			return map[string]map[runner.State]int{"tides": {runner.Held: 2}, "gone": {runner.Waiting: 3}, "2244994945": {runner.Deferred: 1}}, nil
		},
		Halts: func(context.Context, time.Time) ([]guards.Halt, error) {
			return []guards.Halt{{Kind: guards.Latched, Scope: "tides", Reason: "user 2244994945 is locked"}}, nil
		},
		Bus:        func(context.Context) error { return errors.New("no room at /secret/place") },
		Ready:      func(context.Context) bool { return false },
		LastRecord: func(context.Context) (time.Time, error) { return noon.Add(90 * time.Second), nil },
	})
	l := m.Ledger(&book{})
	for range 3 {
		_, _, _, _ = l.Decide(t.Context(), bots.Bot{}, guards.Pipeline{}, noon)
		_, _, _, _ = l.Next(t.Context(), runner.Closing{}, bots.Bot{}, guards.Pipeline{}, noon)
		_, _ = l.Enter(t.Context(), nil)
		_ = l.Settle(t.Context(), runner.Closing{})
		_, _ = l.Hear(t.Context(), runner.Heard{Word: runner.Word{Meaning: runner.WantsOut}})
	}
	_ = m.Ledger(&book{err: errors.New("disk full")}).Settle(t.Context(), runner.Closing{})
	for _, bot := range []string{"tides", "2244994945"} {
		for _, word := range []string{"post", "new", "done", "opt_out", "script.ended", "user 2244994945 said hello"} {
			m.Entered(bot, word)
			m.Judged(bot, bots.Action(word), guards.Verdict{Effect: guards.Deny, Code: "opt_out.opted_out"})
			m.Judged(bot, bots.Action(word), guards.Verdict{Effect: guards.Hold, Code: word + ".2244994945"})
			m.Judged(bot, bots.Post, guards.Verdict{Effect: guards.Allow})
			m.Ended(bot, bots.Action(word), runner.State(word))
			m.Heard(bot, runner.Meaning(word))
			m.Script(bot, word)
		}
	}
	return m
}

func told(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// Every family is one of those that are meant to be told, with the labels that are meant.
// A new one is thought about here first: is it of heed itself, and are its labels bounded?
func TestP8MetricsAreOfHeedAlone(t *testing.T) {
	want := map[string]string{
		"heed_lines_total": "bot how", "heed_verdicts_total": "action bot effect", "heed_refusals_total": "bot effect guard",
		"heed_ended_total": "action bot state", "heed_heard_total": "bot meaning", "heed_script_reports_total": "bot code",
		"heed_ledger_failures_total": "step", "heed_ledger_seconds": "step", "heed_opt_out_seconds": "", "heed_build_info": "version",
		"heed_intents": "bot state", "heed_halts": "kind", "heed_bus_up": "", "heed_ready": "", "heed_tables_as_of_seconds": "",
		"heed_tables_old": "", "heed_clock_behind_seconds": "", "heed_state_unreadable": "",
	}
	families, err := worked(t).registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	foreign := regexp.MustCompile(`(^|_)(x|http|client|request|response|api|latency|status|network|post_id|user|url)(_|$)`)
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "go_") {
			continue
		}
		labels, known := want[f.GetName()]
		if !known || foreign.MatchString(f.GetName()) {
			t.Errorf("%s is told, and is not on the list", f.GetName())
		}
		delete(want, f.GetName())
		for _, row := range f.GetMetric() {
			var names []string
			for _, l := range row.GetLabel() {
				names = append(names, l.GetName())
				if strings.ContainsAny(l.GetValue(), " 23456789") {
					t.Errorf("%s: label %s is %q", f.GetName(), l.GetName(), l.GetValue())
				}
			}
			if got := strings.Join(names, " "); got != labels {
				t.Errorf("%s has the labels %q, not %q", f.GetName(), got, labels)
			}
		}
	}
	for name := range want {
		t.Errorf("%s is not told", name)
	}
}

func TestWhatPrometheusReads(t *testing.T) {
	text := told(t, worked(t))
	for _, line := range []string{
		`heed_intents{bot="tides",state="held"} 2`,
		`heed_intents{bot="tides",state="waiting"} 0`,
		`heed_intents{bot="other",state="waiting"} 3`,
		`heed_intents{bot="other",state="deferred"} 1`,
		`heed_halts{kind="latch"} 1`,
		`heed_halts{kind="pause"} 0`,
		`heed_bus_up 0`,
		`heed_clock_behind_seconds 90`,
		`heed_ledger_seconds_count{step="turn"} 6`,
		`heed_ledger_failures_total{step="settle"} 1`,
		`heed_opt_out_seconds_count 3`,
		`heed_refusals_total{bot="tides",effect="deny",guard="opt_out"} 6`,
		`heed_refusals_total{bot="tides",effect="hold",guard="other"} 5`,
		`heed_ended_total{action="other",bot="tides",state="done"} 1`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("not told: %s", line)
		}
	}
	for _, never := range []string{"2244994945", "hello", "/secret/place", "is locked"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is told", never)
		}
	}
}

// What an alert counts is there before it happens: Prometheus sees no increase in what
// comes to be with its first event.
func TestWhatIsRareIsToldFromTheStart(t *testing.T) {
	m := New("v1")
	m.Bots([]string{"tides"})
	text := told(t, m)
	for _, line := range []string{
		`heed_ledger_failures_total{step="hear"} 0`,
		`heed_heard_total{bot="tides",meaning="review"} 0`,
		`heed_script_reports_total{bot="tides",code="script.stopped_for_good"} 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("not told: %s", line)
		}
	}
}

// What cannot be read is said, and hides nothing else.
func TestStateThatCannotBeRead(t *testing.T) {
	m, no := New("v1"), errors.New("no")
	m.Watch(State{Now: func() time.Time { return noon },
		Waiting:    func(context.Context) (map[string]map[runner.State]int, error) { return nil, no },
		Halts:      func(context.Context, time.Time) ([]guards.Halt, error) { return nil, no },
		Bus:        func(context.Context) error { return nil },
		Ready:      func(context.Context) bool { return true },
		LastRecord: func(context.Context) (time.Time, error) { return time.Time{}, no }})
	text := told(t, m)
	if !strings.Contains(text, "\nheed_state_unreadable 1\n") || !strings.Contains(text, "\nheed_bus_up 1\n") ||
		strings.Contains(text, "heed_halts{") || strings.Contains(text, "heed_clock_behind_seconds ") {
		t.Error(text)
	}
}

// The ledger is unwell from a write that failed to the next that did not; a caller who
// has given up is no failure.
func TestWritesTellsOfTheLatest(t *testing.T) {
	m := New("v1")
	good, bad := m.Ledger(&book{}), m.Ledger(&book{err: errors.New("disk full")})
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bad.Enter(over, nil); err == nil || !m.Writes() {
		t.Error("a caller who gave up makes the ledger unwell")
	}
	if _, err := bad.Enter(t.Context(), nil); err == nil || m.Writes() {
		t.Error("a write that failed is not told")
	}
	if _, err := good.Enter(t.Context(), nil); err != nil || !m.Writes() {
		t.Error("a write that came to be is not told")
	}
}
