package guards

import (
	"math"
	"testing"
	"time"

	"heed/bots"
)

func used(name string, n int, oldest time.Duration) edit {
	return func(_ *bots.Intent, f *Facts) { f.Used[name] = Use{Count: n, Oldest: noon.Add(-oldest)} }
}

func TestFollowRate(t *testing.T) {
	followed := func(bot string, age time.Duration) edit {
		return func(_ *bots.Intent, f *Facts) {
			f.Same = []Act{{Bot: bot, Key: "k9", Action: bots.Follow, At: noon.Add(-age), State: "done"}}
		}
	}
	try(t, "follow_rate", []trial{
		{"the first follow passes", bots.Follow, nil, Allow, ""},
		{"the fifth of an hour passes", bots.Follow, used("follow_rate.hour", 4, time.Minute), Allow, ""},
		{"the sixth of an hour waits", bots.Follow, used("follow_rate.hour", 5, time.Minute), Defer, "follow_rate.hour_full"},
		{"the twenty-first of a day waits", bots.Follow, used("follow_rate.day", 20, time.Hour), Defer, "follow_rate.day_full"},
		{"so does the forty-first of all bots", bots.Follow, used("follow_rate.all_day", 40, time.Hour), Defer, "follow_rate.all_day_full"},
		{"unfollows are counted like follows", bots.Unfollow, used("follow_rate.hour", 5, time.Minute), Defer, "follow_rate.hour_full"},
		{"a window that was not counted may be full", bots.Follow, func(_ *bots.Intent, f *Facts) { delete(f.Used, "follow_rate.day") }, Hold, "follow_rate.day_unread"},
		{"nobody is followed twice", bots.Follow, followed("tides", 719*time.Hour), Deny, "follow_rate.again"},
		{"not before the memory ends", bots.Follow, followed("tides", 721*time.Hour), Allow, ""},
		{"nobody is unfollowed soon after", bots.Unfollow, followed("tides", 719*time.Hour), Deny, "follow_rate.churn"},
		{"an old follow may be undone", bots.Unfollow, followed("tides", 721*time.Hour), Allow, ""},
		{"another bot's follow is the other guard's matter", bots.Unfollow, followed("quakes", time.Hour), Allow, ""},
	})
}

func follows(following, followers int) edit {
	return func(_ *bots.Intent, f *Facts) { f.Profile.Following, f.Profile.Followers = following, followers }
}

func TestFollowingStaysWithinBounds(t *testing.T) {
	try(t, "follow_rate", []trial{
		{"an account that follows few may follow, whoever follows it", bots.Follow, follows(99, 0), Allow, ""},
		{"from a hundred on it needs followers", bots.Follow, follows(100, 0), Deny, "follow_rate.ratio"},
		{"up to one and a half for each", bots.Follow, follows(149, 100), Allow, ""},
		{"and none beyond", bots.Follow, follows(150, 100), Deny, "follow_rate.ratio"},
		{"there is a ceiling however many follow it", bots.Follow, follows(4500, 1_000_000), Deny, "follow_rate.ceiling"},
		{"just below it one more passes", bots.Follow, follows(4499, 1_000_000), Allow, ""},
		{"what was not counted may be too many", bots.Follow, func(_ *bots.Intent, f *Facts) { f.Profile.Counted = false }, Hold, "follow_rate.uncounted"},
		{"a number below none was not counted", bots.Follow, follows(-1, 10), Hold, "follow_rate.uncounted"},
		{"a full window does not hide the ceiling", bots.Follow, func(in *bots.Intent, f *Facts) {
			used("follow_rate.hour", 5, time.Minute)(in, f)
			follows(4500, 9000)(in, f)
		}, Deny, "follow_rate.ceiling"},
		{"unfollowing is never too much for it", bots.Unfollow, follows(5000, 0), Allow, ""},
		{"nor does it need the numbers", bots.Unfollow, func(_ *bots.Intent, f *Facts) { f.Profile.Counted = false }, Allow, ""},
	})
	_, g, _ := New("follow_rate")
	if !g.Needs(bots.Intent{Action: bots.Follow}).Profile {
		t.Error("the numbers are not read")
	}
	in, f := readyCase(bots.Follow)
	follows(160, 100)(&in, &f)
	if got := g.Judge(in, f); got.Because != "the account follows 160 and has 100 followers, and 1.5 to one are allowed" || !cites(got, "F1") {
		t.Errorf("%q %v", got.Because, got.Rules)
	}
}

