package guards

import (
	"testing"

	"heed/bots"
)

func TestScope(t *testing.T) {
	staging := func(_ *bots.Intent, f *Facts) { f.Bot.House.Environment = bots.Staging }
	dry := func(in *bots.Intent, f *Facts) { staging(in, f); f.Bot.Mode = bots.DryRun }
	selfServe := func(_ *bots.Intent, f *Facts) { f.Bot.House.Tier = bots.SelfServe }
	try(t, "scope", []trial{
		{"a declared action in production passes", bots.Post, nil, Allow, ""},
		{"an action that was not declared is denied", bots.DM, func(_ *bots.Intent, f *Facts) { f.Bot.Actions = []bots.Action{bots.Post} }, Deny, "scope.undeclared"},
		{"a live staging bot may not even post", bots.Post, staging, Deny, "scope.not_production"},
		{"a live staging bot may not reply", bots.Reply, staging, Deny, "scope.not_production"},
		{"a live staging bot may not delete", bots.Delete, staging, Deny, "scope.not_production"},
		{"a staging bot in dry run is judged as if in production", bots.DM, dry, Allow, ""},
		{"an environment without a name is not production", bots.Post, func(_ *bots.Intent, f *Facts) { f.Bot.House.Environment = "" }, Deny, "scope.not_production"},
		{"a mode without a name is live", bots.Post, func(in *bots.Intent, f *Facts) { staging(in, f); f.Bot.Mode = "" }, Deny, "scope.not_production"},
		{"a like waits for a person, each of them", bots.Like, nil, Hold, "scope.like"},
		{"a like is not offered to self-serve", bots.Like, selfServe, Deny, "scope.not_offered"},
		{"a follow is not offered to self-serve", bots.Follow, selfServe, Deny, "scope.not_offered"},
		{"a quote is not offered to self-serve", bots.Quote, selfServe, Deny, "scope.not_offered"},
		{"hiding replies is no bot's action", bots.HideReply, func(_ *bots.Intent, f *Facts) { f.Bot.House.Tier = bots.Enterprise }, Deny, "scope.not_offered"},
		{"a tier without a name offers nothing", bots.Post, func(_ *bots.Intent, f *Facts) { f.Bot.House.Tier = "" }, Deny, "scope.not_offered"},
	})
}

func TestScopeTestAccounts(t *testing.T) {
	stranger := func(_ *bots.Intent, f *Facts) {
		f.Bot.House.Environment = bots.Dev
		f.Contacts = append(f.Contacts, Person{ID: "2002"})
	}
	dev := func(_ *bots.Intent, f *Facts) { f.Bot.House.Environment = bots.Dev }
	for _, tr := range []trial{
		{"a dev bot may write to a listed test account", bots.DM, dev, Allow, ""},
		{"a dev bot may answer a post of a listed test account", bots.Reply, dev, Allow, ""},
		{"not when the answer reaches somebody else too", bots.Reply, stranger, Deny, "scope.not_production"},
		{"not when the author is not known", bots.Reply, func(in *bots.Intent, f *Facts) { dev(in, f); f.Unknown = true }, Deny, "scope.not_production"},
		{"not when nobody is known", bots.Reply, func(in *bots.Intent, f *Facts) { dev(in, f); f.Contacts = nil }, Deny, "scope.not_production"},
		{"a post reaches everybody, and stays denied", bots.Post, dev, Deny, "scope.not_production"},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, &scope{TestAccounts: []string{string(asker)}}, tr) })
	}
	settings(t, "scope", map[string]func(*scope){
		"a handle is no user id": func(g *scope) { g.TestAccounts = []string{"@someone"} },
	})
	tighter(t, "scope",
		map[string]func(*scope){"an account the house does not list": func(g *scope) { g.TestAccounts = []string{"7"} }},
		map[string]func(*scope){"none": func(g *scope) {}})
}

func TestOffered(t *testing.T) {
	for _, c := range []struct {
		action bots.Action
		tier   bots.Tier
		ok     bool
	}{
		{bots.Post, bots.SelfServe, true}, {bots.Reply, bots.SelfServe, true}, {bots.DM, bots.SelfServe, true},
		{bots.Repost, bots.SelfServe, true}, {bots.Unrepost, bots.SelfServe, true}, {bots.Delete, bots.SelfServe, true},
		{bots.Follow, bots.SelfServe, false}, {bots.Unfollow, bots.SelfServe, false}, {bots.Like, bots.SelfServe, false},
		{bots.Unlike, bots.SelfServe, false}, {bots.Quote, bots.SelfServe, false}, {bots.HideReply, bots.SelfServe, false},
		{bots.Follow, bots.Enterprise, true}, {bots.Like, bots.Enterprise, true}, {bots.Quote, bots.Enterprise, true},
		{bots.HideReply, bots.Enterprise, false}, {bots.Post, "", false}, {"dance", bots.Enterprise, false},
	} {
		if err := Offered(c.action, c.tier); (err == nil) != c.ok {
			t.Errorf("%s on %q: %v", c.action, c.tier, err)
		}
	}
}
