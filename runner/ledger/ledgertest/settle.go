package ledgertest

import (
	"errors"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

func isNotFound(err error) bool { return errors.Is(err, runner.ErrNotFound) }

var _ = add("P4: there is no way back to the queue but for what surely did not land", func(b *bench) {
	all := []runner.State{runner.Waiting, runner.Deferred, runner.Held, runner.Denied, runner.Doing, runner.Done,
		runner.Failed, runner.Unknown, runner.Cancelled, runner.Expired}
	may := map[runner.State][]runner.State{
		runner.Doing:   {runner.Done, runner.Failed, runner.Unknown, runner.Deferred, runner.Held},
		runner.Unknown: {runner.Done, runner.Failed, runner.Unknown, runner.Held},
	}
	n := 0
	for _, from := range all {
		for _, to := range all {
			b.Run(string(from)+" to "+string(to), func(t *testing.T) {
				n++
				s := &bench{T: t, Ledger: b.Ledger, Desk: b.Desk, made: 100 * n}
				name := "bot" + itoa(n)
				seq := s.inState(name, from)
				err := s.Settle(s.ctx(), runner.Closing{Seq: seq, At: at(time.Hour), State: to, Answer: runner.Answer{Outcome: runner.Refused}})
				want := to
				if !has(may[from], to) {
					s.refuses(string(from)+" to "+string(to), err)
					want = from
				} else {
					s.must(err)
				}
				s.wantState(name, "k", want)
			})
		}
	}
	err := b.Settle(b.ctx(), runner.Closing{Seq: 1 << 40, At: t0, State: runner.Done})
	if !isNotFound(err) {
		b.Fatalf("error %v", err)
	}
})

func has(all []runner.State, s runner.State) bool {
	for _, x := range all {
		if x == s {
			return true
		}
	}
	return false
}

// inState brings a new intent of the bot into a state.
func (b *bench) inState(name string, s runner.State) int64 {
	b.Helper()
	seq := b.enter(name, "k", post("x"), t0).Seq
	verdicts := map[runner.State]guards.Finding{runner.Deferred: guards.Deferred("t.d", "d", "", time.Time{}),
		runner.Held: guards.Held("t.h", "h", ""), runner.Denied: guards.Denied("t.n", "n", "")}
	switch s {
	case runner.Waiting:
	case runner.Deferred, runner.Held, runner.Denied:
		b.decide(bot(name), always(verdicts[s]), t0)
	case runner.Cancelled:
		b.must(b.Desk.Reject(b.ctx(), runner.Ref{Bot: name, Key: "k"}, "ann", "", t0))
	case runner.Expired:
		b.idle(bot(name), at(2000*time.Hour))
	default:
		if b.decide(bot(name), allow(), t0); s != runner.Doing {
			b.settle(seq, s, runner.Answer{}, t0)
		}
	}
	return seq
}

var _ = add("Settle keeps what was learnt", func(b *bench) {
	b.must(b.SetProfile(b.ctx(), "tides", guards.Profile{UserID: "11", CheckedAt: t0}))
	turn := b.claim(bot("tides"), "a", post("x"), t0)
	if turn.Attempts != 1 || !turn.Since.Equal(t0) {
		b.Fatalf("claim %+v", turn.Claim)
	}
	a := runner.Answer{Outcome: runner.Landed, PostID: "800", Status: 201}
	b.settle(turn.Seq, runner.Done, a, at(time.Second))
	b.restart()
	c := b.wantState("tides", "a", runner.Done)
	if c.Answer == nil || c.Answer.PostID != "800" || c.Answer.Status != 201 || !c.EndedAt.Equal(at(time.Second)) {
		b.Fatalf("case %+v", c)
	}
	if last := c.History[len(c.History)-1]; last.Kind != runner.RecOutcome || last.PostID != "800" || last.State != runner.Done || last.Key != "a" {
		b.Fatalf("record %+v", last)
	}
	if who, err := b.Author(b.ctx(), "800"); err != nil || who.Author != "11" {
		b.Fatalf("the bot's own post is by %+v, %v", who, err)
	}
})

var _ = add("an act that surely did not land is tried again when told, as another attempt", func(b *bench) {
	turn := b.claim(bot("tides"), "a", post("x"), t0)
	b.must(b.Settle(b.ctx(), runner.Closing{Seq: turn.Seq, At: t0, State: runner.Deferred, Due: at(time.Hour), Code: "x.rate_limited",
		Answer: runner.Answer{Outcome: runner.Refused}}))
	if next := b.idle(bot("tides"), at(time.Minute)); !next.Equal(at(time.Hour)) {
		b.Fatalf("next %s", next)
	}
	again := b.decide(bot("tides"), allow(), at(time.Hour))
	if again.Attempts != 2 || again.State != runner.Doing || !again.Since.Equal(at(time.Hour)) {
		b.Fatalf("claim %+v", again)
	}
})

var _ = add("P12: an answer that shows a lock latches the bot, or every bot of the app", func(b *bench) {
	turn := b.claim(bot("tides"), "a", post("x"), t0)
	b.settle(turn.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused, Latch: "account suspended"}, t0)
	turn = b.claim(bot("waves"), "a", post("x"), t0)
	b.settle(turn.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused, Latch: "app suspended", App: true}, t0)
	b.restart()
	hs, err := b.Desk.Halts(b.ctx(), at(10000*time.Hour))
	b.must(err)
	if len(hs) != 2 || hs[0].Scope != "tides" || hs[0].Kind != guards.Latched || hs[1].Scope != "*" || hs[1].Reason != "app suspended" {
		b.Fatalf("halts %+v", hs)
	}
})

