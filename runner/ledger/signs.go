package ledger

import (
	"errors"
	"fmt"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// heedSigns records what an account shows beside words as an opt-out from every bot,
// and takes back what is under way to it. A sign that was seen before changes nothing:
// what its owner said since then holds. One that is gone again ends nothing. A block of
// a bot that its owner had asked back is a new one: nobody asks while they block.
func (t *tx) heedSigns(user bots.UserID, s runner.Signs, c guards.Choice, spared string, askedBack bool) (cancelled []runner.Claim, err error) {
	c.Scope = "*"
	for _, sign := range []struct {
		there     bool
		how, rule string
	}{{s.Blocks, byBlock, ""}, {s.Marker != "", byBio, s.Marker}} {
		if !sign.there {
			continue
		}
		c.How, c.Rule = sign.how, sign.rule
		isNew, err := t.choose(user, optOut, c)
		if err != nil {
			return cancelled, err
		}
		switch {
		case isNew:
		case askedBack && sign.how == byBlock:
			if err := t.logAgain(user, optOut, c, "shown again"); err != nil {
				return cancelled, err
			}
		default:
			continue
		}
		more, err := t.silence(user, c, spared)
		if err != nil {
			return cancelled, err
		}
		cancelled = append(cancelled, more...)
	}
	return cancelled, nil
}

// answer enters heed's own answer to what was heard. The confirmation of an opt-out is
// for somebody who was not opted out before and has not blocked the bot, and says so once.
func (t *tx) answer(h runner.Heard, wasFree, isNew bool) error {
	e := h.Answer
	if e == nil {
		return nil
	}
	if err := ownAnswer(h); err != nil { // a stop is recorded even where heed cannot say so
		return t.log(0, runner.Record{At: h.At, Kind: runner.RecNotice, Bot: h.Bot, Code: "answer.unfit", User: h.From,
			Message: fmt.Sprintf("the answer to event %s was not entered: it %v", h.Event, err)})
	}
	if e.Origin == guards.Confirmation {
		if h.Word.Meaning != runner.WantsOut || !wasFree || h.Signs.Blocks {
			return nil
		}
		now, err := person(t.conn, h.From, h.Bot)
		if err != nil || !isNew && now.OptOut == nil {
			return err
		}
	}
	_, err := t.enter(*e)
	return err
}

// ownAnswer refuses what is no answer of heed's own to this event.
func ownAnswer(h runner.Heard) error {
	switch e := h.Answer; {
	case e.Origin != guards.ForHelp && e.Origin != guards.Confirmation:
		return errors.New("is not of heed's own")
	case e.Bot != h.Bot:
		return errors.New("is of another bot")
	case e.Refusal != "":
		return errors.New("is no intent")
	}
	return check(*h.Answer)
}
