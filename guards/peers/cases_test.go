package peers

import (
	"fmt"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
)

// decision is one case, and what both must say to it.
type decision struct {
	says   string
	effect string
	in     bots.Intent
	f      guards.Facts
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	self, sibling, asker = "1001", "1002", "2001"
	post, message        = "9001", "5001"
)

// readyFacts are an intent and the facts by which every guard lets it pass.
func readyFacts(p guards.Pipeline, a bots.Action, text string) (bots.Intent, guards.Facts) {
	in := bots.Intent{ID: "id-1", Key: "key-1", Action: a, Text: text}
	f := guards.Facts{
		Now: noon,
		Bot: bots.Bot{Name: "tides", Handle: "@tidesbot", UserID: self, Purpose: "Tide tables for the harbour", Mode: bots.Live, Actions: bots.Actions(),
			House: bots.House{Operator: bots.Operator{Name: "Harbour Lab", Handle: "@harbourlab"}, Environment: bots.Production, Tier: bots.SelfServe,
				Handles: []string{"@tidesbot", "@quakesbot"}, Bots: []string{"tides", "quakes"}}},
		Profile: guards.Profile{UserID: self, Handle: "@tidesbot", Bio: "Tide tables. Bot by @harbourlab", Automated: true, Verified: true,
			CheckedAt: noon.Add(-time.Hour), Counted: true, Followers: 200, Following: 40},
		InboxAt: noon.Add(-time.Minute),
		Own:     map[bots.UserID]string{self: "tides", sibling: "quakes"},
		Used:    map[string]guards.Use{},
	}
	if a.Writes() {
		for i := range 5 {
			f.Alike = append(f.Alike, guards.Alike{Bot: "quakes", Action: bots.Post, At: noon.Add(-time.Hour), State: "done", Score: 0.3 - float64(i)/20})
		}
	}
	if a.OnUser() {
		in.Target.UserID = asker
	} else if a.Targeted() {
		in.Target.PostID = post
	}
	if a.Contacts() {
		f.Contacts = []guards.Person{{ID: asker}}
	}
	switch a {
	case bots.Reply:
		in.Cause = post
		f.Cause = &guards.Invitation{Event: post, Kind: guards.ByMention, Bot: "tides", From: asker, Post: post, At: noon.Add(-time.Hour), Summons: true}
	case bots.DM:
		in.Cause = message
		f.Cause = &guards.Invitation{Event: message, Kind: guards.ByDM, Bot: "tides", From: asker, At: noon.Add(-time.Hour), Summons: true}
	case bots.Follow, bots.Like, bots.Quote:
		f.Bot.House.Tier = bots.Enterprise
	}
	for _, w := range p.Needs(in).Windows {
		f.Used[w.Name] = guards.Use{}
	}
	return in, f
}

var texts = []string{
	"High water at Kiel 12:40, 3.1 m above datum, low water at 18:55, 0.4 m. Wind from the west, force 5, gusts of 7 in the afternoon, rain after three. Small boats had better stay in. Table and chart for the whole week: https://tides.harbour-lab.com/kiel/2026-11-22?view=week #kiel #tides",
	"New at the city library this week: 38 novels, 12 atlases and the letters of the harbour masters from 1881 to 1914, read and indexed by volunteers. Reading on Thursday at 19:30 in the small hall, no tickets needed. The list with all shelf marks: https://library.harbour-lab.com/new #books",
	"High water at Kiel 12:40, 3.1 m above datum. Calm sea.",
	"The library opens at 10 today and closes at 19:30.",
}

// ready are the cases of an action that all guards allow, one a text.
func ready(p, whole guards.Pipeline, a bots.Action) (cases []decision) {
	for i, text := range texts {
		if !a.Writes() {
			text = ""
		}
		in, f := readyFacts(whole, a, text)
		in.Key = fmt.Sprint("key-", i)
		cases = append(cases, decision{"", "allow", in, f})
	}
	return cases
}

