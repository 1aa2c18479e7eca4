package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

const (
	apart  = 2 * time.Minute // by which the clocks of the desk and of X may be apart where both are right
	unread = 2 * time.Hour   // how long what somebody says may lie unread while heed runs
)

var newestHeard = sql(`SELECT max(at) FROM inbound`)

// OptOut records that a person is not to be contacted, and cancels what is under way to them.
func (l *Ledger) OptOut(ctx context.Context, user bots.UserID, c guards.Choice) (r runner.Receipt, err error) {
	more, err := l.writeFirst(ctx, func(t *tx) (err error) {
		// What was heard before bears X's time. Where the desk's clock is behind it, a START
		// from before, also one that still lies unread, would come to lie after this stop.
		_, err = t.first(newestHeard, func(r *row) {
			behind := r.when().Sub(c.At)
			if c.At.IsZero() || behind <= 0 {
				return
			}
			c.At = c.At.Add(behind)
			if behind > apart {
				c.At = c.At.Add(unread)
			}
		})
		if err != nil {
			return err
		}
		r, err = t.optedOut(user, c)
		return err
	})
	if err != nil {
		return runner.Receipt{}, err
	}
	r.Cancelled = append(r.Cancelled, more...)
	return r, nil
}

// Forgive removes an opt-out of exactly this scope, or with "*" all of them; by a
// person at the desk, with a reason.
func (l *Ledger) Forgive(ctx context.Context, user bots.UserID, scope, by, reason string, at time.Time) error {
	if by == "" || reason == "" {
		return errors.New("ledger: an opt-out is removed by somebody and for a reason: name both")
	}
	return l.lift(ctx, user, optOut, scope, by, reason, at)
}

// Revoke ends a consent.
func (l *Ledger) Revoke(ctx context.Context, user bots.UserID, scope string, at time.Time) error {
	return l.lift(ctx, user, optIn, scope, "", "revoked", at)
}

// Reviewed settles a message that may have been a stop: contact may go on.
func (l *Ledger) Reviewed(ctx context.Context, user bots.UserID, by string, at time.Time) error {
	if by == "" {
		return errors.New("ledger: a review is settled by somebody: name them")
	}
	return l.lift(ctx, user, review, "*", by, "reviewed", at)
}

func (l *Ledger) lift(ctx context.Context, user bots.UserID, kind, scope, by, reason string, at time.Time) error {
	return l.write(ctx, func(t *tx) error {
		n, err := t.endChoices(user, kind, scope, by, reason, at, endOfTime)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("ledger: no %s of %s in force for %s: %w", kind, user, scope, runner.ErrNotFound)
		}
		if _, err := t.exec(wakePerson, user); err != nil {
			return err
		}
		t.stir(runner.EveryBot)
		return nil
	})
}

// Consent records an express opt-in to one bot, with what that bot declared to do then
// (rule P2). It is refused for somebody who opted out (rule C2).
func (l *Ledger) Consent(ctx context.Context, user bots.UserID, c guards.Choice) error {
	if c.Scope == "*" {
		return fmt.Errorf("ledger: consent of %s: it is given to one bot, not to all of them (rule C1): name the bot", user)
	}
	return l.write(ctx, func(t *tx) error {
		out := false
		err := t.each(choicesOf, func(r *row) {
			x := scanChoice(r)
			out = out || x.Kind == optOut && (x.Scope == "*" || x.Scope == c.Scope)
		}, user)
		if err != nil {
			return err
		}
		if out {
			return fmt.Errorf("ledger: %s opted out, and %w: only their own word or forgiving it ends that", user, runner.ErrOptedOut)
		}
		_, err = t.choose(user, optIn, c)
		return err
	})
}

// closeDMs remembers that a person takes no messages from the bot, until they write to it.
func (t *tx) closeDMs(it *intent, at time.Time) error {
	_, err := t.choose(it.person, dmClosed, guards.Choice{At: at, How: "x", Scope: it.bot, Event: it.id})
	return err
}

// People lists choices in force, oldest first; Limit 0 means all. Without a kind it lists every kind.
func (l *Ledger) People(ctx context.Context, q runner.PeopleQuery) (out []runner.PersonRow, err error) {
	if q.Limit <= 0 {
		q.Limit = 1 << 40
	}
	var kinds []string
	all := !q.OptedOut && !q.Consents && !q.Review
	for _, k := range []struct {
		kind string
		want bool
	}{{optOut, q.OptedOut}, {optIn, q.Consents}, {review, q.Review}} {
		if k.want || all {
			kinds = append(kinds, k.kind)
		}
	}
	err = l.read(ctx, func(c *conn) error {
		if q.User != "" {
			return c.each(choicesOf, func(r *row) {
				if x := scanChoice(r); contains(kinds, x.Kind) && len(out) < q.Limit {
					out = append(out, x)
				}
			}, q.User)
		}
		for _, kind := range kinds {
			if err := c.each(choicesBy, func(r *row) { out = append(out, scanChoice(r)) }, kind, q.Limit); err != nil {
				return err
			}
		}
		sortPeople(out)
		out = out[:min(len(out), q.Limit)]
		return nil
	})
	return out, err
}

func contains(all []string, s string) bool { return slices.Contains(all, s) }

func sortPeople(all []runner.PersonRow) {
	slices.SortStableFunc(all, func(a, b runner.PersonRow) int { return a.At.Compare(b.At) })
}
