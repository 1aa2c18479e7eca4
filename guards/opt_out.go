package guards

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heed/bots"
	"heed/guards/words"
)

func init() {
	register(Rule{
		Name:    "opt_out",
		Says:    "whoever asked to be left alone is contacted and named by no bot of the operator, and nobody is while a stop may lie unread",
		Clauses: []string{"C2", "C3", "M6"},
		Actions: shown,
		Firm:    true,
	}, func() Guard { return &optOut{InboxAge: 15 * time.Minute} })
	Declare(Clause{ID: "C2", Says: "a request to stop is honoured at once",
		Source: SourceSpam + "; " + SourceAutomation, Served: []Service{ByGuard},
		Tests:    []string{"guards TestOptOut", "guards TestOptOutOfBeingNamed", "guards TestOneConfirmationOfAnOptOut"},
		Operator: "record what reaches you outside X: heed optout add; look at what waits in heed optout review"})
	Declare(Clause{ID: "C3", Says: "there is a clear and easy way to opt out, by the usual words",
		Source: SourceAutomation + "; " + SourceGuidelines + ", step 4", Served: []Service{ByGuard},
		Tests:    []string{"guards TestHear", "guards/words TestPhraseTable", "guards/words TestKeywordsNamedByRulesAndVendors", "guards TestHelpText"},
		Operator: "say in the bio or a pinned post how to stop the bot; heed says it only to who asks"})
	Declare(Clause{ID: "M6", Says: "protected accounts and blocks are respected, by every account of the operator",
		Source: SourcePrivacy, Served: []Service{ByGuard},
		Tests:    []string{"guards TestOptOut"},
		Operator: "X tells nobody that they were blocked; where you learn of it, record it: heed optout add"})
}

type optOut struct {
	// InboxAge is how long ago the stalest inbox may have been read: beyond it a
	// STOP may be waiting unread. Default 15m, from 1m to 6h. Rule C2.
	InboxAge time.Duration `toml:"inbox_age"`
}

// rereadAfter is when an intent that waits for an inbox is judged again.
const rereadAfter = time.Minute

func (g *optOut) Check() []string {
	var f faults
	f.span("inbox_age", g.InboxAge, time.Minute, 6*time.Hour)
	return f
}

func (g *optOut) Loosens(house Guard) []string {
	h, ok := house.(*optOut)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.atMost("inbox_age", g.InboxAge, h.InboxAge)
	return l
}

func (g *optOut) Needs(in bots.Intent) Needs { return Needs{Contacts: in.Action.Contacts()} }

func (g *optOut) Judge(in bots.Intent, f Facts) Finding {
	if f.Origin == Confirmation && f.Confirms == nil {
		return Denied("opt_out.confirmed_already", "no opt-out is left to confirm: it was confirmed already, or is lifted",
			"nothing: one stop is confirmed once").Citing("C2")
	}
	people, whole := f.people(&in)
	if !in.Action.Contacts() {
		people, whole = nil, true // a post reaches whom it names
	}
	worst := Pass()
	for _, p := range people {
		if found := f.unless(&in, p).refuses(in.Action); found.Effect > worst.Effect {
			worst = found
		}
	}
	named := slices.DeleteFunc(slices.Clone(f.Named), func(p Person) bool { return f.Own[p.ID] != "" })
	for _, p := range named {
		found := p.refuses(bots.Post) // a closed inbox says nothing about names
		if in.Action == bots.DM && found.Effect != Allow {
			found = found.nameless()
		}
		if found.Effect > worst.Effect {
			worst = found
		}
	}
	switch {
	case worst.Effect == Deny:
		return worst
	case f.Unknown && in.Action.Contacts():
		return Denied("opt_out.author_unknown", "who wrote the target post is not known, so nobody can tell whether they opted out",
			"act on a post that heed has met, such as a mention of the bot").Citing("C2")
	case !whole:
		return Denied("opt_out.people_unread", fmt.Sprintf("the facts do not tell whom this %s would reach", in.Action),
			"report this as a fault of heed").Citing("C2")
	case worst.Effect == Hold, len(people)+len(named) == 0:
		return worst
	case stale(f.Now, f.InboxAt, g.InboxAge):
		return Deferred("opt_out.inbox_stale", g.staleness(f),
			"heed tries again once every bot's inbox was read; heed doctor says what keeps it from reading",
			f.Now.Add(rereadAfter)).Citing("C2").With("inbox_age", spell(g.InboxAge))
	}
	return Pass()
}

