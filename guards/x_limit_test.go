package guards

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
)

func lanes(ls ...Lane) edit { return func(_ *bots.Intent, f *Facts) { f.Lanes = ls } }

func TestXLimit(t *testing.T) {
	soon := noon.Add(10 * time.Minute)
	unverified := func(_ *bots.Intent, f *Facts) { f.Profile.Verified = false }
	both := func(a, b edit) edit { return func(in *bots.Intent, f *Facts) { a(in, f); b(in, f) } }
	try(t, "x_limit", []trial{
		{"within the published limits it passes", bots.Post, nil, Allow, ""},
		{"the hundred and first post in a quarter of an hour waits", bots.Post, used("x_limit.posts_15m", 100, time.Minute), Defer, "x_limit.posts_15m_full"},
		{"a reply goes by the same endpoint", bots.Reply, used("x_limit.posts_15m", 100, time.Minute), Defer, "x_limit.posts_15m_full"},
		{"the app's ten thousand are of all bots", bots.Post, used("x_limit.posts_app_24h", 10000, time.Hour), Defer, "x_limit.posts_app_24h_full"},
		{"the sixteenth message waits", bots.DM, used("x_limit.dms_15m", 15, time.Minute), Defer, "x_limit.dms_15m_full"},
		{"a user's messages of a day have an end below the app's", bots.DM, used("x_limit.account_dms_24h", 500, time.Hour), Defer, "x_limit.account_dms_24h_full"},
		{"and an endpoint's", bots.DM, used("x_limit.dms_24h", 1440, time.Hour), Defer, "x_limit.dms_24h_full"},
		{"a verified account may post more than fifty a day", bots.Post, used("x_limit.unverified_posts_24h", 50, time.Hour), Allow, ""},
		{"an unverified one may not", bots.Post, both(unverified, used("x_limit.unverified_posts_24h", 50, time.Hour)), Defer, "x_limit.unverified_posts_24h_full"},
		{"nor repost", bots.Repost, both(unverified, used("x_limit.unverified_posts_24h", 50, time.Hour)), Defer, "x_limit.unverified_posts_24h_full"},
		{"nor reply more than two hundred times", bots.Reply, both(unverified, used("x_limit.unverified_replies_24h", 200, time.Hour)), Defer, "x_limit.unverified_replies_24h_full"},
		{"its replies are no posts", bots.Reply, both(unverified, used("x_limit.unverified_posts_24h", 50, time.Hour)), Allow, ""},
		{"an account that was not looked at may be unverified", bots.Post, both(func(_ *bots.Intent, f *Facts) { f.Profile.CheckedAt = time.Time{} }, used("x_limit.unverified_posts_24h", 50, time.Hour)), Defer, "x_limit.unverified_posts_24h_full"},
		{"an uncounted window of an unverified account may be full", bots.Post, both(unverified, unread("x_limit.unverified_posts_24h")), Hold, "x_limit.unverified_posts_24h_unread"},
		{"hiding replies has its lane", bots.HideReply, used("x_limit.hides_15m", 50, time.Minute), Defer, "x_limit.hides_15m_full"},
		{"an uncounted window may be full", bots.DM, func(_ *bots.Intent, f *Facts) { f.Used = nil }, Hold, "x_limit.dms_15m_unread"},
		{"a stopped lane rests", bots.Post, lanes(Lane{Name: "post", Stopped: true, Limit: 100, Remaining: 3, Reset: soon}), Defer, "x_limit.stopped"},
		{"a stopped lane without a reset rests too", bots.Post, lanes(Lane{Name: "post", Stopped: true}), Defer, "x_limit.stopped"},
		{"a spent lane rests", bots.Post, lanes(Lane{Name: "post", Limit: 100, Remaining: 0, Reset: soon}), Defer, "x_limit.spent"},
		{"the app's lane binds every action", bots.Repost, lanes(Lane{Name: "app", Limit: 17, Remaining: 0, Reset: soon}), Defer, "x_limit.spent"},
		{"a reply's lane binds posts, for it is one endpoint", bots.Post, lanes(Lane{Name: "reply", Limit: 100, Remaining: 0, Reset: soon}), Defer, "x_limit.spent"},
		{"a message's lane does not bind posts", bots.Post, lanes(Lane{Name: "dm", Stopped: true, Reset: soon}), Allow, ""},
		{"a post's lane does not bind reposts, though an account limit counts both", bots.Repost, lanes(Lane{Name: "post", Stopped: true, Reset: soon}), Allow, ""},
		{"a spent lane of a day rests", bots.Post, lanes(Lane{Name: "post.day", Limit: 200, Remaining: 0, Reset: noon.Add(9 * time.Hour)}), Defer, "x_limit.spent"},
		{"a spent day binds though the quarter of an hour has places", bots.Post, lanes(Lane{Name: "post", Limit: 100, Remaining: 90, Reset: soon}, Lane{Name: "post.day", Limit: 200, Remaining: 0, Reset: noon.Add(9 * time.Hour)}), Defer, "x_limit.spent"},
		{"and the other way round", bots.Post, lanes(Lane{Name: "post", Limit: 100, Remaining: 0, Reset: soon}, Lane{Name: "post.day", Limit: 200, Remaining: 90, Reset: noon.Add(9 * time.Hour)}), Defer, "x_limit.spent"},
		{"a reply goes by the posts' day", bots.Reply, lanes(Lane{Name: "post.day", Stopped: true, Reset: noon.Add(9 * time.Hour)}), Defer, "x_limit.stopped"},
		{"the app's day of posts binds every post", bots.Quote, lanes(Lane{Name: "app.post.day", Limit: 10000, Remaining: 0, Reset: noon.Add(9 * time.Hour)}), Defer, "x_limit.spent"},
		{"the app's day of posts is not that of messages", bots.DM, lanes(Lane{Name: "app.post.day", Stopped: true, Reset: soon}), Allow, ""},
		{"the app's whole day binds every action", bots.DM, lanes(Lane{Name: "app.day", Stopped: true, Reset: soon}), Defer, "x_limit.stopped"},
		{"a lane of the app for nobody knows what binds every action", bots.Follow, lanes(Lane{Name: "app.strange", Stopped: true, Reset: soon}), Defer, "x_limit.stopped"},
		{"an app without credits rests whole", bots.DM, lanes(Lane{Name: LaneCredits, Stopped: true, Reset: soon}), Defer, "x_limit.credits"},
		{"an app over its cap rests whole", bots.Delete, lanes(Lane{Name: LaneUsage, Stopped: true, Reset: soon}), Defer, "x_limit.usage"},
		{"undoing shares its lane with doing", bots.Unfollow, lanes(Lane{Name: "follow", Stopped: true, Reset: soon}), Defer, "x_limit.stopped"},
		{"a lower live limit of the app's day wins", bots.Post, both(used("x_limit.posts_app_24h", 500, time.Hour), lanes(Lane{Name: "app.post.day", Limit: 500, Remaining: 9, Reset: noon.Add(9 * time.Hour)})), Defer, "x_limit.lower"},
		{"a day's lower limit is not held against a quarter of an hour", bots.DM, both(used("x_limit.dms_15m", 14, time.Minute), lanes(Lane{Name: "dm.day", Limit: 14, Remaining: 5, Reset: soon})), Allow, ""},
		{"the app's lower limit is held against all bots' calls", bots.DM, both(used("x_limit.dms_app_24h", 14, time.Hour), lanes(Lane{Name: "app.dm.day", Limit: 14, Remaining: 5, Reset: soon})), Defer, "x_limit.lower"},
		{"and not against this bot's", bots.DM, both(used("x_limit.dms_24h", 14, time.Hour), lanes(Lane{Name: "app.dm.day", Limit: 14, Remaining: 5, Reset: soon})), Allow, ""},
		{"but against the day", bots.DM, both(used("x_limit.dms_24h", 14, time.Hour), lanes(Lane{Name: "dm.day", Limit: 14, Remaining: 5, Reset: soon})), Defer, "x_limit.lower"},
		{"after its reset a lane is free", bots.Post, lanes(Lane{Name: "post", Stopped: true, Reset: noon}), Allow, ""},
		{"a lane with places left is free", bots.Post, lanes(Lane{Name: "post", Limit: 100, Remaining: 1, Reset: soon}), Allow, ""},
		{"a lower live limit wins over the table", bots.Post, both(used("x_limit.posts_15m", 17, time.Minute), lanes(Lane{Name: "post", Limit: 17, Remaining: 5, Reset: soon})), Defer, "x_limit.lower"},
		{"a lower live limit that is not reached lets pass", bots.Post, both(used("x_limit.posts_15m", 16, time.Minute), lanes(Lane{Name: "post", Limit: 17, Remaining: 5, Reset: soon})), Allow, ""},
		{"a higher live limit does not", bots.Post, both(used("x_limit.posts_15m", 100, time.Minute), lanes(Lane{Name: "post", Limit: 900, Remaining: 800, Reset: soon})), Defer, "x_limit.posts_15m_full"},
	})
}

