package guards

import (
	"fmt"
	"slices"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "grant",
		Says:    "through somebody else's account a bot does only what its owner allowed, for as long as they do",
		Clauses: []string{"P1", "P2", "P3"},
		Firm:    true,
	}, func() Guard { return &grant{} })
	Declare(Clause{ID: "P1", Says: "an account's owner expressly allows each kind of action that is done through it",
		Source: "Developer Policy, Consent & permissions; " + SourceAutomation + " II.A", Served: []Service{ByGuard},
		Tests:    []string{"guards TestGrant"},
		Operator: "say owner = \"other\" for an account that is not yours, and record what its owner allowed: heed cannot see whose it is"})
	Declare(Clause{ID: "P2", Says: "what is done is described beforehand, and a changed purpose or function needs a new yes",
		Source: SourceAutomation + " II.A", Served: []Service{ByGuard},
		Tests:    []string{"guards TestGrant", "guards TestAnOptInCountsOnlyAsItWasGiven"},
		Operator: "show the owner what the bot does in words they understand before recording their yes"})
	Declare(Clause{ID: "P3", Says: "an account's owner can withdraw at any time, and that holds at once",
		Source: SourceAutomation + " II.A", Served: []Service{ByGuard},
		Tests:    []string{"guards TestGrant", "guards TestHalt"},
		Operator: "record a withdrawal that reaches you outside X at once"})
}

type grant struct{}

func (*grant) Check() []string         { return nil }
func (*grant) Needs(bots.Intent) Needs { return Needs{Grant: true} }

func (*grant) Judge(in bots.Intent, f Facts) Finding {
	switch f.Bot.Owner {
	case "", bots.OwnedByOperator:
		return Pass() // the settings are the grant
	case bots.OwnedByOther:
	default:
		return Denied("grant.owner", fmt.Sprintf("owner %.20q is neither %s nor %s", string(f.Bot.Owner), bots.OwnedByOperator, bots.OwnedByOther),
			"say in the bot's settings whose account it is").Citing("P1")
	}
	add := fmt.Sprintf("record it: heed grant add %s --owner NAME", f.Bot.Name)
	g := f.Grant
	switch {
	case g == nil || g.At.IsZero() || g.At.After(f.Now):
		return Denied("grant.none", "the account is somebody else's, and no grant of theirs is recorded",
			"ask its owner, and "+add).Citing("P1")
	case !g.EndedAt.IsZero():
		return Denied("grant.withdrawn", fmt.Sprintf("the account's owner withdrew at %s what they had allowed at %s", moment(g.EndedAt), moment(g.At)),
			"nothing the bot can do; if its owner allows it anew, "+add).Citing("P3").With("at", g.At).With("ended_at", g.EndedAt)
	case g.Behaviour != f.Bot.Behaviour():
		return Denied("grant.stale", fmt.Sprintf("the account's owner agreed at %s, when the bot declared another purpose or other actions", moment(g.At)),
			"show its owner what the bot does now, and "+add).Citing("P2").
			With("at", g.At).With("behaviour", f.Bot.Behaviour()).With("behaviour_then", g.Behaviour)
	case !slices.Contains(g.Actions, in.Action):
		return Denied("grant.action", fmt.Sprintf("the account's owner allowed %v at %s, and %s is not among it", g.Actions, moment(g.At), in.Action),
			"leave it, or ask its owner for that action too and "+add).Citing("P1").With("at", g.At)
	}
	return Pass()
}
