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
	authorOf  = sql(`SELECT user, names FROM authors WHERE post = ?`)
	putAuthor = sql(`INSERT INTO authors (post, user, names, at) VALUES (?, ?, ?, ?) ON CONFLICT (post) DO UPDATE SET
		user = excluded.user, names = CASE WHEN excluded.names = '' THEN names ELSE excluded.names END, at = max(at, excluded.at)`)
	// Learning who wrote a post tells whom the intents on it reach.
	putPerson = sql(`UPDATE intents SET person = ? WHERE target_post = ? AND person IS NULL AND pending = 1
		AND action IN ('reply', 'quote', 'repost', 'like')`)
	wakePost = sql(`UPDATE intents SET due_at = 0 WHERE target_post = ? AND pending = 1
		AND state = 'deferred' AND open_ended = 1`)
)

// maxMentions is how many of the people a post names are kept.
const maxMentions = 50

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
	if n > 0 {
		t.stir(runner.EveryBot)
	}
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

// SetAuthor keeps whom a post concerns, of the people it names the first 50, and heeds
// the signs of its author. That they take no messages is not kept: it is known of one
// bot, and a post is nobody's.
func (l *Ledger) SetAuthor(ctx context.Context, post bots.PostID, a runner.Authorship, at time.Time) error {
	if post == "" || a.Author == "" || at.IsZero() {
		return errors.New("ledger: an author needs a post, a person and a time")
	}
	return l.write(ctx, func(t *tx) error {
		if err := t.learnAuthor(post, a, at); err != nil {
			return err
		}
		_, err := t.heedSigns(a.Author, a.Signs, guards.Choice{At: at, Event: "post:" + string(post)}, "", false)
		return err
	})
}
