package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/sandbox"
)

// bugs are deliberate faults of heed's, each with the promise it breaks.
var bugs = []struct {
	bug
	breaks  string
	without string         // a guard that is not asked
	stage   func(*simWeek) // lets come what the bug shows in
}{
	{bug: bug{name: "a byte is altered before the call", sent: altered}, breaks: "P6"},
	{bug: bug{name: "the call goes to another person", sent: redirected}, breaks: "P6"},
	{bug: bug{name: "every act is called twice", twice: true}, breaks: "P4"},
	{bug: bug{name: "what is unknown is sent again", settle: resent}, breaks: "P4"},
	{bug: bug{name: "what was denied is sent", denied: true}, breaks: "P2"},
	{bug: bug{name: "an opt-out is not written down", hear: deafened}, breaks: "P3"},
	{bug: bug{name: "the lanes are forgotten", settle: unlaned}, stage: closeLanes, breaks: "P11"},
	{bug: bug{name: "no latch is pulled", settle: unlatched, latchless: true}, stage: suspendAll, breaks: "P12"},
	{bug: bug{name: "halts are not asked for"}, without: "halt", breaks: "P2"},
	{bug: bug{name: "opt-outs are not asked for"}, without: "opt_out", breaks: "P3"},
	{bug: bug{name: "consent is not asked for"}, without: "consent", breaks: "P2"},
	{bug: bug{name: "duplicates are not asked for"}, without: "duplicate", breaks: "P2"},
	{bug: bug{name: "follows are not counted"}, without: "follow_rate", breaks: "P2"},
	{bug: bug{name: "the bio is not asked for"}, without: "disclosure", breaks: "P2"},
	{bug: bug{name: "the settings' actions are not asked for"}, without: "scope", stage: answersOnly, breaks: "P2"},
}

// TestTheJudgeOfWeeksIsSharp puts a bug in, and the judge must find a promise broken.
func TestTheJudgeOfWeeksIsSharp(t *testing.T) {
	dir := t.TempDir()
	empty := emptyLedger(t, dir)
	for i, b := range bugs {
		if raceDetector() && i%4 != 0 {
			continue // each is found without it
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			_, wrong := oneWeek(t, 1, filepath.Join(dir, string(rune('a'+i))), empty, 2*24*time.Hour, func(w *simWeek) {
				w.bug = b.bug
				if b.without != "" {
					w.drop(b.without)
				}
				if b.stage != nil {
					b.stage(w)
				}
			})
			if !slices.ContainsFunc(wrong, func(s string) bool { return strings.HasPrefix(s, b.breaks+" ") }) {
				t.Errorf("nobody noticed that %s is broken: %s", b.breaks, strings.Join(wrong, "\n"))
			}
		})
	}
}

// drop leaves one guard out of every bot's pipeline.
func (w *simWeek) drop(guard string) {
	for i := range w.house.Charges {
		p := &w.house.Charges[i].Pipeline
		p.Stations = slices.DeleteFunc(p.Stations, func(s guards.Station) bool { return s.Rule.Name == guard })
	}
}

// answersOnly takes all actions but one from a bot.
func answersOnly(w *simWeek) {
	w.reload("desk", func(b *bots.Bot) { b.Actions = []bots.Action{bots.Reply} })
}

// suspendAll suspends each account for some hours.
func suspendAll(w *simWeek) {
	for i, bot := range simBots {
		time.AfterFunc(time.Duration(2+i)*time.Hour, func() { _ = w.x.SetSuspended(w.idOf(bot), true) })
		time.AfterFunc(time.Duration(10+i)*time.Hour, func() { _ = w.x.SetSuspended(w.idOf(bot), false) })
	}
}

// closeLanes tells every hour to wait, or that nothing is left.
func closeLanes(w *simWeek) {
	for i := range 40 {
		time.AfterFunc(time.Duration(i)*time.Hour, func() {
			until := time.Now().Add(2 * time.Hour)
			w.limit([]sandbox.Fault{sandbox.RateLimited(until), sandbox.Exhausted(until)}[i%2])
		})
	}
}

// altered changes a byte of what is sent.
func altered(c *runner.Claim) {
	rewrite(c, func(in *intent) { in.Text += "." }, func(in *intent) bool { return in.Text != "" })
}

// redirected sends it to somebody else.
func redirected(c *runner.Claim) {
	rewrite(c, func(in *intent) { in.Target.UserID = "5003" }, func(in *intent) bool { return in.Target.UserID != "" && in.Target.UserID != "5003" })
}

// resent takes an unknown outcome for one that may be tried again.
func resent(c *runner.Closing) {
	if c.State == runner.Unknown {
		c.State, c.Due, c.Answer.Outcome = runner.Deferred, c.At.Add(time.Minute), runner.Uncertain
	}
}

// unlaned forgets what X said of its limits.
func unlaned(c *runner.Closing) {
	c.Answer.Lanes = nil
	if c.State == runner.Deferred {
		c.Due = c.At.Add(10 * time.Second)
	}
}

// unlatched forgets that X has stopped an account.
func unlatched(c *runner.Closing) { c.Answer.Latch = "" }

// deafened hears a stop as nothing.
func deafened(h *runner.Heard) {
	if h.Word.Meaning == runner.WantsOut {
		h.Word = runner.Word{}
	}
}
