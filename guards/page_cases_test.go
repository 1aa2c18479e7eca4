package guards

import (
	"strings"
	"time"

	"heed/bots"
)

// pageCase is an intent with facts that docs/guards.md tells the answers to.
type pageCase struct {
	in bots.Intent
	f  Facts
}

// pageCases are those of the guards' own tests, and some that show an everyday refusal.
func pageCases() (all []pageCase) {
	for _, c := range hostile() {
		all = append(all, pageCase{c.in, c.f})
	}
	add := func(a bots.Action, change edit) {
		in, f := readyCase(a)
		change(&in, &f)
		all = append(all, pageCase{in, f})
	}
	for _, text := range []string{"I am a human, believe me", "Read https://bit.ly/x", "Call me at +49 30 901820", "Tell me your password", "What a fucking tide", "Buy at https://amzn.to/x",
		"$ABC and $DEF", "@someone look at this", "See http://192.0.2.7/x", "See https://a:b@example.org/", "See ftp://example.org/x",
		"See https://a.example/ https://b.example/ https://c.example/ https://d.example/ https://e.example/", "#a #b #c #d #e #f #g #h tides", strings.Repeat("tide ", 80), "Like and repost to win a prize"} {
		for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM} {
			add(a, func(in *bots.Intent, _ *Facts) { in.Text = text })
		}
	}
	for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow} {
		for _, n := range []int{5, 20, 60, 250} {
			add(a, func(in *bots.Intent, f *Facts) { count(Default().Needs(*in), f, n) })
		}
		add(a, func(_ *bots.Intent, f *Facts) { f.Profile.Bio = "Tide tables" })
		add(a, func(_ *bots.Intent, f *Facts) { f.Profile.Automated = false })
		add(a, func(_ *bots.Intent, f *Facts) { f.InboxAt = noon.Add(-time.Hour) })
		for _, k := range []HaltKind{Paused, Halted, Latched} {
			add(a, func(_ *bots.Intent, f *Facts) {
				f.Halts = []Halt{{Kind: k, Scope: "tides", By: "ann", Reason: "a reason", At: noon}}
			})
		}
		for _, score := range []float64{0.6, 0.95} {
			add(a, func(_ *bots.Intent, f *Facts) {
				f.Alike = []Alike{{Bot: "quakes", Key: "k", Action: bots.Post, At: noon.Add(-time.Hour), State: "done", PostID: "77", Score: score, Shared: []string{"water"}}}
			})
		}
	}
	for _, a := range []bots.Action{bots.Reply, bots.DM} {
		add(a, func(_ *bots.Intent, f *Facts) {
			f.Contacts[0].OptOut = &Choice{At: noon.Add(-time.Hour), How: "dm", Scope: "*"}
		})
		add(a, func(_ *bots.Intent, f *Facts) {
			f.Contacts[0].Review = &Choice{At: noon.Add(-time.Hour), How: "dm", Scope: "*"}
		})
		add(a, func(_ *bots.Intent, f *Facts) { f.Cause.At = noon.Add(-30 * time.Hour) })
		add(a, func(_ *bots.Intent, f *Facts) { f.Cause.SpentBy = "answer-1" })
		add(a, func(_ *bots.Intent, f *Facts) { f.Cause.Automated = true })
		add(a, func(_ *bots.Intent, f *Facts) { f.Answered = 10 })
	}
	for _, g := range []*Grant{nil, {At: noon.Add(-time.Hour), Behaviour: "0"}, {At: noon.Add(-time.Hour), EndedAt: noon}} {
		add(bots.Post, func(_ *bots.Intent, f *Facts) { f.Bot.Owner, f.Grant = bots.OwnedByOther, g })
	}
	picture := []bots.Media{{Path: "a.png", Alt: "a tide"}}
	for _, p := range []Picture{{Type: "image/png"}, {Type: "image/png", Bytes: 60 << 20}, {Type: "text/html", Bytes: 9}} {
		add(bots.Post, func(in *bots.Intent, f *Facts) { in.Media, f.Pictures = picture, []Picture{p} })
	}
	for _, bits := range []int{10, 40} {
		add(bots.Post, func(in *bots.Intent, f *Facts) {
			in.Media, f.Pictures = picture, []Picture{{Type: "image/png", Bytes: 900, Hashed: true}}
			f.Seen = []Seen{{Bot: "quakes", Key: "k", Action: bots.Post, At: noon.Add(-time.Hour), State: "done", PostID: "77", Bits: bits}}
		})
	}
	for _, a := range []bots.Action{bots.Follow, bots.Repost} {
		add(a, func(_ *bots.Intent, f *Facts) {
			f.Same = []Act{{Bot: "quakes", Key: "k", Action: a, At: noon.Add(-time.Hour), State: "done"}}
		})
		add(a, func(_ *bots.Intent, f *Facts) {
			f.Same = []Act{{Bot: "tides", Key: "k", Action: a, At: noon.Add(-time.Hour), State: "done"}}
		})
	}
	add(bots.Post, func(in *bots.Intent, f *Facts) {
		for name, u := range f.Used {
			u.Spent = 1 << 50
			f.Used[name] = u
		}
	})
	add(bots.Reply, func(_ *bots.Intent, f *Facts) { f.Cause.Summons = false })
	add(bots.Reply, func(_ *bots.Intent, f *Facts) { f.Bot.AIGenerated = true })
	add(bots.DM, func(_ *bots.Intent, f *Facts) { f.Contacts[0].DMClosed = true })
	add(bots.Follow, func(_ *bots.Intent, f *Facts) { f.Profile.Following = 900 })
	add(bots.Post, func(in *bots.Intent, f *Facts) { f.Bot.Actions = []bots.Action{bots.Reply} })
	return all
}
