package ledger

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"slices"
)

// A file is checked before it is used: SQLite reads the structure of every page. What
// takes minutes of a ledger of many years is put off where heed itself closed the file,
// and knew it to be sound: then the tables that do not grow with history are checked at
// once, what people said among them, and the whole file beside the work. Until that is
// over the file is not marked as sound again; where it finds damage, nothing more is
// written, and so nothing sent (promise P9).

// closedSound is the name of the counter that is 1 while the file is closed and sound.
const closedSound = "closed sound"

// growing are the tables that grow with history.
var growing = []string{"intents", "judgements", "acts", "records"}

// inspect checks an open file. later says that the whole of it is still to be checked.
func inspect(c *conn, path string, o Options, logged bool) (later bool, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	if info.Size() > o.CheckAtOnce && !logged && wasSound(c) {
		return true, inspectSmall(c, path)
	}
	if info.Size() > o.CheckAtOnce {
		o.Say("checking %s, of %.1f GiB: heed did not close it, or not after a check", path, float64(info.Size())/(1<<30))
	}
	verdict, err := c.ask(`PRAGMA quick_check(1)`)
	return false, intactOr(path, verdict, err)
}

// wasSound reads the mark. What cannot be read is no mark.
func wasSound(c *conn) bool {
	n, err := askInt(c, `SELECT n FROM counters WHERE name = '`+closedSound+`'`)
	return err == nil && n == 1
}

func inspectSmall(c *conn, path string) error {
	var tables []string
	if err := c.each(allTables, func(r *row) { tables = append(tables, r.str()) }); err != nil {
		return unreadable(path, err)
	}
	for _, name := range tables {
		if slices.Contains(growing, name) {
			continue
		}
		verdict, err := c.ask(`PRAGMA quick_check('` + name + `')`)
		if err := intactOr(path, verdict, err); err != nil {
			return err
		}
	}
	return nil
}

// intactOr is what SQLite's answer about a file means.
func intactOr(path string, verdict driver.Value, err error) error {
	switch {
	case err != nil:
		return unreadable(path, err)
	case verdict != "ok":
		return spoilt(path, fmt.Errorf("%v", verdict))
	}
	return nil
}

// inspection is the check of the whole file beside the work.
type inspection struct {
	stop  context.CancelFunc
	ended chan struct{}
	bad   error // once it has ended; nil: the file is sound; context.Canceled: nobody knows
}

// inspectLater begins it.
func (l *Ledger) inspectLater() {
	ctx, stop := context.WithCancel(context.Background())
	l.check = &inspection{stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(l.check.ended)
		l.check.bad = l.inspectWhole(ctx)
		if bad := l.check.bad; bad != nil && ctx.Err() == nil {
			l.o.Say("%v", bad)
		}
	}()
}

func (l *Ledger) inspectWhole(ctx context.Context) error {
	c, err := dial(l.path, true, readerCacheKiB)
	if err != nil {
		return err
	}
	rows, err := c.db.QueryContext(ctx, `PRAGMA quick_check(1)`, nil)
	var verdict [1]driver.Value
	if err == nil {
		err = errors.Join(rows.Next(verdict[:]), rows.Close())
	}
	if err == nil && verdict[0] != "ok" {
		err = fmt.Errorf("%v", verdict[0])
	}
	err = errors.Join(err, c.close())
	if ctx.Err() != nil {
		return context.Canceled
	}
	if err != nil { // a page that cannot be read is damage, too
		return spoilt(l.path, err)
	}
	return nil
}

// unsound is why nothing may be written any more; nil while nothing is known.
func (l *Ledger) unsound() error {
	if l.check == nil {
		return nil
	}
	select {
	case <-l.check.ended:
	default:
		return nil
	}
	if errors.Is(l.check.bad, context.Canceled) {
		return nil
	}
	return l.check.bad
}

// Checked waits for the check beside the work, where there is one, and says what it found.
func (l *Ledger) Checked(ctx context.Context) error {
	if l.check == nil {
		return nil
	}
	select {
	case <-l.check.ended:
		return l.check.bad
	case <-ctx.Done():
		return ctx.Err()
	}
}

// markSound says in the file that it is sound, when the writer has ended. Where that
// fails, as on a full disk, the next start checks all of it.
func (l *Ledger) markSound() {
	if l.check != nil {
		l.check.stop()
		<-l.check.ended
		if l.check.bad != nil { // damaged, or not read to the end
			return
		}
	}
	if !l.o.Trust {
		_ = l.alone(func(t *tx) error { _, err := t.exec(putCount, closedSound, 1); return err })
	}
}

// unmark takes the mark away before anything else is written.
func (l *Ledger) unmark() error {
	if l.o.Trust || !wasSound(l.conn) {
		return nil
	}
	return l.alone(func(t *tx) error { _, err := t.exec(putCount, closedSound, 0); return err })
}
