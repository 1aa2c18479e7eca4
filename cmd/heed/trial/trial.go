// Package trial judges verdict cases: an intent, the facts of its moment and the verdict
// that is expected, written in TOML beside the bots. A case is judged by the very pipeline
// that the settings make for its bot, and by nothing else: no ledger, no clock, no network.
package trial

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heed/bots"
	"heed/config"
	"heed/guards"
)

// Noon is the time of a case that does not say another: a Monday, at noon.
var Noon = time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)

// Somebody is who speaks to the bot where a case names nobody.
const Somebody bots.UserID = "2001"

// Case is one sentence about a bot: what it wants, what is so, and what heed says.
type Case struct {
	File   string
	Line   int
	Name   string
	Bot    config.Bot
	Intent bots.Intent
	Hash   string // of the intent's bytes
	Facts  guards.Facts
	Expect Expect
}

// Expect is the verdict that a case expects. What it leaves empty may be anything.
type Expect struct {
	Effect guards.Effect `json:"effect"`
	Code   string        `json:"code,omitempty"` // a whole code, or what stands before its dot: a guard's name
	Rule   string        `json:"rule,omitempty"` // a clause that the refusal cites
}

func (e Expect) String() string {
	s := e.Effect.String()
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Rule != "" {
		s += " [" + e.Rule + "]"
	}
	return s
}

// Result is what became of a case.
type Result struct {
	Case
	Verdict guards.Verdict
	OK      bool
}

// Judge asks the bot's guards. It is pure.
func (c Case) Judge() Result {
	v := c.Bot.Pipeline.Judge(c.Intent, c.Hash, c.Facts)
	return Result{c, v, c.Expect.Met(v)}
}

// Met says whether a verdict is the expected one. Of several guards that refuse alike each
// may be the one that was meant.
func (e Expect) Met(v guards.Verdict) bool {
	if v.Effect != e.Effect {
		return false
	}
	if e.Code == "" && e.Rule == "" {
		return true
	}
	return slices.ContainsFunc(v.Findings, func(f guards.Finding) bool {
		guard, _, _ := strings.Cut(f.Code, ".")
		return f.Effect == v.Effect && f.Binds() && (e.Code == "" || e.Code == f.Code || e.Code == guard) &&
			(e.Rule == "" || slices.Contains(f.Rules, e.Rule))
	})
}

// Refusing are the guards that refused in a case that was right, and those that the cases'
// bots obey and that refused in none; each in the order of their names.
func Refusing(results []Result) (some, none []string) {
	obeyed, refused := map[string]bool{}, map[string]bool{}
	for _, r := range results {
		for _, st := range r.Bot.Pipeline.Stations {
			if st.Rule.Firm || st.Mode != guards.Watch && st.Mode != guards.Off {
				obeyed[st.Rule.Name] = true
			}
		}
		for _, f := range r.Verdict.Findings {
			if r.OK && f.Effect != guards.Allow && f.Binds() {
				refused[f.Guard] = true
			}
		}
	}
	for _, r := range guards.Rules() {
		switch {
		case refused[r.Name]:
			some = append(some, r.Name)
		case obeyed[r.Name]:
			none = append(none, r.Name)
		}
	}
	return some, none
}

// Place is where the case stands.
func (c Case) Place() string { return fmt.Sprintf("%s:%d", c.File, c.Line) }
