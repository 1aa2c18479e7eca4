package guards

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"heed/bots"
)

func TestDuplicate(t *testing.T) {
	earlier := func(change func(*Alike)) edit {
		return func(_ *bots.Intent, f *Facts) {
			a := Alike{Bot: "quakes", Key: "k9", Action: bots.Post, At: noon.Add(-time.Hour), State: "done", Score: 0.95}
			change(&a)
			f.Alike = append(f.Alike, a)
		}
	}
	score := func(s float64) edit { return earlier(func(a *Alike) { a.Score = s }) }
	own := func(s float64, exact bool) edit {
		return earlier(func(a *Alike) { a.Bot, a.Score, a.Exact = "tides", s, exact })
	}
	dm := func(bot string, to bots.UserID, exact bool) edit {
		return earlier(func(a *Alike) {
			a.Bot, a.Action, a.Target.UserID, a.Exact, a.Score = bot, bots.DM, to, exact, 1
		})
	}
	try(t, "duplicate", []trial{
		{"a text like no other passes", bots.Post, nil, Allow, ""},
		{"at 0.9 a post is the same as another bot's", bots.Post, score(0.9), Deny, "duplicate.same"},
		{"just below a person looks", bots.Post, score(0.8999), Hold, "duplicate.alike"},
		{"at 0.5 a person looks", bots.Quote, score(0.5), Hold, "duplicate.alike"},
		{"just below it passes", bots.Post, score(0.4999), Allow, ""},
		{"the bot's own earlier post counts alike", bots.Post, own(0.95, false), Deny, "duplicate.same"},
		{"a text still waiting counts too", bots.Post, earlier(func(a *Alike) { a.State = "waiting" }), Deny, "duplicate.same"},
		{"a text older than the window does not", bots.Post, earlier(func(a *Alike) { a.At = noon.Add(-720*time.Hour - time.Second) }), Allow, ""},
		{"a text without a time does", bots.Post, earlier(func(a *Alike) { a.At = time.Time{} }), Deny, "duplicate.same"},
		{"a likeness that is no number denies", bots.Post, score(math.NaN()), Deny, "duplicate.same"},
		{"equal after the fold denies whatever the score", bots.Post, earlier(func(a *Alike) { a.Exact, a.Score = true, 0 }), Deny, "duplicate.same"},
		{"the gravest of several counts, wherever it stands", bots.Post, func(in *bots.Intent, f *Facts) {
			score(0.6)(in, f)
			score(0.97)(in, f)
		}, Deny, "duplicate.same"},
		{"a reply like another bot's is denied", bots.Reply, score(0.95), Deny, "duplicate.same"},
		{"a reply somewhat like another bot's is held", bots.Reply, score(0.7), Hold, "duplicate.alike"},
		{"a reply like the bot's own earlier one passes", bots.Reply, own(0.97, false), Allow, ""},
		{"a reply equal to the bot's own earlier one does not", bots.Reply, own(1, true), Deny, "duplicate.same"},
		{"another bot's same message to the same person denies", bots.DM, dm("quakes", asker, true), Deny, "duplicate.same"},
		{"to another person it says nothing", bots.DM, dm("quakes", "2002", true), Allow, ""},
		{"nor does the bot's own", bots.DM, dm("tides", asker, true), Allow, ""},
		{"nor one that is only alike", bots.DM, dm("quakes", asker, false), Allow, ""},
		{"a message may say what a post says", bots.DM, score(1), Allow, ""},
		{"a post is not measured against messages", bots.Post, dm("quakes", asker, true), Allow, ""},
	})
}

// TestDuplicateCountsWhatIsOnItsWay: rule D3 makes no difference of what waits.
func TestDuplicateCountsWhatIsOnItsWay(t *testing.T) {
	for _, state := range []string{"waiting", "deferred", "held", "doing", "unknown"} {
		in, f := readyCase(bots.Post)
		f.Alike = []Alike{{Bot: "quakes", Key: "k9", Action: bots.Post, At: noon, State: state, Score: 1, Exact: true}}
		_, g, _ := New("duplicate")
		if got := g.Judge(in, f); got.Effect != Deny || !cites(got, "D3") || !strings.Contains(got.Because, state) {
			t.Errorf("%s: %s %s, citing %v", state, got.Effect, got.Because, got.Rules)
		}
	}
}

