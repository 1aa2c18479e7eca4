package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/guards/likeness"
	"heed/runner"
)

var (
	putOutcome = sql(`UPDATE intents SET state = ?, pending = ?, due_at = ?, probe_at = ?, open_ended = 0, ended_at = ?, post_id = coalesce(?, post_id), code = ?,
		detail = ?, answer = ?, approval = CASE WHEN ? THEN NULL ELSE approval END WHERE seq = ?`)
	costOf  = sql(`SELECT cost FROM acts WHERE seq = ? AND attempt = ?`)
	putAct  = sql(`UPDATE acts SET state = ?, counts = ? WHERE seq = ? AND attempt = ?`)
	unspend = sql(`UPDATE inbound SET spent_by = '' WHERE bot = ? AND event = ? AND spent_by = ?`)
	getLane = sql(`SELECT most, remaining, reset, stopped FROM lanes WHERE bot = ? AND name = ?`)
	putLane = sql(`INSERT INTO lanes (bot, name, most, remaining, reset, stopped) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (bot, name) DO UPDATE SET most = excluded.most, remaining = excluded.remaining, reset = excluded.reset, stopped = excluded.stopped`)
)

// maxDetail is how many bytes of an answer's words are kept.
const maxDetail = 300

// Settle writes how a claimed or unknown intent ended, with what was learnt on the
// way. What is settled already stays as it is: that is an error.
func (l *Ledger) Settle(ctx context.Context, c runner.Closing) error {
	return l.write(ctx, func(t *tx) error { return t.close(c) })
}

func (t *tx) close(c runner.Closing) error {
	it, err := loadIntent(t.conn, c.Seq)
	if err != nil {
		return err
	}
	if it == nil {
		return fmt.Errorf("ledger: intent number %d: %w", c.Seq, runner.ErrNotFound)
	}
	if again, err := saidBefore(it, c); err != nil || again {
		return err
	}
	if err := mayBecome(it, c.State); err != nil {
		return err
	}
	if err := t.settle(it, c); err != nil {
		return err
	}
	return t.learn(it, c)
}

// saidBefore tells a caller who repeats himself from one who says something else:
// whoever did not hear that a closing was written may send it again.
func saidBefore(it *intent, c runner.Closing) (bool, error) {
	if it.state != c.State || it.state.Final() && !it.endedAt.Equal(c.At.Truncate(time.Millisecond)) {
		return false, nil
	}
	c.Answer.Detail = cut(c.Answer.Detail, maxDetail)
	answer, err := json.Marshal(c.Answer)
	return it.state.Final() && string(answer) == it.answer, err
}

// mayBecome holds promise P4 at its root: from doing on there is no way back to the
// queue but for an act that surely did not land, and none at all once that is unknown.
func mayBecome(it *intent, to runner.State) error {
	ok := false
	switch to {
	case runner.Done, runner.Failed, runner.Unknown, runner.Held:
		ok = it.state == runner.Doing || it.state == runner.Unknown
	case runner.Deferred:
		ok = it.state == runner.Doing
	}
	if !ok {
		return fmt.Errorf("ledger: intent %s of %s is %s: it cannot become %s: %w", it.id, it.bot, it.state, to, runner.ErrSettled)
	}
	return nil
}

