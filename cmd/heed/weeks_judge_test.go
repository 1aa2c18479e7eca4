package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
	"heed/runner/sandbox"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// judge asks the sandbox, the oracle and the ledger what came of it all.
func (w *simWeek) judge() (*tally, []string) {
	w.sum.Calls, w.sum.Checks = len(w.x.Calls()), w.oracle.count
	w.judgeViolations()
	w.judgeActs()
	w.judgeIntents()
	for act, n := range w.oracle.acts {
		w.sum.Bots["claimed "+act] += n
	}
	w.sum.Bots["pictures changed"] += w.media.changed
	w.sum.Road["twice"], w.sum.Road["late"], w.sum.Road["swapped"] = w.bus.twice, w.bus.late, w.bus.swapped
	for trouble, n := range w.disk.failed {
		w.sum.Troubles["writes failed: "+trouble] += n
	}
	for _, s := range w.oracle.wrongs {
		promise, _, _ := strings.Cut(s, " ")
		w.sum.Bad[promise]++
	}
	return w.sum, w.oracle.wrongs
}

// promises names what a violation breaks.
var promises = map[sandbox.ViolationKind]string{sandbox.AfterOptOut: "P3", sandbox.OverLimit: "P11", sandbox.Ignored429: "P11", sandbox.PastHeader: "P11",
	sandbox.AfterStopped: "P12", sandbox.Unclaimed: "P2", sandbox.Altered: "P6", sandbox.SentTwice: "P4", sandbox.ActedTwice: "P4"}

// judgeViolations takes up what the sandbox saw. It excuses only where heed could not
// know, and counts that.
func (w *simWeek) judgeViolations() {
	for _, v := range w.x.Violations() {
		if why := w.excuse(v); why != "" {
			w.sum.Excused[string(v.Kind)+" "+why]++
			continue
		}
		act := v.Intent
		if act == "" {
			act = fmt.Sprintf("act %d", v.Act)
		}
		story := ""
		if v.Person != "" {
			story = w.oracle.before(v.Person, v.At)
		}
		w.oracle.wrong(promises[v.Kind], act, "X saw at %s: %s of user %s, person %q, since %s: %s%s", v.At.Format("02 15:04:05.000"), v.Kind, v.UserID, v.Person,
			v.Since.Format("02 15:04:05.000"), v.Detail, story)
	}
}

// before is what befell somebody until an instant.
func (o *oracle) before(person string, at time.Time) string {
	var s []string
	for _, line := range o.stories[person] {
		if strings.TrimSpace(line)[:15] <= at.Format("02 15:04:05.000") {
			s = append(s, line)
		}
	}
	return strings.Join(s[max(0, len(s)-10):], "")
}

// onTheWay is how long an answer takes to be written down on a sound disk.
const onTheWay = 3 * time.Second

// excuse says why heed could not know what X had answered; "" when it could.
func (w *simWeek) excuse(v sandbox.Violation) string {
	told := v.Since
	switch v.Kind {
	case sandbox.Unclaimed, sandbox.Altered, sandbox.SentTwice, sandbox.ActedTwice:
		return ""
	case sandbox.AfterOptOut:
		// What was written down before the claim is the oracle's to judge: this is what was shown and not written down yet.
		c, _ := w.x.ClaimOf(v.Act)
		switch {
		case c.Claimed.Before(told.Add(onTheWay)):
			return "on its way"
		case w.lifeless(told, c.Claimed):
			return "a dead process was shown it"
		case w.disk.ill.any(told.Add(-time.Minute), c.Claimed):
			return "it could not be written down"
		case w.startedAgain(v.Person, v.UserID, told):
			return "a newer start had been read first"
		}
		return ""
	case sandbox.OverLimit, sandbox.Ignored429, sandbox.PastHeader:
		told = w.toldToWait(v)
	}
	switch {
	case v.At.Before(told.Add(onTheWay)):
		return "on its way"
	case w.lifeless(told, told.Add(25*time.Second)):
		return "a dead process was told it"
	case v.Kind != sandbox.AfterStopped && strings.Contains(v.Detail, "GET ") && w.lifeless(told, v.At):
		return "a read of a dead process"
	case w.clock.forward(told) > 0 && v.Kind != sandbox.AfterStopped:
		return "the clock was put forward"
	case v.Kind == sandbox.AfterStopped && w.disk.ill.any(told, v.At):
		return "it could not be written down"
	case w.unheard(told, v.UserID):
		return "its answer came too late"
	}
	return ""
}

// startedAgain says whether the person has said start after the stop.
func (w *simWeek) startedAgain(person, account string, since time.Time) bool {
	w.oracle.mu.Lock()
	defer w.oracle.mu.Unlock()
	for bot, id := range w.sim.ids {
		if string(id) == account {
			return w.oracle.in[person+" "+bot].After(w.oracle.out[person])
		}
	}
	return false
}

// lifeless says whether a process died between two instants.
func (w *simWeek) lifeless(from, to time.Time) bool {
	return slices.ContainsFunc(w.ends, func(at time.Time) bool { return !at.Before(from) && !at.After(to) })
}

