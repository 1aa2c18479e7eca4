package ledgertest

import (
	"time"

	"heed/bots"
	"heed/runner"
)

var _ = add("M4: of a post that is gone the text is wiped, once, and what became of it stays", func(b *bench) {
	land := func(name, key string, made bots.PostID) {
		turn := b.claim(bot(name), key, post("the tide "+key), t0)
		b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed, PostID: made}, t0)
	}
	own, other := bots.PostID(bots.SnowflakeAt(t0)), bots.PostID(bots.SnowflakeAt(t0.Add(time.Second)))
	land("tides", "gone", own)
	land("tides", "stays", other)
	land("waves", "not its own", "9"+own[1:])
	b.must(b.Deleted(b.ctx(), "waves", own, at(time.Hour)))   // of another bot
	b.must(b.Deleted(b.ctx(), "tides", "123", at(time.Hour))) // which heed did not make
	if c := b.look("tides", "gone"); len(c.Stored) == 0 {
		b.Fatal("the text is wiped for a post that is there")
	}
	b.must(b.Deleted(b.ctx(), "tides", own, at(time.Hour)))
	b.must(b.Deleted(b.ctx(), "tides", own, at(2*time.Hour))) // told again
	b.restart()
	c := b.wantState("tides", "gone", runner.Done)
	if len(c.Stored) != 0 || c.Intent.Text != "" || c.Facts != nil || c.Answer == nil || c.Answer.PostID != own || c.Hash == "" {
		b.Fatalf("kept: %d bytes, facts %v, answer %+v, hash %q", len(c.Stored), c.Facts, c.Answer, c.Hash)
	}
	told := 0
	for _, r := range c.History {
		if r.Code == "post.deleted" {
			told++
		}
	}
	if told != 1 {
		b.Fatalf("told %d times", told)
	}
	if c := b.look("tides", "stays"); len(c.Stored) == 0 {
		b.Fatal("another post's text is wiped")
	}
	b.refuses("no bot", b.Deleted(b.ctx(), "", own, t0))
	b.refuses("no post", b.Deleted(b.ctx(), "tides", "", t0))
})

var _ = add("an encrypted message stops contact until a person has looked, and is no invitation", func(b *bench) {
	h := runner.Heard{Word: runner.Word{Meaning: runner.MaybeOut, Rule: "chat.encrypted", Scope: runner.EveryBot}}
	h.Event, h.Kind, h.Bot, h.From, h.At = "chat:e4f4d3fc-8bbf", runner.ByChat, "tides", "42", t0
	for i, isNew := range []bool{true, false} {
		if r, err := b.Hear(b.ctx(), h); err != nil || r.New != isNew {
			b.Fatalf("%d: %+v, %v", i, r, err)
		}
	}
	ps, err := b.Desk.People(b.ctx(), runner.PeopleQuery{User: "42"})
	b.must(err)
	if len(ps) != 1 || ps[0].Kind != "review" || ps[0].How != "chat" || ps[0].Scope != "*" || ps[0].Rule != "chat.encrypted" {
		b.Fatalf("people %+v", ps)
	}
	b.must(b.Desk.Reviewed(b.ctx(), "42", "ann", at(time.Hour)))
	if ps, err := b.Desk.People(b.ctx(), runner.PeopleQuery{User: "42"}); err != nil || len(ps) != 0 {
		b.Fatalf("people %+v, %v", ps, err)
	}
})
