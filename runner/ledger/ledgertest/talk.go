package ledgertest

import (
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var _ = add("Facts: the people whom the text names, with their choices", func(b *bench) {
	b.hear("waves", "e1", "42", stop("*"), t0)
	b.must(b.Desk.Consent(b.ctx(), "43", guards.Choice{At: t0, How: "cli", Scope: "tides", Channel: "*", Behaviour: "b1"}))
	b.enter("tides", "k", post("hi @a @b @c"), t0)
	f := b.facts(bot("tides"), guards.Needs{Named: []bots.UserID{"42", "43", "44", "42"}}, at(time.Minute))
	if len(f.Named) != 3 || f.Named[0].ID != "42" || f.Named[0].OptOut == nil || len(f.Named[1].OptIns) != 1 || f.Named[2].ID != "44" || f.Named[2].OptOut != nil {
		b.Fatalf("named %+v", f.Named)
	}
	if f.Contacts != nil {
		b.Fatalf("contacts %+v", f.Contacts)
	}
	many := make([]bots.UserID, 500)
	for i := range many {
		many[i] = bots.UserID("9" + itoa(i))
	}
	if f := b.facts(bot("tides"), guards.Needs{Named: many}, at(time.Hour)); len(f.Named) < 50 || len(f.Named) > 200 {
		b.Fatalf("%d people read for one text", len(f.Named))
	}
})

// spoken lets somebody speak to a bot.
func (b *bench) spoken(i guards.Invitation) {
	b.Helper()
	_, err := b.Hear(b.ctx(), runner.Heard{Invitation: i})
	b.must(err)
}

var _ = add("Facts: how often the bot has answered in this conversation", func(b *bench) {
	mention := func(post bots.PostID, thread bots.PostID, name string, now time.Time) guards.Invitation {
		return guards.Invitation{Event: string(post), Kind: guards.ByMention, Bot: name, From: "42", Post: post, Thread: thread, At: now}
	}
	b.spoken(mention("600", "", "tides", t0)) // begins the thread
	b.spoken(mention("601", "600", "tides", at(time.Minute)))
	b.spoken(mention("602", "600", "tides", at(2*time.Minute)))
	b.spoken(mention("600", "", "waves", t0))
	b.spoken(mention("700", "", "tides", t0))
	b.spoken(guards.Invitation{Event: "m1", Kind: guards.ByDM, Bot: "tides", From: "42", At: t0})
	b.spoken(guards.Invitation{Event: "m2", Kind: guards.ByDM, Bot: "tides", From: "42", At: at(time.Minute)})
	b.spoken(guards.Invitation{Event: "m3", Kind: guards.ByDM, Bot: "tides", From: "43", At: at(time.Minute)})
	answer := func(name, cause string) runner.Turn {
		in := reply(bots.PostID(cause), "answer to "+cause)
		if cause[0] == 'm' {
			in = dm("42", "answer to "+cause)
		}
		in.Cause = cause
		return b.claim(bot(name), "to "+cause, in, at(3*time.Minute))
	}
	for _, cause := range []string{"600", "601", "700", "m1", "m3"} {
		turn := answer("tides", cause)
		b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed}, at(3*time.Minute))
	}
	turn := answer("waves", "600")
	b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed}, at(3*time.Minute))
	b.restart()
	answered := func(cause string, span time.Duration) int {
		b.Helper()
		in := post("x")
		if in.Cause = cause; cause[0] == 'm' {
			in = dm("42", "y")
			in.Cause = cause
		}
		key := "asks " + cause + span.String()
		b.enter("tides", key, in, at(time.Hour))
		f := b.facts(bot("tides"), guards.Needs{Answered: span}, at(time.Hour))
		b.must(b.Desk.Reject(b.ctx(), runner.Ref{Bot: "tides", Key: key}, "test", "", at(time.Hour)))
		if f.Cause != nil {
			b.Fatal("the cause was not asked for")
		}
		return f.Answered
	}
	for _, c := range []struct {
		cause string
		span  time.Duration
		want  int
	}{
		{"602", 24 * time.Hour, 2},
		{"602", time.Hour, 1}, // the first one is just outside
		{"700", 24 * time.Hour, 1},
		{"m2", 24 * time.Hour, 1}, // of this person alone
		{"999", 24 * time.Hour, 0},
	} {
		if n := answered(c.cause, c.span); n != c.want {
			b.Errorf("%s within %s: %d answers, not %d", c.cause, c.span, n, c.want)
		}
	}
	// A failed answer is none, and an earlier attempt of the very intent is not another answer.
	in := reply("602", "once more")
	in.Cause = "602"
	turn = b.claim(bot("tides"), "again", in, at(2*time.Hour))
	b.must(b.Settle(b.ctx(), runner.Closing{Seq: turn.Seq, At: at(2 * time.Hour), State: runner.Unknown}))
	b.must(b.Settle(b.ctx(), runner.Closing{Seq: turn.Seq, At: at(2 * time.Hour), State: runner.Held, Code: "reconcile.absent"}))
	b.must(b.Desk.Approve(b.ctx(), runner.Ref{Bot: "tides", Key: "again"}, "ann", b.look("tides", "again").Hash, at(2*time.Hour)))
	if f := b.facts(bot("tides"), guards.Needs{Answered: 24 * time.Hour}, at(2*time.Hour)); f.Answered != 2 {
		b.Fatalf("an earlier attempt counts: %d", f.Answered)
	}
})

