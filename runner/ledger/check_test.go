package ledger

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/runner"
)

// small makes every file one that is large.
var small = Options{CheckAtOnce: 1}

// spoilRoot overwrites the root page of a table of a closed file.
func spoilRoot(t *testing.T, path, table string) {
	t.Helper()
	c, err := dial(path, false, 1024)
	if err != nil {
		t.Fatal(err)
	}
	root, err := askInt(c, `SELECT rootpage FROM sqlite_schema WHERE name = '`+table+`'`)
	if err != nil {
		t.Fatal(err)
	}
	size, err := askInt(c, `PRAGMA page_size`)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("\xff", size)), int64(root-1)*int64(size)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// closedWell makes a ledger with some rows that heed closed after a check.
func closedWell(t *testing.T) string {
	path := filled(t)
	l, err := Open(path, small)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 50 {
		who := pastPerson(n, t0)
		if _, err := l.OptOut(t.Context(), who.User, who.Choice); err != nil {
			t.Fatal(err)
		}
	}
	if l.check == nil {
		t.Fatal("a large file that heed closed was checked whole before it was used")
	}
	<-l.check.ended
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestALargeFileIsCheckedBesideTheWork(t *testing.T) {
	path := closedWell(t)
	l := openAt(t, path, small)
	enter(t, l, "tides", "beside", post("x"))
	if err := l.Checked(t.Context()); err != nil {
		t.Fatal(err)
	}
	enter(t, l, "tides", "after", post("x"))
	if wasSound(l.conn) {
		t.Error("an open file is marked as closed")
	}
}

func TestP9DamageFoundBesideTheWorkStopsIt(t *testing.T) {
	for _, table := range growing {
		if table == "records" { // its end is read by opening it
			continue
		}
		t.Run(table, func(t *testing.T) {
			path := closedWell(t)
			spoilRoot(t, path, table)
			var said []string
			o := small
			o.Say = func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
			l := openAt(t, path, o)
			found := l.Checked(t.Context())
			err := l.Note(t.Context(), runner.Record{At: t0, Kind: runner.RecNotice, Code: "x"})
			if err == nil || !strings.Contains(err.Error(), "is damaged") || !strings.Contains(err.Error(), "restore a backup") {
				t.Fatalf("error %v", err)
			}
			if found == nil || found.Error() != err.Error() {
				t.Errorf("the check found %v", found)
			}
			if len(said) != 1 || said[0] != err.Error() {
				t.Errorf("it said %q", said)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if again, err := Open(path, small); err == nil {
				again.Close()
				t.Error("after that it was opened again")
			}
		})
	}
}

// What people said is checked before anything is done.
func TestP9DamageOfChoicesIsFoundAtOnce(t *testing.T) {
	for _, table := range []string{"choices", "choices_of_user", "inbound", "authors", "halts", "grants", "profiles"} {
		path := closedWell(t)
		spoilRoot(t, path, table)
		if l, err := Open(path, small); err == nil {
			l.Close()
			t.Errorf("%s: opened", table)
		} else if !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%s: error %v", table, err)
		}
	}
}

// Where heed died, or never finished its check, all of the file is checked first.
func TestP9WhatHeedDidNotCloseIsCheckedWhole(t *testing.T) {
	copied := func(from, to string) {
		t.Helper()
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := closedWell(t)
	l := openAt(t, path, small)
	died := filepath.Join(t.TempDir(), "died.db")
	copied(path, died) // the mark's end is in the log of pages
	copied(path+"-wal", died+"-wal")
	enter(t, l, "tides", "later", post("x"))
	settled := filepath.Join(t.TempDir(), "settled.db")
	if _, err := l.conn.ask(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	copied(path, settled)
	for _, p := range []string{died, settled} {
		var said []string
		o := small
		o.Say = func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
		again := openAt(t, p, o)
		if again.check != nil || len(said) != 1 || !strings.Contains(said[0], "checking "+p) {
			t.Errorf("%s: not checked whole; it said %q", p, said)
		}
	}
}