var _ = add("a person who takes no messages is known until they write", func(b *bench) {
	turn := b.claim(bot("tides"), "a", dm("42", "hi"), t0)
	b.settle(turn.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused, Closed: true}, t0)
	b.enter("tides", "b", dm("42", "hi"), t0)
	b.enter("waves", "b", dm("42", "hi"), t0)
	needs := guards.Needs{Contacts: true}
	if !b.facts(bot("tides"), needs, at(time.Minute)).Contacts[0].DMClosed {
		b.Fatal("not known")
	}
	if b.facts(bot("waves"), needs, at(time.Minute)).Contacts[0].DMClosed {
		b.Fatal("known of another bot")
	}
	b.hear("tides", "e1", "42", runner.Word{}, at(time.Hour))
	if b.facts(bot("tides"), needs, at(2*time.Hour)).Contacts[0].DMClosed {
		b.Fatal("still closed though they wrote")
	}
})

var _ = add("P3: who has blocked one bot is contacted by none, whatever was under way", func(b *bench) {
	turn := b.claim(bot("tides"), "a", follow("42"), t0)
	b.enter("waves", "b", follow("42"), t0)
	b.settle(turn.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused, Blocked: true}, at(time.Minute))
	b.wantState("waves", "b", runner.Cancelled)
	b.restart()
	b.enter("waves", "c", follow("42"), at(time.Minute))
	p := b.facts(bot("waves"), guards.Needs{Contacts: true}, at(2*time.Minute)).Contacts[0]
	if p.OptOut == nil || p.OptOut.How != "block" || p.OptOut.Scope != "*" {
		b.Fatalf("the block is not known: %+v", p.OptOut)
	}
})

var _ = add("P4 P5: what a dead daemon left doing is unknown, is looked for, and is not sent again", func(b *bench) {
	turn := b.claim(bot("tides"), "a", post("x"), t0)
	b.enter("tides", "b", post("y"), t0)
	b.restart()
	n, err := b.Recover(b.ctx(), at(time.Second))
	b.must(err)
	if n != 1 {
		b.Fatalf("%d recovered", n)
	}
	b.wantState("tides", "a", runner.Unknown)
	if turn := b.decide(bot("tides"), allow(), at(time.Second)); turn.Key != "b" {
		b.Fatalf("turn of %q", turn.Key)
	}
	b.idle(bot("tides"), at(900*time.Hour))
	c, ok, _, err := b.Probe(b.ctx(), "tides", at(time.Second))
	b.must(err)
	if !ok || c.Seq != turn.Seq || c.Probes != 1 || c.Intent.Text != "x" || !c.Since.Equal(t0) {
		b.Fatalf("probe %+v, %v", c, ok)
	}
	if n, err = b.Recover(b.ctx(), at(time.Hour)); err != nil || n != 1 { // b is doing by now
		b.Fatalf("%d, %v", n, err)
	}
})

var _ = add("Probe counts and waits longer each time", func(b *bench) {
	turn := b.claim(bot("tides"), "a", post("x"), t0)
	b.must(b.Settle(b.ctx(), runner.Closing{Seq: turn.Seq, At: t0, State: runner.Unknown, Due: at(5 * time.Second)}))
	now := t0
	for i, after := range []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute} {
		_, ok, next, err := b.Probe(b.ctx(), "tides", now)
		b.must(err)
		if ok || !next.Equal(at(after)) {
			b.Fatalf("probe %d: %v, next %s", i+1, ok, next)
		}
		c, ok, _, err := b.Probe(b.ctx(), "tides", at(after))
		b.must(err)
		if !ok || c.Probes != i+1 {
			b.Fatalf("probe %d: %v, %+v", i+1, ok, c)
		}
		now = at(after)
	}
	if _, ok, next, err := b.Probe(b.ctx(), "waves", now); ok || err != nil || !next.IsZero() {
		b.Fatalf("another bot's probe: %v, %s, %v", ok, next, err)
	}
	b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed}, now)
	if _, ok, next, err := b.Probe(b.ctx(), "tides", at(time.Hour)); ok || err != nil || !next.IsZero() {
		b.Fatalf("a settled one's probe: %v, %s, %v", ok, next, err)
	}
})

