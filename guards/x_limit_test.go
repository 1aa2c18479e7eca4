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
	both := func(a, b edit) edit { return func(in *bots.Intent, f *Facts) { a(in, f); b(in, f) } }
	try(t, "x_limit", []trial{
		{"within the published limits it passes", bots.Post, nil, Allow, ""},
		{"the hundred and first post in a quarter of an hour waits", bots.Post, used("x_limit.posts_15m", 100, time.Minute), Defer, "x_limit.posts_15m_full"},
		{"a reply goes by the same endpoint", bots.Reply, used("x_limit.posts_15m", 100, time.Minute), Defer, "x_limit.posts_15m_full"},
		{"the app's ten thousand are of all bots", bots.Post, used("x_limit.posts_app_24h", 10000, time.Hour), Defer, "x_limit.posts_app_24h_full"},
		{"the sixteenth message waits", bots.DM, used("x_limit.dms_15m", 15, time.Minute), Defer, "x_limit.dms_15m_full"},
		{"an uncounted window may be full", bots.DM, func(_ *bots.Intent, f *Facts) { f.Used = nil }, Hold, "x_limit.dms_15m_unread"},
		{"a stopped lane rests", bots.Post, lanes(Lane{Name: "post", Stopped: true, Limit: 100, Remaining: 3, Reset: soon}), Defer, "x_limit.stopped"},
		{"a stopped lane without a reset rests too", bots.Post, lanes(Lane{Name: "post", Stopped: true}), Defer, "x_limit.stopped"},
		{"a spent lane rests", bots.Post, lanes(Lane{Name: "post", Limit: 100, Remaining: 0, Reset: soon}), Defer, "x_limit.spent"},
		{"the app's lane binds every action", bots.Repost, lanes(Lane{Name: "app", Limit: 17, Remaining: 0, Reset: soon}), Defer, "x_limit.spent"},
		{"a reply's lane binds posts, for it is one endpoint", bots.Post, lanes(Lane{Name: "reply", Limit: 100, Remaining: 0, Reset: soon}), Defer, "x_limit.spent"},
		{"a message's lane does not bind posts", bots.Post, lanes(Lane{Name: "dm", Stopped: true, Reset: soon}), Allow, ""},
		{"a post's lane does not bind reposts, though an account limit counts both", bots.Repost, lanes(Lane{Name: "post", Stopped: true, Reset: soon}), Allow, ""},
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
	if source, _ := got.Evidence["source"].(string); !strings.Contains(source, "docs.x.com") || got.Evidence["as_of"] != "2026-08-26" {
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
		"more than all": func(g *xLimit) { g.Percent = 101 },
		"nothing":       func(g *xLimit) { g.Percent = 0 },
	})
	tighter(t, "x_limit",
		map[string]func(*xLimit){"more than the house": func(g *xLimit) { g.Percent = 101 }},
		map[string]func(*xLimit){"half": func(g *xLimit) { g.Percent = 50 }})
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
		for _, a := range l.Actions {
			limited[a] = true
			if l.Tier == "enterprise" && Offered(a, bots.SelfServe) == nil {
				t.Errorf("%s is said to be for enterprise, but %s is offered to self-serve", l.Name, a)
			}
		}
	}
	for _, a := range bots.Actions() {
		if a != bots.HideReply && !limited[a] {
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
		"nothing":          "",
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: taken", says)
				}
			}()
			readLimits(file)
		}()
	}
}
