package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"

	"heed/runner"
)

// Reader looks into a ledger that a daemon made and may be writing to. It has no writer,
// and SQLite lets its connections change nothing.
type Reader struct{ l *Ledger }

// OpenReader opens the file for reading. Nothing is made, checked or brought up to date:
// a missing file, and one of another schema, are refused.
func OpenReader(path string) (*Reader, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	l := &Ledger{path: path, closing: make(chan struct{}), readers: make(chan *conn, maxReaders)}
	for range maxReaders {
		l.readers <- nil
	}
	r := &Reader{l}
	if err := l.read(context.Background(), func(c *conn) error { return sameSchema(c, path) }); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func sameSchema(c *conn, path string) error {
	version, err := askInt(c, `PRAGMA user_version`)
	if err != nil {
		return unreadable(path, err)
	}
	if known := len(migrations()); version != known {
		return fmt.Errorf("ledger: %s has schema %d and this heed reads %d: let the daemon and its helpers be of one version", path, version, known)
	}
	return nil
}

// Case is all that is known of one intent; runner.ErrNotFound.
func (r *Reader) Case(ctx context.Context, key runner.Ref) (runner.Case, error) {
	return r.l.Case(ctx, key)
}

// Log is a page of the record, newest first.
func (r *Reader) Log(ctx context.Context, q runner.LogQuery) (runner.LogPage, error) {
	return r.l.Log(ctx, q)
}

// Close waits for what is being read and closes the file.
func (r *Reader) Close() (err error) {
	r.l.once.Do(func() {
		close(r.l.closing)
		for range maxReaders {
			if c := <-r.l.readers; c != nil {
				err = errors.Join(err, c.close())
			}
		}
	})
	return err
}
