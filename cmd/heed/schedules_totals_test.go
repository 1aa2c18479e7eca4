package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"heed/bots"
)

// totals are the figures of many schedules.
type totals struct {
	Schedules, Calls, Excused, Forgotten, Released, Redelivered, Violations int
	Faults, Deaths, Cuts, Found, OptOuts, Ends                              map[string]int
	Failed                                                                  []uint64
}

func newTotals() *totals {
	return &totals{Faults: map[string]int{}, Deaths: map[string]int{}, Cuts: map[string]int{}, Found: map[string]int{},
		OptOuts: map[string]int{}, Ends: map[string]int{}}
}

func (a *totals) maps() []map[string]int {
	return []map[string]int{a.Faults, a.Deaths, a.Cuts, a.Found, a.OptOuts, a.Ends}
}

func (a *totals) add(b *totals) {
	a.Schedules += b.Schedules
	a.Calls += b.Calls
	a.Excused += b.Excused
	a.Forgotten += b.Forgotten
	a.Released += b.Released
	a.Redelivered += b.Redelivered
	a.Violations += b.Violations
	for i, m := range b.maps() {
		for k, n := range m {
			a.maps()[i][k] += n
		}
	}
}

func (a *totals) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "calls %d, redelivered frames %d, released by a person %d, excused for a lost answer %d, reads told to wait before a death and forgotten %d, violations %d\n",
		a.Calls, a.Redelivered, a.Released, a.Excused, a.Forgotten, a.Violations)
	for i, name := range []string{"faults struck", "deaths", "network cuts", "unknowns reconciled", "opt-outs", "intents by action and end"} {
		m := a.maps()[i]
		fmt.Fprintf(&b, "%s:", name)
		for _, k := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(&b, " %s=%d", strings.ReplaceAll(k, " ", "_"), m[k])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// loud says when the schedules were too quiet to prove anything.
func (a *totals) loud(t *testing.T) {
	for _, k := range presets {
		if a.Faults[k] == 0 {
			t.Errorf("no fault %s has struck", k)
		}
	}
	for _, act := range wanted {
		if a.Ends[string(act)+" done"] == 0 {
			t.Errorf("no %s was done", act)
		}
	}
	for what, n := range map[string]int{"deaths between steps": a.Deaths["between steps"], "deaths within a call": a.Deaths["within a call"],
		"unknowns found": a.Found["found"], "unknowns absent": a.Found["absent"],
		"unknown texts found": a.Found["found post"] + a.Found["found reply"] + a.Found["found quote"] + a.Found["found dm"], "opt-outs by word": a.OptOuts["dm"],
		"opt-outs at the desk": a.OptOuts["desk"], "cuts": a.Cuts["dial"] + a.Cuts["write"] + a.Cuts["read"], "redeliveries": a.Redelivered} {
		if n == 0 {
			t.Errorf("there were no %s", what)
		}
	}
}

func byTime(a, b event) int { return cmp.Compare(a.at, b.at) }

var wanted = []bots.Action{bots.Post, bots.Reply, bots.Quote, bots.Repost, bots.Unrepost, bots.Like, bots.Unlike, bots.Follow, bots.Unfollow, bots.DM, bots.Delete}
