package ledgertest

import (
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// grant is what an owner allows in these tests.
func grant(now time.Time, actions ...bots.Action) guards.Grant {
	return guards.Grant{Actions: actions, Behaviour: "b1", By: "Owner Oak, by mail", Shown: "0a1b", At: now}
}

func (b *bench) recordsWith(code string) (n int) {
	b.Helper()
	rs, err := b.Desk.Records(b.ctx(), runner.RecordQuery{Limit: 1 << 20})
	b.must(err)
	for _, r := range rs {
		if r.Code == code {
			n++
		}
	}
	return n
}

var _ = add("Grant: what an account's owner allows is kept, and a newer grant replaces it", func(b *bench) {
	if _, err := b.Desk.Granted(b.ctx(), "tides"); !isNotFound(err) {
		b.Fatalf("a grant that nobody gave: %v", err)
	}
	b.must(b.Desk.Grant(b.ctx(), "tides", grant(t0, bots.Post, bots.Reply)))
	b.restart()
	want := grant(t0, bots.Post, bots.Reply)
	same := func(got guards.Grant) bool {
		return slices.Equal(got.Actions, want.Actions) && got.Behaviour == want.Behaviour && got.By == want.By && got.Shown == want.Shown &&
			got.At.Equal(want.At) && got.EndedAt.IsZero()
	}
	if got, err := b.Desk.Granted(b.ctx(), "tides"); err != nil || !same(got) {
		b.Fatalf("%+v, %v", got, err)
	}
	b.enter("tides", "k", post("x"), t0)
	if f := b.facts(bot("tides"), guards.Needs{Grant: true}, at(time.Minute)); f.Grant == nil || !same(*f.Grant) {
		b.Fatalf("facts %+v", f.Grant)
	}
	want = grant(at(time.Hour), bots.Post)
	want.Behaviour = "b2"
	b.must(b.Desk.Grant(b.ctx(), "tides", want))
	if got, err := b.Desk.Granted(b.ctx(), "tides"); err != nil || !same(got) {
		b.Fatalf("%+v, %v", got, err)
	}
	if n := b.recordsWith("grant.given"); n != 2 {
		b.Fatalf("%d records", n)
	}
	if _, err := b.Desk.Granted(b.ctx(), "waves"); !isNotFound(err) {
		b.Fatalf("another bot's grant: %v", err)
	}
})

var _ = add("Grant: one that does not say who, when, what for or to what behaviour is refused", func(b *bench) {
	for says, spoil := range map[string]func(*guards.Grant){
		"nobody":       func(g *guards.Grant) { g.By = "" },
		"no time":      func(g *guards.Grant) { g.At = time.Time{} },
		"no action":    func(g *guards.Grant) { g.Actions = nil },
		"no behaviour": func(g *guards.Grant) { g.Behaviour = "" },
		"ended":        func(g *guards.Grant) { g.EndedAt = t0 },
	} {
		g := grant(t0, bots.Post)
		spoil(&g)
		b.refuses(says, b.Desk.Grant(b.ctx(), "tides", g))
	}
	b.refuses("no bot", b.Desk.Grant(b.ctx(), "", grant(t0, bots.Post)))
	_, err := b.Desk.Granted(b.ctx(), "tides")
	if !isNotFound(err) {
		b.Fatalf("error %v", err)
	}
})

var _ = add("Grant: what waited for it is due at once", func(b *bench) {
	b.enter("tides", "k", post("x"), t0)
	b.decide(bot("tides"), always(guards.Deferred("t.grant", "no grant", "", time.Time{})), t0)
	b.idle(bot("tides"), at(time.Second))
	b.must(b.Desk.Grant(b.ctx(), "tides", grant(at(time.Second), bots.Post)))
	b.decide(bot("tides"), allow(), at(2*time.Second))
})

var _ = add("Withdraw: the grant ends at once, and all that the bot has under way is taken back", func(b *bench) {
	b.must(b.Desk.Grant(b.ctx(), "tides", grant(t0, bots.Post)))
	b.enter("tides", "held", post("a"), t0)
	b.decide(bot("tides"), always(guards.Held("t.h", "h", "")), t0)
	b.enter("tides", "deferred", post("b"), t0)
	b.decide(bot("tides"), always(guards.Deferred("t.d", "d", "", at(time.Hour))), t0)
	lost := b.claim(bot("tides"), "absent", post("c"), t0)
	b.settle(lost.Seq, runner.Unknown, runner.Answer{Outcome: runner.Uncertain}, t0)
	b.must(b.Settle(b.ctx(), runner.Closing{Seq: lost.Seq, At: t0, State: runner.Held, Code: "reconcile.absent"}))
	later := post("d")
	later.NotBefore = at(5 * time.Hour)
	b.enter("tides", "later", later, t0)
	doing := b.claim(bot("tides"), "doing", post("e"), t0)
	b.enter("tides", "waiting", post("f"), t0)
	b.enter("waves", "other", post("g"), t0)

	r, err := b.Desk.Withdraw(b.ctx(), "tides", "Owner Oak", at(time.Minute))
	b.must(err)
	keys := []string{"held", "deferred", "absent", "later", "waiting"}
	if !r.New || len(r.Cancelled) != len(keys) {
		b.Fatalf("receipt %+v", r)
	}
	for i, key := range keys {
		c := b.wantState("tides", key, runner.Cancelled)
		if last := c.History[len(c.History)-1]; r.Cancelled[i].Key != key || last.Code != "grant.withdrawn" || !slices.Contains(last.Rules, "P3") {
			b.Fatalf("cancelled %+v, record %+v", r.Cancelled[i], last)
		}
	}
	b.wantState("waves", "other", runner.Waiting)
	b.settle(doing.Seq, runner.Done, runner.Answer{Outcome: runner.Landed}, at(time.Minute))
	b.restart()
	b.enter("tides", "k", post("h"), at(time.Minute))
	f := b.facts(bot("tides"), guards.Needs{Grant: true}, at(time.Hour))
	if f.Grant == nil || !f.Grant.EndedAt.Equal(at(time.Minute)) {
		b.Fatalf("a withdrawn grant does not say so: %+v", f.Grant)
	}
	if g, err := b.Desk.Granted(b.ctx(), "tides"); err != nil || !g.EndedAt.Equal(at(time.Minute)) {
		b.Fatalf("%+v, %v", g, err)
	}
	// Once more: nothing to end, but what came meanwhile is taken back too.
	r, err = b.Desk.Withdraw(b.ctx(), "tides", "Owner Oak", at(2*time.Hour))
	b.must(err)
	if r.New || len(r.Cancelled) != 1 {
		b.Fatalf("receipt %+v", r)
	}
	if g, err := b.Desk.Granted(b.ctx(), "tides"); err != nil || !g.EndedAt.Equal(at(time.Minute)) {
		b.Fatalf("the second withdrawal moved the first: %+v, %v", g, err)
	}
	b.must(b.Desk.Grant(b.ctx(), "tides", grant(at(3*time.Hour), bots.Post)))
	if g, err := b.Desk.Granted(b.ctx(), "tides"); err != nil || !g.EndedAt.IsZero() {
		b.Fatalf("%+v, %v", g, err)
	}
	_, err = b.Desk.Withdraw(b.ctx(), "waves", "Owner Oak", t0)
	if !isNotFound(err) {
		b.Fatalf("what nobody granted: %v", err)
	}
	_, err = b.Desk.Withdraw(b.ctx(), "tides", "", t0)
	b.refuses("nobody withdraws", err)
})
