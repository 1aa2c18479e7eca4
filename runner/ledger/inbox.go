package ledger

import (
	"context"
	"errors"
	"time"
)

var (
	getCursor  = sql(`SELECT cursor, read_at FROM inboxes WHERE bot = ?`)
	emptyInbox = sql(`UPDATE inboxes SET cursor = '', read_at = NULL WHERE bot = ?`)
	putInbox   = sql(`INSERT INTO inboxes (bot, cursor, read_at) VALUES (?, ?, ?)
		ON CONFLICT (bot) DO UPDATE SET cursor = excluded.cursor, read_at = coalesce(excluded.read_at, read_at)`)
	heardSince = sql(`SELECT count(*) FROM inbound WHERE at > ?`)
)

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

// InboxAt is when a bot's inbox was last read whole; the zero time when it never was.
func (l *Ledger) InboxAt(ctx context.Context, bot string) (at time.Time, err error) {
	err = l.read(ctx, func(c *conn) error {
		_, err := c.first(getCursor, func(r *row) { _, at = r.str(), r.when() }, bot)
		return err
	})
	return at, err
}

// Inbound counts what was heard after a moment, over all bots, as far back as it is kept.
func (l *Ledger) Inbound(ctx context.Context, since time.Time) (n int, err error) {
	err = l.read(ctx, func(c *conn) error {
		_, err := c.first(heardSince, func(r *row) { n = int(r.num()) }, since.UnixMilli())
		return err
	})
	return n, err
}
