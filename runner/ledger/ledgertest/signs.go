package ledgertest

import (
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// shows lets a person write a message while the account shows signs.
func (b *bench) shows(name, event string, from bots.UserID, w runner.Word, s runner.Signs, now time.Time) runner.Receipt {
	b.Helper()
	s.Known = true
	r, err := b.Hear(b.ctx(), runner.Heard{Invitation: guards.Invitation{Event: event, Kind: guards.ByMention, Bot: name, From: from,
		Post: bots.PostID(event), At: now}, Word: w, Signs: s, Behaviour: "b1"})
	b.must(err)
	return r
}

// outs are the opt-outs in force for a person.
func (b *bench) outs(user bots.UserID) (out []guards.Choice) {
	b.Helper()
	ps, err := b.Desk.People(b.ctx(), runner.PeopleQuery{User: user, OptedOut: true})
	b.must(err)
	for _, p := range ps {
		out = append(out, p.Choice)
	}
	return out
}

// about is a person as a bot must take them.
func (b *bench) about(name string, user bots.UserID, now time.Time) guards.Person {
	b.Helper()
	b.made++
	key := "about" + itoa(b.made)
	b.enter(name, key, dm(user, "hi"), now)
	f := b.facts(bot(name), guards.Needs{Contacts: true}, now)
	b.must(b.Desk.Reject(b.ctx(), runner.Ref{Bot: name, Key: key}, "test", "", now))
	return f.Contacts[0]
}

var start = runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}

var _ = add("P3: signs of an account are opt-outs from every bot, and recall what is under way", func(b *bench) {
	for i, c := range []struct {
		says  string
		signs runner.Signs
		how   string
		rule  string
	}{{"a block", runner.Signs{Blocks: true}, "block", ""}, {"a bio", runner.Signs{Marker: "bio.nobots"}, "bio", "bio.nobots"}} {
		user := bots.UserID("4" + itoa(i))
		b.enter("tides", "a"+itoa(i), dm(user, "hi"), t0)
		b.enter("waves", "b"+itoa(i), follow(user), t0)
		r := b.shows("tides", "60"+itoa(i), user, runner.Word{}, c.signs, at(time.Minute))
		if !r.New || len(r.Cancelled) != 2 {
			b.Fatalf("%s: receipt %+v", c.says, r)
		}
		b.wantState("waves", "b"+itoa(i), runner.Cancelled)
		b.restart()
		cs := b.outs(user)
		if len(cs) != 1 || cs[0].Scope != "*" || cs[0].How != c.how || cs[0].Rule != c.rule || cs[0].Event != "60"+itoa(i) || !cs[0].At.Equal(at(time.Minute)) {
			b.Fatalf("%s: %+v", c.says, cs)
		}
		if b.about("surf", user, at(time.Hour)).OptOut == nil {
			b.Fatalf("%s: another bot is not told", c.says)
		}
	}
})

var _ = add("a sign that is seen again changes nothing, and one that is gone ends nothing", func(b *bench) {
	marked := runner.Signs{Marker: "bio.nobots"}
	b.shows("tides", "601", "42", runner.Word{}, marked, t0)
	before := b.recordsWith("person.opt_out")
	if r := b.shows("tides", "602", "42", runner.Word{}, marked, at(time.Minute)); !r.New || len(r.Cancelled) != 0 {
		b.Fatalf("receipt %+v", r)
	}
	b.shows("waves", "603", "42", runner.Word{}, runner.Signs{}, at(time.Hour))
	if cs := b.outs("42"); len(cs) != 1 || cs[0].Event != "601" || !cs[0].At.Equal(t0) || b.recordsWith("person.opt_out") != before {
		b.Fatalf("%+v", cs)
	}
	if r := b.shows("tides", "601", "42", runner.Word{}, runner.Signs{Blocks: true}, at(time.Hour)); r.New || len(b.outs("42")) != 1 {
		b.Fatalf("an event that was heard before: %+v", r)
	}
})

