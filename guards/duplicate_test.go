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
	})
	tighter(t, "duplicate",
		map[string]func(*duplicate){
			"a shorter window":   func(g *duplicate) { g.Window = 719 * time.Hour },
			"a higher deny":      func(g *duplicate) { g.Deny = 0.91 },
			"a higher hold":      func(g *duplicate) { g.Hold = 0.51 },
			"a deny of no value": func(g *duplicate) { g.Deny = math.NaN() },
		},
		map[string]func(*duplicate){"all tighter": func(g *duplicate) { g.Window, g.Deny, g.Hold = 1000*time.Hour, 0.8, 0.4 }})
}
