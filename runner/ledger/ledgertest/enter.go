package ledgertest

import (
	"bytes"
	"strconv"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var _ = add("Enter keeps bytes, key and order", func(b *bench) {
	out, err := b.Enter(b.ctx(), []runner.Entry{
		b.entry("tides", "a", post("high tide at noon"), t0),
		b.entry("tides", "b", post("low tide at six"), t0),
		{Bot: "tides", At: t0, Refusal: "intent: action: missing", Key: "run:3"},
	})
	b.must(err)
	if len(out) != 3 || out[0].State != runner.Waiting || out[1].Seq <= out[0].Seq || out[2].State != runner.Denied {
		b.Fatalf("entered %+v", out)
	}
	b.restart()
	c := b.wantState("tides", "a", runner.Waiting)
	if c.Intent.Text != "high tide at noon" || c.Hash != bots.Hash(c.Stored) || !c.EnteredAt.Equal(t0) {
		b.Fatalf("case %+v", c)
	}
	if r := b.wantState("tides", "run:3", runner.Denied); r.Refusal != "intent: action: missing" {
		b.Fatalf("refused line %+v", r)
	}
	for _, key := range []string{"a", "b"} {
		if turn := b.decide(bot("tides"), allow(), at(time.Second)); turn.Key != key {
			b.Fatalf("turn of %q, not %q", turn.Key, key)
		}
	}
	b.idle(bot("tides"), at(time.Hour)) // the refused line never takes a turn
})

var _ = add("P4: the same key again is the same intent", func(b *bench) {
	one := b.enter("tides", "k", post("first"), t0)
	both, err := b.Enter(b.ctx(), []runner.Entry{
		b.entry("tides", "k", post("second"), at(time.Minute)),
		b.entry("waves", "k", post("other bot"), at(time.Minute)),
		b.entry("waves", "k", post("twice in a batch"), at(time.Minute)),
	})
	b.must(err)
	if !both[0].Twice || both[0].ID != one.ID || both[0].Seq != one.Seq || both[1].Twice || !both[2].Twice {
		b.Fatalf("entered %+v after %+v", both, one)
	}
	if c := b.look("tides", "k"); c.Intent.Text != "first" {
		b.Fatalf("the second one replaced the first: %q", c.Intent.Text)
	}
	turn := b.decide(bot("tides"), allow(), at(time.Hour))
	b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed}, at(time.Hour))
	b.restart()
	if again := b.enter("tides", "k", post("third"), at(2*time.Hour)); !again.Twice || again.State != runner.Done {
		b.Fatalf("entered %+v", again)
	}
	b.idle(bot("tides"), at(3*time.Hour))
})

var _ = add("an id that a bot used for another key is refused; another bot may use it", func(b *bench) {
	in := post("one")
	in.ID = "mine-1"
	b.enter("tides", "a", in, t0)
	if out := b.enter("tides", "b", in, t0); out.State != runner.Denied || out.Twice {
		b.Fatalf("entered %+v", out)
	}
	if c := b.look("tides", "b"); c.Refusal == "" {
		b.Fatal("the refusal does not say why")
	}
	if out := b.enter("waves", "a", in, t0); out.State != runner.Waiting {
		b.Fatalf("entered %+v", out)
	}
	if _, err := b.Desk.Case(b.ctx(), runner.Ref{ID: "mine-1"}); err == nil {
		b.Fatal("an id of two bots names both of them")
	}
	if c, err := b.Desk.Case(b.ctx(), runner.Ref{Bot: "waves", ID: "mine-1"}); err != nil || c.Bot != "waves" {
		b.Fatalf("%+v, %v", c, err)
	}
})

var _ = add("Enter refuses what only a mistake of heed's could hand over", func(b *bench) {
	good := b.entry("tides", "a", post("x"), t0)
	for name, spoil := range map[string]func(*runner.Entry){
		"no bot":    func(e *runner.Entry) { e.Bot = "" },
		"no bytes":  func(e *runner.Entry) { e.Stored = nil },
		"no key":    func(e *runner.Entry) { e.Intent.Key = "" },
		"no time":   func(e *runner.Entry) { e.At = time.Time{} },
		"no place":  func(e *runner.Entry) { e.Refusal, e.Key = "bad", "" },
		"no intent": func(e *runner.Entry) { e.Intent = bots.Intent{} },
	} {
		e := good
		spoil(&e)
		_, err := b.Enter(b.ctx(), []runner.Entry{b.entry("tides", "ok", post("y"), t0), e})
		b.refuses(name, err)
	}
	b.idle(bot("tides"), at(time.Hour)) // and wrote nothing of those batches
})

