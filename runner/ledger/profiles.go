package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"heed/guards"
	"heed/runner"
)

var (
	putProfile = sql(`INSERT INTO profiles (bot, profile) VALUES (?, ?) ON CONFLICT (bot) DO UPDATE SET profile = excluded.profile`)
	getProfile = sql(`SELECT profile FROM profiles WHERE bot = ?`)
	getBefore  = sql(`SELECT behaviour FROM declared WHERE bot = ?`)
	putBefore  = sql(`INSERT INTO declared (bot, behaviour, at) VALUES (?, ?, ?)
		ON CONFLICT (bot) DO UPDATE SET behaviour = excluded.behaviour, at = excluded.at`)
)

// Profile is what was last kept of the bot's own account; runner.ErrNotFound when nothing was.
func (l *Ledger) Profile(ctx context.Context, bot string) (p guards.Profile, err error) {
	err = l.read(ctx, func(c *conn) error {
		var raw []byte
		found, err := c.first(getProfile, func(r *row) { raw = r.blob() }, bot)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("ledger: profile of %s: %w", bot, runner.ErrNotFound)
		}
		return json.Unmarshal(raw, &p)
	})
	return p, err
}

// SetProfile keeps what the platform said of the bot's own account. When it says
// something new, what was deferred for it is due.
func (l *Ledger) SetProfile(ctx context.Context, bot string, p guards.Profile) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("ledger: profile of %s: %w", bot, err)
	}
	if bot == "" {
		return errors.New("ledger: a profile needs its bot")
	}
	return l.write(ctx, func(t *tx) error {
		var old guards.Profile
		var bad error
		if _, err := t.first(getProfile, func(r *row) { bad = json.Unmarshal(r.blob(), &old) }, bot); err != nil {
			return err
		}
		if _, err := t.exec(putProfile, bot, string(raw)); err != nil {
			return err
		}
		if old.UserID != "" && old.UserID != p.UserID { // another account: its inbox was never read
			if _, err := t.exec(emptyInbox, bot); err != nil {
				return err
			}
		}
		t.moved()
		stale := old.CheckedAt
		old.CheckedAt = p.CheckedAt
		if old == p && !stale.IsZero() && bad == nil {
			return nil
		}
		return t.wakeBots(bot)
	})
}

// declared is what a bot was last said to do; "" for one never seen.
func declared(c *conn, bot string) (behaviour string, err error) {
	_, err = c.first(getBefore, func(r *row) { behaviour = r.str() }, bot)
	return behaviour, err
}

// Declare keeps what a bot declares to do, and gives what it declared before: "" for
// a bot never seen.
func (l *Ledger) Declare(ctx context.Context, bot, behaviour string, at time.Time) (before string, err error) {
	if bot == "" || behaviour == "" || at.IsZero() {
		return "", errors.New("ledger: a declaration needs its bot, its behaviour and its time")
	}
	err = l.write(ctx, func(t *tx) (err error) {
		if before, err = declared(t.conn, bot); err != nil || before == behaviour {
			return err
		}
		_, err = t.exec(putBefore, bot, behaviour, at)
		return err
	})
	if err != nil {
		return "", err
	}
	return before, nil
}
