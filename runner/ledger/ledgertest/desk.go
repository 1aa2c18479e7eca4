package ledgertest

import (
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// asking holds by two codes until both are released.
func asking(codes ...string) guards.Pipeline {
	var gs []*guard
	for _, c := range codes {
		gs = append(gs, &guard{judge: func(_ bots.Intent, _ guards.Facts) guards.Finding { return guards.Held(c, "ask", "") }})
	}
	return pipe(gs...)
}

var _ = add("P6: an approval releases the holds of exactly the bytes that were seen", func(b *bench) {
	b.enter("tides", "a", post("x"), t0)
	ref := runner.Ref{Bot: "tides", Key: "a"}
	b.refuses("approving what waits", b.Desk.Approve(b.ctx(), ref, "ann", b.look("tides", "a").Hash, t0))
	b.decide(bot("tides"), asking("t.one", "t.two"), t0)
	hash := b.look("tides", "a").Hash
	b.refuses("another hash", b.Desk.Approve(b.ctx(), ref, "ann", "0"+hash[1:], t0))
	b.refuses("no hash", b.Desk.Approve(b.ctx(), ref, "ann", "", t0))
	b.refuses("nobody", b.Desk.Approve(b.ctx(), ref, "", hash, t0))
	b.wantState("tides", "a", runner.Held)
	b.must(b.Desk.Approve(b.ctx(), ref, "ann", hash, at(time.Minute)))
	if c := b.wantState("tides", "a", runner.Waiting); c.Approval == nil || c.Approval.By != "ann" || !slices.Equal(c.Approval.Codes, []string{"t.one", "t.two"}) {
		b.Fatalf("approval %+v", c.Approval)
	}
	b.restart()
	if turn := b.decide(bot("tides"), asking("t.one", "t.three"), at(time.Hour)); turn.State != runner.Held || turn.Verdict.Code != "t.three" {
		b.Fatalf("a hold that nobody saw is released: %+v", turn.Verdict)
	}
	b.must(b.Desk.Approve(b.ctx(), ref, "bob", hash, at(time.Hour)))
	if turn := b.decide(bot("tides"), asking("t.one", "t.three"), at(time.Hour)); turn.State != runner.Doing {
		b.Fatalf("turn %+v", turn.Verdict)
	}
})

var _ = add("an approval holds for a day", func(b *bench) {
	for key, after := range map[string]time.Duration{"in time": 24*time.Hour - time.Second, "late": 24 * time.Hour} {
		b.enter(key, "a", post("x"), t0)
		b.decide(bot(key), asking("t.one"), t0)
		b.must(b.Desk.Approve(b.ctx(), runner.Ref{Bot: key, Key: "a"}, "ann", b.look(key, "a").Hash, t0))
		if turn := b.decide(bot(key), asking("t.one"), at(after)); (turn.State == runner.Doing) != (key == "in time") {
			b.Fatalf("%s: %+v", key, turn.Verdict)
		}
	}
})

var _ = add("P2: what was approved is judged again and may be refused", func(b *bench) {
	b.enter("tides", "a", post("x"), t0)
	b.decide(bot("tides"), asking("t.one"), t0)
	b.must(b.Desk.Approve(b.ctx(), runner.Ref{Bot: "tides", Key: "a"}, "ann", b.look("tides", "a").Hash, t0))
	if turn := b.decide(bot("tides"), always(guards.Denied("t.one", "no", "")), t0); turn.State != runner.Denied {
		b.Fatalf("turn %+v", turn)
	}
})

var _ = add("Reject cancels what did not act", func(b *bench) {
	for i, s := range []runner.State{runner.Waiting, runner.Deferred, runner.Held, runner.Denied, runner.Doing, runner.Done,
		runner.Failed, runner.Unknown, runner.Cancelled, runner.Expired} {
		name := "bot" + itoa(i)
		b.inState(name, s)
		err := b.Desk.Reject(b.ctx(), runner.Ref{Bot: name, Key: "k"}, "ann", "not now", at(time.Minute))
		if i < 3 {
			b.must(err)
			if c := b.wantState(name, "k", runner.Cancelled); c.Detail != "rejected by ann: not now" {
				b.Fatalf("detail %q", c.Detail)
			}
			continue
		}
		b.refuses("rejecting what is "+string(s), err)
		b.wantState(name, "k", s)
	}
})

var _ = add("Case finds by key, id and the id's end", func(b *bench) {
	e := b.enter("tides", "a", post("x"), t0)
	for says, ref := range map[string]runner.Ref{"key": {Bot: "tides", Key: "a"}, "id": {ID: e.ID}, "the id's last eight": {ID: e.ID[len(e.ID)-8:]}, "the id's last ten": {ID: e.ID[len(e.ID)-10:]}} {
		if c, err := b.Desk.Case(b.ctx(), ref); err != nil || c.Seq != e.Seq || len(c.History) != 1 || c.History[0].ID != e.ID {
			b.Fatalf("%s: %+v, %v", says, c, err)
		}
	}
	for says, ref := range map[string]runner.Ref{"another key": {Bot: "tides", Key: "b"}, "another bot": {Bot: "waves", Key: "a"},
		"too short": {ID: e.ID[len(e.ID)-7:]}, "another end": {ID: "9" + e.ID[len(e.ID)-8:]}, "of another bot": {Bot: "waves", ID: e.ID}} {
		if _, err := b.Desk.Case(b.ctx(), ref); !isNotFound(err) {
			b.Fatalf("%s: %v", says, err)
		}
	}
	_, err := b.Desk.Case(b.ctx(), runner.Ref{})
	b.refuses("no name", err)
})

var _ = add("Waiting lists by state and bot, oldest first", func(b *bench) {
	for i, name := range []string{"tides", "waves", "tides"} {
		b.enter(name, "w"+itoa(i), post("x"), t0)
	}
	b.enter("surf", "h", post("x"), t0)
	b.decide(bot("surf"), asking("t.one"), t0)
	for _, c := range []struct {
		says   string
		states []runner.State
		bot    string
		limit  int
		want   []string
	}{
		{"all that is not final", nil, "", 0, []string{"w0", "w1", "w2", "h"}},
		{"two states", []runner.State{runner.Held, runner.Waiting}, "", 10, []string{"w0", "w1", "w2", "h"}},
		{"one bot", []runner.State{runner.Waiting}, "tides", 10, []string{"w0", "w2"}},
		{"a few", []runner.State{runner.Waiting}, "", 2, []string{"w0", "w1"}},
		{"none", []runner.State{runner.Failed}, "", 2, nil},
	} {
		all, err := b.Desk.Waiting(b.ctx(), c.states, c.bot, c.limit)
		b.must(err)
		var got []string
		for _, x := range all {
			got = append(got, x.Key)
		}
		if !slices.Equal(got, c.want) {
			b.Fatalf("%s: %v", c.says, got)
		}
	}
})

var _ = add("Halt and Resume: what waited for it is due at once", func(b *bench) {
	halted := always(guards.Deferred("halt.halted", "halted", "", time.Time{}))
	full := always(guards.Deferred("t.full", "full", "", at(5*time.Hour)))
	for _, name := range []string{"tides", "waves"} {
		b.enter(name, "halted", post("x"), t0)
		b.decide(bot(name), halted, t0)
		b.enter(name, "full", post("x"), t0)
		b.decide(bot(name), full, t0)
	}
	b.must(b.Desk.Halt(b.ctx(), guards.Halt{Kind: guards.Halted, Scope: "tides", By: "ann", Reason: "storm", At: t0}))
	b.must(b.Desk.Halt(b.ctx(), guards.Halt{Kind: guards.Paused, Scope: "tides", By: "ann", At: t0, Until: at(time.Hour)}))
	b.must(b.Latch(b.ctx(), guards.Halt{Scope: "tides", By: "heed", Reason: "locked", At: t0}))
	b.refuses("a halt that ends by itself", b.Desk.Halt(b.ctx(), guards.Halt{Kind: guards.Halted, Scope: "x", At: t0, Until: at(time.Hour)}))
	if n, err := b.Desk.Resume(b.ctx(), "waves", []guards.HaltKind{guards.Halted}, "ann", at(time.Second)); n != 0 || err != nil {
		b.Fatalf("resumed %d of another bot, %v", n, err)
	}
	if n, err := b.Desk.Resume(b.ctx(), "tides", nil, "ann", at(time.Second)); n != 2 || err != nil {
		b.Fatalf("resumed %d, %v", n, err)
	}
	if hs, err := b.Desk.Halts(b.ctx(), at(time.Second)); err != nil || len(hs) != 1 || hs[0].Kind != guards.Latched {
		b.Fatalf("P12: the latch fell with the rest: %+v, %v", hs, err)
	}
	if turn := b.decide(bot("tides"), halted, at(time.Second)); turn.Key != "halted" {
		b.Fatalf("turn of %q", turn.Key)
	}
	b.idle(bot("tides"), at(2*time.Second))
	b.idle(bot("waves"), at(2*time.Second))
	b.restart()
	if n, err := b.Desk.Resume(b.ctx(), "tides", []guards.HaltKind{guards.Latched}, "ann", at(time.Minute)); n != 1 || err != nil {
		b.Fatalf("resumed %d, %v", n, err)
	}
	b.decide(bot("tides"), allow(), at(time.Minute))
})

var _ = add("a pause replaces the pause before, a latch keeps its first reason", func(b *bench) {
	for i, reason := range []string{"first", "second"} {
		b.must(b.Desk.Halt(b.ctx(), guards.Halt{Kind: guards.Paused, Scope: "*", By: "ann", Reason: reason, At: t0, Until: at(time.Duration(i+1) * time.Hour)}))
		b.must(b.Latch(b.ctx(), guards.Halt{Scope: "tides", By: "heed", Reason: reason, At: t0}))
	}
	hs, err := b.Desk.Halts(b.ctx(), at(90*time.Minute))
	b.must(err)
	if len(hs) != 2 || hs[0].Reason != "second" || hs[1].Reason != "first" {
		b.Fatalf("halts %+v", hs)
	}
})

var _ = add("Peek judges like Decide and writes nothing", func(b *bench) {
	b.enter("waves", "w", post(long), t0)
	before, err := b.Desk.Records(b.ctx(), runner.RecordQuery{})
	b.must(err)
	needs := guards.Needs{Alike: time.Hour, Windows: []guards.Window{window("w", time.Hour, 1, true)}}
	p := pipe(&guard{needs: needs, judge: func(_ bots.Intent, f guards.Facts) guards.Finding {
		if len(f.Alike) > 0 {
			return guards.Denied("t.alike", "alike", "")
		}
		return guards.Pass()
	}})
	in := b.entry("tides", "peeked", post(long), t0).Intent
	for range 2 {
		v, f, err := b.Desk.Peek(b.ctx(), bot("tides"), p, in, at(time.Minute))
		b.must(err)
		if v.Effect != guards.Deny || len(f.Alike) != 1 || f.Used["w"].Count != 0 {
			b.Fatalf("verdict %+v on %+v", v, f)
		}
	}
	if _, err := b.Desk.Case(b.ctx(), runner.Ref{Bot: "tides", Key: "peeked"}); !isNotFound(err) {
		b.Fatalf("the intent was entered: %v", err)
	}
	after, err := b.Desk.Records(b.ctx(), runner.RecordQuery{})
	b.must(err)
	if len(after) != len(before) {
		b.Fatalf("%d records more", len(after)-len(before))
	}
})

var _ = add("Records: after a number, by bot and kind, the last ones", func(b *bench) {
	for i := range 5 {
		b.must(b.Note(b.ctx(), runner.Record{At: at(time.Duration(i) * time.Second), Kind: runner.RecScript, Bot: "bot" + itoa(i%2),
			Code: "script.ended", Message: itoa(i), Rules: []string{"A1", "A2"}}))
	}
	b.must(b.Note(b.ctx(), runner.Record{At: t0, Kind: runner.RecNotice, Message: "5", User: "9", PostID: "8"}))
	b.restart()
	all, err := b.Desk.Records(b.ctx(), runner.RecordQuery{})
	b.must(err)
	if len(all) != 6 || all[5].User != "9" || all[5].PostID != "8" || !slices.Equal(all[0].Rules, []string{"A1", "A2"}) || !all[1].At.Equal(at(time.Second)) {
		b.Fatalf("records %+v", all)
	}
	for _, c := range []struct {
		says string
		q    runner.RecordQuery
		want string
	}{
		{"the first two", runner.RecordQuery{Limit: 2}, "01"},
		{"after the second", runner.RecordQuery{After: all[1].N, Limit: 2}, "23"},
		{"the last two, oldest first", runner.RecordQuery{Limit: 2, Last: true}, "45"},
		{"of a bot", runner.RecordQuery{Bot: "bot1"}, "13"},
		{"the last of a bot", runner.RecordQuery{Bot: "bot1", Last: true, Limit: 1}, "3"},
		{"of a kind", runner.RecordQuery{Kinds: []runner.RecordKind{runner.RecNotice}}, "5"},
		{"of two kinds", runner.RecordQuery{Kinds: []runner.RecordKind{runner.RecNotice, runner.RecScript}, After: all[3].N}, "45"},
	} {
		rs, err := b.Desk.Records(b.ctx(), c.q)
		b.must(err)
		got := ""
		for _, r := range rs {
			got += r.Message
		}
		if got != c.want {
			b.Fatalf("%s: %s, not %s", c.says, got, c.want)
		}
	}
})

var _ = add("P7: a message's words are gone when it has ended, its hash stays", func(b *bench) {
	words := "the quick secret of the harbour"
	for i, s := range []runner.State{runner.Denied, runner.Done, runner.Failed, runner.Cancelled, runner.Expired} {
		name := "bot" + itoa(i)
		seq := b.enter(name, "k", dm("42", words), t0).Seq
		hash := b.look(name, "k").Hash
		switch s {
		case runner.Denied:
			b.decide(bot(name), always(guards.Denied("t.n", "n", "")), t0)
		case runner.Cancelled:
			b.must(b.Desk.Reject(b.ctx(), runner.Ref{Bot: name, Key: "k"}, "ann", "", t0))
		case runner.Expired:
			b.idle(bot(name), at(2000*time.Hour))
		default:
			b.decide(bot(name), allow(), t0)
			if c := b.look(name, "k"); c.Intent.Text != words {
				b.Fatal("the words are gone while they are needed")
			}
			b.settle(seq, s, runner.Answer{}, t0)
		}
		c := b.wantState(name, "k", s)
		if c.Stored != nil || c.Intent.Text != "" || c.Hash != hash || c.Intent.Target.UserID != "42" {
			b.Fatalf("%s: %+v", s, c)
		}
	}
	b.did(dry("surf"), "k", dm("42", words), t0)
	if c := b.look("surf", "k"); c.Stored != nil {
		b.Fatal("a rehearsal's words are kept")
	}
})

var _ = add("Changed tells that something may be due", func(b *bench) {
	quiet := func(what string, c <-chan struct{}) {
		b.Helper()
		select {
		case <-c:
			b.Fatalf("%s: nothing to tell", what)
		default:
		}
	}
	told := func(what string, do func()) {
		b.Helper()
		for name, c := range map[string]<-chan struct{}{"ledger": b.Ledger.Changed(), "desk": b.Desk.Changed()} {
			quiet(what, c)
			defer func() {
				b.Helper()
				select {
				case <-c:
				case <-time.After(5 * time.Second):
					b.Fatalf("%s: the %s tells nothing", what, name)
				}
			}()
		}
		do()
	}
	waves, tides := b.Ledger.Due("waves"), b.Ledger.Due("tides")
	told("an intent", func() { b.enter("tides", "a", post("x"), t0) })
	select {
	case <-tides:
	case <-time.After(5 * time.Second):
		b.Fatal("the bot whose intent it is hears nothing")
	}
	quiet("another bot's intent", waves)
	b.decide(bot("tides"), asking("t.one"), t0)
	told("an approval", func() {
		b.must(b.Desk.Approve(b.ctx(), runner.Ref{Bot: "tides", Key: "a"}, "ann", b.look("tides", "a").Hash, t0))
	})
	b.must(b.Desk.Halt(b.ctx(), guards.Halt{Kind: guards.Halted, Scope: "*", By: "ann", At: t0}))
	waves = b.Ledger.Due("waves")
	told("a resume", func() {
		_, err := b.Desk.Resume(b.ctx(), "*", nil, "ann", t0)
		b.must(err)
	})
	select {
	case <-waves:
	case <-time.After(5 * time.Second):
		b.Fatal("what is for every bot was not told to one that waits")
	}
})