var _ = add("P6: the bytes that were entered are the bytes that are judged and handed out", func(b *bench) {
	in := post("tide at 12:00 \u2028 café <&> 🌊")
	in.Facts, in.Labels, in.Media = map[string]string{"b": "2", "a": "1"}, map[string]string{"z": "1"}, []bots.Media{{Path: "p.png", Alt: "a chart"}}
	e := b.entry("tides", "k", in, t0)
	_, err := b.Enter(b.ctx(), []runner.Entry{e})
	b.must(err)
	b.restart()
	var judged bots.Intent
	turn := b.decide(bot("tides"), pipe(&guard{judge: func(in bots.Intent, _ guards.Facts) guards.Finding {
		judged = in
		return guards.Pass()
	}}), at(time.Second))
	again, err := judged.Encode()
	b.must(err)
	if !bytes.Equal(turn.Stored, e.Stored) || !bytes.Equal(again, e.Stored) {
		b.Fatalf("entered %s\njudged  %s\nsent    %s", e.Stored, again, turn.Stored)
	}
	b.restart()
	_, err = b.Recover(b.ctx(), at(time.Minute))
	b.must(err)
	c, ok, _, err := b.Probe(b.ctx(), "tides", at(time.Minute))
	b.must(err)
	if !ok || !bytes.Equal(c.Stored, e.Stored) {
		b.Fatalf("probe hands out %s", c.Stored)
	}
})

var _ = add("of a bot's refused lines the newest thousand are kept", func(b *bench) {
	const lines, batch = 5000, 250
	for i := 0; i < lines; i += batch {
		var es []runner.Entry
		for j := range batch {
			es = append(es, runner.Entry{Bot: "noise", At: t0, Refusal: "intent: not JSON", Key: "r:" + itoa(i+j)})
		}
		_, err := b.Enter(b.ctx(), es)
		b.must(err)
	}
	all, err := b.Desk.Waiting(b.ctx(), []runner.State{runner.Denied}, "noise", lines)
	b.must(err)
	if len(all) != 1000 || all[999].Key != "r:4999" || all[0].Key != "r:4000" {
		b.Fatalf("%d lines kept, %q to %q", len(all), all[0].Key, all[len(all)-1].Key)
	}
	rs, err := b.Desk.Records(b.ctx(), runner.RecordQuery{Limit: 1 << 20})
	b.must(err)
	told := 0
	for _, r := range rs {
		if r.Kind == runner.RecNotice {
			told++
		}
	}
	if len(rs) > 1100 || told == 0 {
		b.Fatalf("%d records, %d of them tell that lines were dropped", len(rs), told)
	}
})

var _ = add("Decide waits for not_before and says when the next one is due", func(b *bench) {
	if next := b.idle(bot("tides"), t0); !next.IsZero() {
		b.Fatalf("next %s of nothing", next)
	}
	later := post("evening")
	later.NotBefore = at(2 * time.Hour)
	b.enter("tides", "later", later, t0)
	soon := post("noon")
	soon.NotBefore = at(time.Hour)
	b.enter("tides", "soon", soon, t0)
	if next := b.idle(bot("tides"), at(59*time.Minute)); !next.Equal(at(time.Hour)) {
		b.Fatalf("next %s", next)
	}
	if turn := b.decide(bot("tides"), allow(), at(time.Hour)); turn.Key != "soon" {
		b.Fatalf("turn of %q", turn.Key)
	}
	if next := b.idle(bot("waves"), at(time.Hour)); !next.IsZero() {
		b.Fatalf("another bot's next is %s", next)
	}
	b.enter("tides", "now", post("now"), at(3*time.Hour))
	for _, key := range []string{"later", "now"} { // of those due, the one entered first
		if turn := b.decide(bot("tides"), allow(), at(3*time.Hour)); turn.Key != key {
			b.Fatalf("turn of %q, not %q", turn.Key, key)
		}
	}
})

var _ = add("what is late expires unjudged, with a record", func(b *bench) {
	in := post("the tide turns now")
	in.ExpiresAt = at(time.Minute)
	b.enter("tides", "late", in, t0)
	b.enter("tides", "fine", post("x"), t0)
	asked := 0
	count := pipe(&guard{judge: func(bots.Intent, guards.Facts) guards.Finding { asked++; return guards.Pass() }})
	if turn := b.decide(bot("tides"), count, at(time.Minute)); turn.Key != "late" || turn.State != runner.Expired || asked != 0 {
		b.Fatalf("turn of %q, %s, %d judged", turn.Key, turn.State, asked)
	}
	if turn := b.decide(bot("tides"), count, at(time.Minute)); turn.Key != "fine" || asked != 1 {
		b.Fatalf("turn of %q, %d judged", turn.Key, asked)
	}
	c := b.wantState("tides", "late", runner.Expired)
	if c.Verdict != nil || len(c.History) != 2 || c.History[1].State != runner.Expired || c.EndedAt.IsZero() {
		b.Fatalf("case %+v", c)
	}
})