// unless is the person without the opt-out that this very intent confirms: the one
// message that may follow a stop, to nobody but who said it.
func (f *Facts) unless(in *bots.Intent, p Person) Person {
	if f.Origin == Confirmation && f.Confirms != nil && in.Action == bots.DM &&
		len(f.Contacts) == 1 && len(f.Named) == 0 && p.ID != "" && p.ID == in.Target.UserID {
		p.OptOut = nil
	}
	return p
}

func (g *optOut) staleness(f Facts) string {
	if f.InboxAt.IsZero() {
		return "an inbox of the operator's bots was never read: a STOP may be waiting in it"
	}
	return fmt.Sprintf("the stalest inbox of the operator's bots was read at %s, not within the last %s: a STOP may be waiting in it",
		moment(f.InboxAt), spell(g.InboxAge))
}

// refuses says whether a person's own choices stand against an action.
func (p Person) refuses(a bots.Action) Finding {
	switch {
	case p.OptOut != nil:
		c := *p.OptOut
		return Denied("opt_out.opted_out", fmt.Sprintf("user %s opted out of %s by %s at %s%s", p.ID, c.covers(), c.How, moment(c.At), c.source()),
			"nothing the bot can do: only the person can come back, by writing START to the bot").Citing("C2").
			With("user_id", string(p.ID)).With("at", c.At).With("how", c.How).With("event", c.Event).With("rule", c.Rule)
	case p.DMClosed && a == bots.DM:
		return Denied("opt_out.dm_closed", fmt.Sprintf("user %s takes no messages from this bot: X refused one before", p.ID),
			"wait until they write to the bot again").Citing("C2", "M6").With("user_id", string(p.ID))
	case p.Review != nil:
		c := *p.Review
		return Held("opt_out.review", fmt.Sprintf("user %s wrote something by %s at %s that may be a stop%s", p.ID, c.How, moment(c.At), c.source()),
			"a person reads it at X and settles it: heed optout add, or heed approve KEY").Citing("C2").
			With("user_id", string(p.ID)).With("at", c.At).With("event", c.Event).With("rule", c.Rule)
	}
	return Pass()
}

// nameless is a finding about somebody whom a message names, without who they are:
// what a message says stays in it (promise P7).
func (f Finding) nameless() Finding {
	f.Because, f.Evidence = "somebody whom the message names has asked not to be contacted, or may have", nil
	f.Remedy = "leave the name out"
	return f
}

func (c Choice) covers() string {
	if c.Scope == "*" || c.Scope == "" {
		return "every bot"
	}
	return c.Scope
}

func (c Choice) source() string {
	s := ""
	if c.Event != "" {
		s += ", event " + c.Event
	}
	if c.Rule != "" {
		s += ", keyword rule " + c.Rule
	}
	return s
}

// Wish is what a person's words ask for, as far as heed can tell.
type Wish struct {
	Meaning WishMeaning
	Rule    string // id of the keyword rule, "" for none
	Lang    string // language of the words, "en"; "" when they have none. See HelpText.
	// Argument is what followed the keyword, folded: "quakes" in "STOP QUAKES". It is
	// the person's own text: hold it in memory only (promise P7). When it names no
	// bot of the operator, the wish is for all of them.
	Argument string
}

// WishMeaning is the kind of a wish.
type WishMeaning string

// The kinds of a wish. WishReview may be a stop: contact rests until a person has looked.
const (
	WishNothing WishMeaning = ""
	WishOut     WishMeaning = "opt_out"
	WishReview  WishMeaning = "review"
	WishIn      WishMeaning = "opt_in"
	WishHelp    WishMeaning = "help"
)

var wishes = map[words.Outcome]WishMeaning{
	words.None: WishNothing, words.OptOut: WishOut, words.Hold: WishReview, words.OptIn: WishIn, words.Help: WishHelp,
}

// Hear reads what a person said to a bot, the other half of this rule: what it
// recognises is what Judge then obeys. In public posts the names at both ends and
// the link that a quote ends with are no part of what was said. Extra are the
// operator's own opt-out words. It keeps nothing.
func Hear(text string, kind InviteKind, extra []string) Wish {
	var hit words.Hit
	if kind == ByDM {
		hit = words.Match(text, extra)
	} else {
		hit = words.MatchMention(withoutLastLink(text), extra)
	}
	meaning, known := wishes[hit.Outcome]
	if !known { // an outcome we do not know may be a stop
		meaning = WishReview
	}
	return Wish{Meaning: meaning, Rule: hit.Rule, Lang: hit.Lang, Argument: hit.Argument}
}

func withoutLastLink(text string) string {
	for {
		text = strings.TrimRight(text, " \n\t")
		last := text[strings.LastIndexAny(text, " \n\t")+1:]
		if !strings.HasPrefix(strings.ToLower(last), "https://") {
			return text
		}
		text = strings.TrimSuffix(text, last)
	}
}
