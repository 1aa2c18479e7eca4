package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"heed/bots"
	"heed/runner"
	"heed/runner/sandbox"
)

// everyday are the troubles of every call, with their chances in a thousand.
var everyday = map[string]int{"drop_before": 10, "drop_after": 20, "error_after": 20, "html_after": 10, "empty_after": 10, "truncate": 10,
	"unavailable": 10, "html_503": 10, "server_error": 5, "rate_no_reset": 3, "rate_bad_reset": 3, "empty_200": 4, "no_type_502": 4,
	"just_in_time": 4, "too_late": 4, "hang_before": 2, "hang_after": 2}

// faults lays X's everyday troubles, for the whole week.
func (w *simWeek) faults() {
	for _, name := range sortedKeys(everyday) {
		f, err := sandbox.Preset(name)
		if err != nil {
			w.t.Fatal(err)
		}
		f.Probability, f.Count = float64(everyday[name])/1000, 0
		w.lay(name, f)
	}
	f, err := sandbox.Preset("done_late")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, to := range routes {
		f.Method, f.Route, f.Probability = to[0], to[1], 0.01
		w.lay("done_late", f)
	}
}

func (w *simWeek) lay(name string, f sandbox.Fault) {
	f.Seen = func(c sandbox.Call) {
		w.tell(w.sum.Faults, name)
		if name == "too_late" || name == "hang_after" {
			w.mu.Lock()
			w.late = append(w.late, lateCall{c.At, c.UserID})
			w.mu.Unlock()
		}
		if c.Method != "GET" && w.roll("lost", 8) == 0 { // the worst moment: nobody knows whether it was done
			who := w.somebody("lost")
			if w.roll("lost", 2) == 0 {
				w.speak("while an answer is lost", func() error { _, err := w.x.DM(who, c.UserID, "STOP"); return err })
			} else {
				w.desks.optOut(w.idOfPerson(who), "at the desk, an answer lost")
			}
		}
	}
	if err := w.x.AddFault(f); err != nil {
		w.t.Fatal(err)
	}
}

// fate lets happen what was drawn for the week.
func (w *simWeek) fate(ctx context.Context) {
	all := w.plan(ctx)
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	for _, e := range all {
		if !wait(ctx, time.Until(w.began.Add(e.at))) {
			return
		}
		if e.what != "" {
			w.tell(w.sum.Troubles, e.what)
		}
		e.do()
	}
}

// plan draws the great troubles: each begins somewhere in the week, and most end again.
func (w *simWeek) plan(ctx context.Context) (all []event) {
	roll := func(n int) int { return w.roll("fate", n) }
	span := func(least, most time.Duration) time.Duration {
		return least + time.Duration(roll(int((most-least)/time.Second)+1))*time.Second
	}
	bot := func() string { return simBots[roll(len(simBots))] }
	once := func(what string, do func()) { all = append(all, event{span(0, w.length), what, do}) }
	while := func(what string, long time.Duration, on, off func()) {
		at := span(0, w.length)
		all = append(all, event{at, what, on}, event{at + long, "", off})
	}
	must := func(err error) {
		if err != nil {
			w.oracle.wrong("sim", "fate", "%v", err)
		}
	}
	b := bot()
	while("account suspended", span(time.Hour, 4*time.Hour), func() { must(w.x.SetSuspended(w.idOf(b), true)) }, func() { must(w.x.SetSuspended(w.idOf(b), false)) })
	l := bot()
	while("account locked", span(time.Hour, 3*time.Hour), func() { must(w.x.SetLocked(w.idOf(l), true)) }, func() { must(w.x.SetLocked(w.idOf(l), false)) })
	while("app suspended", span(30*time.Minute, 2*time.Hour), func() { w.suspendApp(true) }, func() { w.suspendApp(false) })
	e := bot()
	while("bio edited", span(time.Hour, 30*time.Hour), func() { w.bio(e, "I like trains") }, func() { w.bio(e, disclosure) })
	n := bot()
	while("handle changed", span(time.Hour, 12*time.Hour), func() { must(w.x.SetUsername(w.idOf(n), "was_"+n)) }, func() { must(w.x.SetUsername(w.idOf(n), n)) })
	v := bot()
	while("label lost", span(time.Hour, 12*time.Hour), func() { must(w.x.SetLabel(w.idOf(v), false)) }, func() { must(w.x.SetLabel(w.idOf(v), true)) })
	while("clock forward", span(10*time.Minute, 5*time.Hour), w.jump(span(2*time.Minute, 3*time.Hour)), w.jump(0))
	while("clock back", span(10*time.Minute, 5*time.Hour), w.jump(-span(2*time.Minute, 3*time.Hour)), w.jump(0))
	while("disk full", span(time.Minute, 20*time.Minute), w.ail("full"), w.ail(""))
	while("disk slow", span(5*time.Minute, 40*time.Minute), w.ail("slow"), w.ail(""))
	while("ledger busy", span(20*time.Second, 5*time.Minute), w.ail("busy"), w.ail(""))
	once("bot flood", func() { w.flood(bot(), 60+roll(60)) })
	f := bot()
	all = append(all, event{time.Hour, "follow spree", func() { w.spree(f) }})
	once("follow spree", func() { w.spree(bot()) })
	if roll(8) == 0 {
		once("great bot flood", func() { w.flood(bot(), 1000+roll(1500)) })
	}
	if roll(2) == 0 {
		once("", func() { go w.crowd(ctx) })
	}
	for range 4 {
		once("lane closed", func() { w.limit(sandbox.RateLimited(time.Now().Add(span(time.Minute, 14*time.Minute)))) })
		once("lower header", func() { w.limit(sandbox.Exhausted(time.Now().Add(span(time.Minute, 14*time.Minute)))) })
	}
	return all
}

