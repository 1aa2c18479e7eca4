package ledgertest

import (
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var _ = add("Facts: halts that bind the bot now", func(b *bench) {
	for _, h := range []guards.Halt{
		{Kind: guards.Paused, Scope: "tides", By: "ann", Reason: "storm", At: t0, Until: at(time.Hour)},
		{Kind: guards.Halted, Scope: "waves", By: "ann", At: t0},
		{Kind: guards.Latched, Scope: "*", By: "heed", Reason: "suspended", At: t0},
	} {
		b.must(b.Desk.Halt(b.ctx(), h))
	}
	b.enter("tides", "k", post("x"), t0)
	if f := b.facts(bot("tides"), guards.Needs{}, at(59*time.Minute)); len(f.Halts) != 2 || f.Halts[0].Reason != "storm" {
		b.Fatalf("halts %+v", f.Halts)
	}
	if f := b.facts(bot("tides"), guards.Needs{}, at(time.Hour)); len(f.Halts) != 1 || f.Halts[0].Kind != guards.Latched {
		b.Fatalf("halts %+v", f.Halts)
	}
})

var _ = add("Facts: the stalest inbox, but zero when the bot's own was never read", func(b *bench) {
	b.must(b.InboxRead(b.ctx(), "waves", "w1", at(time.Minute)))
	b.enter("tides", "k", post("x"), t0)
	if f := b.facts(bot("tides"), guards.Needs{}, at(time.Hour)); !f.InboxAt.IsZero() {
		b.Fatalf("inbox %s", f.InboxAt)
	}
	b.must(b.InboxRead(b.ctx(), "tides", "t1", at(30*time.Minute)))
	if f := b.facts(bot("tides"), guards.Needs{}, at(61*time.Minute)); !f.InboxAt.Equal(at(time.Minute)) {
		b.Fatalf("inbox %s", f.InboxAt)
	}
	b.must(b.Latch(b.ctx(), guards.Halt{Scope: "waves", Reason: "locked", At: at(time.Hour)}))
	if f := b.facts(bot("tides"), guards.Needs{}, at(2*time.Hour)); !f.InboxAt.Equal(at(30 * time.Minute)) {
		b.Fatalf("a latched bot's inbox counts: %s", f.InboxAt)
	}
	b.restart()
	if c, err := b.Cursor(b.ctx(), "tides"); err != nil || c != "t1" {
		b.Fatalf("cursor %q, %v", c, err)
	}
})

var _ = add("Facts: the inbox of another account under the same name was never read", func(b *bench) {
	b.must(b.SetProfile(b.ctx(), "tides", guards.Profile{UserID: "9", CheckedAt: t0}))
	b.must(b.InboxRead(b.ctx(), "tides", "far", t0))
	b.must(b.SetProfile(b.ctx(), "tides", guards.Profile{UserID: "10", CheckedAt: t0}))
	if c, err := b.Cursor(b.ctx(), "tides"); err != nil || c != "" {
		b.Fatalf("cursor %q, %v", c, err)
	}
	b.enter("tides", "k", post("x"), t0)
	if f := b.facts(bot("tides"), guards.Needs{}, at(time.Minute)); !f.InboxAt.IsZero() {
		b.Fatalf("inbox %s", f.InboxAt)
	}
})

var _ = add("Facts: the inbox of a bot that left the house does not count", func(b *bench) {
	b.must(b.InboxRead(b.ctx(), "gone", "g", t0))
	b.must(b.SetProfile(b.ctx(), "gone", guards.Profile{UserID: "9", Handle: "@gone", CheckedAt: t0}))
	b.must(b.InboxRead(b.ctx(), "tides", "t", at(time.Hour)))
	b.enter("tides", "k", post("x"), t0)
	who := bot("tides")
	who.House.Bots = []string{"tides", "gone"}
	b.must(b.SetProfile(b.ctx(), "gone", guards.Profile{UserID: "9", Handle: "@renamed", CheckedAt: at(time.Minute)}))
	if f := b.facts(who, guards.Needs{}, at(time.Hour)); !f.InboxAt.Equal(t0) {
		b.Fatalf("inbox %s", f.InboxAt)
	}
	who.House.Bots = []string{"tides"}
	if f := b.facts(who, guards.Needs{}, at(2*time.Hour)); !f.InboxAt.Equal(at(time.Hour)) {
		b.Fatalf("inbox %s", f.InboxAt)
	}
})

var _ = add("Facts: profile and own accounts", func(b *bench) {
	p := guards.Profile{UserID: "11", Handle: "@tides", Bio: "a bot by Harbour Lab", Automated: true, CheckedAt: t0}
	b.must(b.SetProfile(b.ctx(), "tides", p))
	b.must(b.SetProfile(b.ctx(), "waves", guards.Profile{UserID: "12", CheckedAt: t0}))
	b.enter("tides", "k", post("x"), t0)
	f := b.facts(bot("tides"), guards.Needs{Profile: true}, t0)
	if f.Profile != p || f.Own["12"] != "waves" || f.Own["11"] != "tides" || f.Bot.UserID != "11" {
		b.Fatalf("profile %+v, own %v, bot %+v", f.Profile, f.Own, f.Bot)
	}
	b.restart()
	if got, err := b.Profile(b.ctx(), "tides"); err != nil || got != p {
		b.Fatalf("profile %+v, %v", got, err)
	}
	if _, err := b.Profile(b.ctx(), "nobody"); !isNotFound(err) {
		b.Fatalf("error %v", err)
	}
})

var _ = add("Facts: whom an intent reaches", func(b *bench) {
	b.must(b.SetAuthor(b.ctx(), "501", runner.Authorship{Author: "77"}, t0))
	b.hear("tides", "m1", "78", runner.Word{}, t0)
	_, err := b.Hear(b.ctx(), runner.Heard{Invitation: guards.Invitation{Event: "502", Kind: guards.ByMention, Bot: "waves", From: "79", Post: "502", At: t0}})
	b.must(err)
	for _, c := range []struct {
		says    string
		in      bots.Intent
		who     bots.UserID
		unknown bool
	}{
		{"a message reaches its target", dm("42", "hi"), "42", false},
		{"a reply reaches the author of a post that was looked up", reply("501", "hi"), "77", false},
		{"a reply reaches the author of a post that was heard, by whatever bot", reply("502", "hi"), "79", false},
		{"the author of another post is not known", reply("503", "hi"), "", true},
		{"a post reaches nobody", post("hi"), "", false},
	} {
		b.enter(c.says, "k", c.in, t0)
		f := b.facts(bot(c.says), guards.Needs{Contacts: true}, t0)
		var who bots.UserID
		if len(f.Contacts) == 1 {
			who = f.Contacts[0].ID
		}
		if who != c.who || f.Unknown != c.unknown {
			b.Fatalf("%s: %+v, unknown %v", c.says, f.Contacts, f.Unknown)
		}
	}
	if _, err := b.Author(b.ctx(), "503"); !isNotFound(err) {
		b.Fatalf("error %v", err)
	}
})

var _ = add("Facts: choices in force for this bot", func(b *bench) {
	b.must(b.Desk.Consent(b.ctx(), "42", guards.Choice{At: t0, How: "cli", Scope: "tides", Channel: "dm"}))
	b.must(b.Desk.Consent(b.ctx(), "42", guards.Choice{At: t0, How: "cli", Scope: "waves", Channel: "dm"}))
	b.hear("waves", "m1", "42", stop("waves"), at(time.Minute))
	b.hear("tides", "m2", "42", runner.Word{Meaning: runner.MaybeOut, Rule: "en.maybe", Scope: "*"}, at(time.Minute))
	needs := guards.Needs{Contacts: true}
	b.enter("tides", "k", dm("42", "hi"), t0)
	b.enter("waves", "k", dm("42", "hi"), at(2*time.Minute))
	p := b.facts(bot("tides"), needs, at(2*time.Minute)).Contacts[0]
	if p.OptOut != nil || len(p.OptIns) != 1 || p.OptIns[0].Scope != "tides" || p.Review == nil || p.Review.Rule != "en.maybe" {
		b.Fatalf("for tides %+v", p)
	}
	p = b.facts(bot("waves"), needs, at(2*time.Minute)).Contacts[0]
	if p.OptOut == nil || p.OptOut.Event != "m1" || p.OptOut.How != "dm" || p.OptOut.Rule != "en.stop" || len(p.OptIns) != 0 {
		b.Fatalf("for waves %+v", p)
	}
})

var _ = add("Facts: the cause, spent by one answer and given back by a failed one", func(b *bench) {
	inv := guards.Invitation{Event: "601", Kind: guards.ByMention, Bot: "tides", From: "42", Post: "601", At: t0, Summons: true,
		Automated: true, Thread: "600", Mentions: []bots.UserID{"7", "8"}}
	_, err := b.Hear(b.ctx(), runner.Heard{Invitation: inv})
	b.must(err)
	answer := func(key string) bots.Intent {
		in := reply("601", "an answer: "+key)
		in.Cause = "601"
		return in
	}
	spentBy := func(key string) string {
		b.enter("tides", key, answer(key), at(time.Minute))
		f := b.facts(bot("tides"), guards.Needs{Cause: true}, at(time.Minute))
		if f.Cause == nil || f.Cause.From != "42" || !f.Cause.Summons || !f.Cause.Automated || f.Cause.Thread != "600" || !slices.Equal(f.Cause.Mentions, inv.Mentions) {
			b.Fatalf("cause %+v", f.Cause)
		}
		b.must(b.Desk.Reject(b.ctx(), runner.Ref{Bot: "tides", Key: key}, "test", "", at(time.Minute)))
		return f.Cause.SpentBy
	}
	one := b.claim(bot("tides"), "one", answer("one"), at(time.Minute))
	if by := spentBy("p1"); by != one.ID {
		b.Fatalf("spent by %q while doing", by)
	}
	b.settle(one.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused}, at(time.Minute))
	if by := spentBy("p2"); by != "" {
		b.Fatalf("spent by %q after it failed", by)
	}
	two := b.claim(bot("tides"), "two", answer("two"), at(time.Minute))
	b.settle(two.Seq, runner.Unknown, runner.Answer{Outcome: runner.Uncertain}, at(time.Minute))
	if by := spentBy("p3"); by != two.ID {
		b.Fatalf("spent by %q while nobody knows", by)
	}
	b.enter("waves", "k", answer("w"), t0)
	if f := b.facts(bot("waves"), guards.Needs{Cause: true}, at(time.Minute)); f.Cause != nil {
		b.Fatalf("another bot is invited by it: %+v", f.Cause)
	}
})