func TestNoFollowByReflex(t *testing.T) {
	try(t, "follow_rate", []trial{
		{"who spoke to the bot is not followed for it", bots.Follow, func(in *bots.Intent, _ *Facts) { in.Cause = "5001" }, Deny, "follow_rate.reflex"},
		{"who followed the bot is not followed back", bots.Follow, func(in *bots.Intent, f *Facts) {
			in.Cause, f.Cause = "follow:1", &Invitation{Kind: "follow", From: asker, Bot: "tides"}
		}, Deny, "follow_rate.reflex"},
		{"an unfollow may have a cause", bots.Unfollow, func(in *bots.Intent, _ *Facts) { in.Cause = "5001" }, Allow, ""},
	})
}

func TestP10FollowRateTellsTheNumbersAndTheTime(t *testing.T) {
	_, g, _ := New("follow_rate")
	in, f := readyCase(bots.Follow)
	used("follow_rate.hour", 5, 40*time.Minute)(&in, &f)
	got := g.Judge(in, f)
	if got.Because != "5 of 5 follows in the last 1h" {
		t.Errorf("because %q", got.Because)
	}
	if want := noon.Add(20 * time.Minute); !got.Until.Equal(want) {
		t.Errorf("until %s, want %s: when the oldest of the hour leaves it", got.Until, want)
	}
	used("follow_rate.day", 20, time.Hour)(&in, &f)
	used("follow_rate.all_day", 40, 2*time.Hour)(&in, &f)
	if got, want := g.Judge(in, f), noon.Add(23*time.Hour); !got.Until.Equal(want) {
		t.Errorf("until %s, want %s: the latest of all that is full", got.Until, want)
	}
	f.Used["follow_rate.day"] = Use{Count: 20}
	if got, want := g.Judge(in, f), noon.Add(24*time.Hour); !got.Until.Equal(want) {
		t.Errorf("until %s, want %s: a full window without its oldest act frees a place after its whole span", got.Until, want)
	}
	f.Used["follow_rate.day"] = Use{Count: 20, Oldest: noon.Add(-24 * time.Hour)}
	delete(f.Used, "follow_rate.all_day")
	f.Used["follow_rate.all_day"], f.Used["follow_rate.hour"] = Use{}, Use{}
	if got := g.Judge(in, f); !got.Until.After(noon) {
		t.Errorf("until %s: asked again at the same instant", got.Until)
	}
}

func TestFollowRateSettings(t *testing.T) {
	settings(t, "follow_rate", map[string]func(*followRate){
		"above X's ceiling": func(g *followRate) { g.PerDay = 401 },
		"a negative":        func(g *followRate) { g.PerHour = -1 },
		"all above it":      func(g *followRate) { g.AllPerDay = 1000 },
		"no following":      func(g *followRate) { g.MaxFollowing = 0 },
		"beyond X's 5,000":  func(g *followRate) { g.MaxFollowing = 5001 },
		"no ratio":          func(g *followRate) { g.MaxRatio = 0 },
		"a ratio of NaN":    func(g *followRate) { g.MaxRatio = math.NaN() },
		"eleven to one":     func(g *followRate) { g.MaxRatio = 11 },
		"no memory":         func(g *followRate) { g.Churn = 0 },
	})
	tighter(t, "follow_rate",
		map[string]func(*followRate){
			"more an hour":       func(g *followRate) { g.PerHour = 6 },
			"more a day":         func(g *followRate) { g.PerDay = 21 },
			"more of all":        func(g *followRate) { g.AllPerDay = 41 },
			"more in all":        func(g *followRate) { g.MaxFollowing++ },
			"a greater ratio":    func(g *followRate) { g.MaxRatio = 1.6 },
			"a shorter memory":   func(g *followRate) { g.Churn = 24 * time.Hour },
			"one of them looser": func(g *followRate) { g.PerHour, g.PerDay = 1, 21 },
		},
		map[string]func(*followRate){"fewer": func(g *followRate) {
			g.PerHour, g.PerDay, g.AllPerDay, g.Churn, g.MaxFollowing, g.MaxRatio = 0, 1, 1, 800*time.Hour, 1, 0.5
		}})
	judgeOne(t, &followRate{Churn: time.Hour}, trial{"", bots.Follow, nil, Deny, "follow_rate.hour_closed"})
}
