package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxProblems bounds what one load reports: past it a reader mends the first ones anyway.
const maxProblems = 200

// Problem is one mistake in a configuration, with its place.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // from 1
	Col     int    `json:"col"`  // from 1, in bytes
	Key     string `json:"key"`  // dotted, "" where no key is concerned
	What    string `json:"what"`
	Hint    string `json:"hint,omitempty"` // what to do about it
	Warning bool   `json:"warning,omitempty"`
}

// String is "file:line:col: key: what is wrong (hint)", with "warning: " before the
// key of what does not keep a configuration from being used.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Col)
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.What)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Problems are all mistakes of a configuration, sorted by place.
type Problems []Problem

// Error is one line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Fatal are the problems that are no warnings.
func (ps Problems) Fatal() Problems { return ps.only(false) }

// Warnings are the problems that do not keep a configuration from being used.
func (ps Problems) Warnings() Problems { return ps.only(true) }

func (ps Problems) only(warning bool) Problems {
	var some Problems
	for _, p := range ps {
		if p.Warning == warning {
			some = append(some, p)
		}
	}
	return some
}

// tidy sorts by place, drops repetitions and bounds the number. Mistakes stand
// before warnings at the bound, so that no flood of warnings hides one.
func (ps Problems) tidy() Problems {
	byPlace := func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Key, b.Key), cmp.Compare(a.What, b.What), cmp.Compare(a.Hint, b.Hint))
	}
	slices.SortFunc(ps, byPlace)
	ps = slices.Compact(ps)
	if len(ps) <= maxProblems {
		return ps
	}
	more := len(ps) - maxProblems
	kept := append(ps.Fatal(), ps.Warnings()...)[:maxProblems]
	slices.SortFunc(kept, byPlace)
	last := kept[len(kept)-1]
	return append(kept, Problem{File: last.File, Line: last.Line, Col: last.Col, Warning: true,
		What: fmt.Sprintf("%d more problems are not shown", more), Hint: "mend these first"})
}