var _ = add("Facts: lanes until their reset, the stricter answer wins", func(b *bench) {
	turn := b.claim(bot("tides"), "a", post("x"), t0)
	lane := guards.Lane{Name: "post", Limit: 100, Remaining: 5, Reset: at(15 * time.Minute)}
	looser, app := lane, guards.Lane{Name: "app", Limit: 1000, Stopped: true, Reset: at(time.Hour)}
	looser.Remaining = 9
	b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed, Lanes: []guards.Lane{lane, app}}, t0)
	turn = b.claim(bot("tides"), "b", post("y"), t0)
	b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed, Lanes: []guards.Lane{looser}}, t0)
	b.enter("tides", "k", post("z"), t0)
	b.enter("waves", "k", post("z"), t0)
	needs := guards.Needs{Lanes: true}
	if f := b.facts(bot("tides"), needs, at(time.Minute)); len(f.Lanes) != 2 || f.Lanes[0] != lane || f.Lanes[1] != app {
		b.Fatalf("lanes %+v", f.Lanes)
	}
	if f := b.facts(bot("waves"), needs, at(time.Minute)); len(f.Lanes) != 1 || f.Lanes[0] != app {
		b.Fatalf("another bot's lanes %+v", f.Lanes)
	}
	if f := b.facts(bot("tides"), needs, at(15*time.Minute)); len(f.Lanes) != 1 {
		b.Fatalf("lanes after the reset %+v", f.Lanes)
	}
})

