package guards

import (
	"fmt"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "same_target",
		Says:    "the operator's bots do not gang up: one post or person is liked, reposted, quoted or followed by one of them, once",
		Clauses: []string{"D4", "D5", "F4"},
		Actions: []bots.Action{bots.Like, bots.Repost, bots.Quote, bots.Follow},
	}, func() Guard { return &sameTarget{Window: 720 * time.Hour} })
	Declare(Clause{ID: "D4", Says: "several accounts do not like, repost or follow the same target",
		Source: SourceAccounts, Served: []Service{ByGuard}})
	Declare(Clause{ID: "D5", Says: "a few accounts under one's own control may repost instead of posting alike",
		Source: SourceAccounts, Served: []Service{ByGuard}})
}

type sameTarget struct {
	// Window is how long an act on a target is remembered. Default 720h, from 24h to 8784h. Rule D4.
	Window time.Duration `toml:"window"`
}

func (g *sameTarget) Check() []string {
	var f faults
	f.span("window", g.Window, 24*time.Hour, 366*24*time.Hour)
	return f
}

func (g *sameTarget) Loosens(house Guard) []string {
	h, ok := house.(*sameTarget)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.atLeast("window", g.Window, h.Window)
	return l
}

func (g *sameTarget) Needs(bots.Intent) Needs { return Needs{Same: g.Window} }

func (g *sameTarget) Judge(in bots.Intent, f Facts) Finding {
	for _, a := range f.Same {
		if a.Action != in.Action || !a.counts(in, f, g.Window) {
			continue
		}
		tell := fmt.Sprintf("did this same %s at %s (%s, %s)", a.Action, moment(a.At), a.Key, a.State)
		switch {
		case a.Bot != f.Bot.Name:
			return Denied("same_target.another_bot", fmt.Sprintf("%s %s: several accounts of one operator may not", a.Bot, tell),
				"leave it to that bot; the window is "+spell(g.Window)).Citing("D4", "D5").
				With("bot", a.Bot).With("key", a.Key).With("at", a.At).With("state", a.State)
		case in.Action == bots.Repost || in.Action == bots.Like:
			return Denied("same_target.twice", "the bot itself "+tell,
				"once is enough; the window is "+spell(g.Window)).Citing("F4", "D4").
				With("key", a.Key).With("at", a.At).With("state", a.State)
		}
	}
	return Pass()
}

// counts says whether an earlier act stands for the intent: it may have happened,
// lies within the window, and is not the intent itself judged again.
func (a Act) counts(in bots.Intent, f Facts, window time.Duration) bool {
	switch a.State {
	case "failed", "denied", "cancelled", "expired":
		return false
	}
	if a.Bot == f.Bot.Name && a.Key != "" && a.Key == in.Key {
		return false
	}
	return a.At.IsZero() || f.Now.Sub(a.At) <= window
}