// jump puts the clock of heed's machine so far off.
func (w *simWeek) jump(off time.Duration) func() {
	return func() {
		w.clock.set(off)
		w.desks.over()
	}
}

func (w *simWeek) ail(trouble string) func() { return func() { w.disk.set(trouble) } }

func (w *simWeek) suspendApp(on bool) {
	w.mu.Lock()
	w.appOff = on
	w.mu.Unlock()
	if err := w.x.SetAppSuspended(w.sim.app, on); err != nil {
		w.oracle.wrong("sim", "fate", "%v", err)
	}
}

func (w *simWeek) bio(bot, text string) {
	if err := w.x.SetBio(w.idOf(bot), text); err != nil {
		w.oracle.wrong("sim", "fate", "%v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if text == disclosure {
		delete(w.bios, bot)
		return
	}
	w.bios[bot] = time.Now()
}

// limit lays a limit for the next write of some kind.
func (w *simWeek) limit(f sandbox.Fault) {
	to := routes[[]bots.Action{bots.Post, bots.Post, bots.DM, bots.Follow, bots.Repost}[w.roll("fate", 5)]]
	f.Method, f.Route, f.Count = to[0], to[1], 1
	name := "lane closed"
	if f.Kind == sandbox.Tell {
		name = "lower header"
	}
	w.lay(name, f)
}

// flood is a bot that wants very many things at once.
func (w *simWeek) flood(bot string, n int) {
	for n > 0 {
		var lines [][]byte
		for range min(n, 40) {
			n--
			if in := w.whim(bot, "flood"); in != nil {
				lines = append(lines, w.line(in))
			}
		}
		if err := w.bus.Publish(context.Background(), bot, runner.Frame{Lines: lines}); err != nil {
			w.oracle.wrong("sim", "flood", "%v", err)
		}
		w.want(bot, lines)
		time.Sleep(time.Duration(w.roll("flood", 60)) * time.Second)
	}
}

// spree is a bot that wants to follow everybody at once, and says much too much.
func (w *simWeek) spree(bot string) {
	var lines [][]byte
	for i := range simPeople {
		w.mu.Lock()
		w.n++
		n := w.n
		w.mu.Unlock()
		lines = append(lines, w.line(map[string]any{"key": fmt.Sprintf("k%d", n), "action": "follow", "target": map[string]any{"user_id": strconv.Itoa(5000 + i)}}))
	}
	if err := w.bus.Publish(context.Background(), bot, runner.Frame{Lines: lines}); err != nil {
		w.oracle.wrong("sim", "spree", "%v", err)
	}
	w.want(bot, lines)
}

// loud says when weeks were too quiet to prove anything: every kind of trouble must
// have struck, and every kind of end have come.
func (a *tally) loud(t interface{ Errorf(string, ...any) }) {
	need := map[string]int{"intents done": a.Ends["done"], "intents denied": a.Ends["denied"], "deaths": a.Deaths, "opt-outs": total(a.OptOuts), "claims checked": a.Checks}
	if a.Weeks >= 10 {
		for _, k := range append(sortedKeys(everyday), "done_late", "lane closed", "lower header") {
			need["fault "+k] = a.Faults[k]
		}
		for _, k := range []string{"between verdict and call", "while an answer is lost", "while heed is dead", "at the desk", "at the desk, heed dead",
			"at the desk, an answer lost", "in the second of a start", "by block", "by closed messages", "by message", "in public", "while files go up", "at the end of a flood"} {
			need["opt-outs "+k] = a.OptOuts[k]
		}
		for _, k := range []string{"paused", "halted", "resumed", "unlatched", "approved", "approval of other bytes", "rejected", "dry run", "action taken away", "consent"} {
			need["desk "+k] = a.Desk[k]
		}
		for _, k := range []string{"account suspended", "account locked", "app suspended", "bio edited", "handle changed", "label lost", "clock forward", "clock back",
			"disk full", "disk slow", "ledger busy", "bot flood", "follow spree", "crowds", "lane closed", "lower header", "writes failed: full", "writes failed: busy", "writes failed: slow"} {
			need["trouble "+k] = a.Troubles[k]
		}
		for _, k := range []string{"twice", "late", "swapped"} {
			need["frames "+k] = a.Road[k]
		}
		for _, k := range []string{"templates", "pictures", "pictures changed", "start", "no intent at all"} {
			need["bots' "+k] = a.Bots[k]
		}
		need["deaths within a call"] = a.Died
		for _, s := range []string{"deferred", "failed", "held", "cancelled", "expired"} {
			need["intents "+s] = a.Ends[s]
		}
		for _, act := range []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow, bots.Repost, bots.Quote, bots.Like, bots.Delete} {
			need[fmt.Sprintf("claims to %s", act)] = a.Bots["claimed "+string(act)]
		}
	}
	for _, what := range sortedKeys(need) {
		if need[what] == 0 {
			t.Errorf("the weeks were too quiet: there were no %s", what)
		}
	}
}