// table is what both judge alike: each row changes one thing of a case that passes.
func table(p guards.Pipeline) (cases []decision) {
	add := func(says, effect string, a bots.Action, change func(*bots.Intent, *guards.Facts)) {
		in, f := readyFacts(p, a, "")
		if a.Writes() {
			in.Text = texts[2]
		}
		if change != nil {
			change(&in, &f)
		}
		cases = append(cases, decision{says, effect, in, f})
	}
	for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow, bots.Repost, bots.Delete} {
		add("a ready "+string(a), "allow", a, nil)
	}
	text := func(s string) func(*bots.Intent, *guards.Facts) {
		return func(in *bots.Intent, _ *guards.Facts) { in.Text = s }
	}
	choice := &guards.Choice{At: noon.Add(-time.Hour), How: "dm", Scope: "*"}
	halted := func(kind guards.HaltKind, until time.Time) func(*bots.Intent, *guards.Facts) {
		return func(_ *bots.Intent, f *guards.Facts) {
			f.Halts = []guards.Halt{{Kind: kind, Scope: "tides", By: "ana", Reason: "storm", At: noon.Add(-time.Hour), Until: until}}
		}
	}
	full := func(window string, n int) func(*bots.Intent, *guards.Facts) {
		return func(_ *bots.Intent, f *guards.Facts) {
			f.Used[window] = guards.Use{Count: n, Oldest: noon.Add(-time.Minute)}
		}
	}
	near := func(a guards.Alike) func(*bots.Intent, *guards.Facts) {
		return func(_ *bots.Intent, f *guards.Facts) { f.Alike = append([]guards.Alike{a}, f.Alike...) }
	}
	earlier := func(bot string, action bots.Action, state string) func(*bots.Intent, *guards.Facts) {
		return func(_ *bots.Intent, f *guards.Facts) {
			f.Same = []guards.Act{{Bot: bot, Key: "k", Action: action, At: noon.Add(-time.Hour), State: state}}
		}
	}

	add("a person is asked for", "hold", bots.Post, func(in *bots.Intent, _ *guards.Facts) { in.Hold = true })
	add("a pause", "defer", bots.Post, halted(guards.Paused, noon.Add(time.Hour)))
	add("a pause that is over", "allow", bots.Post, halted(guards.Paused, noon.Add(-time.Minute)))
	add("a halt", "defer", bots.Follow, halted(guards.Halted, time.Time{}))
	add("a latch", "defer", bots.DM, halted(guards.Latched, time.Time{}))

	add("an action that was not declared", "deny", bots.Post, func(_ *bots.Intent, f *guards.Facts) { f.Bot.Actions = []bots.Action{bots.Reply} })
	add("a follow on self-serve", "deny", bots.Follow, func(_ *bots.Intent, f *guards.Facts) { f.Bot.House.Tier = bots.SelfServe })
	add("staging to the public", "deny", bots.Post, func(_ *bots.Intent, f *guards.Facts) { f.Bot.House.Environment = bots.Staging })
	add("staging, and nothing is sent", "allow", bots.Post, func(_ *bots.Intent, f *guards.Facts) {
		f.Bot.House.Environment, f.Bot.Mode = bots.Staging, bots.DryRun
	})
	add("a like", "hold", bots.Like, nil)

	add("an opt-out", "deny", bots.Reply, func(_ *bots.Intent, f *guards.Facts) { f.Contacts[0].OptOut = choice })
	add("what may be a stop", "hold", bots.DM, func(_ *bots.Intent, f *guards.Facts) { f.Contacts[0].Review = choice })
	add("a closed inbox", "deny", bots.DM, func(_ *bots.Intent, f *guards.Facts) { f.Contacts[0].DMClosed = true })
	add("an inbox that was not read", "defer", bots.Follow, func(_ *bots.Intent, f *guards.Facts) { f.InboxAt = noon.Add(-time.Hour) })
	add("nobody knows whom it reaches", "deny", bots.Repost, func(_ *bots.Intent, f *guards.Facts) { f.Contacts = nil })

	add("a message that nobody asked for", "deny", bots.DM, func(in *bots.Intent, f *guards.Facts) { in.Cause, f.Cause = "", nil })
	add("a reply to a stale mention", "deny", bots.Reply, func(_ *bots.Intent, f *guards.Facts) { f.Cause.At = noon.Add(-25 * time.Hour) })
	add("a reply to another post", "deny", bots.Reply, func(in *bots.Intent, _ *guards.Facts) { in.Target.PostID = "9002" })
	add("an answer that was given", "deny", bots.Reply, func(_ *bots.Intent, f *guards.Facts) { f.Cause.SpentBy = "id-0" })
	add("an answer to a bot", "deny", bots.DM, func(_ *bots.Intent, f *guards.Facts) { f.Cause.Automated = true })
	add("an answer to what was said to another bot", "deny", bots.Reply, func(_ *bots.Intent, f *guards.Facts) { f.Cause.Bot = "quakes" })
	add("an answer to somebody else", "deny", bots.Reply, func(_ *bots.Intent, f *guards.Facts) { f.Cause.From = "2002" })
	add("a reply where nobody summoned", "deny", bots.Reply, func(_ *bots.Intent, f *guards.Facts) { f.Cause.Summons = false })
	add("a conversation without an end", "deny", bots.Reply, func(_ *bots.Intent, f *guards.Facts) { f.Answered = 10 })
	add("a quote that was not agreed to", "deny", bots.Quote, nil)
	add("a stranger is named", "deny", bots.Post, text("Thanks @ana_k, the tide is high"))
	add("the operator is named", "allow", bots.Post, text("Run by @HarbourLab, the tide is high"))

	add("a text that is too long", "deny", bots.Post, text(strings.Repeat("tide ", 57)))
	add("a link counts 23", "allow", bots.Post, text("see https://tides.harbour-lab.com/"+strings.Repeat("a", 300)))
	add("a hidden character", "deny", bots.Post, text("high\u202etide"))
	add("nothing to be seen", "deny", bots.Post, text("  "))
	add("two cashtags", "deny", bots.Post, text("$AAA beats $BBB today"))

	add("a shortener", "hold", bots.Post, text("see https://bit.ly/x for more"))
	add("a name before the host", "deny", bots.Post, text("see https://x.com@evil.example.com/a for more"))
	add("a bare number", "hold", bots.Post, text("see https://10.0.0.1/a for more"))
	add("a heap of links", "hold", bots.Post, text("https://a.com/1 https://a.com/2 https://a.com/3 https://a.com/4 https://a.com/5"))

	add("a text that claims to be human", "deny", bots.Reply, text("No, I'm not a bot, really"))
	add("a bio without a word for a bot", "deny", bots.Post, func(_ *bots.Intent, f *guards.Facts) { f.Profile.Bio = "Tide tables by @harbourlab" })
	add("a bio that names nobody", "deny", bots.Follow, func(_ *bots.Intent, f *guards.Facts) { f.Profile.Bio = "A bot. @harbourlabs" })
	add("a bio that denies", "deny", bots.Post, func(_ *bots.Intent, f *guards.Facts) { f.Profile.Bio = "Not a bot. @harbourlab bot" })
	add("a bio that was read long ago", "defer", bots.Post, func(_ *bots.Intent, f *guards.Facts) { f.Profile.CheckedAt = noon.Add(-25 * time.Hour) })

	exact := guards.Alike{Bot: "quakes", Key: "k", Action: bots.Post, At: noon.Add(-time.Hour), State: "done", Score: 1, Exact: true}
	add("what another bot said", "deny", bots.Post, near(exact))
	old := exact
	old.At = noon.Add(-721 * time.Hour)
	add("what was said long ago", "allow", bots.Post, near(old))
	likely := exact
	likely.Exact, likely.Score = false, 0.7
	add("what is like it", "hold", bots.Post, near(likely))
	likely.Bot = "tides"
	add("answers of one bot are alike", "allow", bots.Reply, near(likely))
	add("a post is no message", "allow", bots.DM, near(exact))
	told := exact
	told.Action, told.Target = bots.DM, bots.Target{UserID: asker}
	add("another bot's message to the same person", "deny", bots.DM, near(told))

	add("an hour that is full", "defer", bots.Post, full("post_rate.hour", 12))
	add("a day that is full", "defer", bots.DM, full("post_rate.dms_day", 200))
	add("one place left", "allow", bots.Post, full("post_rate.hour", 11))
	add("a window that was not counted", "hold", bots.Reply, func(_ *bots.Intent, f *guards.Facts) { delete(f.Used, "post_rate.replies_day") })
	add("follows of all bots", "defer", bots.Follow, full("follow_rate.all_day", 40))
	add("a follow by reflex", "deny", bots.Follow, func(in *bots.Intent, _ *guards.Facts) { in.Cause = post })
	add("a follow again", "deny", bots.Follow, earlier("tides", bots.Follow, "done"))
	add("too many followed", "deny", bots.Follow, func(_ *bots.Intent, f *guards.Facts) { f.Profile.Following, f.Profile.Followers = 4500, 9000 })
	add("more followed than follow", "deny", bots.Follow, func(_ *bots.Intent, f *guards.Facts) { f.Profile.Following, f.Profile.Followers = 150, 100 })

	add("a budget that is spent", "defer", bots.Post, func(_ *bots.Intent, f *guards.Facts) { f.Used["budget.day"] = guards.Use{Spent: guards.Dollars(4.99)} })
	add("a link is dear", "defer", bots.Post, func(in *bots.Intent, f *guards.Facts) {
		in.Text, f.Used["budget.day"] = texts[3]+" https://library.harbour-lab.com/new", guards.Use{Spent: guards.Dollars(4.9)}
	})
	add("without a link it is not", "allow", bots.Post, func(_ *bots.Intent, f *guards.Facts) { f.Used["budget.day"] = guards.Use{Spent: guards.Dollars(4.9)} })

	add("another bot's follow", "deny", bots.Follow, earlier("quakes", bots.Follow, "done"))
	add("another bot's follow that failed", "allow", bots.Follow, earlier("quakes", bots.Follow, "failed"))
	add("a repost again", "deny", bots.Repost, earlier("tides", bots.Repost, "unknown"))
	return cases
}