func window(name string, span time.Duration, limit int, all bool, actions ...bots.Action) guards.Window {
	return guards.Window{Name: name, Span: span, Limit: limit, All: all, Actions: actions}
}

var _ = add("Facts: windows count what was claimed and not refused", func(b *bench) {
	tides, waves := bot("tides"), bot("waves")
	for i := range 3 {
		b.did(tides, "f"+itoa(i), follow(bots.UserID("10"+itoa(i))), at(time.Duration(i)*time.Minute))
	}
	b.did(waves, "f", follow("200"), at(3*time.Minute))
	b.did(dry("waves"), "d", follow("201"), at(3*time.Minute))
	b.did(tides, "p", post("x"), at(4*time.Minute))
	lost := b.claim(tides, "lost", follow("103"), at(5*time.Minute))
	b.settle(lost.Seq, runner.Unknown, runner.Answer{Outcome: runner.Uncertain}, at(5*time.Minute))
	b.must(b.Settle(b.ctx(), runner.Closing{Seq: lost.Seq, At: at(5 * time.Minute), State: runner.Held, Code: "reconcile.absent"}))
	no := b.claim(tides, "no", follow("104"), at(5*time.Minute))
	b.settle(no.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused}, at(5*time.Minute))

	ws := []guards.Window{
		window("follows", time.Hour, 10, false, bots.Follow),
		window("full", time.Hour, 4, false, bots.Follow),
		window("over", time.Hour, 2, false, bots.Follow),
		window("edge", 9*time.Minute, 10, false, bots.Follow),
		window("all", time.Hour, 10, true, bots.Follow),
		window("any", time.Hour, 10, false),
		window("any of all", time.Hour, 10, true),
	}
	want := map[string]guards.Use{"follows": {Count: 4}, "full": {Count: 4, Oldest: t0}, "over": {Count: 4, Oldest: at(2 * time.Minute)},
		"edge": {Count: 2}, "all": {Count: 5}, "any": {Count: 5}, "any of all": {Count: 6}}
	b.enter("tides", "k", follow("105"), at(6*time.Minute))
	got := b.facts(tides, guards.Needs{Windows: ws}, at(10*time.Minute)).Used
	for name, w := range want {
		if g := got[name]; g.Count != w.Count || !g.Oldest.Equal(w.Oldest) {
			b.Errorf("%s: %+v, not %+v", name, g, w)
		}
	}
	b.enter("waves", "k", follow("106"), at(6*time.Minute))
	got = b.facts(dry("waves"), guards.Needs{Windows: ws}, at(10*time.Minute)).Used
	if got["follows"].Count != 2 || got["all"].Count != 6 {
		b.Errorf("a rehearsal counts %+v", got)
	}
	b.enter("surf", "k", follow("107"), at(6*time.Minute))
	if got = b.facts(dry("surf"), guards.Needs{Windows: ws}, at(10*time.Minute)).Used; got["all"].Count != 5 {
		b.Errorf("another bot's rehearsal counts: %+v", got["all"])
	}
})

