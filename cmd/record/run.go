package main

import (
	"io"
	"regexp"
	"strings"
	"time"
)

// Run is what is kept of a proof.
type Run struct {
	Command  string                       `json:"command"`
	Began    time.Time                    `json:"began"`
	Seconds  int                          `json:"seconds"`
	Revision string                       `json:"revision"`
	Machine  string                       `json:"machine"`
	Passed   int                          `json:"passed"` // tests and subtests
	Failed   int                          `json:"failed"`
	Skipped  int                          `json:"skipped"`
	Figures  map[string]map[string]string `json:"figures"` // of each test, as it reported them
}

// fuzzed is how the fuzzing engine tells how often it has called a target.
var fuzzed = regexp.MustCompile(`fuzz: elapsed: \S+, execs: (\d+)`)

func (r *Run) take(e event, out io.Writer) error {
	if r.Began.IsZero() {
		r.Began = e.Time.UTC().Truncate(time.Second)
	}
	if !e.Time.IsZero() {
		r.Seconds = int(e.Time.Sub(r.Began).Seconds())
	}
	switch e.Action {
	case "output", "build-output":
		if m := fuzzed.FindStringSubmatch(e.Output); m != nil {
			r.figure(e.Test, "executions", m[1])
		}
		if strings.HasPrefix(e.Output, "=== ") {
			return nil // that a test begins is no news
		}
		_, err := io.WriteString(out, e.Output)
		return err
	case "attr":
		r.figure(e.Test, e.Key, e.Value)
	case "pass":
		r.Passed += one(e.Test != "")
	case "skip":
		r.Skipped += one(e.Test != "")
	case "fail", "build-fail":
		r.Failed++ // a package's too: it may have died before its tests had an end
	}
	return nil
}

func (r *Run) figure(test, name, value string) {
	if r.Figures[test] == nil {
		r.Figures[test] = map[string]string{}
	}
	r.Figures[test][name] = value
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}
