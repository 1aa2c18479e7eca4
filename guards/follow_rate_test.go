package guards

import (
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
		"no memory":         func(g *followRate) { g.Churn = 0 },
	})
	tighter(t, "follow_rate",
		map[string]func(*followRate){
			"more an hour":       func(g *followRate) { g.PerHour = 6 },
			"more a day":         func(g *followRate) { g.PerDay = 21 },
			"more of all":        func(g *followRate) { g.AllPerDay = 41 },
			"a shorter memory":   func(g *followRate) { g.Churn = 24 * time.Hour },
			"one of them looser": func(g *followRate) { g.PerHour, g.PerDay = 1, 21 },
		},
		map[string]func(*followRate){"fewer": func(g *followRate) { g.PerHour, g.PerDay, g.AllPerDay, g.Churn = 0, 1, 1, 800*time.Hour }})
	judgeOne(t, &followRate{Churn: time.Hour}, trial{"", bots.Follow, nil, Deny, "follow_rate.hour_closed"})
}
