package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"heed/bots"
	"heed/guards"
)

// mostMicroseconds is what a decision may take; the list of findings is its one allocation.
const (
	mostMicroseconds = 10
	mostAllocations  = 1
)

// decisionTexts are of the kinds that bots write. Each case judges its texts in turn.
var decisionTexts = []struct {
	kind  string
	texts []string
}{
	{"short", []string{
		"High water at Kiel 12:40, 3.1 m above datum. Calm sea.",
		"The library opens at 10 today and closes at 19:30.",
	}},
	{"280 characters", []string{
		"High water at Kiel 12:40, 3.1 m above datum, low water at 18:55, 0.4 m. Wind from the west, force 5, gusts of 7 in the afternoon, rain after three. Small boats had better stay in. Table and chart for the whole week: https://tides.harbour-lab.com/kiel/2026-11-22?view=week #kiel #tides",
		"New at the city library this week: 38 novels, 12 atlases and the letters of the harbour masters from 1881 to 1914, read and indexed by volunteers. Reading on Thursday at 19:30 in the small hall, no tickets needed. The list with all shelf marks: https://library.harbour-lab.com/new #books",
	}},
	{"Japanese and Russian", []string{
		"八戸市の東41キロの沖合で午前8時14分ごろマグニチュード5.3の地震がありました。震源の深さは37キロで、津波の心配はありません。各地の震度と地図: https://quakes.harbour-lab.com/us2000crkq #地震",
		"Сегодня в гавани полная вода в 12:40, высота 3,1 метра, малая вода в 18:55. Ветер западный, до семи баллов, после трёх часов дождь. Таблица на неделю: https://tides.harbour-lab.com/kiel #прилив",
	}},
}

func decide(ctx context.Context, o Options) ([]Figure, error) {
	var figures []Figure
	measure := func(a bots.Action, kind string, texts []string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		what := string(a)
		if kind != "" {
			what += ", " + kind
		}
		o.say("guards: %s", what)
		took, allocations, err := decisions(a, texts, o.of(20_000, 100))
		if err != nil {
			return fmt.Errorf("guards: %s: %w", what, err)
		}
		figures = append(figures,
			Figure{Bench: "guards", Case: what, Name: "decision", Value: float64(took.Nanoseconds()) / 1000, Unit: "us"}.atMost(mostMicroseconds),
			Figure{Bench: "guards", Case: what, Name: "allocations", Value: allocations, Unit: "a decision"}.atMost(mostAllocations))
		return nil
	}
	for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM} {
		for _, t := range decisionTexts {
			if err := measure(a, t.kind, t.texts); err != nil {
				return nil, err
			}
		}
	}
	if err := measure(bots.Follow, "", []string{""}); err != nil {
		return nil, err
	}
	return figures, nil
}

// decisions judges the same action n times in each of some rounds, and gives the time
// and the allocations of one decision, by the round in the middle.
func decisions(a bots.Action, texts []string, n int) (took time.Duration, allocations float64, err error) {
	const rounds = 9
	pipeline := guards.Default()
	type decision struct {
		in bots.Intent
		f  guards.Facts
	}
	cases := make([]decision, len(texts))
	for i, text := range texts {
		cases[i].in, cases[i].f = readyFacts(pipeline, a, text)
		if v := pipeline.Judge(cases[i].in, "", cases[i].f); v.Effect != guards.Allow {
			return 0, 0, fmt.Errorf("what should be allowed is not: %s: %s", v.Code, v.Message)
		}
	}
	times, counts := make([]time.Duration, rounds), make([]float64, rounds)
	var before, after runtime.MemStats
	for round := range rounds {
		runtime.ReadMemStats(&before)
		began := time.Now()
		for i := range n {
			c := &cases[i%len(cases)]
			pipeline.Judge(c.in, "", c.f)
		}
		times[round] = time.Since(began) / time.Duration(n)
		runtime.ReadMemStats(&after)
		counts[round] = float64((after.Mallocs - before.Mallocs) / uint64(n)) // whole ones: others run beside
	}
	return percentile(times, 50), percentile(counts, 50), nil
}

// readyFacts are an intent and the facts by which every guard lets it pass.
func readyFacts(p guards.Pipeline, a bots.Action, text string) (bots.Intent, guards.Facts) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	const self, asker, post, message = "1001", "2001", "9001", "5001"
	in := bots.Intent{ID: "id-1", Key: "key-1", Action: a, Text: text}
	f := guards.Facts{
		Now: now,
		Bot: bots.Bot{Name: "tides", Handle: "@tidesbot", UserID: self, Purpose: "Tide tables for the harbour", Mode: bots.Live, Actions: bots.Actions(),
			House: bots.House{Operator: bots.Operator{Name: "Harbour Lab", Handle: "@harbourlab"}, Environment: bots.Production, Tier: bots.SelfServe,
				Handles: []string{"@tidesbot"}, Bots: []string{"tides"}}},
		Profile: guards.Profile{UserID: self, Handle: "@tidesbot", Bio: "Tide tables. Bot by @harbourlab", Automated: true, Verified: true,
			CheckedAt: now.Add(-time.Hour), Counted: true, Followers: 200, Following: 40},
		InboxAt: now.Add(-time.Minute),
		Own:     map[bots.UserID]string{self: "tides"},
		Used:    map[string]guards.Use{},
	}
	if a.Writes() {
		for i := range 5 {
			f.Alike = append(f.Alike, guards.Alike{Bot: "quakes", Action: bots.Post, At: now.Add(-time.Hour), State: "done", Score: 0.3 - float64(i)/20})
		}
	}
	if a.Contacts() {
		f.Contacts = []guards.Person{{ID: asker}}
	}
	switch a {
	case bots.Reply:
		in.Target.PostID, in.Cause = post, post
		f.Cause = &guards.Invitation{Event: post, Kind: guards.ByMention, Bot: "tides", From: asker, Post: post, At: now.Add(-time.Hour), Summons: true}
	case bots.DM:
		in.Target.UserID, in.Cause = asker, message
		f.Cause = &guards.Invitation{Event: message, Kind: guards.ByDM, Bot: "tides", From: asker, At: now.Add(-time.Hour), Summons: true}
	case bots.Follow:
		in.Target.UserID = asker
		f.Bot.House.Tier = bots.Enterprise
	}
	for _, w := range p.Needs(in).Windows {
		f.Used[w.Name] = guards.Use{}
	}
	return in, f
}
