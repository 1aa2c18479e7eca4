package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var (
	addInbound = sql(`INSERT INTO inbound (bot, event, kind, user, post, at, summons, automated, thread, mentions)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
	authorOf  = sql(`SELECT user, names FROM authors WHERE post = ?`)
	putAuthor = sql(`INSERT INTO authors (post, user, names, at) VALUES (?, ?, ?, ?) ON CONFLICT (post) DO UPDATE SET
		user = excluded.user, names = CASE WHEN excluded.names = '' THEN names ELSE excluded.names END, at = max(at, excluded.at)`)
	// Learning who wrote a post tells whom the intents on it reach.
	putPerson = sql(`UPDATE intents SET person = ? WHERE target_post = ? AND person IS NULL AND pending = 1
		AND action IN ('reply', 'quote', 'repost', 'like')`)
	wakePost = sql(`UPDATE intents SET due_at = 0 WHERE target_post = ? AND pending = 1
		AND state = 'deferred' AND open_ended = 1`)
	getCursor  = sql(`SELECT cursor, read_at FROM inboxes WHERE bot = ?`)
	emptyInbox = sql(`UPDATE inboxes SET cursor = '', read_at = NULL WHERE bot = ?`)
	putInbox   = sql(`INSERT INTO inboxes (bot, cursor, read_at) VALUES (?, ?, ?)
		ON CONFLICT (bot) DO UPDATE SET cursor = excluded.cursor, read_at = coalesce(excluded.read_at, read_at)`)
	putProfile = sql(`INSERT INTO profiles (bot, profile) VALUES (?, ?) ON CONFLICT (bot) DO UPDATE SET profile = excluded.profile`)
	getProfile = sql(`SELECT profile FROM profiles WHERE bot = ?`)
)

// maxMentions is how many of the people a post names are kept.
const maxMentions = 50

// Hear records that somebody spoke to a bot, with what was recognised in it, in one
// transaction with its effect.
//
// A person's own clear opt-in, newer than their opt-out and of at least its scope,
// ends it; nobody else's word does but forgiving.
func (l *Ledger) Hear(ctx context.Context, h runner.Heard) (r runner.Receipt, err error) {
	if h.Bot == "" || h.Event == "" || h.From == "" || h.At.IsZero() {
		return r, errors.New("ledger: what was heard needs its bot, event, person and time")
	}
	err = l.write(ctx, func(t *tx) (err error) {
		r, err = t.hear(h)
		return err
	})
	if err != nil {
		return runner.Receipt{}, err
	}
	return r, nil
}

func (t *tx) hear(h runner.Heard) (r runner.Receipt, err error) {
	n, err := t.changed(addInbound, h.Bot, h.Event, h.Kind, h.From, h.Post, h.At, h.Summons, h.Automated, h.Thread, joinIDs(h.Mentions))
	if err != nil || n == 0 {
		return r, err
	}
	if h.Post != "" {
		if err := t.learnAuthor(h.Post, runner.Authorship{Author: h.From, Names: h.Mentions}, h.At); err != nil {
			return r, err
		}
	}
	if h.Kind == guards.ByDM { // who writes takes messages
		if _, err := t.endChoices(h.From, dmClosed, h.Bot, "x", "wrote", h.At, h.At); err != nil {
			return r, err
		}
	}
	err = t.log(0, runner.Record{At: h.At, Kind: runner.RecHeard, Bot: h.Bot, Code: "heard." + first(string(h.Word.Meaning), string(h.Kind)),
		User: h.From, PostID: h.Post, Message: heardSentence(h)})
	if err != nil {
		return r, err
	}
	if r, err = t.heed(h); err != nil {
		return r, err
	}
	r.New = true
	t.stirred = true
	return r, nil
}

func heardSentence(h runner.Heard) string {
	if h.Word.Rule == "" {
		return fmt.Sprintf("%s, event %s", h.Kind, h.Event)
	}
	return fmt.Sprintf("%s, event %s, keyword rule %s", h.Kind, h.Event, h.Word.Rule)
}

// heed does what the word asks for.
func (t *tx) heed(h runner.Heard) (r runner.Receipt, err error) {
	c := guards.Choice{At: h.At, How: howOf(h.Kind), Scope: first(h.Word.Scope, h.Bot), Event: h.Event, Rule: h.Word.Rule}
	switch h.Word.Meaning {
	case runner.WantsOut:
		return t.optedOut(h.From, c)
	case runner.MaybeOut:
		_, err = t.choose(h.From, review, c)
	case runner.WantsIn:
		var ended int
		ended, err = t.endChoices(h.From, optOut, c.Scope, "the person", "opted in again", h.At, h.At.Add(-time.Millisecond))
		if err != nil {
			return r, err
		}
		if ended > 0 {
			if err := t.logChoice(h.From, optOut, c, "ended by the person's own word"); err != nil {
				return r, err
			}
		}
		c.Channel = "reply"
		if h.Kind == guards.ByDM {
			c.Channel = "dm"
		}
		_, err = t.choose(h.From, optIn, c)
	}
	return r, err
}

func howOf(k guards.InviteKind) string {
	if k == guards.ByDM {
		return "dm"
	}
	return "mention"
}

func joinIDs(ids []bots.UserID) string {
	var all []string
	for _, id := range ids[:min(len(ids), maxMentions)] {
		all = append(all, string(id))
	}
	return strings.Join(all, " ")
}

func splitIDs(s string) (ids []bots.UserID) {
	for _, id := range strings.Fields(s) {
		ids = append(ids, bots.UserID(id))
	}
	return ids
}

func authorship(c *conn, post bots.PostID) (a runner.Authorship, known bool, err error) {
	known, err = c.first(authorOf, func(r *row) { a.Author, a.Names = bots.UserID(r.str()), splitIDs(r.str()) }, post)
	return a, known, err
}

func (t *tx) learnAuthor(post bots.PostID, a runner.Authorship, at time.Time) error {
	if _, err := t.exec(putAuthor, post, a.Author, joinIDs(a.Names), at); err != nil {
		return err
	}
	if _, err := t.exec(putPerson, a.Author, post); err != nil {
		return err
	}
	n, err := t.changed(wakePost, post)
	t.stirred = t.stirred || n > 0
	return err
}

// Author answers whom a post concerns that heed has met; runner.ErrNotFound when it has not.
func (l *Ledger) Author(ctx context.Context, post bots.PostID) (a runner.Authorship, err error) {
	err = l.read(ctx, func(c *conn) error {
		var found bool
		a, found, err = authorship(c, post)
		if err == nil && !found {
			err = fmt.Errorf("ledger: author of post %s: %w", post, runner.ErrNotFound)
		}
		return err
	})
	return a, err
}

// SetAuthor keeps whom a post concerns; of the people it names the first 50.
func (l *Ledger) SetAuthor(ctx context.Context, post bots.PostID, a runner.Authorship, at time.Time) error {
	if post == "" || a.Author == "" || at.IsZero() {
		return errors.New("ledger: an author needs a post, a person and a time")
	}
	return l.write(ctx, func(t *tx) error { return t.learnAuthor(post, a, at) })
}

// Cursor is how far a bot's inbox was read; "" when it never was.
func (l *Ledger) Cursor(ctx context.Context, bot string) (cursor string, err error) {
	err = l.read(ctx, func(c *conn) error {
		_, err := c.first(getCursor, func(r *row) { cursor = r.str() }, bot)
		return err
	})
	return cursor, err
}

// InboxRead keeps how far a bot's inbox was read, and when it was last read whole;
// the zero time keeps the old one.
func (l *Ledger) InboxRead(ctx context.Context, bot, cursor string, at time.Time) error {
	if bot == "" {
		return errors.New("ledger: an inbox that was read needs its bot")
	}
	return l.write(ctx, func(t *tx) error {
		var before time.Time
		if _, err := t.first(getCursor, func(r *row) { _, before = r.str(), r.when() }, bot); err != nil {
			return err
		}
		if _, err := t.exec(putInbox, bot, cursor, at); err != nil {
			return err
		}
		t.moved()
		if !before.IsZero() || at.IsZero() {
			return nil
		}
		return t.wakeBots(bot)
	})
}

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

func contains(all []string, s string) bool { return slices.Contains(all, s) }

func sortPeople(all []runner.PersonRow) {
	slices.SortStableFunc(all, func(a, b runner.PersonRow) int { return a.At.Compare(b.At) })
}
