package ledgertest

import (
	"fmt"
	"sync"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// wayOfStopping is one way by which an opt-out is recorded.
type wayOfStopping struct {
	says string
	do   func(b *bench, scope string, now time.Time) runner.Receipt
}

var waysOfStopping = []wayOfStopping{
	{"heard", func(b *bench, scope string, now time.Time) runner.Receipt {
		return b.hear("waves", "stop-"+scope, "42", stop(scope), now)
	}},
	{"at the desk", func(b *bench, scope string, now time.Time) runner.Receipt {
		r, err := b.Desk.OptOut(b.ctx(), "42", guards.Choice{At: now, How: "cli", Scope: scope})
		b.must(err)
		return r
	}},
}

var _ = add("P3: a START that was written before the last STOP lifts nothing, in whatever order they are heard", func(b *bench) {
	start := runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "*"}
	b.hear("tides", "m1", "42", stop("*"), at(time.Minute))
	b.hear("tides", "m3", "42", stop("*"), at(3*time.Minute))
	b.hear("waves", "m2", "42", start, at(2*time.Minute))
	b.enter("tides", "k", dm("42", "a"), at(4*time.Minute))
	f := b.facts(bot("tides"), guards.Needs{Contacts: true}, at(4*time.Minute))
	if p := f.Contacts[0]; p.OptOut == nil || !p.OptOut.At.Equal(at(3*time.Minute)) {
		b.Fatalf("the last STOP does not stand: %+v", p)
	}
})

var _ = add("START to one bot lets that bot alone come back, and only the person's own", func(b *bench) {
	b.hear("tides", "m1", "42", stop("*"), at(time.Minute))
	b.refuses("consent by hand for somebody who opted out",
		b.Desk.Consent(b.ctx(), "42", guards.Choice{At: at(2 * time.Minute), How: "import", Scope: "tides", Channel: "*", Event: "form"}))
	b.hear("tides", "m2", "42", runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}, at(3*time.Minute))
	for name, out := range map[string]bool{"tides": false, "waves": true} {
		b.enter(name, "k", dm("42", "a"), at(4*time.Minute))
		f := b.facts(bot(name), guards.Needs{Contacts: true}, at(4*time.Minute))
		if (f.Contacts[0].OptOut != nil) != out {
			b.Fatalf("%s: %+v", name, f.Contacts[0])
		}
	}
	b.hear("waves", "m4", "42", stop("*"), at(5*time.Minute))
	b.enter("tides", "k2", dm("42", "a"), at(6*time.Minute))
	if f := b.facts(bot("tides"), guards.Needs{Contacts: true}, at(6*time.Minute)); f.Contacts[0].OptOut == nil {
		b.Fatalf("a STOP after it does not stand")
	}
})

