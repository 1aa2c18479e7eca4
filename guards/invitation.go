package guards

import (
	"fmt"
	"slices"

	"heed/bots"
)

func init() {
	Declare(Clause{ID: "C4", Says: "one automated reply or mention for each interaction of a person",
		Source: SourceAutomation + "; " + SourceGuidelines, Served: []Service{ByGuard},
		Tests: []string{"guards TestConsentToAReply", "guards TestConsentToAMessage"}})
	Declare(Clause{ID: "C5", Says: "an automated reply answers the person's own post",
		Source: SourceAutomation, Served: []Service{ByGuard}, Tests: []string{"guards TestConsentToAReply"}})
	Declare(Clause{ID: "C7", Says: "nobody is answered because a search for keywords found them",
		Source: SourceAutomation + "; " + SourceGuidelines, Served: []Service{ByGuard},
		Tests: []string{"guards TestConsentToAReply"}})
	Declare(Clause{ID: "C9", Says: "messages go only to who wrote first; no welcome messages, no bulk",
		Source: SourceGuidelines + "; " + SourceAutomation + " II.C", Served: []Service{ByGuard},
		Tests: []string{"guards TestConsentToAMessage", "guards TestNoWelcomeAndNoFollowUp"}})
	Declare(Clause{ID: "C10", Says: "when an exchange has ended, nothing follows it without permission",
		Source: SourceAutomation + " II.D", Served: []Service{ByGuard},
		Tests: []string{"guards TestNoWelcomeAndNoFollowUp", "guards TestAConversationHasAnEnd"}})
	Declare(Clause{ID: "C11", Says: "on self-serve only who named or quoted the bot can be answered",
		Source: SourceChanges + ", 23 February 2026", Served: []Service{ByGuard}, Tests: []string{"guards TestConsentToAReply"}})
	Declare(Clause{ID: "C17", Says: "nobody is approached because they complained in public",
		Source: SourceGuidelines, Served: []Service{ByGuard}, Tests: []string{"guards TestConsentToAReply"}})
}

func (g *consent) reply(in bots.Intent, f Facts) Finding {
	if (in.MadeWithAI || f.Bot.AIGenerated) && f.Origin == ByBot && g.ApprovalRef == "" {
		return Denied("consent.ai_reply", "a reply made by AI needs X's prior written approval, and the settings name none",
			"ask X for it, then name it in [guards.consent] x_approval_ref").Citing("C12")
	}
	if !slices.ContainsFunc(f.Contacts, func(p Person) bool { return !f.itself(p.ID) }) {
		return Pass() // the bot goes on with a thread of its own
	}
	yes := agreement(f.Contacts, f, func(c Choice) bool { return c.allows(bots.Reply) })
	c := f.Cause
	if c == nil {
		return g.uninvited(in, f, yes)
	}
	switch {
	case c.Kind == ByDM:
		return misfit(c, "wrong_kind", "a message invites a message, not a public reply", "C5")
	case c.Kind != ByMention && c.Kind != ByReply && c.Kind != ByQuote:
		return misfit(c, "wrong_kind", fmt.Sprintf("%.20q is no invitation: a follow, a login or a search gives no consent", string(c.Kind)), "C6", "C7", "C17")
	case c.Post == "" || c.Post != in.Target.PostID:
		return misfit(c, "wrong_post", fmt.Sprintf("the invitation is post %s, and the reply would go to post %s", c.Post, in.Target.PostID), "C5")
	}
	return g.answer(in, f, yes)
}

func (g *consent) message(in bots.Intent, f Facts) Finding {
	// C9 wants that they wrote first: an opt-in says so when it was given in a
	// message, or was entered by hand with the message's id.
	yes := agreement(f.Contacts, f, func(c Choice) bool {
		return c.allows(bots.DM) && (c.How == "dm" || c.Channel == string(bots.DM) && c.Event != "")
	})
	if f.Cause == nil {
		return g.uninvited(in, f, yes)
	}
	if f.Cause.Kind != ByDM {
		return misfit(f.Cause, "wrong_kind", "a message answers a message: a mention, a follow or an open inbox gives no consent to one", "C9", "C6")
	}
	if !f.Cause.Summons {
		return misfit(f.Cause, "group", "it was said in a group, and a message to its author alone was not asked for", "C1", "C9")
	}
	return g.answer(in, f, yes)
}

