package guards

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "consent",
		Says:    "a reply or message answers somebody who spoke to the bot, once and soon, or who expressly agreed; nobody else is named or quoted",
		Clauses: []string{"C1", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C12", "C17", "C19", "A14", "P2"},
		Actions: writing,
		Firm:    true,
	}, func() Guard { return &consent{MaxAge: 24 * time.Hour, MaxAnswers: 10} })
	Declare(Clause{ID: "C12", Says: "replies made by AI need X's prior written approval",
		Source: SourceAutomation + " II.B.3; " + SourceGuidelines, Served: []Service{ByGuard, ByCheck},
		Tests:    []string{"guards TestConsentToAReplyByAI", "config TestMisfits"},
		Operator: "get X's written approval, set ai_generated where a model writes the texts, and name the approval in x_approval_ref"})
	Declare(Clause{ID: "C13", Says: "campaigns that answer people by machine for advertisers, publishers or brands need X's approval",
		Source: SourceAutomation + ", note", Served: []Service{ByWords},
		Operator: "ask X before running such a campaign; heed cannot tell a brand's campaign from any other bot"})
	Declare(Clause{ID: "C18", Says: "people are not put on lists in bulk or at random",
		Source: SourceGuidelines, Served: []Service{ByCheck}, Tests: []string{"guards TestNobodyIsPutOnAList"}})
	Declare(Clause{ID: "C19", Says: "what somebody wrote is used to promote something only with their consent",
		Source: SourcePrivacy, Served: []Service{ByGuard}, Tests: []string{"guards TestConsentToAQuote"},
		Operator: "do not use people's posts in a product or campaign outside X without asking them"})
}

type consent struct {
	// MaxAge is how long an invitation may be answered. Default 24h, from 1m to 168h. Rule C10.
	MaxAge time.Duration `toml:"max_age"`
	// MaxAnswers is how many answers the bot gives in one conversation in 24 hours,
	// so that two machines cannot go on for ever. Default 10, from 1 to 100. Rules A14, C10.
	MaxAnswers int `toml:"max_answers"`
	// MentionAllow are accounts, handle to user id, that texts may name beside the
	// operator's own. An opt-out of theirs goes before it. Default: none. Rule C8.
	MentionAllow map[string]string `toml:"mention_allow"`
	// ApprovalRef names X's written approval of replies made by AI. Default: none,
	// and such replies are denied. Rule C12.
	ApprovalRef string `toml:"x_approval_ref"`
}

const (
	mostAnswers  = 100            // the greatest MaxAnswers
	answerWindow = 24 * time.Hour // over which answers in a conversation are counted
)

func (g *consent) Check() []string {
	var f faults
	f.span("max_age", g.MaxAge, time.Minute, 168*time.Hour)
	f.count("max_answers", g.MaxAnswers, 1, mostAnswers, "a longer conversation is a loop")
	for handle, id := range g.MentionAllow {
		if !isHandle(strings.TrimPrefix(handle, "@")) {
			f.add("mention_allow", "%.30q is no handle (1 to 20 of A-Z a-z 0-9 _)", handle)
		}
		if !bots.IsSnowflake(id) {
			f.add("mention_allow", "%.30q for %.30q is no user id (1 to 20 digits)", id, handle)
		}
		for other, its := range g.MentionAllow {
			if sameHandle(handle, other) && id < its { // told once of each pair
				f.add("mention_allow", "%.30q has two user ids, %s and %s", handle, id, its)
			}
		}
	}
	return f
}

// Misfits tells a bot whose every reply would be denied.
func (g *consent) Misfits(b bots.Bot) []string {
	if !b.AIGenerated || g.ApprovalRef != "" || !slices.Contains(b.Actions, bots.Reply) {
		return nil
	}
	return []string{"ai_generated: replies made by AI need X's prior written approval, and none is named (rule C12): " +
		"ask X for it and write x_approval_ref, or take reply out of actions"}
}

func (g *consent) Loosens(house Guard) []string {
	h, ok := house.(*consent)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.atMost("max_age", g.MaxAge, h.MaxAge)
	l.count("max_answers", g.MaxAnswers, h.MaxAnswers)
	for handle, id := range g.MentionAllow {
		if its, listed := h.listed(handle); !listed || string(its) != id {
			l.add("mention_allow", "%q with user id %s is not among the house's", handle, id)
		}
	}
	if g.ApprovalRef != "" && g.ApprovalRef != h.ApprovalRef {
		l.add("x_approval_ref", "X's approval is the operator's, and stands in the house's settings")
	}
	return l
}

func (g *consent) Needs(in bots.Intent) Needs {
	n := Needs{Contacts: in.Action.Contacts(), Named: g.named(in.Text)}
	if in.Action == bots.Reply || in.Action == bots.DM {
		n.Cause = true
		if in.Cause != "" {
			n.Answered = answerWindow
		}
	}
	return n
}

func (g *consent) Judge(in bots.Intent, f Facts) Finding {
	switch f.Origin {
	case ByBot, ForHelp, Confirmation:
	default: // nothing is known to make such intents, so nobody can say who asked for it
		return Denied("consent.origin", fmt.Sprintf("who made this intent is not known (%.20q)", string(f.Origin)),
			"report this as a fault of heed").Citing("C1")
	}
	naming := g.naming(in, f)
	if naming.Effect == Deny {
		return naming
	}
	// A hold over a name can be approved: it must not hide a graver answer.
	if found := g.contact(in, f); found.Effect != Allow {
		return found
	}
	return naming
}

// contact judges whom the intent reaches by what it is, whatever its text.
func (g *consent) contact(in bots.Intent, f Facts) Finding {
	if in.Action == bots.Post {
		return Pass()
	}
	if _, whole := f.people(&in); !whole {
		return Denied("consent.people_unread", fmt.Sprintf("whom this %s would reach is not known", in.Action),
			"act on a post that heed has met, such as a mention of the bot").Citing("C1")
	}
	switch in.Action {
	case bots.Reply:
		return g.reply(in, f)
	case bots.DM:
		return g.message(in, f)
	default:
		return g.quote(f)
	}
}

// quote wants the author's express consent: what people wrote is not the bot's to use.
func (g *consent) quote(f Facts) Finding {
	for _, p := range f.Contacts {
		if _, own := f.Own[p.ID]; own {
			continue
		}
		yes := agreement([]Person{p}, f, func(c Choice) bool { return c.allows(bots.Quote) })
		if yes.outdated != nil {
			return stalled(*yes.outdated, f)
		}
		if !yes.given {
			return Denied("consent.quote", fmt.Sprintf("user %s has not agreed to be quoted", p.ID),
				"repost instead, or record their express consent: heed consent add").Citing("C1", "C19").With("user_id", string(p.ID))
		}
	}
	return Pass()
}
