package ledgertest

import (
	"errors"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// verified wants the record of decisions to hold, and gives its head.
func (b *bench) verified(kept *runner.Head) runner.Audit {
	b.Helper()
	a, err := b.Desk.Verify(b.ctx(), kept)
	b.must(err)
	if a.Count != 0 {
		b.Fatalf("%d faults: %+v", a.Count, a.Faults)
	}
	return a
}

var _ = add("every decision is an entry of a chain that holds, and its head is known", func(b *bench) {
	if a := b.verified(nil); a.Entries != 0 {
		b.Fatalf("an empty record has %d entries", a.Entries)
	}
	b.did(bot("tides"), "done", post("a"), t0)
	b.enter("tides", "denied", dm("42", "b"), t0)
	b.decide(bot("tides"), always(guards.Denied("t.no", "no", "none")), t0)
	b.hear("tides", "m1", "42", stop("*"), at(time.Minute))
	b.must(b.Desk.Halt(b.ctx(), guards.Halt{Kind: guards.Halted, Scope: "tides", By: "ann", Reason: "storm", At: at(time.Minute)}))
	first := b.verified(nil)
	if first.Entries != 5 || first.Intents != 2 || first.States != 2 {
		b.Fatalf("%+v", first)
	}
	b.restart()
	_, err := b.Desk.Resume(b.ctx(), "tides", nil, "ann", at(2*time.Minute))
	b.must(err)
	b.must(b.Desk.Forgive(b.ctx(), "42", "*", "ann", "a letter", at(2*time.Minute)))
	last := b.verified(&first.Head)
	if last.Entries != 7 {
		b.Fatalf("%+v", last)
	}
	var got []runner.Decision
	head, err := b.Desk.Decisions(b.ctx(), at(time.Minute), func(d runner.Decision) error { got = append(got, d); return nil })
	b.must(err)
	if len(got) != 4 || got[0].Entry != 4 || got[0].Code != "person.opt_out" || got[0].User != "42" || got[3].Hash != last.Head.Hash || head != last.Head {
		b.Fatalf("head %s of %s, decisions %+v", head, last.Head, got)
	}
	if h, err := b.Desk.Head(b.ctx()); err != nil || h != head {
		b.Fatalf("head %s, %v", h, err)
	}
	oops := errors.New("oops")
	if _, err := b.Desk.Decisions(b.ctx(), time.Time{}, func(runner.Decision) error { return oops }); !errors.Is(err, oops) {
		b.Fatalf("error %v", err)
	}
	wrong := runner.Head{Entry: first.Head.Entry, Hash: last.Head.Hash}
	if a, err := b.Desk.Verify(b.ctx(), &wrong); err != nil || a.Count != 1 {
		b.Fatalf("another head: %+v, %v", a, err)
	}
})

var _ = add("M4, C2: who is forgotten is known to nothing but their opt-out, and is not contacted", func(b *bench) {
	const who, other bots.UserID = "7345678901234567891", "7345678901234567902"
	b.hear("tides", "m0", who, runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}, t0)
	b.did(bot("tides"), "done", dm(who, "a"), t0)
	b.did(bot("tides"), "other", dm(other, "a"), t0)
	b.hear("waves", "m1", who, stop("waves"), at(time.Minute))
	b.enter("tides", "waiting", dm(who, "b"), at(time.Minute))
	out, err := b.Desk.Forget(b.ctx(), runner.Erasure{User: who, By: "ann", At: at(time.Hour)})
	b.must(err)
	if out.Recalled != 1 || out.Intents != 2 || out.Kept != 1 || out.Choices != 1 || len(out.Elsewhere) != 0 || len(out.UnderWay) != 0 {
		b.Fatalf("%+v", out)
	}
	b.restart()
	b.verified(nil)
	b.wantState("tides", "waiting", runner.Cancelled)
	if c := b.wantState("tides", "done", runner.Done); c.Intent.Target.UserID != "" || c.Key == "done" {
		b.Fatalf("%+v", c)
	}
	if c := b.look("tides", "other"); c.Intent.Target.UserID != other {
		b.Fatalf("somebody else was forgotten: %+v", c)
	}
	if again := b.enter("tides", "done", dm(who, "a"), at(time.Hour)); !again.Twice || again.State != runner.Done {
		b.Fatalf("%+v", again)
	}
	rs, err := b.Desk.Records(b.ctx(), runner.RecordQuery{Limit: 1000})
	b.must(err)
	for _, r := range rs {
		if r.User == who {
			b.Fatalf("the log knows them: %+v", r)
		}
	}
	ps, err := b.Desk.People(b.ctx(), runner.PeopleQuery{User: who})
	b.must(err)
	if len(ps) != 1 || ps[0].Kind != "opt_out" || ps[0].Scope != "waves" || ps[0].Event != "" {
		b.Fatalf("kept: %+v", ps)
	}
	b.enter("waves", "k", dm(who, "c"), at(time.Hour))
	if turn := b.decide(bot("waves"), heeding(), at(time.Hour)); turn.State != runner.Denied {
		b.Fatalf("P3: %s", turn.State)
	}
	b.refuses("an opt-in by hand", b.Desk.Consent(b.ctx(), who, guards.Choice{At: at(time.Hour), How: "form", Scope: "waves", Channel: "*", Event: "f"}))
	for _, e := range []runner.Erasure{{By: "ann", At: t0}, {User: who, Post: "1", By: "ann", At: t0}, {User: "@ann", By: "ann", At: t0}, {User: who, At: t0}, {User: who, By: "ann"}} {
		_, err := b.Desk.Forget(b.ctx(), e)
		b.refuses("an erasure that is not whole", err)
	}
})
