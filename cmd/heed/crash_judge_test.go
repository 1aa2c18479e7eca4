package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"heed/bots"
	"heed/runner"
	"heed/runner/ledger"
	"heed/runner/sandbox"
)

// onItsWay is how long an act may take from its claim until it lands: a stop that comes
// in between is too late for it.
const onItsWay = time.Second

// judge holds what stands on X against the ledger, and both against what was acknowledged.
func (w *crashWorld) judge() {
	l, err := ledger.Open(filepath.Join(w.dir, "state", "heed.db"), ledger.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer l.Close()
	w.readEmitted()
	w.judgeActs(l)
	w.judgeAcknowledged(l)
	w.judgeOptOuts(l)
	for _, v := range w.x.Violations() {
		switch {
		case v.Kind == sandbox.AfterOptOut && w.underWay(v.Since, v.At):
			w.figures.excused++
		case v.Kind == sandbox.Ignored429 && w.diedBetween(v.At.Add(-3*time.Second), v.At):
			w.figures.limited++ // the answer that told it to wait may have died with it
		case v.Kind == sandbox.AfterOptOut:
			w.figures.forgotten++
			w.t.Errorf("at %s: %+v", v.At.Format(time.StampMilli), v)
		default:
			w.t.Errorf("at %s: %+v", v.At.Format(time.StampMilli), v)
		}
	}
}

func (w *crashWorld) readEmitted() {
	for _, bot := range crashEmit {
		acked, err := os.ReadFile(filepath.Join(w.dir, "state", "bots", bot, "acked"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			w.t.Fatal(err)
		}
		for _, key := range strings.Fields(string(acked)) {
			w.acked[runner.Ref{Bot: bot, Key: key}] = true
		}
	}
}

// did names an act by what must not come twice. Of a message the ledger keeps no words:
// it is counted for each two people.
func did(action, user, target, text string) string {
	if text != "" && action != "dm" {
		return action + " " + text
	}
	return action + " " + user + " " + target
}

// acts counts what heed's bots did on X.
func (w *crashWorld) acts() map[string]int {
	times := map[string]int{}
	for _, a := range w.x.Acts("") {
		if a.AppID == "" {
			continue
		}
		target := a.TargetPost
		if a.Action == "follow" || a.Action == "dm" {
			target = a.TargetUser
		}
		times[did(a.Action, a.UserID, target, a.Text)]++
		w.figures.acts++
		switch a.Action {
		case "post":
			w.figures.posts++
		case "reply":
			w.figures.replies++
		case "dm":
			w.figures.dms++
		case "follow":
			w.figures.follows++
		}
	}
	return times
}

// judgeActs looks that nothing stands twice, and that the ledger knows of each.
func (w *crashWorld) judgeActs(l *ledger.Ledger) {
	all, err := l.Waiting(w.t.Context(), []runner.State{runner.Waiting, runner.Deferred, runner.Held, runner.Denied, runner.Doing, runner.Done,
		runner.Failed, runner.Unknown, runner.Cancelled, runner.Expired}, "", 100000)
	if err != nil {
		w.t.Fatal(err)
	}
	users := map[string]string{}
	for _, u := range w.x.Users() {
		users[u.Username] = u.ID
	}
	may, done := map[string]int{}, map[string]int{}
	w.figures.states = map[string]int{}
	for _, c := range all {
		in := c.Intent
		target := string(in.Target.PostID)
		if in.Action == bots.Follow || in.Action == bots.DM {
			target = string(in.Target.UserID)
		}
		name := did(string(in.Action), users[c.Bot], target, in.Text)
		w.figures.states[string(c.State)]++
		switch {
		case c.State == runner.Done:
			may[name]++
			done[name]++
		case c.Attempts > 0:
			may[name]++ // unknown, or held until a person has looked
		}
	}
	times := w.acts()
	for name, n := range times {
		if n > may[name] && may[name] > 0 {
			w.figures.twice += n - may[name]
			w.t.Errorf("done %d times for %d intents: %s", n, may[name], name)
		}
		if may[name] == 0 {
			w.figures.unaccounted++
			w.t.Errorf("it stands on X, and the ledger has not set out to do it: %s", name)
		}
	}
	for name, n := range done {
		if times[name] < n {
			w.figures.lost += n - times[name]
			w.t.Errorf("the ledger says that it was done %d times, and it stands on X %d times: %s", n, times[name], name)
		}
	}
}

func (w *crashWorld) judgeAcknowledged(l *ledger.Ledger) {
	for key := range w.acked {
		w.figures.acknowledged++
		c, err := l.Case(w.t.Context(), key)
		if err != nil {
			w.figures.lost++
			w.t.Errorf("%s/%s was acknowledged and is lost: %v", key.Bot, key.Key, err)
			continue
		}
		if c.State == runner.Doing {
			w.t.Errorf("%s/%s is still being done after an orderly end", key.Bot, key.Key)
		}
	}
	for key := range w.approved {
		w.figures.approved++
		c, err := l.Case(w.t.Context(), key)
		if err != nil {
			w.t.Errorf("%s/%s was approved: %v", key.Bot, key.Key, err)
			continue
		}
		if c.State == runner.Held && c.Attempts == 0 {
			w.figures.lost++
			w.t.Errorf("%s/%s: its approval is lost: %s", key.Bot, key.Key, holdReason(c))
		}
	}
}

// judgeOptOuts looks that whoever has stopped heed is stopped for, and was from then on.
func (w *crashWorld) judgeOptOuts(l *ledger.Ledger) {
	rows, err := l.People(w.t.Context(), runner.PeopleQuery{OptedOut: true, Limit: 10000})
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]bool{}
	for _, r := range rows {
		out[string(r.User)] = true
	}
	for person, stopped := range w.said {
		if !stopped {
			continue
		}
		w.figures.optOuts++
		if !out[person] {
			w.figures.forgotten++
			w.t.Errorf("%s's last word was STOP, and the ledger has no opt-out", person)
		}
	}
	for person, since := range w.outs {
		w.figures.optOuts++
		if !out[person] {
			w.figures.forgotten++
			w.t.Errorf("the opt-out of %s was acknowledged and is forgotten", person)
		}
		for _, a := range w.x.Contacts(person) {
			if a.At.After(since) && !w.underWay(since, a.At) {
				w.figures.forgotten++
				w.t.Errorf("%s was contacted by %s %s at %s, %s after the opt-out was acknowledged", person, a.Action, a.ID, a.At.Format(time.StampMilli), a.At.Sub(since))
			}
		}
	}
}

// underWay says whether an act that landed may have been claimed before a moment, by a
// heed that has lived on since.
func (w *crashWorld) underWay(since, landed time.Time) bool {
	took := landed.Sub(since)
	for _, s := range w.frozen {
		from, to := later(s.from, since), s.to
		if to.After(landed) {
			to = landed
		}
		took -= max(to.Sub(from), 0)
	}
	return took < onItsWay && !w.diedBetween(since, landed)
}

func (w *crashWorld) diedBetween(from, to time.Time) bool {
	for _, k := range w.kills {
		if k.After(from) && k.Before(to) {
			return true
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
