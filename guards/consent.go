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
		Clauses: []string{"C1", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C12", "C19"},
		Actions: writing,
		Firm:    true,
	}, func() Guard { return &consent{MaxAge: 24 * time.Hour} })
	Declare(Clause{ID: "C1", Says: "explicit consent comes before any automated reply or message",
		Source: SourceSpam, Served: []Service{ByGuard}})
	Declare(Clause{ID: "C4", Says: "one automated reply or mention for each interaction of a person",
		Source: SourceAutomation + "; " + SourceGuidelines, Served: []Service{ByGuard}})
	Declare(Clause{ID: "C5", Says: "an automated reply answers the person's own post",
		Source: SourceAutomation, Served: []Service{ByGuard}})
	Declare(Clause{ID: "C6", Says: "following, logging in or having an open inbox is no consent",
		Source: SourceAutomation + "; Developer Policy, Consent & permissions", Served: []Service{ByGuard}})
	Declare(Clause{ID: "C7", Says: "nobody is answered because a search for keywords found them",
		Source: SourceAutomation + "; " + SourceGuidelines, Served: []Service{ByGuard}})
	Declare(Clause{ID: "C8", Says: "nobody is mentioned unasked, not even in a post of one's own",
		Source: SourceAutomation + "; " + SourceGuidelines, Served: []Service{ByGuard}})
	Declare(Clause{ID: "C9", Says: "messages go only to who wrote first; no welcome messages, no bulk",
		Source: SourceGuidelines + "; " + SourceAutomation + " II.C", Served: []Service{ByGuard}})
	Declare(Clause{ID: "C10", Says: "when an exchange has ended, nothing follows it without permission",
		Source: SourceAutomation + " II.D", Served: []Service{ByGuard}})
	Declare(Clause{ID: "C11", Says: "on self-serve only who named or quoted the bot can be answered",
		Source: SourceChanges + ", 23 February 2026", Served: []Service{ByGuard}})
	Declare(Clause{ID: "C12", Says: "replies made by AI need X's prior written approval",
		Source: SourceAutomation + " II.B.3; " + SourceGuidelines, Served: []Service{ByGuard}})
	Declare(Clause{ID: "C19", Says: "what somebody wrote is used to promote something only with their consent",
		Source: SourcePrivacy, Served: []Service{ByGuard}})
}

type consent struct {
	// MaxAge is how long an invitation may be answered. Default 24h, from 1m to 168h. Rule C10.
	MaxAge time.Duration `toml:"max_age"`
	// MentionAllow are handles, with or without @, that texts may name beside the
	// operator's own. Default: none. Rule C8.
	MentionAllow []string `toml:"mention_allow"`
	// ApprovalRef names X's written approval of replies made by AI. Default: none,
	// and such replies are denied. Rule C12.
	ApprovalRef string `toml:"x_approval_ref"`
}

func (g *consent) Check() []string {
	var f faults
	f.span("max_age", g.MaxAge, time.Minute, 168*time.Hour)
	for _, h := range g.MentionAllow {
		if !isHandle(strings.TrimPrefix(h, "@")) {
			f.add("mention_allow", "%.30q is no handle (1 to 20 of A-Z a-z 0-9 _)", h)
		}
	}
	return f
}

func (g *consent) Loosens(house Guard) []string {
	h, ok := house.(*consent)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.atMost("max_age", g.MaxAge, h.MaxAge)
	l.within("mention_allow", g.MentionAllow, h.MentionAllow)
	if g.ApprovalRef != "" && g.ApprovalRef != h.ApprovalRef {
		l.add("x_approval_ref", "X's approval is the operator's, and stands in the house's settings")
	}
	return l
}

func (g *consent) Needs(in bots.Intent) Needs {
	return Needs{Contacts: in.Action.Contacts(), Cause: in.Action == bots.Reply || in.Action == bots.DM}
}

