package guards

import (
	"slices"
	"testing"
	"time"

	"heed/bots"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	self     bots.UserID = "1001" // the bot tides
	sibling  bots.UserID = "1002" // the bot quakes of the same operator
	asker    bots.UserID = "2001" // a person
	theirs   bots.PostID = "9001" // a post of the asker
	question             = "9001"
)

// readyCase is an intent with facts that every guard with its defaults allows.
func readyCase(a bots.Action) (bots.Intent, Facts) {
	in := bots.Intent{ID: "id-1", Key: "key-1", Action: a}
	f := Facts{
		Now: noon,
		Bot: bots.Bot{Name: "tides", Handle: "@tidesbot", UserID: self, Purpose: "Tide tables for the harbour", Mode: bots.Live,
			Actions: bots.Actions(),
			House: bots.House{Operator: bots.Operator{Name: "Harbour Lab", Handle: "@harbourlab"},
				Environment: bots.Production, Tier: bots.SelfServe, Handles: []string{"@tidesbot", "@quakesbot"}}},
		Profile: Profile{UserID: self, Handle: "@tidesbot", Bio: "Tide tables. Bot by @harbourlab", Automated: true, Verified: true, CheckedAt: noon.Add(-time.Hour),
			Counted: true, Followers: 200, Following: 40},
		InboxAt: noon.Add(-time.Minute),
		Own:     map[bots.UserID]string{self: "tides", sibling: "quakes"},
	}
	if a.Writes() {
		in.Text = "High water at 12:40, 3.1 m"
	}
	if a.OnUser() {
		in.Target.UserID = asker
	} else if a.Targeted() {
		in.Target.PostID = theirs
	}
	if a.Contacts() {
		f.Contacts = []Person{{ID: asker}}
	}
	switch a {
	case bots.Reply:
		in.Cause = question
		f.Cause = &Invitation{Event: question, Kind: ByMention, Bot: "tides", From: asker, Post: theirs, At: noon.Add(-time.Hour), Summons: true}
	case bots.DM:
		in.Cause = "5001"
		f.Cause = &Invitation{Event: "5001", Kind: ByDM, Bot: "tides", From: asker, At: noon.Add(-time.Hour), Summons: true}
	case bots.Quote, bots.Follow, bots.Like, bots.Unfollow, bots.Unlike:
		f.Bot.House.Tier = bots.Enterprise
	}
	if a == bots.Quote {
		f.Contacts[0].OptIns = []Choice{yes(f, "*", "import")}
	}
	count(Default().Needs(in), &f, 0)
	return in, f
}

// yes is an express opt-in to the bot, given an hour ago, with its evidence.
func yes(f Facts, channel, how string) Choice {
	return Choice{At: noon.Add(-time.Hour), How: how, Scope: f.Bot.Name, Channel: channel, Event: "5", Behaviour: f.Bot.Behaviour()}
}

// count fills every window that is needed with n acts.
func count(needs Needs, f *Facts, n int) {
	f.Used = map[string]Use{}
	for _, w := range needs.Windows {
		f.Used[w.Name] = Use{Count: n, Oldest: noon.Add(-w.Span / 2)}
	}
}

// trial is one sentence about a guard.
type trial struct {
	says   string
	action bots.Action
	change func(in *bots.Intent, f *Facts)
	effect Effect
	code   string // "" with Allow
}

// try puts the sentences to a guard with its defaults.
func try(t *testing.T, name string, trials []trial) {
	t.Helper()
	for _, tr := range trials {
		t.Run(tr.says, func(t *testing.T) {
			_, g, err := New(name)
			if err != nil {
				t.Fatal(err)
			}
			judgeOne(t, g, tr)
		})
	}
}

func judgeOne(t *testing.T, g Guard, tr trial) Finding {
	t.Helper()
	in, f := readyCase(tr.action)
	if tr.change != nil {
		tr.change(&in, &f)
	}
	got := g.Judge(in, f)
	if got.Effect != tr.effect || got.Code != tr.code {
		t.Errorf("got %s %q (%s), want %s %q", got.Effect, got.Code, got.Because, tr.effect, tr.code)
	}
	if got.Effect != Defer && !got.Until.IsZero() {
		t.Errorf("a %s has a time: %s", got.Effect, got.Until)
	}
	if got.Effect == Defer && !got.Until.IsZero() && !got.Until.After(f.Now) {
		t.Errorf("deferred until %s, which is not after now", got.Until)
	}
	return got
}

// settings checks that Check refuses each change and takes the defaults.
func settings[G Guard](t *testing.T, name string, bad map[string]func(G)) {
	t.Helper()
	for says, spoil := range bad {
		_, g, _ := New(name)
		if wrong := g.Check(); len(wrong) != 0 {
			t.Errorf("%s: defaults: %v", name, wrong)
		}
		spoil(g.(G))
		if len(g.Check()) == 0 {
			t.Errorf("%s: %s: must be refused", name, says)
		}
	}
}

// tighter checks that each change of a bot's settings is told as loosening the
// house's defaults, and that the opposite change is not.
func tighter[G Guard](t *testing.T, name string, loose, tight map[string]func(G)) {
	t.Helper()
	for says, change := range loose {
		_, house, _ := New(name)
		_, bot, _ := New(name)
		change(bot.(G))
		if len(bot.(Tightener).Loosens(house)) == 0 {
			t.Errorf("%s: %s: must be told as loosening", name, says)
		}
	}
	for says, change := range tight {
		_, house, _ := New(name)
		_, bot, _ := New(name)
		change(bot.(G))
		if told := bot.(Tightener).Loosens(house); len(told) != 0 {
			t.Errorf("%s: %s: told as loosening: %v", name, says, told)
		}
	}
	_, g, _ := New(name)
	if len(g.(Tightener).Loosens(&halt{})) == 0 {
		t.Errorf("%s: compares itself with another guard", name)
	}
}

func cites(f Finding, clause string) bool { return slices.Contains(f.Rules, clause) }