// uninvited judges what answers nothing: only an express opt-in carries it, and on
// self-serve X refuses a reply to whoever has not summoned the bot even then.
func (g *consent) uninvited(in bots.Intent, f Facts, yes agreed) Finding {
	what := fmt.Sprintf("a %s", in.Action)
	if in.Cause != "" {
		what = fmt.Sprintf("event %.60q is none that heed has seen, and a %s", in.Cause, in.Action)
	}
	switch {
	case !yes.given && yes.outdated != nil:
		return stalled(*yes.outdated, f)
	case !yes.given && in.Action == bots.DM:
		return Denied("consent.none", what+" to somebody who did not write to the bot first has no consent",
			"name in cause the id of their message, or wait for their express opt-in by message").Citing("C1", "C9")
	case !yes.given:
		return Denied("consent.none", what+" to somebody who did not speak to the bot has no consent",
			"name in cause the id of the mention, reply or quote this answers, or wait for their express opt-in").Citing("C1", "C7", "C17")
	case in.Action == bots.Reply && f.Bot.House.Tier != bots.Enterprise:
		return Denied("consent.not_summoned", "X lets a self-serve app reply only to posts that name or quote the bot, and no such post is named as cause",
			"answer a mention, naming it in cause").Citing("C11")
	}
	return Pass()
}

// answer judges what every answer to an invitation must keep.
func (g *consent) answer(in bots.Intent, f Facts, yes agreed) Finding {
	c := f.Cause
	from := func(p Person) bool { return p.ID == c.From }
	_, own := f.Own[c.From]
	switch {
	case c.Bot != f.Bot.Name || c.Bot == "":
		return misfit(c, "wrong_bot", fmt.Sprintf("it was said to %s, not to %s", c.Bot, f.Bot.Name), "C1", "C5")
	case c.From == "" || len(f.Contacts) != 1 || !slices.ContainsFunc(f.Contacts, from):
		return misfit(c, "wrong_person", fmt.Sprintf("it came from user %s, who is not the one this would reach", c.From), "C1", "C5")
	case c.SpentBy != "" && c.SpentBy != in.ID:
		return misfit(c, "spent", fmt.Sprintf("it was answered already, by %s: one answer an interaction", c.SpentBy), "C4")
	case c.Automated || own:
		return misfit(c, "loop", "its author is a bot too, and two bots answering each other never stop", "C1", "A14")
	case f.Answered >= g.MaxAnswers && f.Origin == ByBot:
		return misfit(c, "depth", fmt.Sprintf("the bot has answered %d times in this conversation within %s, and %d are allowed", f.Answered, spell(answerWindow), g.MaxAnswers), "A14", "C10").
			With("answered", f.Answered).With("max_answers", g.MaxAnswers)
	case in.Action == bots.Reply && !c.Summons && f.Bot.House.Tier != bots.Enterprise:
		return misfit(c, "not_summoned", "it neither names nor quotes the bot, and X lets a self-serve app reply only where it was summoned", "C11")
	case stale(f.Now, c.At, g.MaxAge) && !yes.given && yes.outdated != nil:
		return stalled(*yes.outdated, f)
	case stale(f.Now, c.At, g.MaxAge) && !yes.given:
		return misfit(c, "too_old", fmt.Sprintf("it is of %s, and consent to an answer lasts %s", moment(c.At), spell(g.MaxAge)), "C10")
	}
	return Pass()
}

var misfitRemedies = map[string]string{
	"wrong_kind":   "name in cause a post or message by which the person spoke to the bot",
	"wrong_post":   "reply to the very post that is named in cause",
	"group":        "answer messages that were written to the bot alone",
	"wrong_bot":    "let the bot answer that was spoken to",
	"wrong_person": "answer the person who spoke, and nobody else",
	"spent":        "wait until they speak to the bot again",
	"loop":         "leave it unanswered",
	"depth":        "let the conversation rest for a day, or raise max_answers if the house allows it",
	"not_summoned": "answer posts that mention or quote the bot",
	"too_old":      "wait until they speak to the bot again, or for their express opt-in",
}

// misfit denies an answer whose invitation does not carry it.
func misfit(c *Invitation, code, because string, clauses ...string) Finding {
	return Denied("consent."+code, fmt.Sprintf("event %s cannot carry this: %s", c.Event, because), misfitRemedies[code]).
		Citing(clauses...).With("event", c.Event).With("from", string(c.From))
}
