package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// The kinds of a choice.
const (
	optOut   = "opt_out"
	optIn    = "opt_in"
	review   = "review"
	dmClosed = "dm_closed"
)

const choiceColumns = `user, kind, at, how, scope, channel, event, rule`

var (
	choicesOf = sql(`SELECT ` + choiceColumns + ` FROM choices WHERE user = ? AND ended_at IS NULL ORDER BY n LIMIT 1000`)
	choicesBy = sql(`SELECT ` + choiceColumns + ` FROM choices WHERE kind = ? AND ended_at IS NULL ORDER BY n LIMIT ?`)
	addChoice = sql(`INSERT INTO choices (user, kind, scope, channel, at, how, event, rule) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
	endChoice = sql(`UPDATE choices SET ended_at = ?, ended_by = ?, reason = ?
		WHERE user = ? AND kind = ? AND (? = '*' OR scope = ?) AND at <= ? AND ended_at IS NULL`)
	renewed = sql(`UPDATE choices SET at = ?, how = ?, event = ?, rule = ?
		WHERE user = ? AND kind = ? AND scope = ? AND at < ? AND ended_at IS NULL`)
	toPerson   = sql(`SELECT ` + intentColumns + ` FROM intents WHERE person = ? AND pending = 1 ORDER BY seq`)
	wakePerson = sql(`UPDATE intents SET due_at = 0 WHERE person = ? AND pending = 1
		AND state = 'deferred' AND open_ended = 1`)
)

// endOfTime is later than every choice: what ends by a person's hand ends whatever its time.
var endOfTime = time.UnixMilli(1 << 52)

func scanChoice(r *row) runner.PersonRow {
	return runner.PersonRow{User: bots.UserID(r.str()), Kind: r.str(), Choice: guards.Choice{At: r.when(), How: r.str(),
		Scope: r.str(), Channel: r.str(), Event: r.str(), Rule: r.str()}}
}

// asked is a person as one bot must take them.
type asked struct {
	guards.Person
	bot string
}

// person is what is in force for a bot about somebody.
func person(c *conn, user bots.UserID, bot string) (guards.Person, error) {
	p := asked{guards.Person{ID: user}, bot}
	err := c.each(choicesOf, func(r *row) {
		x := scanChoice(r)
		if x.Scope != "*" && x.Scope != bot {
			return
		}
		switch {
		case x.Kind == optOut && (p.OptOut == nil || x.At.After(p.OptOut.At)):
			p.OptOut = &x.Choice
		case x.Kind == optIn:
			p.OptIns = append(p.OptIns, x.Choice)
		case x.Kind == review && p.Review == nil:
			p.Review = &x.Choice
		case x.Kind == dmClosed:
			p.DMClosed = true
		}
	}, user)
	if p.OptOut != nil && p.cameBack() {
		p.OptOut = nil
	}
	return p.Person, err
}

// cameBack says whether the person has written START to this very bot since they last
// said stop. Nobody else can bring them back: an entry by hand does not count.
func (p asked) cameBack() bool {
	for _, c := range p.OptIns {
		if c.Scope == p.bot && (c.How == "dm" || c.How == "mention") && c.At.After(p.OptOut.At) {
			return true
		}
	}
	return false
}

// choose records a choice unless the same one is in force; it says whether it was new.
func (t *tx) choose(user bots.UserID, kind string, c guards.Choice) (bool, error) {
	if user == "" || c.Scope == "" || c.At.IsZero() {
		return false, errors.New("ledger: a choice needs a person, a scope and a time")
	}
	have := false
	err := t.each(choicesOf, func(r *row) {
		x := scanChoice(r)
		have = have || x.Kind == kind && x.Scope == c.Scope && x.Channel == c.Channel
	}, user)
	if err == nil && have && kind == optOut { // said again: a START from before it must not undo it
		_, err = t.exec(renewed, c.At, c.How, c.Event, c.Rule, user, kind, c.Scope, c.At)
	}
	if err != nil || have {
		return false, err
	}
	if _, err := t.exec(addChoice, user, kind, c.Scope, c.Channel, c.At, c.How, c.Event, c.Rule); err != nil {
		return false, err
	}
	return true, t.logChoice(user, kind, c, "recorded")
}

func (t *tx) logChoice(user bots.UserID, kind string, c guards.Choice, what string) error {
	r := runner.Record{At: c.At, Kind: runner.RecPerson, Code: "person." + kind, User: user,
		Message: fmt.Sprintf("%s %s for %s, by %s", kind, what, c.Scope, first(c.How, "nobody named"))}
	if c.Scope != "*" {
		r.Bot = c.Scope
	}
	return t.log(0, r)
}

// endChoices ends what is in force of a kind within a scope and not newer than upTo.
func (t *tx) endChoices(user bots.UserID, kind, scope, by, reason string, at, upTo time.Time) (int, error) {
	return t.changed(endChoice, at, null(by), null(cut(reason, maxMessage)), user, kind, scope, scope, upTo)
}

// optedOut records that a person is not to be contacted and takes back what is under
// way to them. Consents and open questions within the scope end with it.
func (t *tx) optedOut(user bots.UserID, c guards.Choice) (r runner.Receipt, err error) {
	if r.New, err = t.choose(user, optOut, c); err != nil {
		return r, err
	}
	for _, kind := range []string{optIn, review} {
		if _, err := t.endChoices(user, kind, c.Scope, c.How, "opted out", c.At, endOfTime); err != nil {
			return r, err
		}
	}
	var under []*intent
	if err := t.each(toPerson, func(r *row) { under = append(under, scanIntent(r)) }, user); err != nil {
		return r, err
	}
	for _, it := range under {
		if c.Scope != "*" && c.Scope != it.bot {
			continue
		}
		r.Cancelled = append(r.Cancelled, it.claim())
		if err := t.end(it, runner.Cancelled, c.At, runner.RecOutcome, "person.opted_out", "the person it would reach opted out", "C2"); err != nil {
			return r, err
		}
	}
	return r, nil
}

// OptOut records that a person is not to be contacted, and cancels what is under way to them.
func (l *Ledger) OptOut(ctx context.Context, user bots.UserID, c guards.Choice) (r runner.Receipt, err error) {
	err = l.write(ctx, func(t *tx) (err error) {
		r, err = t.optedOut(user, c)
		return err
	})
	if err != nil {
		return runner.Receipt{}, err
	}
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
		t.stirred = true
		return t.logChoice(user, kind, guards.Choice{At: at, How: by, Scope: scope}, "ended ("+reason+")")
	})
}

// Consent records an express opt-in. It is refused for somebody who opted out, of
// whatever scope (rule C2).
func (l *Ledger) Consent(ctx context.Context, user bots.UserID, c guards.Choice) error {
	return l.write(ctx, func(t *tx) error {
		out := false
		err := t.each(choicesOf, func(r *row) {
			x := scanChoice(r)
			out = out || x.Kind == optOut && (x.Scope == "*" || c.Scope == "*" || x.Scope == c.Scope)
		}, user)
		if err != nil {
			return err
		}
		if out {
			return fmt.Errorf("ledger: %s opted out, and an opt-out beats every consent (rule C2): only their own word or forgiving it ends that", user)
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
	for kind, want := range map[string]bool{optOut: q.OptedOut, optIn: q.Consents, review: q.Review} {
		if want || all {
			kinds = append(kinds, kind)
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
