package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/metrics"
)

// measured is what the registry of the program tells: the values of each label of each
// metric by name. A histogram is told as Prometheus keeps it: _bucket, _sum and _count.
type measured map[string]map[string][]string

// measures asks a registry that was told every one of the words as whatever it may be
// told. A word that it does not know is "other", and so not among the values.
func measures(t *testing.T, words []string) measured {
	t.Helper()
	m := metrics.New("v1")
	m.Bots([]string{"tides"})
	m.Watch(metrics.State{Now: time.Now,
		Waiting:    func(context.Context) (map[string]map[runner.State]int, error) { return nil, nil },
		Halts:      func(context.Context, time.Time) ([]guards.Halt, error) { return nil, nil },
		Bus:        func(context.Context) error { return nil },
		Ready:      func(context.Context) bool { return true },
		LastRecord: func(context.Context) (time.Time, error) { return time.Time{}, nil }})
	l := m.Ledger(settled{})
	for range 2 {
		_ = l.Settle(t.Context(), runner.Closing{})
		_, _, _, _ = l.Next(t.Context(), runner.Closing{}, bots.Bot{}, guards.Pipeline{}, time.Time{})
	}
	for _, word := range append(words, "post") {
		m.Entered("tides", word)
		m.Judged("tides", bots.Action(word), guards.Verdict{Effect: guards.Deny, Code: word + ".it"})
		m.Ended("tides", bots.Action(word), runner.State(word))
		m.Heard("tides", runner.Meaning(word))
		m.Script("tides", word)
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	all := measured{}
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name := nameIn.FindString(line)
		if all[name] == nil {
			all[name] = map[string][]string{}
		}
		for _, l := range labelled.FindAllStringSubmatch(line, -1) {
			all[name][l[1]] = append(all[name][l[1]], l[2])
		}
	}
	return all
}

var (
	nameIn   = regexp.MustCompile(`^[a-z_0-9]+`)
	labelled = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)
)

// settled is a ledger that takes whatever it is given.
type settled struct{ runner.Ledger }

func (settled) Settle(context.Context, runner.Closing) error { return nil }
func (settled) Next(context.Context, runner.Closing, bots.Bot, guards.Pipeline, time.Time) (runner.Turn, bool, time.Time, error) {
	return runner.Turn{}, true, time.Time{}, nil
}

// asked is what an expression of Prometheus's language asks for.
type asked struct {
	selects []selector
	groups  []string // labels after by, on, and their like
}

type selector struct {
	metric string
	labels map[string][]string // values that are matched; none where a board's variable stands
}

var (
	promTokens = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[0-9.]+[smhdw]?|[a-zA-Z_:$][a-zA-Z0-9_:$]*|=~|!~|!=|\S`)
	promCalls  = []string{"absent", "histogram_quantile", "increase", "max", "min", "rate", "sum"}
	promLists  = []string{"by", "on", "without", "ignoring"}
	promJoins  = []string{"and", "or", "unless", "offset"}
	isWord     = regexp.MustCompile(`^[a-zA-Z_:]`)
)

// readPromQL reads as much of an expression as names things of heed's. A call that is
// not on the list is taken for a metric, and then found to be none.
func readPromQL(expr string) (q asked) {
	tokens := promTokens.FindAllString(expr, -1)
	at := func(i int) string {
		if i < len(tokens) {
			return tokens[i]
		}
		return ""
	}
	for i := 0; i < len(tokens); i++ {
		switch word := tokens[i]; {
		case word == "[":
			for at(i) != "]" && i < len(tokens) {
				i++
			}
		case !isWord.MatchString(word), slices.Contains(promJoins, word):
		case slices.Contains(promCalls, word) && (at(i+1) == "(" || at(i+1) == "by"):
		case slices.Contains(promLists, word) && at(i+1) == "(":
			for i += 2; at(i) != ")" && i < len(tokens); i++ {
				if tokens[i] != "," {
					q.groups = append(q.groups, tokens[i])
				}
			}
		default:
			s := selector{word, map[string][]string{}}
			if at(i+1) == "{" {
				for i += 2; at(i) != "}" && i < len(tokens); i++ {
					if label := tokens[i]; label != "," {
						s.labels[label] = append(s.labels[label], valuesOf(at(i+2))...)
						i += 2
					}
				}
			}
			q.selects = append(q.selects, s)
		}
	}
	return q
}

func valuesOf(quoted string) []string {
	if text := strings.Trim(quoted, `"`); !strings.HasPrefix(text, "$") {
		return strings.Split(text, "|")
	}
	return nil
}

// scraped are the labels that Prometheus itself gives what it scrapes.
var scraped = []string{"job", "instance"}

// unmeasured says what an expression asks for that heed does not tell.
func unmeasured(expr string, all measured) (wrong []string) {
	q := readPromQL(expr)
	if len(q.selects) == 0 {
		wrong = append(wrong, "asks for nothing")
	}
	var known []string
	for _, s := range q.selects {
		labels, there := all[s.metric]
		if !there {
			wrong = append(wrong, fmt.Sprintf("%s is not told", s.metric))
			continue
		}
		for l := range labels {
			known = append(known, l)
		}
		for label, values := range s.labels {
			if slices.Contains(scraped, label) {
				continue
			}
			if labels[label] == nil {
				wrong = append(wrong, fmt.Sprintf("%s has no label %s", s.metric, label))
				continue
			}
			for _, v := range values {
				if !slices.Contains(labels[label], v) {
					wrong = append(wrong, fmt.Sprintf("%s never has %s %q", s.metric, label, v))
				}
			}
		}
	}
	for _, g := range q.groups {
		if !slices.Contains(known, g) && !slices.Contains(scraped, g) {
			wrong = append(wrong, fmt.Sprintf("it is grouped by %s, which nothing in it has", g))
		}
	}
	return wrong
}

// labelWords are the label values that expressions match.
func labelWords(exprs []string) (words []string) {
	for _, e := range exprs {
		for _, s := range readPromQL(e).selects {
			for _, values := range s.labels {
				words = append(words, values...)
			}
		}
	}
	return words
}

func TestWhatIsNotMeasuredIsFound(t *testing.T) {
	good := `histogram_quantile(0.99, sum by (job, le) (rate(heed_ledger_seconds_bucket{step="turn"}[15m]))) > 0.5`
	for expr, want := range map[string]string{
		good: "",
		`absent(heed_build_info) or heed_halts{kind=~"pause|latch"} > 0`:   "",
		`sum by (bot) (heed_intents{bot=~"$bot", state="held"} offset 1h)`: "",
		`heed_intent > 0`:                                "heed_intent is not told",
		`heed_ledger_seconds > 1`:                        "heed_ledger_seconds is not told",
		`quantile(heed_ready)`:                           "quantile is not told",
		`heed_intents{status="held"}`:                    "heed_intents has no label status",
		`heed_intents{state=~"held|asleep"}`:             `heed_intents never has state "asleep"`,
		`heed_script_reports_total{code="script.gone"}`:  `heed_script_reports_total never has code "script.gone"`,
		`sum by (guard) (rate(heed_verdicts_total[5m]))`: "it is grouped by guard, which nothing in it has",
		`1 > 0`: "asks for nothing",
	} {
		all := measures(t, labelWords([]string{expr}))
		if got := strings.Join(unmeasured(expr, all), "; "); got != want {
			t.Errorf("%s: %q, not %q", expr, got, want)
		}
	}
}
