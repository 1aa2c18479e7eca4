package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"

	sqlite3 "github.com/mattn/go-sqlite3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// applicationID marks a SQLite file as heed's: the letters "heed".
const applicationID = 0x68656564

// migrations are the scripts in order; the schema's number is how many were run.
func migrations() []string {
	var all []string
	for n := 1; ; n++ {
		text, err := migrationFiles.ReadFile(fmt.Sprintf("migrations/%03d.sql", n))
		if err != nil {
			return all
		}
		all = append(all, string(text))
	}
}

// migrate brings the file to the newest schema. It only goes forward.
func migrate(c *conn, path string) error { return migrateTo(c, path, migrations()) }

func migrateTo(c *conn, path string, steps []string) error {
	// In this order: another process may make the file meanwhile, its mark with its tables.
	tables, err := askInt(c, `SELECT count(*) FROM sqlite_schema`)
	if err != nil {
		return unreadable(path, err)
	}
	app, err := askInt(c, `PRAGMA application_id`)
	if err != nil {
		return unreadable(path, err)
	}
	version, err := askInt(c, `PRAGMA user_version`)
	if err != nil {
		return unreadable(path, err)
	}
	switch {
	case tables > 0 && app != applicationID:
		return fmt.Errorf("ledger: %s is a SQLite file of another program: name another path", path)
	case version < 0 || version == 0 && tables > 0:
		return spoilt(path, fmt.Errorf("its schema has the number %d", version))
	case version > len(steps):
		return fmt.Errorf("ledger: %s has schema %d and this heed knows up to %d: use the heed that wrote it, or a newer one",
			path, version, len(steps))
	case version == len(steps):
		return nil
	}
	if tables > 0 {
		if err := keepCopy(c, path, version); err != nil {
			return err
		}
	}
	return migrateSteps(c, path, steps)
}

// migrateSteps looks at the number again under the write lock: another process may
// have migrated meanwhile.
func migrateSteps(c *conn, path string, steps []string) error {
	if err := c.script(`BEGIN IMMEDIATE`); err != nil {
		return fmt.Errorf("ledger: %s: %w", path, err)
	}
	err := func() error {
		version, err := askInt(c, `PRAGMA user_version`)
		if err != nil {
			return err
		}
		for n := version; n < len(steps); n++ {
			if err := c.script(steps[n]); err != nil {
				return fmt.Errorf("migration %d: %w", n+1, err)
			}
			if n+1 == chainSchema {
				if err := chainOld(c); err != nil {
					return fmt.Errorf("migration %d: %w", n+1, err)
				}
			}
		}
		return c.script(fmt.Sprintf(`PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT`, max(version, len(steps)), applicationID))
	}()
	if err != nil {
		return errors.Join(fmt.Errorf("ledger: %s was not changed: %w", path, err), c.script(`ROLLBACK`))
	}
	return nil
}

// keepCopy writes the file as it is beside itself before its schema changes.
func keepCopy(c *conn, path string, version int) error {
	target := fmt.Sprintf("%s.schema%d.bak", path, version)
	if err := os.Remove(target); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := copyInto(context.Background(), c, target); err != nil {
		return fmt.Errorf("ledger: %s cannot be copied before its schema is changed: %w", path, err)
	}
	return nil
}

func askInt(c *conn, text string) (int, error) {
	v, err := c.ask(text)
	if err != nil {
		return 0, err
	}
	n, ok := v.(int64)
	if !ok {
		return 0, fmt.Errorf("ledger: %s gave %T", text, v)
	}
	return int(n), nil
}

// damaged says whether SQLite found the file to be no intact database.
func damaged(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB)
}