// TestDuplicateHoldsWhatOnlyResembles: rule D6 allows variants, which no machine can
// tell from copies, so a person looks; under the lower bound nobody need look.
func TestDuplicateHoldsWhatOnlyResembles(t *testing.T) {
	for score, want := range map[float64]Effect{0.3: Allow, 0.6: Hold, 0.95: Deny} {
		in, f := readyCase(bots.Post)
		f.Alike = []Alike{{Bot: "quakes", Key: "k9", Action: bots.Post, At: noon, State: "done", Score: score}}
		_, g, _ := New("duplicate")
		got := g.Judge(in, f)
		if got.Effect != want || want != Allow && (!cites(got, "D6") || !strings.Contains(got.Remedy, "template and facts")) {
			t.Errorf("%v: %s, %s, citing %v", score, got.Effect, got.Remedy, got.Rules)
		}
	}
}

func TestDuplicateRepeatAfter(t *testing.T) {
	const week = 168 * time.Hour
	said := func(bot, state string, ago time.Duration, score float64) []Alike {
		return []Alike{{Bot: bot, Key: "k9", Action: bots.Post, At: noon.Add(-ago), State: state, Score: score, Exact: score == 1}}
	}
	for _, c := range []struct {
		says   string
		after  time.Duration
		alike  []Alike
		effect Effect
	}{
		{"unset, a bot never repeats itself within the window", 0, said("tides", "done", 700*time.Hour, 1), Deny},
		{"after the time it may say exactly the same", week, said("tides", "done", week, 1), Allow},
		{"and the like", week, said("tides", "done", week, 0.7), Allow},
		{"a second earlier it may not", week, said("tides", "done", week-time.Second, 1), Deny},
		{"another bot's text stays said", week, said("quakes", "done", 2*week, 1), Deny},
		{"a text that still waits was not said yet", week, said("tides", "waiting", 2*week, 1), Deny},
		{"nor one of which nobody knows whether it was", week, said("tides", "unknown", 2*week, 1), Deny},
		{"a text of no known time is no old one", week, []Alike{{Bot: "tides", Action: bots.Post, State: "done", Score: 1}}, Deny},
		{"an old one does not excuse a young one", week, append(said("tides", "done", 2*week, 1), said("tides", "done", time.Hour, 0.95)...), Deny},
	} {
		in, f := readyCase(bots.Post)
		f.Alike = c.alike
		_, g, _ := New("duplicate")
		g.(*duplicate).RepeatAfter = c.after
		if got := g.Judge(in, f); got.Effect != c.effect {
			t.Errorf("%s: %s %s", c.says, got.Effect, got.Because)
		}
		in.Media, f.Alike = []bots.Media{{Path: "a.png", Alt: "a"}}, nil
		f.Pictures = []Picture{{Hashed: true}}
		for _, a := range c.alike {
			f.Seen = append(f.Seen, Seen{Bot: a.Bot, Action: a.Action, At: a.At, State: a.State, Exact: true})
		}
		if got := g.Judge(in, f); got.Effect != c.effect {
			t.Errorf("%s, with a picture: %s %s", c.says, got.Effect, got.Because)
		}
	}
}

// TestDuplicateLetsHeedAnswerHelp: every HELP is answered in the same words.
func TestDuplicateLetsHeedAnswerHelp(t *testing.T) {
	for _, c := range []struct {
		says   string
		origin Origin
		bot    string
		action bots.Action
		want   Effect
	}{
		{"heed's own answer was given before", ForHelp, "tides", bots.Reply, Allow},
		{"a bot's own answer is no such answer", ByBot, "tides", bots.Reply, Deny},
		{"a post of the bot is none", ForHelp, "tides", bots.Post, Deny},
		{"an answer of another bot is none", ForHelp, "quakes", bots.Reply, Deny},
	} {
		in, f := readyCase(bots.Reply)
		f.Origin = c.origin
		f.Alike = []Alike{{Bot: c.bot, Key: "heed:help:1", Action: c.action, At: noon.Add(-time.Hour), State: "done", Exact: true, Score: 1}}
		_, g, _ := New("duplicate")
		if got := g.Judge(in, f); got.Effect != c.want {
			t.Errorf("%s: %s %s", c.says, got.Effect, got.Because)
		}
	}
}

