package ledgertest

import (
	"fmt"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// numbersOf lists the records' numbers.
func numbersOf(p runner.LogPage) (out []int64) {
	for _, r := range p.Records {
		out = append(out, r.N)
	}
	return out
}

var _ = add("the log is paged from the newest on, and every page is another", func(b *bench) {
	for i := range 25 {
		b.enter("tides", fmt.Sprintf("k%02d", i), post(fmt.Sprint("x", i)), at(time.Duration(i)*time.Minute))
	}
	var all []int64
	for before, pages := int64(0), 0; ; pages++ {
		p, err := b.Desk.Log(b.ctx(), runner.LogQuery{Before: before, Limit: 10})
		b.must(err)
		all = append(all, numbersOf(p)...)
		if before = p.Older; before == 0 {
			if pages != 2 || p.Short {
				b.Fatalf("%d pages, the last %+v", pages+1, p)
			}
			break
		}
	}
	if len(all) != 25 || !slices.IsSortedFunc(all, func(x, y int64) int { return int(y - x) }) || len(slices.Compact(all)) != 25 {
		b.Fatalf("records %v", all)
	}
	p, err := b.Desk.Log(b.ctx(), runner.LogQuery{After: all[3]})
	b.must(err)
	if got := numbersOf(p); !slices.Equal(got, all[:3]) || p.Older != 0 {
		b.Fatalf("newer than %d: %v, older %d", all[3], got, p.Older)
	}
})

var _ = add("the log is found by bot, kind, state, guard, clause and text", func(b *bench) {
	no := guards.Denied("likeness.same", "It is 100% the same as Earlier", "say something else")
	no.Rules = []string{"D1", "D12"}
	b.enter("tides", "alpha_1", post("a"), t0)
	b.decide(bot("tides"), always(no), t0)
	b.enter("waves", "beta", post("b"), t0)
	b.decide(bot("waves"), always(guards.Held("asked.first", "a person looks first", "approve it")), t0)
	for what, row := range map[string]struct {
		q    runner.LogQuery
		want string
	}{
		"bot":                {runner.LogQuery{Bot: "waves"}, "beta verdict, beta intent"},
		"kind and state":     {runner.LogQuery{Kinds: []runner.RecordKind{runner.RecVerdict}, States: []runner.State{runner.Held, runner.Denied}}, "beta verdict, alpha_1 verdict"},
		"state":              {runner.LogQuery{States: []runner.State{runner.Denied}}, "alpha_1 verdict"},
		"guard":              {runner.LogQuery{Code: "likeness"}, "alpha_1 verdict"},
		"code":               {runner.LogQuery{Code: "asked.first"}, "beta verdict"},
		"a part of a guard":  {runner.LogQuery{Code: "like"}, ""},
		"clause":             {runner.LogQuery{Rule: "D12"}, "alpha_1 verdict"},
		"a part of a clause": {runner.LogQuery{Rule: "D"}, ""},
		"key":                {runner.LogQuery{Text: "HA_1"}, "alpha_1 verdict, alpha_1 intent"},
		"no pattern":         {runner.LogQuery{Text: "a%1"}, ""},
		"message":            {runner.LogQuery{Text: "100% THE same"}, "alpha_1 verdict"},
		"text in code":       {runner.LogQuery{Text: "asked.f"}, "beta verdict"},
		"a quote":            {runner.LogQuery{Text: "' OR 1=1 --"}, ""},
	} {
		p, err := b.Desk.Log(b.ctx(), row.q)
		b.must(err)
		got := ""
		for i, r := range p.Records {
			if i > 0 {
				got += ", "
			}
			got += r.Key + " " + string(r.Kind)
		}
		if got != row.want {
			b.Errorf("%s: %s, not %s", what, got, row.want)
		}
	}
})

var _ = add("people's choices are paged, newest first or by the beginning of an id", func(b *bench) {
	ids := []bots.UserID{"1001", "1002", "1003", "2001", "2002"}
	for i, id := range ids {
		_, err := b.Desk.OptOut(b.ctx(), id, guards.Choice{At: at(time.Duration(i) * time.Hour), How: "cli", Scope: "*", Rule: "by ann"})
		b.must(err)
	}
	b.must(b.Desk.Consent(b.ctx(), "1500", guards.Choice{At: at(9 * time.Hour), How: "import", Scope: "tides", Channel: "dm", Event: "form-1"}))
	b.must(b.Desk.Forgive(b.ctx(), "1002", "*", "ann", "they asked", at(10*time.Hour)))
	for what, row := range map[string]struct {
		q    runner.ChoiceQuery
		want string
	}{
		"all":                  {runner.ChoiceQuery{Limit: 2}, "[1500 2002 2001 1003 1001]"},
		"opt-outs":             {runner.ChoiceQuery{Kinds: []string{"opt_out"}, Limit: 2}, "[2002 2001 1003 1001]"},
		"consents":             {runner.ChoiceQuery{Kinds: []string{"opt_in"}, Limit: 2}, "[1500]"},
		"reviews":              {runner.ChoiceQuery{Kinds: []string{"review"}}, "[]"},
		"begins":               {runner.ChoiceQuery{Begin: "1", Limit: 2}, "[1001 1003 1500]"},
		"begins and is opt-in": {runner.ChoiceQuery{Begin: "1", Kinds: []string{"opt_in"}, Limit: 1}, "[1500]"},
		"whole":                {runner.ChoiceQuery{Begin: "2002"}, "[2002]"},
		"nobody":               {runner.ChoiceQuery{Begin: "9"}, "[]"},
	} {
		got := []bots.UserID{}
		for pages := 0; pages < 9; pages++ {
			p, err := b.Desk.Choices(b.ctx(), row.q)
			b.must(err)
			for _, x := range p.Rows {
				got = append(got, x.User)
			}
			if row.q.After = p.Next; p.Next == "" {
				break
			}
		}
		if fmt.Sprint(got) != row.want {
			b.Errorf("%s: %v, not %s", what, got, row.want)
		}
	}
	for _, q := range []runner.ChoiceQuery{{Begin: "%"}, {Begin: "12x"}, {After: "x"}, {Begin: "1", After: "2001 opt_out 1"}, {Begin: "1", After: "1 2"}} {
		_, err := b.Desk.Choices(b.ctx(), q)
		b.refuses(fmt.Sprintf("%+v", q), err)
	}
	n, err := b.Desk.ChoiceCounts(b.ctx())
	b.must(err)
	if n["opt_out"] != 4 || n["opt_in"] != 1 || n["review"] != 0 {
		b.Fatalf("counts %v", n)
	}
})

// hours tells the counts of a bot in one day, summed up.
func (b *bench) hours(bot string) string {
	b.Helper()
	all, err := b.Desk.Hours(b.ctx(), bot, t0, at(24*time.Hour))
	b.must(err)
	out := ""
	for _, h := range all {
		out += fmt.Sprintf("%s %s %s %d; ", h.At.Format("15"), h.Of, h.Name, h.N)
	}
	return out
}

var _ = add("what happened is counted by the hour, once, and outlives a restart", func(b *bench) {
	b.did(bot("tides"), "a", post("one thing"), at(10*time.Minute))
	b.did(bot("tides"), "b", post("quite another"), at(20*time.Minute))
	b.did(dry("waves"), "c", post("a rehearsal of it"), at(30*time.Minute))
	b.enter("waves", "d", post("no"), at(70*time.Minute))
	b.decide(bot("waves"), always(guards.Denied("t.no", "no", "")), at(70*time.Minute))
	b.enter("waves", "e", post("hold"), at(70*time.Minute))
	b.decide(bot("waves"), asking("t.ask"), at(70*time.Minute))
	b.must(b.Desk.Approve(b.ctx(), runner.Ref{Bot: "waves", Key: "e"}, "ann", b.look("waves", "e").Hash, at(80*time.Minute)))
	for range 2 { // the same opt-out twice is one
		_, err := b.Desk.OptOut(b.ctx(), "42", guards.Choice{At: at(2 * time.Hour), How: "cli", Scope: "*"})
		b.must(err)
	}
	// What is refused leaves no count.
	b.refuses("a closing of nothing", b.Settle(b.ctx(), runner.Closing{Seq: 999, At: at(time.Hour), State: runner.Done}))
	b.restart()
	for bot, want := range map[string]string{
		"":      "12 act post 2; 12 verdict allow 3; 13 refusal t.ask 1; 13 refusal t.no 1; 13 verdict deny 1; 13 verdict hold 1; 14 choice opt_out 1; ",
		"tides": "12 act post 2; 12 verdict allow 2; ",
		"waves": "12 verdict allow 1; 13 refusal t.ask 1; 13 refusal t.no 1; 13 verdict deny 1; 13 verdict hold 1; ",
		"nobot": "",
	} {
		if got := b.hours(bot); got != want {
			b.Errorf("%q: %s\nnot %s", bot, got, want)
		}
	}
	if _, err := b.Desk.Hours(b.ctx(), "", t0, at(32*24*time.Hour)); err == nil {
		b.Errorf("more than a month is given")
	}
	b.enter("tides", "w", post("waits"), at(3*time.Hour))
	qs, err := b.Desk.Queues(b.ctx())
	b.must(err)
	if fmt.Sprint(qs) != "[{tides 1 0 0 0} {waves 1 0 0 0}]" {
		b.Errorf("queues %v", qs)
	}
})
