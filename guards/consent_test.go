package guards

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
)

type edit = func(*bots.Intent, *Facts)

func cause(change func(*Invitation)) edit {
	return func(_ *bots.Intent, f *Facts) { change(f.Cause) }
}

func optIn(channel, how, event string) edit {
	return func(in *bots.Intent, f *Facts) {
		in.Cause, f.Cause = "", nil
		f.Contacts[0].OptIns = []Choice{{At: noon.Add(-time.Hour), How: how, Channel: channel, Event: event}}
	}
}

func enterprise(e edit) edit {
	return func(in *bots.Intent, f *Facts) {
		f.Bot.House.Tier = bots.Enterprise
		e(in, f)
	}
}

func TestConsentToAReply(t *testing.T) {
	try(t, "consent", []trial{
		{"a mention invites a reply to it", bots.Reply, nil, Allow, ""},
		{"a reply to nobody's call has no consent", bots.Reply, func(in *bots.Intent, f *Facts) { in.Cause, f.Cause = "", nil }, Deny, "consent.none"},
		{"an event that heed has not seen is no consent", bots.Reply, func(_ *bots.Intent, f *Facts) { f.Cause = nil }, Deny, "consent.none"},
		{"what was said to another bot is not this bot's", bots.Reply, cause(func(c *Invitation) { c.Bot = "quakes" }), Deny, "consent.wrong_bot"},
		{"the reply goes to the very post", bots.Reply, cause(func(c *Invitation) { c.Post = "9002" }), Deny, "consent.wrong_post"},
		{"an invitation without a post carries no reply", bots.Reply, func(in *bots.Intent, f *Facts) { f.Cause.Post, in.Target.PostID = "", "" }, Deny, "consent.wrong_post"},
		{"the reply reaches the one who spoke", bots.Reply, cause(func(c *Invitation) { c.From = "2002" }), Deny, "consent.wrong_person"},
		{"and nobody else", bots.Reply, func(_ *bots.Intent, f *Facts) { f.Contacts = append(f.Contacts, Person{ID: "2002"}) }, Deny, "consent.wrong_person"},
		{"one reply an interaction", bots.Reply, cause(func(c *Invitation) { c.SpentBy = "key-0" }), Deny, "consent.spent"},
		{"an intent judged again has not spent its own invitation", bots.Reply, cause(func(c *Invitation) { c.SpentBy = "id-1" }), Allow, ""},
		{"a key that is made to look like the spender's id does not help", bots.Reply, cause(func(c *Invitation) { c.SpentBy = "key-1" }), Deny, "consent.spent"},
		{"a day is the end of it", bots.Reply, cause(func(c *Invitation) { c.At = noon.Add(-24*time.Hour - time.Second) }), Deny, "consent.too_old"},
		{"just within a day will do", bots.Reply, cause(func(c *Invitation) { c.At = noon.Add(-24 * time.Hour) }), Allow, ""},
		{"an invitation without a time is too old", bots.Reply, cause(func(c *Invitation) { c.At = time.Time{} }), Deny, "consent.too_old"},
		{"a bot does not answer a bot", bots.Reply, cause(func(c *Invitation) { c.Automated = true }), Deny, "consent.loop"},
		{"a bot does not answer another own bot", bots.Reply, func(_ *bots.Intent, f *Facts) {
			f.Cause.From = sibling
			f.Contacts = []Person{{ID: sibling}}
		}, Deny, "consent.loop"},
		{"self-serve answers only a summons", bots.Reply, cause(func(c *Invitation) { c.Summons = false; c.Kind = ByReply }), Deny, "consent.not_summoned"},
		{"enterprise answers a reply without a summons", bots.Reply, enterprise(cause(func(c *Invitation) { c.Summons = false; c.Kind = ByReply })), Allow, ""},
		{"a message is no call for a public reply", bots.Reply, cause(func(c *Invitation) { c.Kind = ByDM }), Deny, "consent.wrong_kind"},
		{"a follow is no consent", bots.Reply, cause(func(c *Invitation) { c.Kind = "follow" }), Deny, "consent.wrong_kind"},
		{"a keyword search is no consent", bots.Reply, cause(func(c *Invitation) { c.Kind = "search" }), Deny, "consent.wrong_kind"},
		{"an express opt-in carries a reply on enterprise", bots.Reply, enterprise(optIn("reply", "cli", "")), Allow, ""},
		{"an opt-in to everything does too", bots.Reply, enterprise(optIn("*", "dm", "5")), Allow, ""},
		{"an opt-in to messages carries no reply", bots.Reply, enterprise(optIn("dm", "dm", "5")), Deny, "consent.none"},
		{"on self-serve even who opted in must summon", bots.Reply, optIn("reply", "cli", ""), Deny, "consent.not_summoned"},
		{"an opt-in outlasts an old invitation", bots.Reply, func(_ *bots.Intent, f *Facts) {
			f.Cause.At = noon.Add(-48 * time.Hour)
			f.Contacts[0].OptIns = []Choice{{Channel: "reply"}}
		}, Allow, ""},
		{"an opt-in does not unspend an invitation", bots.Reply, func(_ *bots.Intent, f *Facts) {
			f.Cause.SpentBy = "key-0"
			f.Contacts[0].OptIns = []Choice{{Channel: "*"}}
		}, Deny, "consent.spent"},
		{"the bot goes on with its own thread", bots.Reply, func(in *bots.Intent, f *Facts) {
			in.Cause, f.Cause, f.Contacts = "", nil, []Person{{ID: self}}
		}, Allow, ""},
		{"an unknown author consents to nothing", bots.Reply, func(_ *bots.Intent, f *Facts) { f.Unknown = true }, Deny, "consent.people_unread"},
		{"a reply made by AI needs X's approval", bots.Reply, func(in *bots.Intent, _ *Facts) { in.MadeWithAI = true }, Deny, "consent.ai_reply"},
	})
	judgeOne(t, &consent{MaxAge: time.Hour, ApprovalRef: "case 7"},
		trial{"", bots.Reply, func(in *bots.Intent, _ *Facts) { in.MadeWithAI = true }, Allow, ""})
}

