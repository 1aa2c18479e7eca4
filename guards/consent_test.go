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
		c := yes(*f, channel, how)
		c.Event = event
		f.Contacts[0].OptIns = []Choice{c}
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
		{"an express opt-in carries a reply on enterprise", bots.Reply, enterprise(optIn("reply", "import", "form 7")), Allow, ""},
		{"an opt-in to everything does too", bots.Reply, enterprise(optIn("*", "dm", "5")), Allow, ""},
		{"an opt-in to messages carries no reply", bots.Reply, enterprise(optIn("dm", "dm", "5")), Deny, "consent.none"},
		{"on self-serve even who opted in must summon", bots.Reply, optIn("reply", "cli", "5"), Deny, "consent.not_summoned"},
		{"an opt-in outlasts an old invitation", bots.Reply, func(_ *bots.Intent, f *Facts) {
			f.Cause.At = noon.Add(-48 * time.Hour)
			f.Contacts[0].OptIns = []Choice{yes(*f, "reply", "mention")}
		}, Allow, ""},
		{"an opt-in does not unspend an invitation", bots.Reply, func(_ *bots.Intent, f *Facts) {
			f.Cause.SpentBy = "key-0"
			f.Contacts[0].OptIns = []Choice{yes(*f, "*", "dm")}
		}, Deny, "consent.spent"},
		{"the bot goes on with its own thread", bots.Reply, func(in *bots.Intent, f *Facts) {
			in.Cause, f.Cause, f.Contacts = "", nil, []Person{{ID: self}}
		}, Allow, ""},
		{"an unknown author consents to nothing", bots.Reply, func(_ *bots.Intent, f *Facts) { f.Unknown = true }, Deny, "consent.people_unread"},
		{"an intent of an unknown maker is nobody's", bots.Reply, func(_ *bots.Intent, f *Facts) { f.Origin = "ghost" }, Deny, "consent.origin"},
		{"heed's own answer needs an invitation too", bots.Reply, func(in *bots.Intent, f *Facts) { in.Cause, f.Cause, f.Origin = "", nil, ForHelp }, Deny, "consent.none"},
	})
}

func TestConsentToAReplyByAI(t *testing.T) {
	made := func(in *bots.Intent, _ *Facts) { in.MadeWithAI = true }
	writes := func(_ *bots.Intent, f *Facts) { f.Bot.AIGenerated = true }
	try(t, "consent", []trial{
		{"a reply made by AI needs X's approval", bots.Reply, made, Deny, "consent.ai_reply"},
		{"so does every reply of a bot that a model writes for", bots.Reply, writes, Deny, "consent.ai_reply"},
		{"what heed itself answers to HELP is no model's", bots.Reply, func(in *bots.Intent, f *Facts) { writes(in, f); f.Origin = ForHelp }, Allow, ""},
		{"a post made by AI is the content guard's matter", bots.Post, made, Allow, ""},
	})
	_, g, _ := New("consent")
	g.(*consent).ApprovalRef = "case 7"
	judgeOne(t, g, trial{"", bots.Reply, made, Allow, ""})
	judgeOne(t, g, trial{"", bots.Reply, writes, Allow, ""})
}

func TestAConversationHasAnEnd(t *testing.T) {
	gave := func(n int) edit { return func(_ *bots.Intent, f *Facts) { f.Answered = n } }
	try(t, "consent", []trial{
		{"the tenth answer of a conversation passes", bots.Reply, gave(9), Allow, ""},
		{"the eleventh is one too many", bots.Reply, gave(10), Deny, "consent.depth"},
		{"by message too", bots.DM, gave(11), Deny, "consent.depth"},
		{"who asks for help is told, however long it went on", bots.DM, func(in *bots.Intent, f *Facts) { f.Answered, f.Origin = 50, ForHelp }, Allow, ""},
		{"an opt-in makes no loop longer", bots.DM, func(_ *bots.Intent, f *Facts) {
			f.Answered, f.Contacts[0].OptIns = 10, []Choice{yes(*f, "*", "dm")}
		}, Deny, "consent.depth"},
	})
	_, g, _ := New("consent")
	for _, a := range []bots.Action{bots.Reply, bots.DM} {
		in, _ := readyCase(a)
		if got := g.Needs(in).Answered; got != 24*time.Hour {
			t.Errorf("%s: answers are counted over %s", a, got)
		}
	}
	if got := g.Needs(bots.Intent{Action: bots.Post}).Answered; got != 0 {
		t.Errorf("a post answers nothing, and its answers are counted over %s", got)
	}
	in, f := readyCase(bots.Reply)
	gave(12)(&in, &f)
	if got := g.Judge(in, f); !strings.Contains(got.Because, "12 times") || !strings.Contains(got.Because, "10 are allowed") || !cites(got, "A14") {
		t.Errorf("%q %v", got.Because, got.Rules)
	}
}