func (t *tx) settle(it *intent, c runner.Closing) error {
	was := it.state
	it.state = c.State
	act, due, probe := "unknown", time.Time{}, time.Time{}
	switch c.State {
	case runner.Done:
		act, it.endedAt = "done", c.At
	case runner.Failed:
		act, it.endedAt = "failed", c.At
	case runner.Deferred:
		act, due = "failed", c.Due
		if due.IsZero() {
			due = c.At.Add(t.l.o.Retry)
		}
		due = least(due, it.expiresAt)
		t.stir(it.bot)
	case runner.Unknown:
		if probe = c.Due; probe.IsZero() {
			probe = c.At
		}
		t.stir(it.bot)
	case runner.Held:
		if was == runner.Doing && c.Answer.Outcome == runner.Refused {
			act = "failed"
		}
	}
	c.Answer.Detail = cut(c.Answer.Detail, maxDetail)
	answer, err := json.Marshal(c.Answer)
	if err != nil {
		return fmt.Errorf("ledger: answer: %w", err)
	}
	code, detail := first(c.Code, c.Answer.Code), cut(first(c.Detail, c.Answer.Detail), maxMessage)
	// A yes was for the attempt that was made: another needs another.
	void := c.State == runner.Held || c.State == runner.Unknown
	pending := c.State == runner.Deferred || c.State == runner.Held
	if _, err := t.exec(putOutcome, c.State, pending, due, probe, it.endedAt, null(c.Answer.PostID), null(code), null(detail), string(answer), void, it.seq); err != nil {
		return err
	}
	if _, err := t.exec(putAct, act, act != "failed", it.seq, it.attempts); err != nil {
		return err
	}
	if act == "failed" {
		if err := t.untally(it); err != nil {
			return err
		}
	}
	if act == "failed" && it.cause != "" {
		if _, err := t.exec(unspend, it.bot, it.cause, it.id); err != nil {
			return err
		}
	}
	if it.state.Final() {
		err = t.ended(it)
	} else {
		err = t.place(it, likeness.Sketch{}, false)
	}
	if err != nil {
		return err
	}
	return t.logOf(it, runner.Record{At: c.At, Kind: runner.RecOutcome, Bot: it.bot, State: c.State, Code: code, Message: detail,
		User: it.person, PostID: c.Answer.PostID}, nil)
}

// untally takes an act that surely did not happen out of the windows.
func (t *tx) untally(it *intent) error {
	var cost guards.Money
	if _, err := t.first(costOf, func(r *row) { cost = guards.Money(r.num()) }, it.seq, it.attempts); err != nil {
		return err
	}
	t.retally = true
	t.l.tally.drop(lane{it.bot, it.action, it.dry}, it.claimedAt, cost)
	return nil
}

// learn keeps what the answer told beside its outcome.
func (t *tx) learn(it *intent, c runner.Closing) error {
	for _, lane := range c.Answer.Lanes {
		if err := t.learnLane(it.bot, lane, c.At); err != nil {
			return err
		}
	}
	if c.State == runner.Done && c.Answer.PostID != "" && it.action.Writes() && it.action != bots.DM {
		h, err := t.inhabited()
		if err != nil {
			return err
		}
		if me := h.profiles[it.bot].UserID; me != "" {
			if _, err := t.exec(putAuthor, c.Answer.PostID, me, "", c.At); err != nil {
				return err
			}
		}
	}
	if c.Answer.Closed && it.person != "" {
		if err := t.closeDMs(it, c.At); err != nil {
			return err
		}
	}
	if c.Answer.Blocked && it.person != "" { // no account of the operator's goes round a block (rule M6)
		if _, err := t.heedSigns(it.person, runner.Signs{Blocks: true}, guards.Choice{At: c.At, Event: it.id}, "", false); err != nil {
			return err
		}
	}
	if c.Answer.Latch == "" {
		return nil
	}
	h := guards.Halt{Kind: guards.Latched, Scope: it.bot, By: "heed", Reason: c.Answer.Latch, At: c.At}
	if c.Answer.App {
		h.Scope = "*"
	}
	return t.halt(h)
}

// learnLane keeps the stricter of two answers about the same limit: answers may come
// back in another order than they were given (promise P11).
func (t *tx) learnLane(bot string, n guards.Lane, now time.Time) error {
	if n.OfApp() {
		bot = "*"
	}
	var old guards.Lane
	found, err := t.first(getLane, func(r *row) {
		old = guards.Lane{Limit: int(r.num()), Remaining: int(r.num()), Reset: r.when(), Stopped: r.flag()}
	}, bot, n.Name)
	if err != nil {
		return err
	}
	if found && old.Reset.After(now) {
		switch {
		case n.Stopped && !old.Stopped: // X has just said stop: that holds first
		case old.Stopped && !n.Stopped || old.Reset.After(n.Reset):
			return nil
		case old.Reset.Equal(n.Reset):
			n.Remaining, n.Stopped = min(n.Remaining, old.Remaining), n.Stopped || old.Stopped
		default:
			n.Stopped = n.Stopped || old.Stopped
		}
	}
	_, err = t.exec(putLane, bot, n.Name, n.Limit, n.Remaining, n.Reset.UnixMilli(), n.Stopped)
	return err
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