var _ = add("P3: an opt-out recalls what is waiting, deferred, held or approved, of every bot in its scope", func(b *bench) {
	for i, way := range waysOfStopping {
		for _, scope := range []string{"*", "tides"} {
			user, other := "42", bots.UserID("43")
			b.must(b.SetAuthor(b.ctx(), "950", runner.Authorship{Author: bots.UserID(user)}, t0))
			key := func(k string) string { return fmt.Sprintf("%s-%d-%s", k, i, scope) }
			b.enter("tides", key("held"), dm("42", "a"), t0)
			b.decide(bot("tides"), always(guards.Held("t.h", "h", "")), t0)
			b.enter("tides", key("approved"), dm("42", "b"), t0)
			b.decide(bot("tides"), always(guards.Held("t.h", "h", "")), t0)
			b.must(b.Desk.Approve(b.ctx(), runner.Ref{Bot: "tides", Key: key("approved")}, "ann", b.look("tides", key("approved")).Hash, t0))
			b.enter("tides", key("waiting"), follow("42"), t0)
			b.enter("tides", key("reply"), reply("950", "c"), t0)
			b.enter("waves", key("other bot"), dm("42", "d"), t0)
			b.enter("tides", key("other person"), dm(other, "e"), t0)
			undo := bots.Intent{Action: bots.Unfollow, Target: bots.Target{UserID: "42"}}
			b.enter("tides", key("undo"), undo, t0)

			r := way.do(b, scope, at(time.Minute))
			want := []string{"held", "approved", "waiting", "reply"}
			if scope == "*" {
				want = append(want, "other bot")
			}
			if !r.New || len(r.Cancelled) != len(want) {
				b.Fatalf("%s, %s: receipt of %d", way.says, scope, len(r.Cancelled))
			}
			for n, k := range want {
				name := "tides"
				if k == "other bot" {
					name = "waves"
				}
				c := b.wantState(name, key(k), runner.Cancelled)
				if r.Cancelled[n].Key != key(k) || c.History[len(c.History)-1].Code != "person.opted_out" {
					b.Fatalf("%s: cancelled %+v", way.says, r.Cancelled[n])
				}
				b.refuses("approving what was recalled", b.Desk.Approve(b.ctx(), runner.Ref{Bot: name, Key: key(k)}, "ann", c.Hash, at(time.Hour)))
			}
			// Whoever opted out can still be left alone more thoroughly.
			b.wantState("tides", key("undo"), runner.Waiting)
			b.wantState("tides", key("other person"), runner.Waiting)
			b.must(b.Desk.Forgive(b.ctx(), "42", scope, "ann", "test goes on", at(time.Minute)))
			for turn, ok, _, err := b.Decide(b.ctx(), bot("tides"), allow(), at(time.Minute)); ok; turn, ok, _, err = b.Decide(b.ctx(), bot("tides"), allow(), at(time.Minute)) {
				b.must(err)
				b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed}, at(time.Minute))
			}
			for _, ok, _, err := b.Decide(b.ctx(), bot("waves"), allow(), at(time.Minute)); ok; _, ok, _, err = b.Decide(b.ctx(), bot("waves"), allow(), at(time.Minute)) {
				b.must(err)
			}
		}
	}
})

var _ = add("P3: an opt-out between entering and deciding wins, whenever the person becomes known", func(b *bench) {
	b.hear("waves", "stop", "42", stop("*"), t0)
	b.enter("tides", "dm", dm("42", "hi"), at(time.Second))
	b.enter("tides", "reply", reply("950", "hi"), at(time.Second)) // nobody knows yet whose post it is
	b.must(b.SetAuthor(b.ctx(), "950", runner.Authorship{Author: "42"}, at(time.Second)))
	b.restart()
	for _, key := range []string{"dm", "reply"} {
		if turn := b.decide(bot("tides"), heeding(), at(time.Minute)); turn.Key != key || turn.State != runner.Denied {
			b.Fatalf("%s: turn %+v", key, turn)
		}
	}
})

var _ = add("P3: an intent on a post whose author is learnt later is recalled", func(b *bench) {
	b.enter("tides", "reply", reply("951", "hi"), t0)
	b.decide(bot("tides"), always(guards.Deferred("t.unknown", "whose post?", "", time.Time{})), t0)
	b.must(b.SetAuthor(b.ctx(), "951", runner.Authorship{Author: "42"}, t0))
	if r := b.hear("waves", "stop", "42", stop("*"), at(time.Second)); len(r.Cancelled) != 1 || r.Cancelled[0].Key != "reply" {
		b.Fatalf("receipt %+v", r)
	}
})

var _ = add("P3: an opt-out while an unknown act is looked for bars its being sent again", func(b *bench) {
	turn := b.claim(bot("tides"), "a", dm("42", "hi"), t0)
	b.settle(turn.Seq, runner.Unknown, runner.Answer{Outcome: runner.Uncertain}, t0)
	b.hear("tides", "stop", "42", stop("*"), t0)
	b.wantState("tides", "a", runner.Unknown) // it may be out: what became of it must still be found
	b.must(b.Settle(b.ctx(), runner.Closing{Seq: turn.Seq, At: t0, State: runner.Held, Code: "reconcile.absent"}))
	b.must(b.Desk.Approve(b.ctx(), runner.Ref{Bot: "tides", Key: "a"}, "ann", b.look("tides", "a").Hash, t0))
	if turn := b.decide(bot("tides"), heeding(), at(time.Second)); turn.State != runner.Denied {
		b.Fatalf("turn %+v", turn)
	}
})

