package guards

import (
	"fmt"
	"maps"
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
		Source: SourceAccounts, Served: []Service{ByGuard}, Tests: []string{"guards TestSameTarget"}})
	Declare(Clause{ID: "D5", Says: "a few accounts under one's own control may repost instead of posting alike",
		Source: SourceAccounts, Served: []Service{ByGuard}, Tests: []string{"guards TestFanOut"},
		Operator: "X's exception for broadcasts of weather, emergencies and public safety is not offered: heed cannot tell such a broadcast, so ask X and run it by hand"})
}

type sameTarget struct {
	// Window is how long an act on a target is remembered. Default 720h, from 24h to 8784h. Rule D4.
	Window time.Duration `toml:"window"`
	// FanOut is how many other bots may repost a post of one of the operator's own
	// bots. Default 0, from 0 to 3. Rule D5.
	FanOut int `toml:"fan_out"`
}

const mostFanOut = 3

func (g *sameTarget) Check() []string {
	var f faults
	f.span("window", g.Window, 24*time.Hour, 366*24*time.Hour)
	f.count("fan_out", g.FanOut, 0, mostFanOut, "X speaks of a small number of accounts")
	return f
}

func (g *sameTarget) Loosens(house Guard) []string {
	h, ok := house.(*sameTarget)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.atLeast("window", g.Window, h.Window)
	l.count("fan_out", g.FanOut, h.FanOut)
	return l
}

func (g *sameTarget) Needs(in bots.Intent) Needs {
	return Needs{Same: g.Window, Contacts: in.Action == bots.Repost}
}

func (g *sameTarget) Judge(in bots.Intent, f Facts) Finding {
	author, own := f.ownPost(in)
	others := map[string]bool{} // other bots that reposted it
	for _, a := range f.Same {
		if a.Action != in.Action || !a.counts(in, f, g.Window) {
			continue
		}
		tell := fmt.Sprintf("did this same %s at %s (%s, %s)", a.Action, moment(a.At), a.Key, a.State)
		switch {
		case a.Bot != f.Bot.Name && own:
			others[a.Bot] = a.Bot != author
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
	maps.DeleteFunc(others, func(_ string, counts bool) bool { return !counts })
	if own && author != f.Bot.Name && len(others) >= g.FanOut {
		return Denied("same_target.fan_out", fmt.Sprintf("the post is %s's own, %d other bots have reposted it, and %d may", author, len(others), g.FanOut),
			fmt.Sprintf("leave it; fan_out may be up to %d, if the house allows it", mostFanOut)).Citing("D4", "D5").
			With("author", author).With("reposts", len(others)).With("fan_out", g.FanOut)
	}
	return Pass()
}

// ownPost says whether a repost is of a post by one of the operator's own bots, and of
// which. A post whose author is not known is a stranger's.
func (f Facts) ownPost(in bots.Intent) (author string, own bool) {
	if in.Action != bots.Repost || f.Unknown || len(f.Contacts) != 1 {
		return "", false
	}
	author, own = f.Own[f.Contacts[0].ID]
	return author, own
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
