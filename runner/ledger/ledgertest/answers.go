package ledgertest

import (
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// saying is a message with heed's own answer to it.
func (b *bench) saying(name, event string, from bots.UserID, w runner.Word, o guards.Origin, now time.Time) runner.Receipt {
	b.Helper()
	in := dm(from, "heed's own words to "+event)
	in.Cause = event
	e := b.entry(name, bots.HouseKey+string(o)+":"+event, in, now)
	e.Origin = o
	r, err := b.Hear(b.ctx(), runner.Heard{Invitation: guards.Invitation{Event: event, Kind: guards.ByDM, Bot: name, From: from, At: now}, Word: w, Answer: &e})
	b.must(err)
	return r
}

// own counts the intents of a bot that heed made itself, by state.
func (b *bench) own(name string, s runner.State) (keys []string) {
	b.Helper()
	all, err := b.Desk.Waiting(b.ctx(), []runner.State{s}, name, 1000)
	b.must(err)
	for _, c := range all {
		if c.Origin != guards.ByBot {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

// confirming reads Facts.Confirms of the bot's next intent.
func (b *bench) confirming(name string, now time.Time) *guards.Choice {
	b.Helper()
	f := b.facts(bot(name), guards.Needs{}, now)
	if f.Origin != guards.Confirmation {
		b.Fatalf("origin %q", f.Origin)
	}
	return f.Confirms
}

var _ = add("the answer to HELP is entered with what was heard, once, as heed's own", func(b *bench) {
	help := runner.Word{Meaning: runner.WantsHelp, Rule: "en.help"}
	b.saying("tides", "e1", "42", help, guards.ForHelp, t0)
	b.saying("tides", "e1", "42", help, guards.ForHelp, at(time.Minute))
	b.restart()
	if keys := b.own("tides", runner.Waiting); len(keys) != 1 || keys[0] != "heed:help:e1" {
		b.Fatalf("answers %v", keys)
	}
	if f := b.facts(bot("tides"), guards.Needs{}, at(time.Minute)); f.Origin != guards.ForHelp || f.Confirms != nil {
		b.Fatalf("facts %+v", f)
	}
	b.enter("tides", "k", post("x"), t0)
	if c := b.look("tides", "k"); c.Origin != guards.ByBot {
		b.Fatalf("a bot's own intent is of origin %q", c.Origin)
	}
	if r := b.hear("tides", "e2", "42", stop("*"), at(time.Hour)); len(r.Cancelled) != 1 {
		b.Fatalf("a STOP does not recall the answer to HELP: %+v", r)
	}
})

var _ = add("one confirmation for one STOP, and none for the next", func(b *bench) {
	b.enter("tides", "under way", dm("42", "hi"), t0)
	r := b.saying("tides", "e1", "42", stop("*"), guards.Confirmation, at(time.Minute))
	if !r.New || len(r.Cancelled) != 1 || r.Cancelled[0].Key != "under way" {
		b.Fatalf("receipt %+v", r)
	}
	r = b.saying("tides", "e2", "42", stop("*"), guards.Confirmation, at(2*time.Minute))
	if len(r.Cancelled) != 0 {
		b.Fatalf("the next STOP recalled the confirmation: %+v", r)
	}
	b.saying("waves", "e3", "42", stop("*"), guards.Confirmation, at(3*time.Minute))
	if r, err := b.Desk.OptOut(b.ctx(), "42", guards.Choice{At: at(4 * time.Minute), How: "cli", Scope: "*"}); err != nil || len(r.Cancelled) != 0 {
		b.Fatalf("receipt %+v, %v", r, err)
	}
	b.restart()
	if a, w := b.own("tides", runner.Waiting), b.own("waves", runner.Waiting); len(a) != 1 || a[0] != "heed:confirm:e1" || len(w) != 0 {
		b.Fatalf("confirmations %v and %v", a, w)
	}
})

var _ = add("Facts: a confirmation knows the opt-out that it confirms, while that is in force and unconfirmed", func(b *bench) {
	b.saying("tides", "e1", "42", stop("*"), guards.Confirmation, t0)
	if c := b.confirming("tides", at(time.Second)); c == nil || c.Event != "e1" || c.How != "dm" || c.Rule != "en.stop" {
		b.Fatalf("confirms %+v", c)
	}
	b.hear("tides", "e2", "42", stop("*"), at(time.Minute)) // said again before it was confirmed
	if c := b.confirming("tides", at(2*time.Minute)); c == nil || c.Event != "e1" {
		b.Fatalf("confirms %+v", c)
	}
	// Another confirmation of the same opt-out is one too many, however it came about.
	in := dm("42", "again")
	in.Cause = "e1"
	e := b.entry("waves", bots.HouseKey+"confirm:e1", in, at(3*time.Minute))
	e.Origin = guards.Confirmation
	_, err := b.Enter(b.ctx(), []runner.Entry{e})
	b.must(err)
	if c := b.confirming("waves", at(3*time.Minute)); c == nil {
		b.Fatal("nobody has confirmed it yet")
	}
	turn := b.decide(bot("tides"), allow(), at(4*time.Minute))
	for i, s := range []runner.State{runner.Doing, runner.Unknown, runner.Done} {
		if s != runner.Doing {
			b.settle(turn.Seq, s, runner.Answer{Outcome: runner.Landed}, at(5*time.Minute))
		}
		b.restart()
		if c := b.confirming("waves", at(time.Duration(6+i)*time.Minute)); c != nil {
			b.Fatalf("confirmed twice, the first one %s: %+v", s, c)
		}
	}
})

var _ = add("Facts: a confirmation of what is not in force confirms nothing", func(b *bench) {
	for says, change := range map[string]func(user bots.UserID){
		"forgiven": func(u bots.UserID) { b.must(b.Desk.Forgive(b.ctx(), u, "*", "ann", "by phone", at(time.Minute))) },
		"taken back": func(u bots.UserID) {
			b.hear(string(u), "start"+string(u), u, runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: string(u)}, at(time.Minute))
		},
	} {
		user := bots.UserID("7" + itoa(len(says)))
		b.saying(string(user), "e"+string(user), user, stop("*"), guards.Confirmation, t0)
		change(user)
		if c := b.confirming(string(user), at(time.Hour)); c != nil {
			b.Fatalf("%s: %+v", says, c)
		}
	}
	// By hand, by a sign, by another event or for another bot: none of them was said to this bot.
	_, err := b.Desk.OptOut(b.ctx(), "81", guards.Choice{At: t0, How: "cli", Scope: "*", Event: "e81"})
	b.must(err)
	b.shows("surf", "e82", "82", runner.Word{}, runner.Signs{Marker: "bio.nobots"}, t0)
	b.hear("surf", "e83", "83", stop("*"), t0)
	b.hear("surf", "e84", "84", stop("surf"), t0)
	for user, cause := range map[bots.UserID]string{"81": "e81", "82": "e82", "83": "other", "84": "e84"} {
		in := dm(user, "stopped")
		in.Cause = cause
		e := b.entry("tides"+string(user), "k", in, t0)
		e.Origin = guards.Confirmation
		_, err := b.Enter(b.ctx(), []runner.Entry{e})
		b.must(err)
		if c := b.confirming("tides"+string(user), at(time.Hour)); c != nil {
			b.Fatalf("%s: %+v", user, c)
		}
	}
	// A bot's own intent confirms nothing, whatever its cause.
	in := dm("83", "stopped")
	in.Cause = "e83"
	b.enter("surf", "bot's", in, t0)
	if f := b.facts(bot("surf"), guards.Needs{}, at(time.Hour)); f.Confirms != nil {
		b.Fatalf("%+v", f.Confirms)
	}
})

var _ = add("only words are confirmed, and only to who was not opted out before", func(b *bench) {
	waits := func(says string, user bots.UserID, want int) {
		b.Helper()
		n := 0
		for _, k := range b.own("tides", runner.Waiting) {
			if c := b.look("tides", k); c.Intent.Target.UserID == user {
				n++
			}
		}
		if n != want {
			b.Fatalf("%s: %d confirmations, not %d", says, n, want)
		}
	}
	b.shows("tides", "601", "1", runner.Word{}, runner.Signs{Marker: "bio.nobots"}, t0)
	b.saying("tides", "e1", "1", stop("*"), guards.Confirmation, at(time.Minute))
	waits("whose bio said so before", "1", 0)
	b.saying("tides", "e2", "2", runner.Word{}, guards.Confirmation, at(time.Minute))
	b.saying("tides", "e2b", "2", runner.Word{Meaning: runner.MaybeOut, Rule: "en.maybe", Scope: "*"}, guards.Confirmation, at(time.Minute))
	waits("who did not say stop", "2", 0)
	b.saying("tides", "e3", "3", stop("tides"), guards.Confirmation, at(time.Minute))
	waits("who said stop to one bot", "3", 1)
	b.saying("tides", "e4", "4", stop("*"), guards.Confirmation, at(time.Minute))
	b.hear("tides", "e5", "4", start, at(2*time.Minute))
	b.saying("tides", "e6", "4", stop("*"), guards.Confirmation, at(3*time.Minute))
	waits("who came back and stopped again", "4", 2)
	in := dm("5", "stopped")
	in.Cause = "e7"
	e := b.entry("tides", bots.HouseKey+"confirm:e7", in, at(time.Minute))
	e.Origin = guards.Confirmation
	_, err := b.Hear(b.ctx(), runner.Heard{Invitation: guards.Invitation{Event: "e7", Kind: guards.ByMention, Bot: "tides", From: "5", At: at(time.Minute)},
		Word: stop("*"), Signs: runner.Signs{Known: true, Blocks: true}, Answer: &e})
	b.must(err)
	waits("who has blocked the bot", "5", 0)
})

var _ = add("P3: a stop is recorded even where the answer to it is none", func(b *bench) {
	e := b.entry("waves", "heed:confirm:e1", dm("42", "stopped"), t0) // of another bot
	e.Origin = guards.Confirmation
	bad := e
	bad.Bot, bad.Origin = "tides", guards.ByBot
	for i, e := range []runner.Entry{e, bad} {
		user := bots.UserID("4" + itoa(i))
		_, err := b.Hear(b.ctx(), runner.Heard{Invitation: guards.Invitation{Event: "e" + itoa(i), Kind: guards.ByDM, Bot: "tides", From: user, At: t0},
			Word: stop("*"), Answer: &e})
		b.must(err)
		if len(b.outs(user)) != 1 {
			b.Fatal("the stop is lost")
		}
	}
	if n := b.recordsWith("answer.unfit"); n != 2 {
		b.Fatalf("%d of 2 faults are told", n)
	}
	if all, err := b.Desk.Waiting(b.ctx(), nil, "", 10); err != nil || len(all) != 0 {
		b.Fatalf("entered %+v, %v", all, err)
	}
})