var _ = add("the person's own opt-in word beats a bio, for the bot they asked, and not a block", func(b *bench) {
	marked := runner.Signs{Marker: "bio.nobots"}
	b.enter("tides", "mine", dm("42", "hi"), t0)
	b.enter("waves", "other", dm("42", "hi"), t0)
	r := b.shows("tides", "601", "42", start, marked, at(time.Minute))
	if len(r.Cancelled) != 1 || r.Cancelled[0].Key != "other" {
		b.Fatalf("recalled %+v", r.Cancelled)
	}
	b.must(b.Desk.Reject(b.ctx(), runner.Ref{Bot: "tides", Key: "mine"}, "test", "", t0))
	check := func(says string, now time.Time) {
		b.Helper()
		if p := b.about("tides", "42", now); p.OptOut != nil || len(p.OptIns) != 1 {
			b.Fatalf("%s: the bot that was asked is kept away: %+v", says, p)
		}
		if p := b.about("waves", "42", now); p.OptOut == nil || p.OptOut.How != "bio" {
			b.Fatalf("%s: the others are not: %+v", says, p)
		}
	}
	check("at once", at(2*time.Minute))
	other := start
	other.Scope = "waves" // said to tides, for waves
	b.shows("tides", "621", "44", other, marked, t0)
	if p := b.about("waves", "44", at(time.Minute)); p.OptOut != nil {
		b.Fatalf("the bot that was asked for is kept away: %+v", p)
	}
	if p := b.about("tides", "44", at(time.Minute)); p.OptOut == nil {
		b.Fatalf("the bot that was not asked for comes back: %+v", p)
	}
	b.shows("tides", "602", "42", runner.Word{}, marked, at(3*time.Minute)) // the bio is as it was
	b.shows("waves", "603", "42", runner.Word{}, marked, at(4*time.Minute))
	b.restart()
	check("later", at(5*time.Minute))

	b.shows("tides", "611", "43", start, runner.Signs{Blocks: true, Marker: "bio.nobots"}, t0)
	if p := b.about("tides", "43", at(time.Minute)); p.OptOut == nil || len(p.OptIns) != 0 {
		b.Fatalf("a block was beaten: %+v", p)
	}
	// Who has unblocked the bot and asks for it is heard.
	b.shows("tides", "612", "43", start, runner.Signs{}, at(time.Hour))
	if p := b.about("tides", "43", at(2*time.Hour)); p.OptOut != nil {
		b.Fatalf("they came back: %+v", p.OptOut)
	}
	b.shows("tides", "613", "43", runner.Word{}, runner.Signs{Blocks: true}, at(3*time.Hour))
	if p := b.about("tides", "43", at(4*time.Hour)); p.OptOut == nil || len(p.OptIns) != 0 {
		b.Fatalf("they blocked it again: %+v", p)
	}
})

var _ = add("a STOP and a sign stand apart: neither takes the other's place", func(b *bench) {
	b.shows("tides", "601", "42", stop("*"), runner.Signs{Marker: "bio.nobots"}, t0)
	if cs := b.outs("42"); len(cs) != 2 {
		b.Fatalf("%+v", cs)
	}
	b.shows("tides", "602", "42", stop("*"), runner.Signs{Marker: "bio.nobots"}, at(time.Minute))
	for _, c := range b.outs("42") {
		if want := map[string]time.Time{"mention": at(time.Minute), "bio": t0}[c.How]; !c.At.Equal(want) {
			b.Fatalf("%+v", c)
		}
	}
})

var _ = add("an account that takes no messages is known as such to that bot", func(b *bench) {
	b.shows("tides", "601", "42", runner.Word{}, runner.Signs{NoDM: true}, t0)
	if !b.about("tides", "42", at(time.Minute)).DMClosed || b.about("waves", "42", at(time.Minute)).DMClosed {
		b.Fatal("messages")
	}
	b.hear("tides", "m1", "42", runner.Word{}, at(time.Hour)) // they write
	if b.about("tides", "42", at(2*time.Hour)).DMClosed {
		b.Fatal("still closed though they wrote")
	}
})

var _ = add("P3: the signs of a post's author are heeded when the post is looked up", func(b *bench) {
	b.enter("tides", "k", reply("950", "hi"), t0)
	b.must(b.SetAuthor(b.ctx(), "950", runner.Authorship{Author: "42", Signs: runner.Signs{Known: true, Marker: "bio.nobots"}}, at(time.Minute)))
	b.wantState("tides", "k", runner.Cancelled)
	if cs := b.outs("42"); len(cs) != 1 || cs[0].Event != "post:950" || cs[0].How != "bio" {
		b.Fatalf("%+v", cs)
	}
	b.must(b.SetAuthor(b.ctx(), "951", runner.Authorship{Author: "42", Signs: runner.Signs{Known: true, Marker: "bio.nobots"}}, at(time.Hour)))
	if cs := b.outs("42"); len(cs) != 1 || cs[0].Event != "post:950" {
		b.Fatalf("%+v", cs)
	}
	b.must(b.SetAuthor(b.ctx(), "952", runner.Authorship{Author: "43"}, at(time.Hour)))
	if cs := b.outs("43"); len(cs) != 0 {
		b.Fatalf("%+v", cs)
	}
})