// unheard says whether an answer to a write of that account, about then, came when
// nobody waited any more.
func (w *simWeek) unheard(at time.Time, account string) bool {
	return slices.ContainsFunc(w.late, func(l lateCall) bool { return l.account == account && l.at.Sub(at).Abs() < time.Minute })
}

// toldToWait is when the answer came that a call did not mind.
func (w *simWeek) toldToWait(v sandbox.Violation) time.Time {
	var route string
	for _, c := range slices.Backward(w.x.Calls()) {
		switch {
		case c.UserID != v.UserID || c.At.After(v.At):
		case route == "":
			route = c.Method + c.Route // the call itself
		case c.Method+c.Route == route && (c.Status == 429 || v.Kind == sandbox.PastHeader && c.Fault == string(sandbox.Tell)):
			return c.At
		}
	}
	return time.Time{}
}

// judgeActs: each act has a claim; none reaches who had opted out before its write left,
// where its files had gone up before (P3).
func (w *simWeek) judgeActs() {
	for _, a := range w.x.Acts("") {
		if a.AppID == "" {
			continue
		}
		w.sum.Acts++
		c, ok := w.x.ClaimOf(a.Seq)
		if !ok {
			w.oracle.wrong("P2", fmt.Sprintf("act %d", a.Seq), "X has a %s that nobody claimed", a.Action)
			continue
		}
		bot, _, _ := strings.Cut(c.Intent, "/")
		for _, person := range a.Contacts {
			w.oracle.mu.Lock()
			asked := c.Came.Add(-10 * time.Millisecond) // by then heed asked whether it still stands
			out := len(a.Media) > 0 && asked.After(c.Claimed) && of(w.oracle.away, person, bot).binds(asked)
			w.oracle.mu.Unlock()
			if out {
				w.oracle.wrong("P3", c.Intent, "a %s with files reached %s at %s, who had opted out before it was sent:%s", a.Action, person, c.Came.Format("02 15:04:05.000"), w.oracle.before(person, c.Came))
			}
		}
	}
}

var everyState = []runner.State{runner.Waiting, runner.Deferred, runner.Held, runner.Denied, runner.Doing, runner.Done, runner.Failed,
	runner.Unknown, runner.Cancelled, runner.Expired}

// judgeIntents: what was acknowledged is there, and its end is what X knows (P4, P5).
func (w *simWeek) judgeIntents() {
	l := w.open()
	defer func() {
		if err := l.Close(); err != nil {
			w.oracle.wrong("P9", "ledger", "it does not close: %v", err)
		}
	}()
	for _, bot := range sortedKeys(w.wanted) {
		cases := map[string]runner.Case{}
		all, err := l.Waiting(w.t.Context(), everyState, bot, 1_000_000)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, c := range all {
			cases[c.Key] = c
		}
		for _, key := range sortedKeys(w.wanted[bot]) {
			w.sum.Intents++
			ref := bot + "/" + key
			c, there := cases[key]
			if !there {
				if !w.bus.holds(bot, key) {
					w.oracle.wrong("P5", ref, "was acknowledged and is lost")
				}
				w.sum.Ends["on the road"]++
				continue
			}
			w.sum.Ends[string(c.State)]++
			w.judgeEnd(ref, c)
		}
	}
}

func (w *simWeek) judgeEnd(ref string, c runner.Case) {
	landed := w.x.Landed(ref)
	bond := slices.Contains([]bots.Action{bots.Follow, bots.Unfollow, bots.Repost, bots.Like, bots.Delete}, c.Intent.Action)
	switch c.State {
	case runner.Done:
		if landed == 0 && !c.Dry && !bond { // a bond may have been so before
			w.oracle.wrong("P4", ref, "is done, and X knows nothing of it")
		}
		if landed > 0 && c.Dry {
			w.oracle.wrong("P2", ref, "was a rehearsal, and X has it")
		}
	case runner.Denied, runner.Failed, runner.Expired, runner.Waiting:
		if landed > 0 && (c.State != runner.Expired || c.Attempts == 0) { // what could not be found expires too
			w.oracle.wrong("P4", ref, "is %s, and X has it %d times", c.State, landed)
		}
	}
}

// attr reports the figures.
func (a *tally) attr(t *testing.T) {
	put := func(name string, n int) { t.Attr(name, strconv.Itoa(n)) }
	put("weeks", a.Weeks)
	put("intents", a.Intents)
	put("acts", a.Acts)
	put("calls", a.Calls)
	put("claims_checked", a.Checks)
	put("opt_outs", total(a.OptOuts))
	put("deaths", a.Deaths)
	put("violations", total(a.Bad))
	put("excused", total(a.Excused))
	for name, n := range map[string]int{"acted_twice": a.Bad["P4"], "lost": a.Bad["P5"], "contacted_after_opt_out": a.Bad["P3"], "over_limit": a.Bad["P11"],
		"altered": a.Bad["P6"], "not_allowed": a.Bad["P2"], "after_stop": a.Bad["P12"]} {
		put(name, n)
	}
	for _, m := range []map[string]int{a.Faults, a.Troubles} {
		for _, k := range sortedKeys(m) {
			put("fault_"+strings.NewReplacer(" ", "_", ":", "").Replace(k), m[k])
		}
	}
}