var _ = add("held and deferred intents expire too", func(b *bench) {
	for key, f := range map[string]guards.Finding{"held": guards.Held("t.h", "h", ""), "deferred": guards.Deferred("t.d", "d", "", at(time.Hour))} {
		in := post(key)
		in.ExpiresAt = at(time.Minute)
		b.enter("tides", key, in, t0)
		b.decide(bot("tides"), always(f), t0)
	}
	if next := b.idle(bot("tides"), at(time.Second)); !next.Equal(at(time.Minute)) {
		b.Fatalf("next %s", next)
	}
	b.idle(bot("tides"), at(time.Minute))
	b.wantState("tides", "held", runner.Expired)
	b.wantState("tides", "deferred", runner.Expired)
})

// verdictCase is one verdict and what must follow from it.
type verdictCase struct {
	says  string
	find  guards.Finding
	who   bots.Bot
	state runner.State
	next  time.Time // of the bot, a moment later
}

var _ = add("the verdict decides the state", func(b *bench) {
	for i, c := range []verdictCase{
		{"a yes is claimed", guards.Pass(), bot("b0"), runner.Doing, time.Time{}},
		{"a rehearsed yes is over", guards.Pass(), dry("b1"), runner.Done, time.Time{}},
		{"a deferral waits for its time", guards.Deferred("t.full", "full", "", at(time.Hour)), bot("b2"), runner.Deferred, at(time.Hour)},
		{"a deferral without a time is judged again in a quarter of an hour", guards.Deferred("t.halt", "halted", "", time.Time{}), bot("b3"), runner.Deferred, at(15 * time.Minute)},
		{"a hold waits for a person", guards.Held("t.ask", "ask", ""), bot("b4"), runner.Held, at(1000 * time.Hour)},
		{"a no is final", guards.Denied("t.no", "no", ""), bot("b5"), runner.Denied, time.Time{}},
		{"a guard without an answer holds", guards.Finding{}, bot("b6"), runner.Held, at(1000 * time.Hour)},
		{"an effect that nobody knows holds", guards.Finding{Effect: 9, Code: "t.x"}, bot("b7"), runner.Held, at(1000 * time.Hour)},
	} {
		b.Run(c.says, func(t *testing.T) {
			s := &bench{T: t, Ledger: b.Ledger, Desk: b.Desk, made: 1000 + i}
			s.enter(c.who.Name, "k", post("x"), t0)
			turn := s.decide(c.who, always(c.find), t0)
			if turn.State != c.state || turn.Same || turn.Dry != (c.who.Mode == bots.DryRun) {
				s.Fatalf("turn %+v", turn)
			}
			kept := s.wantState(c.who.Name, "k", c.state)
			if kept.Verdict == nil || kept.Verdict.Effect != turn.Verdict.Effect || kept.Facts == nil || len(kept.History) != 2 {
				s.Fatalf("kept %+v", kept)
			}
			if next := s.idle(c.who, at(time.Millisecond)); !next.Equal(c.next) {
				s.Fatalf("next %s, not %s", next, c.next)
			}
		})
	}
})

var _ = add("P9: a guard that panics, even when asked what it needs, holds", func(b *bench) {
	for key, p := range map[string]guards.Pipeline{
		"judging": pipe(&guard{judge: func(bots.Intent, guards.Facts) guards.Finding { panic("boom") }}),
		"needing": pipe(&guard{panic: true}),
		"nobody":  {},
	} {
		b.enter(key, key, post("x"), t0)
		if turn := b.decide(bot(key), p, t0); turn.State != runner.Held || turn.Verdict.Message == "" {
			b.Fatalf("%s: %+v", key, turn)
		}
	}
})

var _ = add("a verdict that says the same again is told once", func(b *bench) {
	b.enter("tides", "k", post("x"), t0)
	halted := always(guards.Deferred("t.halt", "halted", "", time.Time{}))
	for i, c := range []struct {
		p    guards.Pipeline
		same bool
	}{{halted, false}, {halted, true}, {always(guards.Deferred("t.other", "o", "", time.Time{})), false}, {halted, false}, {halted, true}} {
		if turn := b.decide(bot("tides"), c.p, at(time.Duration(i)*time.Hour)); turn.Same != c.same {
			b.Fatalf("turn %d: same %v", i, turn.Same)
		}
	}
	if h := b.look("tides", "k").History; len(h) != 4 {
		b.Fatalf("%d records: %+v", len(h), h)
	}
})

func itoa(n int) string { return strconv.Itoa(n) }