func TestP11StoppedLaneWaitsForItsReset(t *testing.T) {
	_, g, _ := New("x_limit")
	in, f := readyCase(bots.Post)
	used("x_limit.posts_15m", 100, 14*time.Minute)(&in, &f)
	reset := noon.Add(time.Hour)
	lanes(Lane{Name: "post", Limit: 100, Stopped: true, Reset: reset})(&in, &f)
	if got := g.Judge(in, f); !got.Until.Equal(reset) || !cites(got, "A6") {
		t.Errorf("until %s, want the reset %s; rules %v", got.Until, reset, got.Rules)
	}
	f.Lanes = nil
	got := g.Judge(in, f)
	if source, _ := got.Evidence["source"].(string); !strings.Contains(source, "docs.x.com") || got.Evidence["as_of"] != "2026-08-26" || got.Evidence["published"] != 100 {
		t.Errorf("the finding does not say where the limit comes from: %v", got.Evidence)
	}
}

func TestP11SettingsOnlyLowerLimits(t *testing.T) {
	half := &xLimit{Percent: 50}
	for _, tr := range []trial{
		{"half of a hundred is fifty", bots.Post, used("x_limit.posts_15m", 50, time.Minute), Defer, "x_limit.posts_15m_full"},
		{"half of a live lane is left for others", bots.Post, lanes(Lane{Name: "post", Limit: 100, Remaining: 50, Reset: noon.Add(time.Minute)}), Defer, "x_limit.spent"},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, half, tr) })
	}
	settings(t, "x_limit", map[string]func(*xLimit){
		"more than all":             func(g *xLimit) { g.Percent = 101 },
		"nothing":                   func(g *xLimit) { g.Percent = 0 },
		"one above X's":             func(g *xLimit) { g.Lower = map[string]int{"posts_15m": 101} },
		"one of nothing":            func(g *xLimit) { g.Lower = map[string]int{"posts_15m": 0} },
		"one that X does not have":  func(g *xLimit) { g.Lower = map[string]int{"posts_1m": 1} },
		"a good one beside a wrong": func(g *xLimit) { g.Lower = map[string]int{"posts_15m": 1, "dms_15m": 16} },
	})
	tighter(t, "x_limit",
		map[string]func(*xLimit){"more than the house": func(g *xLimit) { g.Percent = 101 }},
		map[string]func(*xLimit){
			"half":       func(g *xLimit) { g.Percent = 50 },
			"one number": func(g *xLimit) { g.Lower = map[string]int{"posts_15m": 50} },
			"X's own":    func(g *xLimit) { g.Lower = map[string]int{"posts_15m": 100} },
		})
}