var _ = add("Facts: acts of any bot on the same target", func(b *bench) {
	b.did(bot("waves"), "f", follow("42"), t0)
	b.did(bot("tides"), "u", bots.Intent{Action: bots.Unfollow, Target: bots.Target{UserID: "42"}}, at(time.Hour))
	b.did(dry("surf"), "f", follow("42"), at(time.Hour))
	no := b.claim(bot("tides"), "no", follow("42"), at(time.Hour))
	b.settle(no.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused}, at(time.Hour))
	b.enter("tides", "k", follow("42"), at(2*time.Hour))
	f := b.facts(bot("tides"), guards.Needs{Same: 24 * time.Hour}, at(2*time.Hour))
	if len(f.Same) != 2 || f.Same[0].Key != "u" || f.Same[1].Bot != "waves" || !f.Same[1].At.Equal(t0) || f.Same[1].State != "done" {
		b.Fatalf("same %+v", f.Same)
	}
	if f = b.facts(bot("tides"), guards.Needs{Same: time.Hour + time.Minute}, at(2*time.Hour+time.Second)); len(f.Same) != 1 {
		b.Fatalf("same %+v", f.Same)
	}
	b.did(bot("waves"), "r", reply("900", "hello there"), at(2*time.Hour))
	b.enter("surf", "k", reply("900", "me too"), at(2*time.Hour))
	if f = b.facts(bot("surf"), guards.Needs{Same: time.Hour}, at(2*time.Hour)); len(f.Same) != 1 || f.Same[0].Action != bots.Reply {
		b.Fatalf("same %+v", f.Same)
	}
})

const long = "The harbour wall will be closed for repairs from Tuesday morning until the end of the week"

