package ledgertest

import (
	"errors"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var _ = add("Next settles and takes the next turn", func(b *bench) {
	tides := bot("tides")
	one := b.claim(tides, "one", post("x"), t0)
	b.enter("tides", "two", post("another thing"), at(time.Second))
	b.enter("waves", "other", post("a third thing"), at(time.Second))
	end := runner.Closing{Seq: one.Seq, At: at(2 * time.Second), State: runner.Done, Answer: runner.Answer{Outcome: runner.Landed, PostID: "71"}}
	turn, ok, _, err := b.Next(b.ctx(), end, tides, allow(), at(2*time.Second))
	b.must(err)
	if !ok || turn.Key != "two" || turn.State != runner.Doing {
		b.Fatalf("after the first: %+v", turn)
	}
	if c := b.wantState("tides", "one", runner.Done); c.Answer == nil || c.Answer.PostID != "71" {
		b.Fatalf("settled as %+v", c.Answer)
	}
	b.wantState("tides", "two", runner.Doing)
	b.wantState("waves", "other", runner.Waiting)

	b.enter("tides", "later", bots.Intent{Action: bots.Post, Text: "in an hour", NotBefore: at(time.Hour)}, at(2*time.Second))
	_, ok, next, err := b.Next(b.ctx(), runner.Closing{Seq: turn.Seq, At: at(3 * time.Second), State: runner.Failed,
		Answer: runner.Answer{Outcome: runner.Refused}}, tides, allow(), at(3*time.Second))
	b.must(err)
	if ok || !next.Equal(at(time.Hour)) {
		b.Fatalf("nothing is due: %v, %s", ok, next)
	}
	b.wantState("tides", "two", runner.Failed)
})

var _ = add("P11: Next judges on what it settles", func(b *bench) {
	tides := bot("tides")
	one := b.claim(tides, "one", post("x"), t0)
	b.enter("tides", "two", post("another thing"), t0)
	stopped := guards.Lane{Name: "POST /2/tweets", Limit: 100, Reset: at(time.Hour), Stopped: true}
	end := runner.Closing{Seq: one.Seq, At: t0, State: runner.Deferred, Due: at(time.Hour),
		Answer: runner.Answer{Outcome: runner.Refused, RetryAt: at(time.Hour), Lanes: []guards.Lane{stopped}}}
	var seen guards.Facts
	looks := pipe(&guard{needs: guards.Needs{Lanes: true}, judge: func(_ bots.Intent, f guards.Facts) guards.Finding {
		seen = f
		return guards.Pass()
	}})
	_, ok, _, err := b.Next(b.ctx(), end, tides, looks, t0)
	b.must(err)
	if !ok || len(seen.Lanes) != 1 || !seen.Lanes[0].Stopped {
		b.Fatalf("judged on %+v", seen.Lanes)
	}
})

var _ = add("P4: a Next that fails has neither settled nor judged", func(b *bench) {
	tides := bot("tides")
	one := b.claim(tides, "one", post("x"), t0)
	b.enter("tides", "two", post("another thing"), t0)
	end := runner.Closing{Seq: one.Seq, At: t0, State: runner.Done, Answer: runner.Answer{Outcome: runner.Landed}}
	_, ok, _, err := b.Next(b.ctx(), end, bots.Bot{}, allow(), t0)
	b.refuses("a turn of nobody", err)
	if ok {
		b.Fatal("nobody has a turn")
	}
	b.wantState("tides", "one", runner.Doing)
	b.must(b.Settle(b.ctx(), end))
	end.State = runner.Failed
	if _, ok, _, err := b.Next(b.ctx(), end, tides, allow(), t0); ok || !errors.Is(err, runner.ErrSettled) {
		b.Fatalf("what is done has failed afterwards: %v, %v", ok, err)
	}
	b.wantState("tides", "one", runner.Done)
	b.wantState("tides", "two", runner.Waiting)
})