func TestP11SingleLimitsAreLowered(t *testing.T) {
	lowered := &xLimit{Percent: 100, Lower: map[string]int{"posts_15m": 30}}
	both := &xLimit{Percent: 20, Lower: map[string]int{"posts_15m": 30}}
	for _, c := range []struct {
		g *xLimit
		trial
	}{
		{lowered, trial{"below the lowered number it passes", bots.Post, used("x_limit.posts_15m", 29, time.Minute), Allow, ""}},
		{lowered, trial{"at the lowered number it waits", bots.Post, used("x_limit.posts_15m", 30, time.Minute), Defer, "x_limit.posts_15m_full"}},
		{lowered, trial{"other limits stay as they are", bots.Post, used("x_limit.posts_3h", 299, time.Minute), Allow, ""}},
		{both, trial{"the lower of share and number binds", bots.Post, used("x_limit.posts_15m", 20, time.Minute), Defer, "x_limit.posts_15m_full"}},
	} {
		t.Run(c.says, func(t *testing.T) { judgeOne(t, c.g, c.trial) })
	}
	for _, c := range []struct {
		says string
		bot  *xLimit
		want string // "" when it loosens nothing
	}{
		{"the same", lowered, ""},
		{"lower still", &xLimit{Percent: 100, Lower: map[string]int{"posts_15m": 29}}, ""},
		{"a share that makes less of it", &xLimit{Percent: 30}, ""},
		{"another limit too", &xLimit{Percent: 100, Lower: map[string]int{"posts_15m": 30, "dms_15m": 1}}, ""},
		{"a higher number", &xLimit{Percent: 100, Lower: map[string]int{"posts_15m": 31}}, "lower: posts_15m at 31; the house allows 30"},
		{"none", &xLimit{Percent: 100}, "lower: posts_15m at 100; the house allows 30"},
		{"another limit instead", &xLimit{Percent: 100, Lower: map[string]int{"dms_15m": 1}}, "lower: posts_15m at 100; the house allows 30"},
	} {
		if told := strings.Join(c.bot.Loosens(lowered), "; "); told != c.want {
			t.Errorf("%s: told %q, want %q", c.says, told, c.want)
		}
	}
}