func (g *consent) Judge(in bots.Intent, f Facts) Finding {
	if found := g.mentions(in, f); found.Effect != Allow {
		return found
	}
	if in.Action == bots.Post {
		return Pass()
	}
	if _, whole := f.people(in); !whole {
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

// mentions finds names of people who never agreed to be named (rule C8).
func (g *consent) mentions(in bots.Intent, f Facts) Finding {
	var strangers []string
	for _, name := range mentioned(in.Text) {
		if !g.mayName(name, f.Bot) {
			strangers = append(strangers, "@"+name)
		}
	}
	if len(strangers) == 0 {
		return Pass()
	}
	who := strings.Join(strangers[:min(len(strangers), 8)], ", ")
	if in.Action == bots.DM { // promise P7: no word of a message leaves it
		who = fmt.Sprintf("%d accounts", len(strangers))
	}
	return Denied("consent.mention", "the text names "+who+", not known to agree",
		"leave the name out (X itself puts the person you answer in front of a reply), or list it in mention_allow once they agreed").
		Citing("C8").With("mentions", len(strangers))
}

func (g *consent) mayName(name string, b bots.Bot) bool {
	is := func(handle string) bool { return strings.EqualFold(strings.TrimPrefix(handle, "@"), name) }
	return is(b.House.Operator.Handle) || slices.ContainsFunc(b.House.Handles, is) || slices.ContainsFunc(g.MentionAllow, is)
}

func (g *consent) reply(in bots.Intent, f Facts) Finding {
	if in.MadeWithAI && g.ApprovalRef == "" {
		return Denied("consent.ai_reply", "a reply made by AI needs X's prior written approval, and the settings name none",
			"ask X for it, then name it in [guards.consent] x_approval_ref").Citing("C12")
	}
	if !slices.ContainsFunc(f.Contacts, func(p Person) bool { return !f.itself(p.ID) }) {
		return Pass() // the bot goes on with a thread of its own
	}
	agreed := optedIn(f.Contacts, func(c Choice) bool { return c.Channel == string(bots.Reply) || c.Channel == "*" })
	c := f.Cause
	if c == nil {
		return g.uninvited(in, f, agreed)
	}
	switch {
	case c.Kind == ByDM:
		return misfit(c, "wrong_kind", "a message invites a message, not a public reply", "C5")
	case c.Kind != ByMention && c.Kind != ByReply && c.Kind != ByQuote:
		return misfit(c, "wrong_kind", fmt.Sprintf("%.20q is no invitation: a follow, a login or a search gives no consent", string(c.Kind)), "C6", "C7")
	case c.Post == "" || c.Post != in.Target.PostID:
		return misfit(c, "wrong_post", fmt.Sprintf("the invitation is post %s, and the reply would go to post %s", c.Post, in.Target.PostID), "C5")
	}
	return g.answer(in, f, agreed)
}

func (g *consent) message(in bots.Intent, f Facts) Finding {
	// C9 wants that they wrote first: an opt-in says so when it was given in a
	// message, or was entered by hand with the message's id.
	agreed := optedIn(f.Contacts, func(c Choice) bool {
		return (c.Channel == string(bots.DM) || c.Channel == "*") && (c.How == "dm" || c.Channel == string(bots.DM) && c.Event != "")
	})
	if f.Cause == nil {
		return g.uninvited(in, f, agreed)
	}
	if f.Cause.Kind != ByDM {
		return misfit(f.Cause, "wrong_kind", "a message answers a message: a mention, a follow or an open inbox gives no consent to one", "C9", "C6")
	}
	if !f.Cause.Summons {
		return misfit(f.Cause, "group", "it was said in a group, and a message to its author alone was not asked for", "C1", "C9")
	}
	return g.answer(in, f, agreed)
}

// uninvited judges what answers nothing: only an express opt-in carries it, and on
// self-serve X refuses a reply to whoever has not summoned the bot even then.
func (g *consent) uninvited(in bots.Intent, f Facts, agreed bool) Finding {
	what := fmt.Sprintf("a %s", in.Action)
	if in.Cause != "" {
		what = fmt.Sprintf("event %.60q is none that heed has seen, and a %s", in.Cause, in.Action)
	}
	switch {
	case !agreed && in.Action == bots.DM:
		return Denied("consent.none", what+" to somebody who did not write to the bot first has no consent",
			"name in cause the id of their message, or wait for their express opt-in by message").Citing("C1", "C9")
	case !agreed:
		return Denied("consent.none", what+" to somebody who did not speak to the bot has no consent",
			"name in cause the id of the mention, reply or quote this answers, or wait for their express opt-in").Citing("C1", "C7")
	case in.Action == bots.Reply && f.Bot.House.Tier != bots.Enterprise:
		return Denied("consent.not_summoned", "X lets a self-serve app reply only to posts that name or quote the bot, and no such post is named as cause",
			"answer a mention, naming it in cause").Citing("C11")
	}
	return Pass()
}

// answer judges what every answer to an invitation must keep.
func (g *consent) answer(in bots.Intent, f Facts, agreed bool) Finding {
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
	case in.Action == bots.Reply && !c.Summons && f.Bot.House.Tier != bots.Enterprise:
		return misfit(c, "not_summoned", "it neither names nor quotes the bot, and X lets a self-serve app reply only where it was summoned", "C11")
	case stale(f.Now, c.At, g.MaxAge) && !agreed:
		return misfit(c, "too_old", fmt.Sprintf("it is of %s, and consent to an answer lasts %s", moment(c.At), spell(g.MaxAge)), "C10")
	}
	return Pass()
}

// quote wants the author's express consent: what people wrote is not the bot's to use.
func (g *consent) quote(f Facts) Finding {
	for _, p := range f.Contacts {
		_, own := f.Own[p.ID]
		agreed := slices.ContainsFunc(p.OptIns, func(c Choice) bool { return c.Channel == string(bots.Quote) || c.Channel == "*" })
		if !own && !agreed {
			return Denied("consent.quote", fmt.Sprintf("user %s has not agreed to be quoted", p.ID),
				"repost instead, or record their express consent: heed consent add").Citing("C1", "C19").With("user_id", string(p.ID))
		}
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
	"not_summoned": "answer posts that mention or quote the bot",
	"too_old":      "wait until they speak to the bot again, or for their express opt-in",
}

// misfit denies an answer whose invitation does not carry it.
func misfit(c *Invitation, code, because string, clauses ...string) Finding {
	return Denied("consent."+code, fmt.Sprintf("event %s cannot carry this: %s", c.Event, because), misfitRemedies[code]).
		Citing(clauses...).With("event", c.Event).With("from", string(c.From))
}