func TestConsentToAMessage(t *testing.T) {
	try(t, "consent", []trial{
		{"a message invites a message", bots.DM, nil, Allow, ""},
		{"nobody is written to unasked", bots.DM, func(in *bots.Intent, f *Facts) { in.Cause, f.Cause = "", nil }, Deny, "consent.none"},
		{"a mention invites no message", bots.DM, cause(func(c *Invitation) { c.Kind = ByMention }), Deny, "consent.wrong_kind"},
		{"a follow invites no message", bots.DM, cause(func(c *Invitation) { c.Kind = "follow" }), Deny, "consent.wrong_kind"},
		{"a message by somebody else is no consent", bots.DM, cause(func(c *Invitation) { c.From = "2002" }), Deny, "consent.wrong_person"},
		{"a message to another bot is no consent", bots.DM, cause(func(c *Invitation) { c.Bot = "quakes" }), Deny, "consent.wrong_bot"},
		{"one answer a message", bots.DM, cause(func(c *Invitation) { c.SpentBy = "key-0" }), Deny, "consent.spent"},
		{"an old message is no consent", bots.DM, cause(func(c *Invitation) { c.At = noon.Add(-25 * time.Hour) }), Deny, "consent.too_old"},
		{"a bot's message is left unanswered", bots.DM, cause(func(c *Invitation) { c.Automated = true }), Deny, "consent.loop"},
		{"what is said in a group asks for no message to its author", bots.DM, cause(func(c *Invitation) { c.Summons = false }), Deny, "consent.group"},
		{"an opt-in by message carries messages", bots.DM, optIn("dm", "dm", "5"), Allow, ""},
		{"so does one to everything, given by message", bots.DM, optIn("*", "dm", "5"), Allow, ""},
		{"an opt-in by mention carries no message: they have not written first", bots.DM, optIn("*", "mention", "5"), Deny, "consent.none"},
		{"one entered by hand must name the message", bots.DM, optIn("dm", "cli", ""), Deny, "consent.none"},
		{"one entered by hand that names the message will do", bots.DM, optIn("dm", "cli", "5"), Allow, ""},
		{"an opt-in to replies carries no message", bots.DM, optIn("reply", "dm", "5"), Deny, "consent.none"},
	})
}