var _ = add("P3: an opt-out recalls very many, each once and in their order", func(b *bench) {
	const n = 700
	for i, way := range waysOfStopping {
		var entries []runner.Entry
		for k := range n {
			entries = append(entries, b.entry("tides", fmt.Sprintf("%d-%d", i, k), dm("42", "hi"), t0))
		}
		_, err := b.Enter(b.ctx(), entries)
		b.must(err)
		r := way.do(b, "*", at(time.Minute))
		if len(r.Cancelled) != n {
			b.Fatalf("%s: recalled %d of %d", way.says, len(r.Cancelled), n)
		}
		for k, c := range r.Cancelled {
			if c.Key != entries[k].Intent.Key {
				b.Fatalf("%s: the %d. recalled is %s", way.says, k+1, c.Key)
			}
			b.wantState("tides", c.Key, runner.Cancelled)
		}
		b.idle(bot("tides"), at(time.Hour))
		b.must(b.Desk.Forgive(b.ctx(), "42", "*", "ann", "asked by phone", at(time.Hour)))
	}
})

var _ = add("P3: racing with decisions, no intent is claimed after the opt-out's receipt", func(b *bench) {
	for round := range 20 {
		user := bots.UserID(fmt.Sprint(1000 + round))
		var entries []runner.Entry
		for i := range 8 {
			entries = append(entries, b.entry(fmt.Sprintf("bot%d", i), fmt.Sprint("r", round), dm(user, "hi"), t0))
		}
		_, err := b.Enter(b.ctx(), entries)
		b.must(err)
		turns, receipt := make([]runner.Turn, 8), runner.Receipt{}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				turn, _, _, err := b.Decide(b.ctx(), bot(fmt.Sprintf("bot%d", i)), heeding(), t0)
				if err != nil {
					b.Error(err)
				}
				turns[i] = turn
			})
		}
		wg.Go(func() {
			r, err := b.Desk.OptOut(b.ctx(), user, guards.Choice{At: t0, How: "cli", Scope: "*"})
			if err != nil {
				b.Error(err)
			}
			receipt = r
		})
		wg.Wait()
		claimed := 0
		for _, turn := range turns {
			if turn.State == runner.Doing {
				claimed++
			}
		}
		if claimed+len(receipt.Cancelled) != 8 {
			b.Fatalf("%d claimed and %d recalled of 8", claimed, len(receipt.Cancelled))
		}
		late := b.enter("bot9", fmt.Sprint("r", round), dm(user, "hi"), t0)
		if turn := b.decide(bot("bot9"), heeding(), t0); turn.Seq != late.Seq || turn.State != runner.Denied {
			b.Fatalf("turn %+v", turn)
		}
	}
})

var _ = add("Hear: the same event again changes nothing", func(b *bench) {
	if r := b.hear("tides", "e1", "42", stop("tides"), t0); !r.New {
		b.Fatal("the first one is new")
	}
	b.must(b.Desk.Forgive(b.ctx(), "42", "tides", "ann", "asked by phone", at(time.Hour)))
	b.restart()
	if r := b.hear("tides", "e1", "42", stop("tides"), at(2*time.Hour)); r.New || r.Cancelled != nil {
		b.Fatalf("receipt %+v", r)
	}
	ps, err := b.Desk.People(b.ctx(), runner.PeopleQuery{User: "42"})
	b.must(err)
	if len(ps) != 0 {
		b.Fatalf("people %+v", ps)
	}
	if r := b.hear("waves", "e1", "42", runner.Word{}, t0); !r.New {
		b.Fatal("the same event to another bot is another one")
	}
})