var _ = add("P4: an unknown act is sent again only when a person, shown that it is not there, says so", func(b *bench) {
	turn := b.claim(bot("tides"), "a", post("x"), t0)
	b.settle(turn.Seq, runner.Unknown, runner.Answer{Outcome: runner.Uncertain}, t0)
	ref := runner.Ref{Bot: "tides", Key: "a"}
	b.refuses("approving what is still looked for", b.Desk.Approve(b.ctx(), ref, "ann", b.look("tides", "a").Hash, t0))
	b.must(b.Settle(b.ctx(), runner.Closing{Seq: turn.Seq, At: t0, State: runner.Held, Code: "reconcile.absent", Detail: "not in the timeline"}))
	b.idle(bot("tides"), at(900*time.Hour))
	b.must(b.Desk.Approve(b.ctx(), ref, "ann", b.look("tides", "a").Hash, at(time.Hour)))
	var f guards.Facts
	again := b.decide(bot("tides"), pipe(&guard{needs: guards.Needs{Same: time.Hour, Alike: 24 * time.Hour}, judge: func(_ bots.Intent, g guards.Facts) guards.Finding {
		f = g
		return guards.Pass()
	}}), at(time.Hour))
	if again.Attempts != 2 || again.State != runner.Doing || len(f.Alike) != 0 || f.Approval == nil || f.Approval.Codes[0] != "reconcile.absent" {
		b.Fatalf("turn %+v on %+v", again, f)
	}
	// Unknown once more: the old yes is spent.
	b.settle(turn.Seq, runner.Unknown, runner.Answer{Outcome: runner.Uncertain}, at(time.Hour))
	if c := b.look("tides", "a"); c.Approval != nil {
		b.Fatalf("approval %+v", c.Approval)
	}
})

var _ = add("a closing that is sent again is no error, another one is", func(b *bench) {
	turn := b.claim(bot("tides"), "a", post("x"), t0)
	c := runner.Closing{Seq: turn.Seq, At: at(time.Second), State: runner.Done, Answer: runner.Answer{Outcome: runner.Landed, PostID: "800"}}
	b.must(b.Settle(b.ctx(), c))
	b.must(b.Settle(b.ctx(), c))
	c.Answer.PostID = "801"
	b.refuses("another end", b.Settle(b.ctx(), c))
	if h := b.look("tides", "a").History; len(h) != 3 {
		b.Fatalf("%d records", len(h))
	}
})

var _ = add("P10: a refusal's record says what would change the answer", func(b *bench) {
	b.enter("tides", "a", post("x"), t0)
	f := guards.Denied("t.no", "2 of 2 posts", "wait until tomorrow").Citing("A6")
	b.decide(bot("tides"), always(f), t0)
	h := b.look("tides", "a").History
	if r := h[len(h)-1]; r.Code != "t.no" || r.Message != "2 of 2 posts" || r.Remedy != "wait until tomorrow" || len(r.Rules) != 1 || r.Rules[0] != "A6" {
		b.Fatalf("record %+v", r)
	}
})

var _ = add("P3: what was claimed stands no more once its person has opted out, or its bot was stopped", func(b *bench) {
	turn := b.claim(bot("tides"), "a", follow("42"), t0)
	b.must(b.Standing(b.ctx(), turn.Seq, at(time.Second)))
	b.must(b.Desk.Halt(b.ctx(), guards.Halt{Kind: guards.Paused, Scope: "tides", By: "me", Reason: "storm", At: at(2 * time.Second), Until: at(time.Minute)}))
	b.refuses("a stopped bot's act", b.Standing(b.ctx(), turn.Seq, at(3*time.Second)))
	b.must(b.Standing(b.ctx(), turn.Seq, at(2*time.Minute)))
	b.hear("waves", "e1", "42", stop("*"), at(3*time.Minute))
	b.refuses("an act on somebody who opted out", b.Standing(b.ctx(), turn.Seq, at(4*time.Minute)))
	b.settle(turn.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused}, at(5*time.Minute))
	if err := b.Standing(b.ctx(), turn.Seq, at(6*time.Minute)); !errors.Is(err, runner.ErrSettled) {
		b.Fatalf("what has ended: %v", err)
	}
})
