package guards

import (
	"fmt"
	"slices"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "scope",
		Says:    "a bot does only what its settings declare, what its X tier offers, and only in production to the public",
		Clauses: []string{"A1", "A4", "A17", "F3", "F7"},
		Firm:    true,
	}, func() Guard { return &scope{} })
	Declare(Clause{ID: "A1", Says: "one app serves one use case; apps for development and staging are never used for production",
		Source: SourceConduct, Served: []Service{ByGuard}, Tests: []string{"guards TestScope", "guards TestScopeTestAccounts"},
		Operator: "register one app for each use case, and say in its name and description which is for development or staging"})
	Declare(Clause{ID: "A4", Says: "the use case told to X binds; X is told before it changes",
		Source: SourceConduct + "; " + SourceFAQ, Served: []Service{ByGuard},
		Tests:    []string{"guards TestScope", "guards TestAnOptInCountsOnlyAsItWasGiven", "guards TestGrant"},
		Operator: "tell X, in the developer portal, before you change what a bot is for or may do"})
	Declare(Clause{ID: "A17", Says: "what a tier does not offer is not to be had through it",
		Source: "Developer Policy; Developer Agreement III.L-M", Served: []Service{ByGuard, ByCheck},
		Tests:    []string{"guards TestOffered", "guards TestScope"},
		Operator: "governments, and whoever outgrows a hobby, a prototype or a limited service, need an Enterprise contract with X"})
	Declare(Clause{ID: "F3", Says: "likes and hidden replies are a person's own doing",
		Source: SourceAutomation + " (April 2026); " + SourceGuidelines, Served: []Service{ByGuard},
		Tests:    []string{"guards TestScope", "guards TestOffered"},
		Operator: "approve a like only when you yourself want it: it is yours, not the bot's"})
	Declare(Clause{ID: "F7", Says: "self-serve apps can no longer follow, like or quote",
		Source: SourceChanges + ", 16 April 2026", Served: []Service{ByGuard, ByCheck}, Tests: []string{"guards TestOffered", "guards TestScope"}})
	Declare(Clause{ID: "P5", Says: "people are told what place is added to what they post, and switch it on themselves",
		Source: "Developer Policy, Consent & permissions; X geo guidelines", Served: []Service{ByMinimum},
		Tests: []string{"bots TestNoPlaceCanBeNamed"}})
	Declare(Clause{ID: "P6", Says: "who posts to a service and to X at once allows it, and is told where",
		Source: "Developer Policy, Consent & permissions", Served: []Service{ByWords},
		Operator: "where people post through your own service and heed sends it to X too, ask them and say so beside the button"})
}

type scope struct {
	// TestAccounts are the user ids that live bots of a staging or dev app may act
	// on. Default: none. Rule A1.
	TestAccounts []string `toml:"test_accounts"`
}

// Offered says why no bot on this tier can have the action among its actions; nil
// when it can. Sources: rules F3 (never automated) and F7 (withdrawn from self-serve
// on 20 April 2026; undoing went with it, see the limits table).
func Offered(a bots.Action, t bots.Tier) error {
	switch {
	case !a.Known():
		return fmt.Errorf("%q is none of heed's actions", string(a))
	case t != bots.SelfServe && t != bots.Enterprise:
		return fmt.Errorf("tier %q is neither %s nor %s", string(t), bots.SelfServe, bots.Enterprise)
	case a == bots.HideReply:
		return fmt.Errorf("%s is never a bot's action: X allows no automatic hiding of replies (rule F3)", a)
	case t == bots.Enterprise:
		return nil
	}
	switch a {
	case bots.Follow, bots.Unfollow, bots.Like, bots.Unlike, bots.Quote:
		return fmt.Errorf("%s needs tier = %q: X took it from %s apps on 20 April 2026 (rule F7)", a, bots.Enterprise, bots.SelfServe)
	}
	return nil
}

func (g *scope) Check() []string {
	var f faults
	for _, id := range g.TestAccounts {
		if !bots.IsSnowflake(id) {
			f.add("test_accounts", "%.30q is no user id (1 to 20 digits)", id)
		}
	}
	return f
}

func (g *scope) Loosens(house Guard) []string {
	h, ok := house.(*scope)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.within("test_accounts", g.TestAccounts, h.TestAccounts)
	return l
}

func (g *scope) Needs(in bots.Intent) Needs { return Needs{Contacts: in.Action.Contacts()} }

func (g *scope) Judge(in bots.Intent, f Facts) Finding {
	if !slices.Contains(f.Bot.Actions, in.Action) {
		return Denied("scope.undeclared", fmt.Sprintf("%s is not among the actions of %s (%v)", in.Action, f.Bot.Name, f.Bot.Actions),
			fmt.Sprintf("add %q to actions in [bots.%s], if it fits the use case X was told", string(in.Action), f.Bot.Name)).Citing("A4")
	}
	if err := Offered(in.Action, f.Bot.House.Tier); err != nil {
		return Denied("scope.not_offered", err.Error(), "leave the action out of the bot's actions").Citing("F3", "F7", "A17")
	}
	if f.Bot.House.Environment != bots.Production && f.Bot.Mode != bots.DryRun && !g.onlyTest(in, f) {
		return Denied("scope.not_production",
			fmt.Sprintf("a live bot of a %q app may act only on test accounts, and this would reach the public", string(f.Bot.House.Environment)),
			"run the bot with mode = \"dry_run\", list the account in [guards.scope] test_accounts, or use the production app").Citing("A1")
	}
	if in.Action == bots.Like {
		return Held("scope.like", "X allows a like only when a person starts it",
			"a person approves this very like: heed approve KEY").Citing("F3")
	}
	return Pass()
}

// onlyTest says whether everybody the intent acts on is a listed test account.
func (g *scope) onlyTest(in bots.Intent, f Facts) bool {
	if in.Action.OnUser() {
		return slices.Contains(g.TestAccounts, string(in.Target.UserID))
	}
	if !in.Action.Contacts() || f.Unknown || len(f.Contacts) == 0 {
		return false
	}
	for _, p := range f.Contacts {
		if !slices.Contains(g.TestAccounts, string(p.ID)) {
			return false
		}
	}
	return true
}