func TestConsentToAQuote(t *testing.T) {
	try(t, "consent", []trial{
		{"who agreed may be quoted", bots.Quote, nil, Allow, ""},
		{"who did not agree may not", bots.Quote, func(_ *bots.Intent, f *Facts) { f.Contacts[0].OptIns = nil }, Deny, "consent.quote"},
		{"who agreed to messages did not agree to that", bots.Quote, func(_ *bots.Intent, f *Facts) { f.Contacts[0].OptIns[0].Channel = "dm" }, Deny, "consent.quote"},
		{"an own account may be quoted", bots.Quote, func(_ *bots.Intent, f *Facts) { f.Contacts = []Person{{ID: sibling}} }, Allow, ""},
	})
}

func TestConsentToBeNamed(t *testing.T) {
	text := func(s string) edit { return func(in *bots.Intent, _ *Facts) { in.Text = s } }
	try(t, "consent", []trial{
		{"a post that names nobody passes", bots.Post, nil, Allow, ""},
		{"a post may not name a stranger", bots.Post, text("thanks @someone"), Deny, "consent.mention"},
		{"nor in full width", bots.Post, text("thanks ＠someone"), Deny, "consent.mention"},
		{"nor may a reply", bots.Reply, text("@someone look"), Deny, "consent.mention"},
		{"nor a message", bots.DM, text("@someone look"), Deny, "consent.mention"},
		{"own bots may be named, in any case", bots.Post, text("see @QuakesBot"), Allow, ""},
		{"the operator may be named", bots.Post, text("ask @HarbourLab"), Allow, ""},
		{"a name that begins like an own one is another's", bots.Post, text("see @quakesbot2"), Deny, "consent.mention"},
		{"an own name does not cover a stranger's", bots.Post, text("@quakesbot and @someone"), Deny, "consent.mention"},
		{"an e-mail address names nobody", bots.Post, text("write to tides@harbour.example"), Allow, ""},
		{"a name within a link names nobody", bots.Post, text("https://example.com/@someone/1"), Allow, ""},
	})
	judgeOne(t, &consent{MaxAge: time.Hour, MentionAllow: []string{"portoffice"}}, trial{"", bots.Post, text("by @PortOffice"), Allow, ""})
	in, f := readyCase(bots.DM)
	in.Text = "@secretfriend look"
	if got := (&consent{MaxAge: time.Hour}).Judge(in, f); strings.Contains(got.Because, "secretfriend") {
		t.Errorf("promise P7: a word of a message is in %q", got.Because)
	}
}

func TestConsentSettings(t *testing.T) {
	settings(t, "consent", map[string]func(*consent){
		"no age":                func(g *consent) { g.MaxAge = 0 },
		"a month":               func(g *consent) { g.MaxAge = 720 * time.Hour },
		"a handle with a blank": func(g *consent) { g.MentionAllow = []string{"a b"} },
	})
	tighter(t, "consent",
		map[string]func(*consent){
			"a longer age":   func(g *consent) { g.MaxAge = 25 * time.Hour },
			"a handle more":  func(g *consent) { g.MentionAllow = []string{"x"} },
			"an AI approval": func(g *consent) { g.ApprovalRef = "mine" },
		},
		map[string]func(*consent){"a shorter age": func(g *consent) { g.MaxAge = time.Hour }})
}