func TestP11LimitsHaveSourceAndDate(t *testing.T) {
	table, asOf := Limits()
	if asOf.IsZero() || asOf.After(AsOf.Add(24*time.Hour)) {
		t.Errorf("as of %s", asOf)
	}
	limited, names := map[bots.Action]bool{}, map[string]bool{}
	for _, l := range table {
		if names[l.Name] {
			t.Errorf("%s stands twice", l.Name)
		}
		names[l.Name] = true
		if site, _, _ := strings.Cut(l.Source, ","); !strings.HasSuffix(site, ".x.com") {
			t.Errorf("%s is not from a page of X: %q", l.Name, l.Source)
		}
		// The tests of missing facts know by the name which windows need not bind.
		if (l.Accounts == "unverified") != strings.HasPrefix(l.Name, "unverified_") {
			t.Errorf("%s binds accounts that are %s", l.Name, l.Accounts)
		}
		for _, a := range l.Actions {
			limited[a] = true
			if l.Tier == "enterprise" && Offered(a, bots.SelfServe) == nil {
				t.Errorf("%s is said to be for enterprise, but %s is offered to self-serve", l.Name, a)
			}
		}
	}
	for _, a := range bots.Actions() {
		if !limited[a] {
			t.Errorf("%s has no limit", a)
		}
	}
	if table[0].Number = 0; limits[0].Number == 0 {
		t.Error("a caller can change what is judged by")
	}
	for says, file := range map[string]string{
		"an unknown key":   "as_of = 2026-01-01\n[[limit]]\nfoo = 1",
		"no date":          strings.Replace(limitsFile, "as_of = 2026-08-26", "", 1),
		"a missing number": strings.Replace(limitsFile, "number = 100\n", "", 1),
		"no accounts":      strings.Replace(limitsFile, "accounts = \"all\"\n", "", 1),
		"a name twice":     strings.Replace(limitsFile, "posts_app_24h", "posts_15m", 1),
		"nothing":          "",
	} {
		mustPanic(t, says, func() { readLimits(file) })
	}
}
