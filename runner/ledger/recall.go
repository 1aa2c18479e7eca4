package ledger

import (
	"context"
	"time"

	"heed/bots"
	"heed/runner"
)

// recallStep is how many intents to a person one transaction looks at, so that others need
// not wait long while somebody stops thousands. The opt-out itself binds with the first:
// every claim reads it.
const recallStep = 128

// recall is what an opt-out takes back of what is under way to a person.
type recall struct {
	user        bots.UserID
	at          time.Time
	scope       string
	spared      string // a bot whose intents stay
	again       bool   // it was begun once; only what an opt-out that stands came upon is taken back
	after, upTo int64  // of the intents between these numbers: those that are entered later are judged
}

var (
	// The one confirmation of an opt-out is not recalled by it, nor by the next one.
	toPerson = sql(`SELECT ` + intentColumns + ` FROM intents WHERE person = ? AND pending = 1 AND origin <> 'confirm'
		AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`)
	newestIntent = sql(`SELECT max(seq) FROM intents`)
	reachedNow   = sql(`SELECT DISTINCT person FROM intents WHERE person > ? AND pending = 1 ORDER BY person LIMIT ?`)
)

// recall begins to take back; what one transaction may not do is left to further ones.
func (t *tx) recall(x recall) ([]runner.Claim, error) {
	if _, err := t.first(newestIntent, func(r *row) { x.upTo = r.num() }); err != nil {
		return nil, err
	}
	return t.recallStep(x)
}

func (t *tx) recallStep(x recall) (cancelled []runner.Claim, err error) {
	var under []*intent
	if err := t.each(toPerson, func(r *row) { under = append(under, scanIntent(r)) }, x.user, x.after, x.upTo, recallStep); err != nil {
		return nil, err
	}
	for _, it := range under {
		is, err := x.takes(t.conn, it)
		if err != nil {
			return nil, err
		}
		if !is {
			continue
		}
		cancelled = append(cancelled, it.claim())
		if err := t.end(it, runner.Cancelled, x.at, runner.RecOutcome, "person.opted_out", "the person it would reach opted out", "C2"); err != nil {
			return nil, err
		}
	}
	if len(under) == recallStep {
		x.after = under[len(under)-1].seq
		t.left = append(t.left, x)
	}
	return cancelled, nil
}

func (x recall) takes(c *conn, it *intent) (bool, error) {
	if !x.again {
		return (x.scope == "*" || x.scope == it.bot) && it.bot != x.spared, nil
	}
	p, err := person(c, x.user, it.bot)
	return p.OptOut != nil && !it.enteredAt.After(p.OptOut.At), err
}

// further makes a job the next step of what it has left.
func (j *job) further() *job {
	left := j.left
	j.first = false // the stop binds already
	j.do = func(t *tx) error {
		more, err := t.recallStep(left[0])
		t.left = append(t.left, left[1:]...)
		j.recalled = append(j.recalled, more...)
		return err
	}
	return j
}

// recallAll does the rest at once, where nobody waits.
func (t *tx) recallAll() error {
	for len(t.left) > 0 {
		x := t.left[0]
		t.left = t.left[1:]
		if _, err := t.recallStep(x); err != nil {
			return err
		}
	}
	return nil
}

// recallRest goes on with what heed's death, or a trouble with the disk, left of a recall.
// None of it would be sent, since every claim reads the opt-out, but it would wait, or lie
// before a person for approval.
func (l *Ledger) recallRest(ctx context.Context, now time.Time) error {
	last, more := bots.UserID(""), true
	for more {
		err := l.write(ctx, func(t *tx) error {
			var people []bots.UserID
			if err := t.each(reachedNow, func(r *row) { people = append(people, bots.UserID(r.str())) }, last, recallStep); err != nil {
				return err
			}
			more = len(people) == recallStep
			for _, user := range people {
				last = user
				if out, err := t.optedOutOfAny(user); err != nil || !out {
					if err != nil {
						return err
					}
					continue
				}
				if _, err := t.recall(recall{user: user, at: now, again: true}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// optedOutOfAny says whether an opt-out of a person is in force, from whichever bot.
func (t *tx) optedOutOfAny(user bots.UserID) (out bool, err error) {
	err = t.each(choicesOf, func(r *row) { out = out || scanChoice(r).Kind == optOut }, user)
	return out, err
}

// heardAgain goes on with the recall of a stop that is heard again.
func (t *tx) heardAgain(h runner.Heard) (r runner.Receipt, err error) {
	if h.Word.Meaning != runner.WantsOut {
		return r, nil
	}
	r.Cancelled, err = t.recall(recall{user: h.From, at: h.At, again: true})
	return r, err
}
