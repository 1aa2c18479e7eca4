package guards

import "heed/bots"

func init() {
	register(Rule{
		Name:    "asked",
		Says:    "what a bot wants a person to see first waits for that person",
		Clauses: []string{"A14", "P4"},
		Firm:    true,
	}, func() Guard { return &asked{} })
	Declare(Clause{ID: "A14", Says: "use is watched, and the service is built so that its users cannot break the rules",
		Source: SourceConduct + "; " + SourceFAQ, Served: []Service{ByGuard},
		Tests:    []string{"guards TestFirmGuardsCannotBeOffOrWatched", "guards TestP9ZeroFactsAllowNothing", "guards TestAConversationHasAnEnd", "guards TestAsked"},
		Operator: "look at what heed holds and refuses, and at what people answer the bots"})
	Declare(Clause{ID: "P4", Says: "people see exactly what will be published before it is",
		Source: "Developer Policy, Consent & permissions: Show exactly what will be published", Served: []Service{ByGuard},
		Tests:    []string{"guards TestAsked", "guards TestP6ApprovalReleasesExactlyTheseHoldsOfTheseBytes"},
		Operator: "where people other than you post through a bot, let the bot ask with hold = true, and show them the text that waits"})
}

type asked struct{}

func (*asked) Check() []string         { return nil }
func (*asked) Needs(bots.Intent) Needs { return Needs{} }
func (*asked) Judge(in bots.Intent, _ Facts) Finding {
	if !in.Hold {
		return Pass()
	}
	because := "the bot asked for a person's eye"
	if in.Reason != "" && in.Action != bots.DM { // promise P7: no word about a message stays
		because += ": " + in.Reason
	}
	return Held("asked.person", because, "a person approves or rejects it: heed approve KEY, heed reject KEY")
}
