package guards

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"heed/bots"
)

func at(when string) edit {
	return func(_ *bots.Intent, f *Facts) {
		t, err := time.Parse(time.RFC3339, when)
		if err != nil {
			panic(err)
		}
		f.Now = t
	}
}

func night() *quietHours {
	_, g, _ := New("quiet_hours")
	q := g.(*quietHours)
	q.From, q.To, q.Zone = "22:00", "07:00", "Europe/Berlin"
	return q
}

func TestQuietHours(t *testing.T) {
	const quiet = "quiet_hours.quiet"
	uninvited := func(when string) edit {
		return func(in *bots.Intent, f *Facts) { at(when)(in, f); in.Cause, f.Cause = "", nil }
	}
	for _, tr := range []trial{
		{"noon is not quiet", bots.Post, nil, Allow, ""},
		{"a minute before is not", bots.Post, at("2026-11-22T21:59:59+01:00"), Allow, ""},
		{"from then on it is", bots.Post, at("2026-11-22T22:00:00+01:00"), Defer, quiet},
		{"past midnight too", bots.Repost, at("2026-11-23T00:30:00+01:00"), Defer, quiet},
		{"to the last second", bots.Post, at("2026-11-23T06:59:59+01:00"), Defer, quiet},
		{"and no longer", bots.Post, at("2026-11-23T07:00:00+01:00"), Allow, ""},
		{"the clock is the zone's", bots.Post, at("2026-07-01T20:30:00Z"), Defer, quiet},
		{"an answer to who writes then passes", bots.Reply, at("2026-11-22T23:00:00+01:00"), Allow, ""},
		{"in messages too", bots.DM, at("2026-11-22T23:00:00+01:00"), Allow, ""},
		{"what answers nobody waits", bots.DM, uninvited("2026-11-22T23:00:00+01:00"), Defer, quiet},
		{"what only says that it answers waits", bots.Reply, func(in *bots.Intent, f *Facts) { at("2026-11-22T23:00:00+01:00")(in, f); f.Cause = nil }, Defer, quiet},
		{"heed's own confirmation passes", bots.DM, func(in *bots.Intent, f *Facts) {
			uninvited("2026-11-22T23:00:00+01:00")(in, f)
			f.Origin = Confirmation
		}, Allow, ""},
		{"without a clock nothing passes", bots.Post, func(_ *bots.Intent, f *Facts) { f.Now = time.Time{} }, Hold, "quiet_hours.no_clock"},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, night(), tr) })
	}
	strict := night()
	strict.Answers = false
	judgeOne(t, strict, trial{"", bots.Reply, at("2026-11-22T23:00:00+01:00"), Defer, quiet})
	some := night()
	some.Actions = []bots.Action{bots.Post}
	judgeOne(t, some, trial{"", bots.Repost, at("2026-11-22T23:00:00+01:00"), Allow, ""})
	judgeOne(t, &quietHours{From: "22:00", To: "7", Zone: "UTC", Actions: shown}, trial{"", bots.Post, nil, Hold, "quiet_hours.unclear"})
	try(t, "quiet_hours", []trial{{"unset, no hour is quiet", bots.Post, at("2026-11-22T23:00:00+01:00"), Allow, ""}})
	rule, _, _ := New("quiet_hours")
	for _, c := range hostile() {
		c.f.Now = noon.Add(12 * time.Hour)
		everyFinding(t, rule, night(), c.in, c.f)
	}
}

func TestQuietHoursEndByTheZonesClock(t *testing.T) {
	for _, c := range []struct{ says, from, to, zone, now, end string }{
		{"the next morning", "22:00", "07:00", "Europe/Berlin", "2026-11-22T23:00:00+01:00", "2026-11-23T07:00:00+01:00"},
		{"the same morning", "22:00", "07:00", "Europe/Berlin", "2026-11-23T03:00:00+01:00", "2026-11-23T07:00:00+01:00"},
		{"within a day", "12:00", "14:00", "UTC", "2026-11-23T13:10:05Z", "2026-11-23T14:00:00Z"},
		{"a night that is an hour shorter", "22:00", "07:00", "Europe/Berlin", "2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"},
		{"a night that is an hour longer", "22:00", "07:00", "Europe/Berlin", "2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"},
		{"an end that the change skips comes with the change", "22:00", "02:30", "Europe/Berlin", "2026-03-29T01:10:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"an end that comes twice: first", "22:00", "02:30", "Europe/Berlin", "2026-10-25T02:10:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"and a second time", "22:00", "02:30", "Europe/Berlin", "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+01:00"},
		{"a change of half an hour", "22:00", "07:00", "Australia/Lord_Howe", "2026-04-04T23:00:00+11:00", "2026-04-05T07:00:00+10:30"},
		{"a day that a zone left out", "22:00", "07:00", "Pacific/Apia", "2011-12-29T23:00:00-10:00", "2011-12-31T07:00:00+14:00"},
	} {
		g := night()
		g.From, g.To, g.Zone = c.from, c.to, c.zone
		in, f := readyCase(bots.Post)
		at(c.now)(&in, &f)
		want, _ := time.Parse(time.RFC3339, c.end)
		if got := g.Judge(in, f); got.Effect != Defer || !got.Until.Equal(want) {
			t.Errorf("%s: %s until %s, want %s", c.says, got.Effect, got.Until, want)
		}
	}
}

func TestQuietHoursAreOverWhenTheyEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := night()
		g.Zone = rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"}).Draw(t, "zone")
		minute := func(label string) string {
			return time.Time{}.Add(time.Duration(rapid.IntRange(0, 1439).Draw(t, label)) * time.Minute).Format("15:04")
		}
		g.From, g.To = minute("from"), minute("to")
		if g.From == g.To {
			t.Skip()
		}
		in, f := readyCase(bots.Post)
		f.Now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 365*24*60*60).Draw(t, "now")) * time.Second)
		got := g.Judge(in, f)
		if got.Effect != Defer {
			return
		}
		if wait := got.Until.Sub(f.Now); wait <= 0 || wait > 26*time.Hour {
			t.Fatalf("a wait of %s", wait)
		}
		before := f
		before.Now = got.Until.Add(-time.Second)
		if before.Now.After(f.Now) && g.Judge(in, before).Effect != Defer {
			t.Fatalf("not quiet a second before %s", got.Until)
		}
		f.Now = got.Until
		if again := g.Judge(in, f); again.Effect != Allow {
			t.Fatalf("still quiet at %s", got.Until)
		}
	})
}

func TestQuietHoursSettings(t *testing.T) {
	hours := func(from, to, zone string) func(*quietHours) {
		return func(g *quietHours) { g.From, g.To, g.Zone = from, to, zone }
	}
	settings(t, "quiet_hours", map[string]func(*quietHours){
		"no end":          hours("22:00", "", "UTC"),
		"no beginning":    hours("", "07:00", "UTC"),
		"no such time":    hours("24:00", "07:00", "UTC"),
		"a short form":    hours("22:00", "7:00", "UTC"),
		"the same":        hours("22:00", "22:00", "UTC"),
		"no such zone":    hours("22:00", "07:00", "Europe/Kiel"),
		"the machine's":   hours("22:00", "07:00", "Local"),
		"no zone":         hours("22:00", "07:00", ""),
		"no actions":      func(g *quietHours) { g.Actions = nil },
		"another action":  func(g *quietHours) { g.Actions = []bots.Action{bots.Delete} },
		"a path for zone": hours("22:00", "07:00", "../../etc/passwd"),
	})
	tighter(t, "quiet_hours", nil, map[string]func(*quietHours){"hours of its own": hours("22:00", "07:00", "Asia/Tokyo")})
	for _, c := range []struct {
		says   string
		change func(*quietHours)
		loose  bool
	}{
		{"the house's own", func(*quietHours) {}, false},
		{"wider ones", hours("21:00", "08:00", "Europe/Berlin"), false},
		{"none", hours("", "", "Europe/Berlin"), true},
		{"a later beginning", hours("22:01", "07:00", "Europe/Berlin"), true},
		{"an earlier end", hours("22:00", "06:59", "Europe/Berlin"), true},
		{"other hours", hours("07:00", "22:00", "Europe/Berlin"), true},
		{"all but a minute of the day", hours("12:01", "12:00", "Europe/Berlin"), false},
		{"another zone", hours("22:00", "07:00", "Europe/Vienna"), true},
		{"an action fewer", func(g *quietHours) { g.Actions = g.Actions[1:] }, true},
		{"answers wait too", func(g *quietHours) { g.Answers = false }, false},
	} {
		bot := night()
		c.change(bot)
		if told := bot.Loosens(night()); (len(told) > 0) != c.loose {
			t.Errorf("%s: %v", c.says, told)
		}
	}
	strict := night()
	strict.Answers = false
	if len(night().Loosens(strict)) == 0 {
		t.Error("answers that the house lets wait pass")
	}
}