var _ = add("Facts: the likest texts of all bots, those that only wait too", func(b *bench) {
	needs := guards.Needs{Alike: 24 * time.Hour}
	b.enter("waves", "early", post(long), t0)
	b.enter("tides", "mine", post(long+"!"), at(time.Minute))
	b.enter("waves", "late", post(long), at(2*time.Minute))
	f := b.facts(bot("tides"), needs, at(3*time.Minute))
	if len(f.Alike) != 1 || f.Alike[0].Key != "early" || f.Alike[0].Bot != "waves" || !f.Alike[0].Exact || f.Alike[0].Score < 0.9 || f.Alike[0].State != "waiting" {
		b.Fatalf("alike %+v", f.Alike)
	}
	early := b.decide(bot("waves"), allow(), at(4*time.Minute))
	b.settle(early.Seq, runner.Done, runner.Answer{Outcome: runner.Landed, PostID: "700"}, at(4*time.Minute))
	late := b.decide(bot("waves"), allow(), at(4*time.Minute)) // acted on before this one is: it counts now
	f = b.facts(bot("tides"), needs, at(5*time.Minute))
	if len(f.Alike) != 2 || f.Alike[0].PostID != "700" && f.Alike[1].PostID != "700" {
		b.Fatalf("alike %+v", f.Alike)
	}
	b.settle(late.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused}, at(5*time.Minute))
	if f = b.facts(bot("tides"), needs, at(6*time.Minute)); len(f.Alike) != 1 {
		b.Fatalf("a failed text counts: %+v", f.Alike)
	}
	b.restart()
	if f = b.facts(bot("tides"), needs, at(7*time.Minute)); len(f.Alike) != 1 || f.Alike[0].Key != "early" || !f.Alike[0].Exact {
		b.Fatalf("after a restart: %+v", f.Alike)
	}
	if f = b.facts(bot("tides"), needs, at(24*time.Hour+5*time.Minute)); len(f.Alike) != 0 {
		b.Fatalf("beyond the window: %+v", f.Alike)
	}
})

var _ = add("Facts: a text that will not be said counts no more", func(b *bench) {
	needs := guards.Needs{Alike: 24 * time.Hour}
	for key, end := range map[string]func(key string){
		"denied":   func(string) { b.decide(bot("waves"), always(guards.Denied("t.no", "no", "")), t0) },
		"rejected": func(key string) { b.must(b.Desk.Reject(b.ctx(), runner.Ref{Bot: "waves", Key: key}, "ann", "", t0)) },
		"expired":  func(string) { b.idle(bot("waves"), at(2000*time.Hour)) },
	} {
		b.enter("waves", key, post(long), t0)
		end(key)
	}
	b.did(dry("surf"), "rehearsed", post(long), t0)
	b.enter("tides", "k", post(long), t0)
	if f := b.facts(bot("tides"), needs, at(time.Hour)); len(f.Alike) != 0 {
		b.Fatalf("alike %+v", f.Alike)
	}
	b.enter("surf", "again", post(long), t0)
	if f := b.facts(dry("surf"), needs, at(time.Hour)); len(f.Alike) != 2 { // its own rehearsal and what tides waits to say
		b.Fatalf("a rehearsal sees %+v", f.Alike)
	}
})

var _ = add("Facts: only what is needed", func(b *bench) {
	b.must(b.SetProfile(b.ctx(), "tides", guards.Profile{UserID: "11", CheckedAt: t0}))
	b.did(bot("tides"), "a", dm("42", "hello you"), t0)
	b.enter("tides", "k", dm("42", "hello you"), t0)
	f := b.facts(bot("tides"), guards.Needs{}, at(time.Minute))
	if f.Profile.UserID != "" || f.Contacts != nil || f.Used != nil || f.Same != nil || f.Alike != nil || f.Lanes != nil || f.Cause != nil {
		b.Fatalf("facts %+v", f)
	}
})

var _ = add("a reply leaves out whom the answered post names beside its author and the bot", func(b *bench) {
	b.must(b.SetProfile(b.ctx(), "tides", guards.Profile{UserID: "11", CheckedAt: t0}))
	inv := guards.Invitation{Event: "601", Kind: guards.ByMention, Bot: "tides", From: "42", Post: "601", At: t0,
		Mentions: []bots.UserID{"11", "8", "42", "9"}}
	_, err := b.Hear(b.ctx(), runner.Heard{Invitation: inv})
	b.must(err)
	b.must(b.SetAuthor(b.ctx(), "602", runner.Authorship{Author: "43", Names: []bots.UserID{"7"}}, t0))
	b.restart()
	for post, want := range map[bots.PostID][]bots.UserID{"601": {"8", "9"}, "602": {"7"}, "603": nil} {
		if turn := b.claim(bot("tides"), string(post), reply(post, "hi "+string(post)), t0); !slices.Equal(turn.Leave, want) {
			b.Fatalf("%s leaves out %v", post, turn.Leave)
		}
	}
	b.must(b.SetAuthor(b.ctx(), "602", runner.Authorship{Author: "43"}, t0)) // who knows less takes nothing away
	if a, err := b.Author(b.ctx(), "602"); err != nil || a.Author != "43" || len(a.Names) != 1 {
		b.Fatalf("%+v, %v", a, err)
	}
})

