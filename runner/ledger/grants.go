package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var (
	addGrant = sql(`INSERT INTO grants (bot, actions, behaviour, by_whom, shown, at) VALUES (?, ?, ?, ?, ?, ?)`)
	inForce  = sql(`SELECT n FROM grants WHERE bot = ? AND ended_at IS NULL ORDER BY n`)
	endGrant = sql(`UPDATE grants SET ended_at = ?, ended_by = ? WHERE n = ?`)
	grantOf  = sql(`SELECT actions, behaviour, by_whom, shown, at, ended_at FROM grants WHERE bot = ? ORDER BY n DESC LIMIT 1`)
	// All that is pending of a bot, in two parts: a held one may have no time at which
	// anything is due.
	dueOfBot  = sql(`SELECT ` + intentColumns + ` FROM intents WHERE bot = ? AND due_at IS NOT NULL AND pending = 1`)
	heldOfBot = sql(`SELECT ` + intentColumns + ` FROM intents WHERE state = 'held' AND bot = ? AND due_at IS NULL`)
)

// latestGrant is a bot's grant, in force or ended; nil when there never was one.
func latestGrant(c *conn, bot string) (g *guards.Grant, err error) {
	_, err = c.first(grantOf, func(r *row) {
		g = &guards.Grant{}
		for _, a := range strings.Fields(r.str()) {
			g.Actions = append(g.Actions, bots.Action(a))
		}
		g.Behaviour, g.By, g.Shown, g.At, g.EndedAt = r.str(), r.str(), r.str(), r.when(), r.when()
	}, bot)
	return g, err
}

func (t *tx) granted(f *guards.Facts, asked bool) (err error) {
	if asked {
		f.Grant, err = latestGrant(t.conn, f.Bot.Name)
	}
	return err
}

// Grant records what an account's owner allows a bot (rules P1, P2). An earlier grant
// ends with it, and what waited for one is due.
func (l *Ledger) Grant(ctx context.Context, bot string, g guards.Grant) error {
	switch {
	case bot == "" || g.By == "" || g.At.IsZero():
		return errors.New("ledger: a grant needs its bot, who gives it and when")
	case len(g.Actions) == 0 || g.Behaviour == "":
		return fmt.Errorf("ledger: grant for %s: it needs the actions that it is for and the behaviour that the owner was told", bot)
	case !g.EndedAt.IsZero():
		return fmt.Errorf("ledger: grant for %s: it has ended before it is recorded", bot)
	}
	var actions []string
	for _, a := range g.Actions {
		actions = append(actions, string(a))
	}
	return l.write(ctx, func(t *tx) error {
		err := t.endGrants(runner.Record{At: g.At, Bot: bot, Code: "grant.replaced", Rules: []string{"P1", "P2"},
			Message: "a newer grant takes its place"}, "a newer grant")
		if err != nil {
			return err
		}
		res, err := t.exec(addGrant, bot, strings.Join(actions, " "), g.Behaviour, g.By, g.Shown, g.At)
		if err != nil {
			return err
		}
		n, err := res.LastInsertId()
		if err != nil {
			return err
		}
		if err := t.wakeBots(bot); err != nil {
			return err
		}
		return t.logRow("grant", n, runner.Record{At: g.At, Kind: runner.RecPerson, Bot: bot, Code: "grant.given", Rules: []string{"P1", "P2"},
			Message: fmt.Sprintf("%s allowed %s", g.By, strings.Join(actions, ", "))})
	})
}

// endGrants ends what is in force of a bot, with its record.
func (t *tx) endGrants(r runner.Record, by string) error {
	all, err := numbers(t.conn, inForce, r.Bot)
	if err != nil {
		return err
	}
	r.Kind = runner.RecPerson
	for _, n := range all {
		if _, err := t.exec(endGrant, r.At, by, n); err != nil {
			return err
		}
		if err := t.logRow("grant", n, r); err != nil {
			return err
		}
	}
	return nil
}

// Withdraw ends a bot's grant and takes back all that the bot has under way (rule P3).
// Receipt.New says that a grant was in force. It is runner.ErrNotFound when there never
// was one.
func (l *Ledger) Withdraw(ctx context.Context, bot, by string, at time.Time) (r runner.Receipt, err error) {
	if bot == "" || by == "" || at.IsZero() {
		return r, errors.New("ledger: a withdrawal needs its bot, who withdraws and when")
	}
	err = l.write(ctx, func(t *tx) error {
		r = runner.Receipt{}
		g, err := latestGrant(t.conn, bot)
		if err != nil {
			return err
		}
		if g == nil {
			return fmt.Errorf("ledger: grant of %s: %w", bot, runner.ErrNotFound)
		}
		if r.New = g.EndedAt.IsZero(); r.New {
			err := t.endGrants(runner.Record{At: at, Bot: bot, Code: "grant.withdrawn", Rules: []string{"P3"},
				Message: fmt.Sprintf("%s withdrew what was allowed at %s", by, g.At.Format(time.RFC3339))}, by)
			if err != nil {
				return err
			}
		}
		r.Cancelled, err = t.takeBack(bot, at)
		return err
	})
	if err != nil {
		return runner.Receipt{}, err
	}
	return r, nil
}

// takeBack cancels all that a bot has waiting, deferred or held.
func (t *tx) takeBack(bot string, at time.Time) (cancelled []runner.Claim, err error) {
	var under []*intent
	for _, q := range []*query{dueOfBot, heldOfBot} {
		if err := t.each(q, func(r *row) { under = append(under, scanIntent(r)) }, bot); err != nil {
			return nil, err
		}
	}
	sortBySeq(under)
	for _, it := range under {
		cancelled = append(cancelled, it.claim())
		if err := t.end(it, runner.Cancelled, at, runner.RecOutcome, "grant.withdrawn", "the account's owner withdrew what they had allowed", "P3"); err != nil {
			return nil, err
		}
	}
	return cancelled, nil
}

// Granted is the bot's latest grant, also an ended one; runner.ErrNotFound.
func (l *Ledger) Granted(ctx context.Context, bot string) (g guards.Grant, err error) {
	err = l.read(ctx, func(c *conn) error {
		latest, err := latestGrant(c, bot)
		if err != nil {
			return err
		}
		if latest == nil {
			return fmt.Errorf("ledger: grant of %s: %w", bot, runner.ErrNotFound)
		}
		g = *latest
		return nil
	})
	return g, err
}
