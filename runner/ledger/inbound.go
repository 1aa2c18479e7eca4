package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"heed/guards"
	"heed/runner"
)

var (
	addInbound = sql(`INSERT INTO inbound (bot, event, kind, user, post, at, summons, automated, thread, mentions)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
)

// Hear records that somebody spoke to a bot, with what was recognised in it, in one
// transaction with its effect. Who has very many intents under way to them is opted out in
// it, and the last of those are recalled by further ones, before Hear returns.
//
// A person's own clear opt-in, newer than their opt-out and of at least its scope,
// ends it; nobody else's word does but forgiving. What their account shows beside the
// words is an opt-out too: it ends by such a word, or by forgiving, not with the sign.
func (l *Ledger) Hear(ctx context.Context, h runner.Heard) (r runner.Receipt, err error) {
	if h.Bot == "" || h.Event == "" || h.From == "" || h.At.IsZero() {
		return r, errors.New("ledger: what was heard needs its bot, event, person and time")
	}
	stop := h.Word.Meaning == runner.WantsOut || h.Word.Meaning == runner.MaybeOut
	more, err := l.await(&job{ctx: ctx, first: stop, done: make(chan error, 1), do: func(t *tx) (err error) {
		r, err = t.hear(h)
		return err
	}})
	if err != nil {
		return runner.Receipt{}, err
	}
	r.Cancelled = append(r.Cancelled, more...)
	return r, nil
}

func (t *tx) hear(h runner.Heard) (r runner.Receipt, err error) {
	if known, err := t.forgottenEvent(h); err != nil || known {
		return r, err
	}
	n, err := t.changed(addInbound, h.Bot, h.Event, h.Kind, h.From, h.Post, h.At, h.Summons, h.Automated, h.Thread, joinIDs(h.Mentions))
	if err != nil {
		return r, err
	}
	if n == 0 {
		return t.heardAgain(h)
	}
	if h, err = t.beforeRestore(h); err != nil {
		return r, err
	}
	if h.Post != "" {
		if err := t.learnAuthor(h.Post, runner.Authorship{Author: h.From, Names: h.Mentions}, h.At); err != nil {
			return r, err
		}
	}
	if h.Kind == guards.ByDM && !h.Signs.NoDM { // who writes takes messages
		if _, err := t.endChoices(h.From, dmClosed, h.Bot, "x", "wrote", h.At, h.At); err != nil {
			return r, err
		}
	}
	if err := t.log(0, heardRecord(h)); err != nil {
		return r, err
	}
	if r, err = t.obeyPerson(h); err != nil {
		return r, err
	}
	r.New = true
	t.stir(h.Bot)
	return r, nil
}

var knownEvent = sql(`SELECT 1 FROM inbound WHERE bot = ? AND event = ?`)

// forgottenEvent knows an event again of somebody who was forgotten since.
func (t *tx) forgottenEvent(h runner.Heard) (known bool, err error) {
	house, err := t.inhabited()
	if err != nil || !house.forgot {
		return false, err
	}
	return t.first(knownEvent, func(*row) {}, h.Bot, fingerprint(h.Event))
}

func heardRecord(h runner.Heard) runner.Record {
	return runner.Record{At: h.At, Kind: runner.RecHeard, Bot: h.Bot, Code: "heard." + first(string(h.Word.Meaning), string(h.Kind)),
		User: h.From, PostID: h.Post, Message: heardSentence(h)}
}

func heardSentence(h runner.Heard) string {
	if h.Word.Rule == "" {
		return fmt.Sprintf("%s, event %s", h.Kind, h.Event)
	}
	return fmt.Sprintf("%s, event %s, keyword rule %s", h.Kind, h.Event, h.Word.Rule)
}

// obeyPerson does what the words and the signs of a person ask for, and then enters
// heed's own answer, so that what they end does not end it.
func (t *tx) obeyPerson(h runner.Heard) (r runner.Receipt, err error) {
	before, err := person(t.conn, h.From, h.Bot)
	if err != nil {
		return r, err
	}
	if h.Word.Meaning == runner.WantsIn && h.Signs.Blocks { // who blocks the bot asks nothing of it
		h.Word = runner.Word{}
	}
	c := guards.Choice{At: h.At, Event: h.Event}
	if h.Word.Meaning == runner.WantsIn {
		// The word is newer than the sign: it brings one bot back, the others stay away.
		c.At = c.At.Add(-time.Millisecond)
		if r.Cancelled, err = t.heedSigns(h.From, h.Signs, c, askedBot(h), false); err != nil {
			return r, err
		}
		err = t.optedIn(h)
	} else {
		var more []runner.Claim
		if r, err = t.heedWord(h); err != nil {
			return r, err
		}
		more, err = t.heedSigns(h.From, h.Signs, c, "", before.OptOut == nil)
		r.Cancelled = append(r.Cancelled, more...)
	}
	if err != nil {
		return r, err
	}
	if h.Signs.NoDM {
		c.At, c.How, c.Scope = h.At, "x", h.Bot
		if _, err := t.choose(h.From, dmClosed, c); err != nil {
			return r, err
		}
	}
	return r, t.answer(h, before.OptOut == nil, r.New)
}

// heedWord does what a message asks for. Receipt.New says that an opt-out was not
// recorded before.
func (t *tx) heedWord(h runner.Heard) (r runner.Receipt, err error) {
	c := choiceOf(h)
	switch h.Word.Meaning {
	case runner.WantsOut:
		return t.optedOut(h.From, c)
	case runner.MaybeOut:
		_, err = t.choose(h.From, review, c)
	}
	return r, err
}

func choiceOf(h runner.Heard) guards.Choice {
	return guards.Choice{At: h.At, How: howOf(h.Kind), Scope: first(h.Word.Scope, h.Bot), Event: h.Event, Rule: h.Word.Rule}
}

// optedIn ends older opt-outs of the word's scope and records a consent to one bot,
// bound to what that bot declares to do.
func (t *tx) optedIn(h runner.Heard) error {
	c := choiceOf(h)
	_, err := t.endChoices(h.From, optOut, c.Scope, "the person", "opted in again", h.At, h.At.Add(-time.Millisecond))
	if err != nil {
		return err
	}
	c.Channel = "reply"
	if h.Kind == guards.ByDM {
		c.Channel = "dm"
	}
	c.Scope = askedBot(h)
	if c.Behaviour = h.Behaviour; c.Scope != h.Bot {
		if c.Behaviour, err = declared(t.conn, c.Scope); err != nil {
			return err
		}
	}
	_, err = t.choose(h.From, optIn, c)
	return err
}

// askedBot is the one bot that an opt-in is to.
func askedBot(h runner.Heard) string {
	if h.Word.Scope == "*" {
		return h.Bot
	}
	return first(h.Word.Scope, h.Bot)
}

func howOf(k guards.InviteKind) string {
	switch k {
	case guards.ByDM:
		return "dm"
	case runner.ByChat:
		return "chat"
	}
	return "mention"
}
