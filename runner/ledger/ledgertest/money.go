package ledgertest

import (
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var _ = add("Facts: what the acts of a window cost, and the oldest that cost anything", func(b *bench) {
	tides, waves, surf := bot("tides"), bot("waves"), dry("waves")
	tides.House.Tier, waves.House.Tier, surf.House.Tier = bots.SelfServe, bots.SelfServe, bots.SelfServe // prices are of this tier
	var costs []guards.Money
	var sum guards.Money
	texts := []bots.Intent{post("a"), post("b, at https://example.com/b"), post("c"), post("d")}
	for i := range 4 {
		turn := b.did(tides, "p"+itoa(i), texts[i], at(time.Duration(i)*time.Minute))
		costs = append(costs, turn.Verdict.Cost)
		sum += turn.Verdict.Cost
	}
	if sum == 0 {
		b.Skip("the verdicts name no costs yet")
	}
	others := b.did(waves, "p", post("text of waves"), at(5*time.Minute)).Verdict.Cost
	b.did(surf, "d", post("text of a rehearsal"), at(5*time.Minute))
	no := b.claim(tides, "no", post("refused"), at(5*time.Minute))
	b.settle(no.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused}, at(5*time.Minute))
	w := func(name string, span time.Duration, all, money bool) guards.Window {
		return guards.Window{Name: name, Span: span, All: all, Money: money, Actions: []bots.Action{bots.Post}, Limit: 1000}
	}
	ws := []guards.Window{w("month", 720*time.Hour, false, true), w("all", 720*time.Hour, true, true), w("few", 9*time.Minute, false, true),
		w("none", time.Minute, false, true), w("no money", time.Hour, false, false)}
	want := map[string]guards.Use{"month": {Count: 4, Spent: sum, Oldest: t0}, "all": {Count: 5, Spent: sum + others, Oldest: t0},
		"few": {Count: 2, Spent: costs[2] + costs[3], Oldest: at(2 * time.Minute)}, "none": {}, "no money": {Count: 4}}
	b.enter("tides", "k", post("x"), at(6*time.Minute))
	for i := range 2 {
		now := at(10*time.Minute + time.Duration(i)*time.Second)
		seen, err := b.Desk.Used(b.ctx(), tides, ws, now) // before a judgement has counted anything
		b.must(err)
		got := b.facts(tides, guards.Needs{Windows: ws}, now).Used
		for name, u := range want {
			if s, g := seen[name], got[name]; s.Count != g.Count || s.Spent != g.Spent || !s.Oldest.Equal(g.Oldest) {
				b.Errorf("%s: a person sees %+v, and a guard %+v", name, s, g)
			}
			if g := got[name]; g.Count != u.Count || g.Spent != u.Spent || !g.Oldest.Equal(u.Oldest) {
				b.Errorf("%s: %+v, not %+v", name, g, u)
			}
		}
		b.restart()
	}
})
