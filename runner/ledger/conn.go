package ledger

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// query is one SQL statement. All of them are made at package level, so that a test
// can ask SQLite for the plan of every one.
type query struct {
	n   int
	sql string
}

var queries []*query

// sql registers a statement. Every parameter is written +?, which means the same: where
// a bare one is compared, SQLite peeks at its value and compiles the statement again
// whenever another is bound, which costs ten times the look-up.
func sql(text string) *query {
	q := &query{len(queries), strings.ReplaceAll(text, "?", "+?")}
	queries = append(queries, q)
	return q
}

// conn is one connection with its prepared statements, for one goroutine at a time.
// The driver is used without database/sql: its pool and locks cost more than the look-ups.
type conn struct {
	db    *sqlite3.SQLiteConn
	stmts []driver.Stmt
	vals  [40]driver.Value
}

// dial opens the file. A missing one is made unless readOnly.
func dial(path string, readOnly bool, cacheKiB int) (*conn, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	opts := url.Values{"_busy_timeout": {"5000"}, "_synchronous": {"FULL"}, "_foreign_keys": {"1"}, "_mutex": {"no"},
		"_secure_delete": {"1"}, "_txlock": {"immediate"}, "_cache_size": {fmt.Sprint(-cacheKiB)}}
	if readOnly {
		opts.Set("_query_only", "1")
	} else {
		opts.Set("_journal_mode", "WAL")
	}
	u := url.URL{Path: abs}
	name := "file:" + u.EscapedPath() + "?" + opts.Encode()
	raw, err := (&sqlite3.SQLiteDriver{}).Open(name)
	// Who opens a new file while another process makes it a WAL is refused at once, without
	// the wait that every other lock has.
	for tries := 0; isBusy(err) && tries < 500; tries++ {
		time.Sleep(10 * time.Millisecond)
		raw, err = (&sqlite3.SQLiteDriver{}).Open(name)
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: %s: %w", path, err)
	}
	return &conn{db: raw.(*sqlite3.SQLiteConn)}, nil
}

func isBusy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrBusy
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		if s != nil {
			s.Close()
		}
	}
	return c.db.Close()
}

// script runs SQL that is not worth keeping prepared.
func (c *conn) script(text string) error {
	_, err := c.db.Exec(text, nil)
	return err
}

// ask reads the first column of the first row of SQL that is not worth keeping prepared.
func (c *conn) ask(text string) (v driver.Value, err error) {
	rows, err := c.db.Query(text, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	dest := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(dest); err != nil {
		return nil, err
	}
	return dest[0], nil
}

func (c *conn) stmt(q *query) (driver.Stmt, error) {
	if len(c.stmts) < len(queries) {
		c.stmts = append(c.stmts, make([]driver.Stmt, len(queries)-len(c.stmts))...)
	}
	if s := c.stmts[q.n]; s != nil {
		return s, nil
	}
	s, err := c.db.Prepare(q.sql)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	c.stmts[q.n] = s
	return s, nil
}

// exec runs a statement that gives no rows.
func (c *conn) exec(q *query, args ...any) (driver.Result, error) {
	s, err := c.stmt(q)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 the context form starts a goroutine for every statement
	res, err := s.Exec(values(args))
	if err != nil {
		return nil, inWords(err)
	}
	return res, nil
}

// changed runs a statement and says how many rows it changed.
func (c *conn) changed(q *query, args ...any) (int, error) {
	res, err := c.exec(q, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// each hands over the rows one by one. scan must not use the connection.
func (c *conn) each(q *query, scan func(*row), args ...any) error {
	s, err := c.stmt(q)
	if err != nil {
		return err
	}
	//lint:ignore SA1019 as above
	rows, err := s.Query(values(args))
	if err != nil {
		return inWords(err)
	}
	defer rows.Close()
	r := row{v: c.vals[:len(rows.Columns())]}
	for {
		err := rows.Next(r.v)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return inWords(err)
		}
		r.i = 0
		scan(&r)
	}
}

// inWords says what a person can do about the troubles that a person can end.
func inWords(err error) error {
	var e sqlite3.Error
	if errors.As(err, &e) {
		switch e.Code {
		case sqlite3.ErrFull:
			return fmt.Errorf("ledger: nothing was written, make room on the disk: %w", err)
		case sqlite3.ErrBusy:
			return fmt.Errorf("ledger: another process has kept the file locked for 5 s: %w", err)
		case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
			return fmt.Errorf("ledger: the file is damaged, restore a backup (heed backup restore FILE): %w", err)
		}
	}
	return fmt.Errorf("ledger: %w", err)
}

// first reads one row and says whether there was one.
func (c *conn) first(q *query, scan func(*row), args ...any) (found bool, err error) {
	err = c.each(q, func(r *row) {
		if !found {
			found = true
			scan(r)
		}
	}, args...)
	return found, err
}