func TestP10DuplicateTellsWhichTextAndHowAlike(t *testing.T) {
	in, f := readyCase(bots.Post)
	a := Alike{Bot: "quakes", Key: "k9", Action: bots.Post, At: noon, State: "deferred", Score: 0.936, PostID: "8"}
	for i := range 12 {
		a.Shared = append(a.Shared, fmt.Sprintf("word%d", i))
	}
	f.Alike = []Alike{a}
	_, g, _ := New("duplicate")
	got := g.Judge(in, f)
	for _, part := range []string{"quakes", `"k9"`, "deferred", "2026-11-22 12:00:00 UTC", "0.94", "word7"} {
		if !strings.Contains(got.Because, part) {
			t.Errorf("%q lacks %q", got.Because, part)
		}
	}
	if strings.Contains(got.Because, "word8") {
		t.Error("more than eight shared words are told")
	}
	for _, clause := range []string{"D1", "D3"} {
		if !cites(got, clause) {
			t.Errorf("does not cite %s: %v", clause, got.Rules)
		}
	}
	if cites(got, "D2") {
		t.Error("cites D2 for another bot's text")
	}
}

func TestP7DuplicateTellsNoWordOfAMessage(t *testing.T) {
	in, f := readyCase(bots.DM)
	f.Alike = []Alike{{Bot: "quakes", Action: bots.DM, State: "done", Exact: true, Target: in.Target, Shared: []string{"secretword"}}}
	_, g, _ := New("duplicate")
	if got := g.Judge(in, f); got.Effect != Deny || strings.Contains(fmt.Sprintf("%+v", got), "secretword") {
		t.Errorf("%+v", got)
	}
}

func TestDuplicateSettings(t *testing.T) {
	settings(t, "duplicate", map[string]func(*duplicate){
		"an hour":            func(g *duplicate) { g.Window = time.Hour },
		"deny above 0.9":     func(g *duplicate) { g.Deny = 0.95 },
		"hold above 0.5":     func(g *duplicate) { g.Hold = 0.6 },
		"hold above deny":    func(g *duplicate) { g.Deny, g.Hold = 0.3, 0.4 },
		"deny at nothing":    func(g *duplicate) { g.Deny = 0 },
		"deny is no number":  func(g *duplicate) { g.Deny = math.NaN() },
		"a negative to hold": func(g *duplicate) { g.Hold = -1 },
		"30 bits to deny":    func(g *duplicate) { g.PictureDeny = 30 },
		"44 bits to hold":    func(g *duplicate) { g.PictureHold = 44 },
		"65 bits":            func(g *duplicate) { g.PictureHold = 65 },
		"bits never held":    func(g *duplicate) { g.PictureDeny, g.PictureHold = 50, 49 },
		"an hour to repeat":  func(g *duplicate) { g.RepeatAfter = time.Hour },
		"a year and more":    func(g *duplicate) { g.RepeatAfter = 8785 * time.Hour },
		"a time before now":  func(g *duplicate) { g.RepeatAfter = -24 * time.Hour },
	})
	tighter(t, "duplicate",
		map[string]func(*duplicate){
			"a shorter window":   func(g *duplicate) { g.Window = 719 * time.Hour },
			"a higher deny":      func(g *duplicate) { g.Deny = 0.91 },
			"a higher hold":      func(g *duplicate) { g.Hold = 0.51 },
			"a deny of no value": func(g *duplicate) { g.Deny = math.NaN() },
			"fewer bits to deny": func(g *duplicate) { g.PictureDeny = 30 },
			"fewer bits to hold": func(g *duplicate) { g.PictureHold = 44 },
			"to repeat itself":   func(g *duplicate) { g.RepeatAfter = 8784 * time.Hour },
		},
		map[string]func(*duplicate){
			"all tighter":         func(g *duplicate) { g.Window, g.Deny, g.Hold = 1000*time.Hour, 0.8, 0.4 },
			"pictures of tighter": func(g *duplicate) { g.PictureDeny, g.PictureHold = 40, 60 },
		})
	for says, c := range map[string]struct {
		house, bot time.Duration
		loosens    bool
	}{
		"as the house":              {48 * time.Hour, 48 * time.Hour, false},
		"later than the house":      {48 * time.Hour, 72 * time.Hour, false},
		"never, where others may":   {48 * time.Hour, 0, false},
		"sooner than the house":     {48 * time.Hour, 24 * time.Hour, true},
		"where the house says none": {0, 8784 * time.Hour, true},
	} {
		_, house, _ := New("duplicate")
		_, bot, _ := New("duplicate")
		house.(*duplicate).RepeatAfter, bot.(*duplicate).RepeatAfter = c.house, c.bot
		if bad := house.Check(); len(bad) > 0 {
			t.Errorf("%s: %v", says, bad)
		}
		if told := bot.(Tightener).Loosens(house); (len(told) > 0) != c.loosens {
			t.Errorf("%s: %v", says, told)
		}
	}
}