var _ = add("a person's own clear word ends their opt-out, nobody else's does", func(b *bench) {
	in := runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}
	people := func(kind string) (n int) {
		ps, err := b.Desk.People(b.ctx(), runner.PeopleQuery{User: "42"})
		b.must(err)
		for _, p := range ps {
			if p.Kind == kind {
				n++
			}
		}
		return n
	}
	b.hear("tides", "e1", "42", stop("*"), at(time.Hour))
	b.refuses("a consent at the desk for who opted out", b.Desk.Consent(b.ctx(), "42", guards.Choice{At: at(2 * time.Hour), How: "cli", Scope: "waves", Channel: "dm"}))
	b.hear("tides", "e2", "42", in, at(2*time.Hour)) // for one bot: the opt-out of all stays
	if people("opt_out") != 1 {
		b.Fatal("a narrower word ended the opt-out")
	}
	in.Scope = "*"
	b.hear("tides", "e3", "42", in, at(30*time.Minute)) // said before the stop, heard after it
	if people("opt_out") != 1 {
		b.Fatal("an older word ended the opt-out")
	}
	b.hear("tides", "e4", "42", in, at(3*time.Hour))
	if people("opt_out") != 0 || people("opt_in") == 0 {
		b.Fatal("the person's own newer word did not end the opt-out")
	}
	b.hear("tides", "e5", "42", stop("*"), at(4*time.Hour))
	if people("opt_out") != 1 || people("opt_in") != 0 {
		b.Fatal("a consent outlived the opt-out")
	}
})

var _ = add("People: reviews, consents and opt-outs as lists of ids", func(b *bench) {
	b.must(b.Desk.Consent(b.ctx(), "1", guards.Choice{At: t0, How: "import", Scope: "tides", Channel: "dm", Event: "form"}))
	b.hear("tides", "e2", "2", runner.Word{Meaning: runner.MaybeOut, Rule: "en.maybe", Scope: "tides"}, at(time.Minute))
	b.hear("tides", "e3", "3", stop("*"), at(2*time.Minute))
	b.restart()
	for _, c := range []struct {
		says string
		q    runner.PeopleQuery
		want []bots.UserID
	}{
		{"everybody", runner.PeopleQuery{}, []bots.UserID{"1", "2", "3"}},
		{"opted out", runner.PeopleQuery{OptedOut: true}, []bots.UserID{"3"}},
		{"consents", runner.PeopleQuery{Consents: true}, []bots.UserID{"1"}},
		{"to review", runner.PeopleQuery{Review: true}, []bots.UserID{"2"}},
		{"one person", runner.PeopleQuery{User: "3"}, []bots.UserID{"3"}},
		{"the first", runner.PeopleQuery{Limit: 1}, []bots.UserID{"1"}},
	} {
		ps, err := b.Desk.People(b.ctx(), c.q)
		b.must(err)
		ok := len(ps) == len(c.want)
		for i := range ps {
			ok = ok && ps[i].User == c.want[i]
		}
		if !ok {
			b.Fatalf("%s: %+v", c.says, ps)
		}
	}
	b.must(b.Desk.Reviewed(b.ctx(), "2", "ann", at(time.Hour)))
	b.must(b.Desk.Revoke(b.ctx(), "1", "tides", at(time.Hour)))
	b.refuses("forgiving without a reason", b.Desk.Forgive(b.ctx(), "3", "*", "ann", "", at(time.Hour)))
	b.must(b.Desk.Forgive(b.ctx(), "3", "*", "ann", "wrong person", at(time.Hour)))
	for _, err := range []error{b.Desk.Reviewed(b.ctx(), "2", "ann", at(time.Hour)), b.Desk.Revoke(b.ctx(), "1", "tides", at(time.Hour)),
		b.Desk.Forgive(b.ctx(), "3", "*", "ann", "again", at(time.Hour))} {
		if !isNotFound(err) {
			b.Fatalf("ending what has ended: %v", err)
		}
	}
	ps, err := b.Desk.People(b.ctx(), runner.PeopleQuery{})
	b.must(err)
	rs, err := b.Desk.Records(b.ctx(), runner.RecordQuery{Kinds: []runner.RecordKind{runner.RecPerson}})
	b.must(err)
	if len(ps) != 0 || len(rs) != 6 {
		b.Fatalf("people %+v, records %+v", ps, rs)
	}
})

var _ = add("a review that is settled lets go on what waited for it", func(b *bench) {
	b.hear("tides", "e1", "42", runner.Word{Meaning: runner.MaybeOut, Rule: "en.maybe", Scope: "*"}, t0)
	b.enter("tides", "a", dm("42", "hi"), t0)
	b.decide(bot("tides"), always(guards.Deferred("t.review", "review", "", time.Time{})), t0)
	b.must(b.Desk.Reviewed(b.ctx(), "42", "ann", at(time.Second)))
	b.decide(bot("tides"), allow(), at(time.Second))
})
