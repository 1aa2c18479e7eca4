package guards

import (
	"fmt"
	"slices"

	"heed/bots"
)

func init() {
	Declare(Clause{ID: "C1", Says: "explicit consent comes before any automated reply or message",
		Source: SourceSpam, Served: []Service{ByGuard},
		Tests:    []string{"guards TestConsentToAReply", "guards TestConsentToAMessage", "guards TestAnOptInCountsOnlyAsItWasGiven"},
		Operator: "record consent that was given elsewhere only with its evidence, and only when it named this bot and this kind of contact"})
	Declare(Clause{ID: "C6", Says: "following, logging in or having an open inbox is no consent",
		Source: SourceAutomation + "; Developer Policy, Consent & permissions", Served: []Service{ByGuard},
		Tests:    []string{"guards TestConsentToAReply", "guards TestConsentToAMessage", "guards TestAnOptInCountsOnlyAsItWasGiven"},
		Operator: "enter no list of followers, customers or logins as opt-ins"})
}

// agreed is what is known of everybody's express consent.
type agreed struct {
	given    bool    // everybody reached has agreed
	outdated *Choice // somebody's yes, that a changed behaviour has made void
}

// agreement asks whether all of some people have expressly agreed to what fits.
func agreement(people []Person, f Facts, fits func(Choice) bool) agreed {
	yes := agreed{given: len(people) > 0}
	for _, p := range people {
		holds := func(c Choice) bool { return c.express(f) && fits(c) }
		now := func(c Choice) bool { return holds(c) && c.Behaviour == f.Bot.Behaviour() }
		if slices.ContainsFunc(p.OptIns, now) {
			continue
		}
		yes.given = false
		if i := slices.IndexFunc(p.OptIns, holds); i >= 0 && yes.outdated == nil {
			c := p.OptIns[i]
			yes.outdated = &c
		}
	}
	return yes
}

// express says whether a choice is consent at all: given to this very bot, before now,
// in one of the ways that count. What was entered by hand must name its evidence.
func (c Choice) express(f Facts) bool {
	if f.Bot.Name == "" || c.Scope != f.Bot.Name || c.At.IsZero() || c.At.After(f.Now) {
		return false
	}
	switch c.How {
	case "dm", "mention":
		return true
	case "cli", "import":
		return c.Event != ""
	}
	return false
}

// Channels are the kinds of contact that a consent can be for; "*" is all of them.
func Channels() []string {
	return []string{string(bots.Reply), string(bots.DM), string(bots.Quote), "*"}
}

// allows says whether the choice is for this kind of contact.
func (c Choice) allows(a bots.Action) bool { return c.Channel == string(a) || c.Channel == "*" }

// stalled denies what rests on a yes to something else (rule P2).
func stalled(c Choice, f Facts) Finding {
	return Denied("consent.stale", fmt.Sprintf("it was agreed at %s, when %s declared another purpose or other actions", moment(c.At), f.Bot.Name),
		"they agree anew by writing START to the bot; or record their new yes with its evidence: heed consent add").Citing("C1", "P2").
		With("agreed_at", c.At).With("behaviour", f.Bot.Behaviour()).With("behaviour_then", c.Behaviour)
}