var _ = add("P2: an opt-in keeps what the bot declared then, and a yes to something else is another one", func(b *bench) {
	start := func(event, behaviour string, now time.Time) {
		_, err := b.Hear(b.ctx(), runner.Heard{Invitation: guards.Invitation{Event: event, Kind: guards.ByDM, Bot: "tides", From: "42", At: now},
			Word: runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}, Behaviour: behaviour})
		b.must(err)
	}
	ins := func() []guards.Choice {
		b.Helper()
		ps, err := b.Desk.People(b.ctx(), runner.PeopleQuery{User: "42", Consents: true})
		b.must(err)
		var out []guards.Choice
		for _, p := range ps {
			out = append(out, p.Choice)
		}
		return out
	}
	start("e1", "b1", t0)
	start("e2", "b1", at(time.Minute))
	if cs := ins(); len(cs) != 1 || cs[0].Behaviour != "b1" || cs[0].Event != "e1" {
		b.Fatalf("consents %+v", cs)
	}
	start("e3", "b2", at(time.Hour))
	start("e0", "b0", at(30*time.Minute)) // heard late
	b.restart()
	if cs := ins(); len(cs) != 1 || cs[0].Behaviour != "b2" || cs[0].Event != "e3" || !cs[0].At.Equal(at(time.Hour)) {
		b.Fatalf("consents %+v", cs)
	}
	b.must(b.Desk.Consent(b.ctx(), "42", guards.Choice{At: at(2 * time.Hour), How: "cli", Scope: "tides", Channel: "reply", Event: "form", Behaviour: "b3"}))
	b.enter("tides", "k", dm("42", "hi"), at(2*time.Hour))
	f := b.facts(bot("tides"), guards.Needs{Contacts: true}, at(3*time.Hour))
	if got := f.Contacts[0].OptIns; len(got) != 2 || got[0].Behaviour != "b2" || got[1].Behaviour != "b3" || got[1].Channel != "reply" {
		b.Fatalf("opt-ins %+v", got)
	}
})

var _ = add("P2: an opt-in said to one bot for another is bound to what that other one declares", func(b *bench) {
	_, err := b.Declare(b.ctx(), "waves", "w7", t0)
	b.must(err)
	_, err = b.Hear(b.ctx(), runner.Heard{Invitation: guards.Invitation{Event: "e1", Kind: guards.ByDM, Bot: "tides", From: "42", At: t0},
		Word: runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "waves"}, Behaviour: "t1"})
	b.must(err)
	ps, err := b.Desk.People(b.ctx(), runner.PeopleQuery{User: "42"})
	b.must(err)
	if len(ps) != 1 || ps[0].Scope != "waves" || ps[0].Behaviour != "w7" {
		b.Fatalf("people %+v", ps)
	}
})

var _ = add("consent is given to one bot: one for all of them is refused", func(b *bench) {
	b.refuses("consent to every bot", b.Desk.Consent(b.ctx(), "42", guards.Choice{At: t0, How: "cli", Scope: "*", Channel: "dm"}))
	b.hear("tides", "e1", "42", runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "*"}, t0)
	ps, err := b.Desk.People(b.ctx(), runner.PeopleQuery{User: "42"})
	b.must(err)
	if len(ps) != 1 || ps[0].Scope != "tides" {
		b.Fatalf("people %+v", ps)
	}
})

var _ = add("Declare gives what a bot declared before", func(b *bench) {
	for i, c := range []struct{ bot, now, before string }{{"tides", "b1", ""}, {"tides", "b1", "b1"}, {"waves", "w1", ""}, {"tides", "b2", "b1"}, {"tides", "b2", "b2"}} {
		before, err := b.Declare(b.ctx(), c.bot, c.now, at(time.Duration(i)*time.Minute))
		b.must(err)
		if before != c.before {
			b.Fatalf("%d: %q before, not %q", i, before, c.before)
		}
		b.restart()
	}
	_, err := b.Declare(b.ctx(), "", "b", t0)
	b.refuses("no bot", err)
	_, err = b.Declare(b.ctx(), "tides", "", t0)
	b.refuses("no behaviour", err)
})

var _ = add("Inbound counts what was heard after a moment, over all bots", func(b *bench) {
	for i := range 5 {
		b.hear("bot"+itoa(i%2), "e"+itoa(i), "42", runner.Word{}, at(time.Duration(i)*time.Hour))
	}
	b.hear("bot0", "e0", "42", runner.Word{}, at(9*time.Hour)) // heard before
	b.restart()
	for since, want := range map[time.Duration]int{-time.Hour: 5, 0: 4, 2 * time.Hour: 2, 4 * time.Hour: 0} {
		if n, err := b.Inbound(b.ctx(), at(since)); err != nil || n != want {
			b.Fatalf("since %s: %d, %v", since, n, err)
		}
	}
})

var _ = add("InboxAt and Profile tell the desk what was read last", func(b *bench) {
	if when, err := b.Desk.InboxAt(b.ctx(), "tides"); err != nil || !when.IsZero() {
		b.Fatalf("%s, %v", when, err)
	}
	b.must(b.InboxRead(b.ctx(), "tides", "c1", time.Time{}))
	if when, err := b.Desk.InboxAt(b.ctx(), "tides"); err != nil || !when.IsZero() {
		b.Fatalf("not read whole: %s, %v", when, err)
	}
	b.must(b.InboxRead(b.ctx(), "tides", "c2", at(time.Minute)))
	b.restart()
	if when, err := b.Desk.InboxAt(b.ctx(), "tides"); err != nil || !when.Equal(at(time.Minute)) {
		b.Fatalf("%s, %v", when, err)
	}
	if _, err := b.Desk.Profile(b.ctx(), "tides"); !isNotFound(err) {
		b.Fatalf("error %v", err)
	}
	p := guards.Profile{UserID: "11", Bio: "a bot", CheckedAt: t0}
	b.must(b.SetProfile(b.ctx(), "tides", p))
	if got, err := b.Desk.Profile(b.ctx(), "tides"); err != nil || got != p {
		b.Fatalf("%+v, %v", got, err)
	}
})
