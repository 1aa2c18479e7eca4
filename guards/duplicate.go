package guards

import (
	"fmt"
	"strings"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "duplicate",
		Says:    "no bot says again what it or another bot of the operator has said or is about to say",
		Clauses: []string{"D1", "D2", "D3", "D6"},
		Actions: writing,
	}, func() Guard { return &duplicate{Window: 720 * time.Hour, Deny: 0.9, Hold: 0.5} })
	Declare(Clause{ID: "D1", Says: "no identical or substantially similar content across accounts",
		Source: SourceSpam, Served: []Service{ByGuard}})
	Declare(Clause{ID: "D2", Says: "nor the same content again and again on one account",
		Source: SourceAutomation + " I.A", Served: []Service{ByGuard}})
	Declare(Clause{ID: "D3", Says: "whether at the same time, scheduled or queued",
		Source: SourceAccounts, Served: []Service{ByGuard}})
	Declare(Clause{ID: "D6", Says: "variants for places and languages are fine where their content differs",
		Source: SourceAutomation, Served: []Service{ByGuard}})
}

type duplicate struct {
	// Window is how far back texts are compared. Default 720h, from 24h to 8784h.
	// X names no time. Rules D1, D2.
	Window time.Duration `toml:"window"`
	// Deny and Hold are the likenesses, from 0 to 1, from which a text is denied and
	// held. Defaults 0.9 and 0.5, which are also the greatest allowed.
	Deny float64 `toml:"deny"`
	Hold float64 `toml:"hold"`
}

const mostShared = 8 // words named as evidence

func (g *duplicate) Check() []string {
	var f faults
	f.span("window", g.Window, 24*time.Hour, 366*24*time.Hour)
	if !(g.Deny > 0 && g.Deny <= 0.9) { // written so that NaN is refused too
		f.add("deny", "%v; must be above 0 and at most 0.9", g.Deny)
	}
	if !(g.Hold > 0 && g.Hold <= 0.5) {
		f.add("hold", "%v; must be above 0 and at most 0.5", g.Hold)
	}
	if g.Hold > g.Deny {
		f.add("hold", "%v is above deny (%v), so nothing would ever be held", g.Hold, g.Deny)
	}
	return f
}

func (g *duplicate) Loosens(house Guard) []string {
	h, ok := house.(*duplicate)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.atLeast("window", g.Window, h.Window)
	if !(g.Deny <= h.Deny) {
		l.add("deny", "%v; the house denies from %v", g.Deny, h.Deny)
	}
	if !(g.Hold <= h.Hold) {
		l.add("hold", "%v; the house holds from %v", g.Hold, h.Hold)
	}
	return l
}

func (g *duplicate) Needs(bots.Intent) Needs { return Needs{Alike: g.Window} }

func (g *duplicate) Judge(in bots.Intent, f Facts) Finding {
	worst, likest := Pass(), -1.0
	for _, a := range f.Alike {
		if !a.At.IsZero() && f.Now.Sub(a.At) > g.Window {
			continue
		}
		effect := g.weigh(in, f.Bot.Name, a)
		if effect > worst.Effect || effect == worst.Effect && effect != Allow && a.Score > likest {
			worst, likest = g.finding(in, effect, f.Bot.Name, a), a.Score
		}
	}
	return worst
}

// weigh says what one earlier text means for the intent. What is said in messages
// is told to one person, so it is measured against messages to that person alone.
func (g *duplicate) weigh(in bots.Intent, me string, a Alike) Effect {
	switch {
	case in.Action == bots.DM:
		if a.Exact && a.Action == bots.DM && a.Bot != me && a.Target.UserID == in.Target.UserID {
			return Deny
		}
		return Allow
	case a.Action == bots.DM:
		return Allow
	case a.Exact:
		return Deny
	case in.Action == bots.Reply && a.Bot == me:
		return Allow // answers of one bot are alike by nature
	case !(a.Score < g.Deny): // a likeness that is no number denies
		return Deny
	case a.Score >= g.Hold:
		return Hold
	}
	return Allow
}

func (g *duplicate) finding(in bots.Intent, e Effect, me string, a Alike) Finding {
	whose, clauses := "the bot's own", []string{"D2"}
	if a.Bot != me {
		whose, clauses = a.Bot+"'s", []string{"D1"}
	}
	if a.State != "done" {
		clauses = append(clauses, "D3")
	}
	because := fmt.Sprintf("%s %s %q (%s, %s) says the same, likeness %.2f", whose, a.Action, a.Key, a.State, moment(a.At), a.Score)
	shared := a.Shared
	if in.Action == bots.DM { // promise P7: no word of a message leaves it
		shared = nil
	}
	shared = shared[:min(len(shared), mostShared)]
	if len(shared) > 0 {
		because += "; both have: " + strings.Join(shared, ", ")
	}
	const templated = "; a templated post may declare its template and facts"
	f := Denied("duplicate.same", because, "say something that was not said yet, or repost the earlier post"+templated)
	if e == Hold {
		f = Held("duplicate.alike", because, "a person compares both: heed approve KEY or heed reject KEY"+templated)
	}
	f = f.Citing(append(clauses, "D6")...)
	f.Evidence = map[string]any{"bot": a.Bot, "key": a.Key, "at": a.At, "state": a.State,
		"likeness": fmt.Sprintf("%.2f", a.Score), "post_id": string(a.PostID), "shared": append([]string(nil), shared...)}
	return f
}