// TestNoWelcomeAndNoFollowUp: the two messages that X's rules name and forbid.
func TestNoWelcomeAndNoFollowUp(t *testing.T) {
	try(t, "consent", []trial{
		{"a new follower gets no welcome message", bots.DM, cause(func(c *Invitation) { c.Kind = "follow" }), Deny, "consent.wrong_kind"},
		{"not either when no cause is named", bots.DM, func(in *bots.Intent, f *Facts) { in.Cause, f.Cause = "", nil }, Deny, "consent.none"},
		{"not either when the follow is named by an event heed never saw", bots.DM, func(in *bots.Intent, f *Facts) { in.Cause, f.Cause = "follow:7", nil }, Deny, "consent.none"},
		{"an answered message gets no second answer", bots.DM, cause(func(c *Invitation) { c.SpentBy = "id-0" }), Deny, "consent.spent"},
		{"an exchange of the day before gets no follow-up", bots.DM, cause(func(c *Invitation) { c.At = noon.Add(-30 * time.Hour) }), Deny, "consent.too_old"},
		{"nor a mention that follows it up", bots.Reply, cause(func(c *Invitation) { c.SpentBy = "id-0" }), Deny, "consent.spent"},
		{"accounts that say they are automated are left unanswered", bots.Reply, cause(func(c *Invitation) { c.Automated = true }), Deny, "consent.loop"},
	})
}

func TestNobodyIsPutOnAList(t *testing.T) {
	for _, a := range []bots.Action{"list_add", "add_to_list", "list"} {
		if a.Known() {
			t.Errorf("%s is an action", a)
		}
		if _, err := bots.DecodeIntent([]byte(`{"action":"` + string(a) + `","target":{"user_id":"1"}}`)); err == nil {
			t.Errorf("an intent to %s is taken", a)
		}
	}
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
		{"an import to everything is no message of theirs", bots.DM, optIn("*", "import", "form 7"), Deny, "consent.none"},
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

func TestConsentSettings(t *testing.T) {
	settings(t, "consent", map[string]func(*consent){
		"no age":                func(g *consent) { g.MaxAge = 0 },
		"a month":               func(g *consent) { g.MaxAge = 720 * time.Hour },
		"no answers":            func(g *consent) { g.MaxAnswers = 0 },
		"answers without end":   func(g *consent) { g.MaxAnswers = 101 },
		"a handle with a blank": func(g *consent) { g.MentionAllow = map[string]string{"a b": "1"} },
		"an id with letters":    func(g *consent) { g.MentionAllow = map[string]string{"@a": "a"} },
		"a handle twice":        func(g *consent) { g.MentionAllow = map[string]string{"@A": "1", "a": "2"} },
	})
	tighter(t, "consent",
		map[string]func(*consent){
			"a longer age":   func(g *consent) { g.MaxAge = 25 * time.Hour },
			"more answers":   func(g *consent) { g.MaxAnswers = 11 },
			"a handle more":  func(g *consent) { g.MentionAllow = map[string]string{"x": "1"} },
			"an AI approval": func(g *consent) { g.ApprovalRef = "mine" },
		},
		map[string]func(*consent){"a shorter age": func(g *consent) { g.MaxAge, g.MaxAnswers = time.Hour, 1 }})
	house := &consent{MaxAge: time.Hour, MaxAnswers: 10, MentionAllow: map[string]string{"@PortOffice": "3001", "b": "2"}}
	for id, loose := range map[string]bool{"3001": false, "3002": true} {
		bot := &consent{MaxAge: time.Hour, MaxAnswers: 10, MentionAllow: map[string]string{"portoffice": id}}
		if told := bot.Loosens(house); (len(told) > 0) != loose {
			t.Errorf("portoffice with id %s: %v", id, told)
		}
	}
}