var _ = add("an inbox that was not read whole keeps its old time", func(b *bench) {
	b.enter("tides", "k", post("x"), t0)
	b.must(b.InboxRead(b.ctx(), "tides", "c1", time.Time{}))
	if f := b.facts(bot("tides"), guards.Needs{}, at(time.Hour)); !f.InboxAt.IsZero() {
		b.Fatalf("read at %s", f.InboxAt)
	}
	b.must(b.InboxRead(b.ctx(), "tides", "c2", at(time.Minute)))
	b.must(b.InboxRead(b.ctx(), "tides", "c3", time.Time{}))
	b.must(b.InboxRead(b.ctx(), "waves", "w", at(2*time.Minute)))
	if f := b.facts(bot("tides"), guards.Needs{}, at(2*time.Hour)); !f.InboxAt.Equal(at(time.Minute)) {
		b.Fatalf("read at %s", f.InboxAt)
	}
	if c, err := b.Cursor(b.ctx(), "tides"); err != nil || c != "c3" {
		b.Fatalf("cursor %q, %v", c, err)
	}
})

var _ = add("Facts: an inbox of another bot that was never read whole makes the time zero", func(b *bench) {
	b.must(b.InboxRead(b.ctx(), "tides", "t", at(time.Minute)))
	b.must(b.InboxRead(b.ctx(), "waves", "w", time.Time{}))
	b.enter("tides", "k", post("x"), t0)
	if f := b.facts(bot("tides"), guards.Needs{}, at(time.Hour)); !f.InboxAt.IsZero() {
		b.Fatalf("read at %s", f.InboxAt)
	}
})

var _ = add("Facts: a cause that an earlier attempt of the same intent spent is not spent for it", func(b *bench) {
	_, err := b.Hear(b.ctx(), runner.Heard{Invitation: guards.Invitation{Event: "601", Kind: guards.ByMention, Bot: "tides", From: "42", Post: "601", At: t0}})
	b.must(err)
	in := reply("601", "an answer")
	in.Cause = "601"
	turn := b.claim(bot("tides"), "k", in, t0)
	b.settle(turn.Seq, runner.Unknown, runner.Answer{Outcome: runner.Uncertain}, t0)
	b.must(b.Settle(b.ctx(), runner.Closing{Seq: turn.Seq, At: t0, State: runner.Held, Code: "reconcile.absent"}))
	b.must(b.Desk.Approve(b.ctx(), runner.Ref{Bot: "tides", Key: "k"}, "ann", b.look("tides", "k").Hash, t0))
	if f := b.facts(bot("tides"), guards.Needs{Cause: true}, t0); f.Cause == nil || f.Cause.SpentBy != "" {
		b.Fatalf("cause %+v", f.Cause)
	}
})

var _ = add("Facts: a bot's own texts, however many, do not hide another bot's", func(b *bench) {
	b.did(bot("waves"), "theirs", post(long+", says the harbour master"), t0)
	for i := range 12 {
		b.did(bot("tides"), "own"+itoa(i), post(long), at(time.Duration(i)*time.Minute))
	}
	b.enter("tides", "next", post(long), at(time.Hour))
	for i, when := range []string{"at once", "after a restart"} {
		others, all := 0, b.facts(bot("tides"), guards.Needs{Alike: 24 * time.Hour}, at(time.Duration(2+i)*time.Hour)).Alike
		for _, a := range all {
			if a.Bot == "waves" {
				others++
			}
		}
		if others != 1 || len(all) != 8 {
			b.Fatalf("%s: %d of %d are another bot's: %+v", when, others, len(all), all)
		}
		b.restart()
	}
})
