package ledger

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"
)

// VerifyBackup reads a whole backup, writes nothing, and says what it holds. It refuses a
// file that is damaged, another program's, or of a newer heed. SQLite keeps no check sums of
// rows: a changed byte inside of one shows only where the record of decisions covers it,
// as one of Backup.Faults.
func VerifyBackup(path string) (b Backup, err error) {
	b.Path = path
	info, err := os.Stat(path)
	if err != nil {
		return b, fmt.Errorf("ledger: %w", err)
	}
	b.Bytes = info.Size()
	if b.Bytes == 0 {
		return b, fmt.Errorf("ledger: %s is empty: it is no backup", path)
	}
	c, err := openRead(path)
	if err != nil {
		return b, notBackup(path, err)
	}
	defer c.close()
	if err := wellFormed(c, path); err != nil {
		return b, err
	}
	var made int
	for _, n := range []struct {
		into *int
		sql  string
	}{
		{&b.Schema, `PRAGMA user_version`},
		{&b.Intents, `SELECT count(*) FROM intents`},
		{&b.Pending, `SELECT count(*) FROM intents WHERE ` + unsettled},
		{&b.OptOuts, `SELECT count(*) FROM choices WHERE kind = 'opt_out' AND ended_at IS NULL`},
		{&made, `SELECT coalesce((SELECT n FROM counters WHERE name = 'backed up'), (SELECT at FROM records ORDER BY n DESC LIMIT 1), 0)`},
	} {
		if *n.into, err = askInt(c, n.sql); err != nil {
			return b, notBackup(path, err)
		}
	}
	b.At = time.UnixMilli(int64(made)).UTC()
	if b.Schema < chainSchema {
		return b, nil
	}
	a, err := audit(context.Background(), c, nil)
	if err != nil {
		return b, notBackup(path, err)
	}
	b.Head, b.Faults = a.Head, a.Count
	return b, nil
}

// openRead opens a file that nobody writes to, and changes nothing of it.
func openRead(path string) (*conn, error) {
	more := url.Values{"mode": {"ro"}}
	if !loggedPages(path) {
		more.Set("immutable", "1")
	}
	return openPlain(path, more)
}

const unsettled = `state IN ('waiting', 'deferred', 'held', 'doing', 'unknown')`

func wellFormed(c *conn, path string) error {
	app, err := askInt(c, `PRAGMA application_id`)
	if err != nil {
		return notBackup(path, err)
	}
	if app != applicationID {
		return fmt.Errorf("ledger: %s is no ledger of heed: name a file that heed backup made", path)
	}
	version, err := askInt(c, `PRAGMA user_version`)
	if err != nil {
		return notBackup(path, err)
	}
	if known := len(migrations()); version < 1 || version > known {
		return fmt.Errorf("ledger: %s has schema %d and this heed knows 1 to %d: use the heed that wrote it, or a newer one", path, version, known)
	}
	var verdict driver.Value
	if verdict, err = c.ask(`PRAGMA integrity_check(1)`); err != nil {
		return notBackup(path, err)
	}
	if verdict != "ok" {
		return notBackup(path, fmt.Errorf("%v", verdict))
	}
	return nil
}

func notBackup(path string, err error) error {
	return fmt.Errorf("ledger: %s is no sound backup (%w): use another one", path, err)
}

// spoilt tells of a damaged ledger and of the way out.
func spoilt(path string, why error) error {
	return fmt.Errorf("ledger: %s is damaged (%w), and nothing is done with it: restore a backup: heed backup restore %s", path, why, newestBackup(path))
}

// suspect refuses a ledger that must not be opened as it stands: SQLite would take it for
// a new one, or for one without its latest commits.
func suspect(path string) error {
	if _, err := os.Lstat(path + restoring); err == nil {
		return fmt.Errorf("ledger: a restore of %s is under way, or was broken off in the middle: run heed backup restore FILE again, what was there stands beside it as %s*",
			path, path+beforeRestore)
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return spoilt(path, fmt.Errorf("a folder stands in its place"))
	case err == nil && info.Size() > 0:
		return nil
	case err == nil || isMissing(err):
		if loggedPages(path) {
			return spoilt(path, fmt.Errorf("it is empty, and %s-wal still has what was written to it", path))
		}
	}
	return nil
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// loggedPages says whether a log of pages stands beside a file.
func loggedPages(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}
