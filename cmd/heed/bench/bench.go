// Package bench measures heed on the machine it runs on: what the way of an intent costs,
// and whether that cost grows. Every figure that depends on the machine stands beside a
// measure of the machine taken in the same run, so that the ratio is what counts. It
// measures heed alone, never X (promise P8), and touches no state of the operator's.
package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"heed/cmd/heed/table"
)

// Options say how much is measured.
type Options struct {
	Dir   string  // where the benches put their files; they make folders of their own below it
	Heed  string  // the program to start where a bench needs a process
	Scale float64 // 1: as much as the targets name; below: quicker, above: longer
	// Say takes what a person who waits wants to know. nil is silence.
	Say func(format string, args ...any)
}

func (o Options) say(format string, args ...any) {
	if o.Say != nil {
		o.Say(format, args...)
	}
}

// of scales a number of things, and leaves at least least.
func (o Options) of(n, least int) int { return max(least, int(float64(n)*o.Scale)) }

// Figure is one thing measured.
type Figure struct {
	Bench  string  `json:"bench"`            // which bench
	Case   string  `json:"case"`             // under which load: "256 bots, NATS"
	Name   string  `json:"name"`             // what: "road/bare"
	Value  float64 `json:"value"`            // in Unit
	Unit   string  `json:"unit"`             // "ratio", "intents/s", "ms", "MiB", "%"
	Target string  `json:"target,omitempty"` // ">= 0.5", "<= 10"; "" where there is none
	Met    *bool   `json:"met,omitempty"`    // whether the target is met
}

// atLeast and atMost hold a figure against its target.
func (f Figure) atLeast(t float64) Figure {
	met := f.Value >= t
	f.Target, f.Met = fmt.Sprintf(">= %g", t), &met
	return f
}

func (f Figure) atMost(t float64) Figure {
	met := f.Value <= t
	f.Target, f.Met = fmt.Sprintf("<= %g", t), &met
	return f
}

// Bench is one thing that can be measured alone.
type Bench struct {
	Name string
	Says string // what it measures, in one sentence
	Run  func(context.Context, Options) ([]Figure, error)
}

// All lists every bench in the order in which they are run.
func All() []Bench { return slices.Clone(all) }

// all is in the order of running: what other benches rest on comes first.
var all = []Bench{
	{"guards", "what a decision of all guards costs, on facts that are ready", decide},
	{"duplicates", "what it costs to find a likeness among many posts, and how many likenesses are found", duplicates},
	{"road", "the whole way of an intent, from its line on the bus to an act written down, beside bare NATS and bare SQLite", road},
	{"optout", "how soon a stop binds while 256 bots have their roads full, and that nobody is written to after it", optOut},
	{"history", "whether a decision costs more after ten million acts and a million people than with an empty ledger", history},
	{"fleet", "a thousand bots that wait: the start, memory, the idle processor, and a stop that recalls ten thousand intents", fleet},
}

// Table writes figures for people, on the screen that w is.
func Table(w io.Writer, s table.Screen, figures []Figure) error {
	t := table.New(s, "BENCH", "CASE", "FIGURE", ">VALUE", "", "TARGET", "!")
	for _, f := range figures {
		mark := ""
		if f.Met != nil && *f.Met {
			mark = "met"
		} else if f.Met != nil {
			mark = "MISSED"
		}
		t.Row(f.Bench, f.Case, f.Name, number(f.Value), f.Unit, f.Target, mark)
	}
	return t.Write(w)
}

// number shows three digits that count, and no power of ten.
func number(v float64) string {
	switch a := max(v, -v); {
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	case a >= 0.1:
		return fmt.Sprintf("%.2f", v)
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.5f", v), "0"), ".")
}
