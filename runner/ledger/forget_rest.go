package ledger

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"heed/runner"
)

var bothOf = sql(`SELECT bot, key FROM intents WHERE seq = ?`)

// rest says what is on its way, what is kept, and which other cells of the ledger name
// them: every column of every table is looked at.
func (o *oblivion) rest(ctx context.Context, l *Ledger) error {
	return l.read(ctx, func(c *conn) error {
		f := &traces{}
		if err := o.searchIntents(ctx, c, f); err != nil {
			return err
		}
		o.out.UnderWay = nil
		for _, seq := range f.under {
			if _, err := c.first(bothOf, func(r *row) { o.out.UnderWay = append(o.out.UnderWay, r.str()+"/"+r.str()) }, seq); err != nil {
				return err
			}
		}
		if o.User != "" {
			if _, err := c.first(keptChoices, func(r *row) { o.out.Kept = int(r.num()) }, o.id); err != nil {
				return err
			}
		}
		var tables []string
		if err := c.each(allTables, func(r *row) { tables = append(tables, r.str()) }); err != nil {
			return err
		}
		for _, table := range tables {
			n, err := o.inTable(ctx, c, table)
			if err != nil {
				return err
			}
			if table == "choices" {
				n -= o.out.Kept
			}
			if n > 0 {
				o.out.Elsewhere = append(o.out.Elsewhere, runner.Place{Table: table, Rows: n})
			}
		}
		return nil
	})
}

var allTables = sql(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)

// inTable counts the rows of a table that name them, in any column.
func (o *oblivion) inTable(ctx context.Context, c *conn, table string) (n int, err error) {
	rows, err := c.db.Query(`SELECT * FROM "`+strings.ReplaceAll(table, `"`, `""`)+`"`, nil)
	if err != nil {
		return 0, inWords(err)
	}
	defer rows.Close()
	dest := make([]driver.Value, len(rows.Columns()))
	for seen := 0; ; seen++ {
		if err := rows.Next(dest); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, inWords(err)
		}
		if seen%1024 == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
		if o.named(dest) {
			n++
		}
	}
}

// emptyLog writes SQLite's log of pages back and empties it; false: somebody reads it.
func (l *Ledger) emptyLog() (bool, error) {
	c, err := dial(l.path, false, readerCacheKiB)
	if err != nil {
		return false, err
	}
	defer c.close()
	busy, err := askInt(c, `PRAGMA wal_checkpoint(TRUNCATE)`)
	if err != nil {
		return false, inWords(err)
	}
	return busy == 0, nil
}

// wipeRemnants builds the file anew where it holds more of the id than its rows do: pages
// that SQLite has moved about may keep old bytes between their cells.
func (o *oblivion) wipeRemnants(l *Ledger) error {
	if len(o.id) < longID || len(o.out.Elsewhere) > 0 {
		return nil
	}
	n, err := occurrences(l.path, []byte(o.id))
	if err != nil || n <= 2*o.out.Kept { // in its row and in its index
		return err
	}
	c, err := dial(l.path, false, readerCacheKiB)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.script(`VACUUM`); err != nil {
		return fmt.Errorf("ledger: old bytes between its rows still hold the id; run this again when there is room and nobody writes: %w", inWords(err))
	}
	o.out.Shrunk, err = l.emptyLog()
	return err
}

// occurrences counts bytes in a file, reading it piece by piece.
func occurrences(path string, what []byte) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("ledger: %w", err)
	}
	defer f.Close()
	buf := make([]byte, 1<<20)
	kept := 0
	for {
		got, err := f.Read(buf[kept:])
		n += bytes.Count(buf[:kept+got], what)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("ledger: %w", err)
		}
		// What is carried over is too short to hold it whole.
		tail := min(len(what)-1, kept+got)
		copy(buf, buf[kept+got-tail:kept+got])
		kept = tail
	}
}
