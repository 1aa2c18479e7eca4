package ledger

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// entryOf does what intake does.
func entryOf(t testing.TB, bot, key string, in bots.Intent, now time.Time) runner.Entry {
	t.Helper()
	in.Key, in.ID, in.ExpiresAt = key, bot+"."+strings.ReplaceAll(key, " ", "-"), now.Add(1000*time.Hour)
	stored, err := in.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return runner.Entry{Bot: bot, At: now, Intent: in, Stored: stored}
}

func enter(t testing.TB, l *Ledger, bot, key string, in bots.Intent) runner.Entered {
	t.Helper()
	out, err := l.Enter(t.Context(), []runner.Entry{entryOf(t, bot, key, in, t0)})
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func post(text string) bots.Intent { return bots.Intent{Action: bots.Post, Text: text} }

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "heed.db")
	l := openAt(t, path, Options{})
	enter(t, l, "tides", "k", post("x"))
	for p, want := range map[string]os.FileMode{path: 0o600, path + "-wal": 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", p, info.Mode().Perm())
		}
	}
}

func TestOddPathsWork(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "what? 100%25 #1 it's", "a&b.db"), Options{})
	enter(t, l, "tides", "k", post("x"))
	target := filepath.Join(t.TempDir(), "it's a copy.db")
	if err := l.Copy(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	if c, err := openAt(t, target, Options{}).Case(t.Context(), runner.Ref{Bot: "tides", Key: "k"}); err != nil || c.Intent.Text != "x" {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := l.Copy(t.Context(), target); err == nil {
		t.Fatal("a copy replaced a file")
	}
	enter(t, l, "tides", "after", post("x"))
}

// filled makes a closed ledger of some pages.
func filled(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "heed.db")
	l, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		enter(t, l, "tides", strings.Repeat("k", i+1), post(strings.Repeat("tide ", 50)))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDamagedFileIsRefused(t *testing.T) {
	for says, spoil := range map[string]func(b []byte) []byte{
		"pages overwritten": func(b []byte) []byte { copy(b[3*4096:], bytes.Repeat([]byte{0xff}, 10*4096)); return b },
		"cut short":         func(b []byte) []byte { return b[:len(b)/2] },
		"no database":       func(b []byte) []byte { return []byte(strings.Repeat("hello ", 2000)) },
		"header lost":       func(b []byte) []byte { copy(b, make([]byte, 100)); return b },
	} {
		t.Run(says, func(t *testing.T) {
			path := filled(t)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, spoil(b), 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := Open(path, Options{})
			if err == nil {
				l.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), path+" is damaged") || !strings.Contains(err.Error(), "restore a backup") {
				t.Fatalf("error %v", err)
			}
		})
	}
}

// sqlite runs SQL on a closed file.
func sqlite(t *testing.T, path, text string) {
	t.Helper()
	c, err := dial(path, false, 1024)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.script(text); err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
}

func TestNewerAndForeignFilesAreRefused(t *testing.T) {
	newer := filled(t)
	sqlite(t, newer, `PRAGMA user_version = 99`)
	foreign := filepath.Join(t.TempDir(), "other.db")
	sqlite(t, foreign, `CREATE TABLE songs (title TEXT)`)
	for path, word := range map[string]string{newer: "schema 99", foreign: "another program"} {
		before, _ := os.ReadFile(path)
		l, err := Open(path, Options{})
		if err == nil {
			l.Close()
			t.Fatalf("%s: opened", word)
		}
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %v", err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Errorf("%s: the file was changed", word)
		}
	}
}

// An older file is brought forward, with a copy of what it was. The step is this test's own.
func TestMigrationKeepsACopy(t *testing.T) {
	path := filled(t)
	steps := append(migrations(), `ALTER TABLE intents ADD COLUMN mood TEXT; CREATE TABLE moods (name TEXT) STRICT`)
	c, err := dial(path, false, 1024)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrateTo(c, path, steps); err != nil {
		t.Fatal(err)
	}
	if v, err := askInt(c, `PRAGMA user_version`); err != nil || v != len(steps) {
		t.Fatalf("schema %d, %v", v, err)
	}
	if n, err := askInt(c, `SELECT count(mood IS NULL) FROM intents`); err != nil || n != 200 {
		t.Fatalf("%d intents, %v", n, err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	l := openAt(t, fmt.Sprintf("%s.schema%d.bak", path, len(migrations())), Options{})
	if all, err := l.Waiting(t.Context(), nil, "", 1000); err != nil || len(all) != 200 {
		t.Fatalf("the copy has %d intents, %v", len(all), err)
	}
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	path := filled(t)
	c, err := dial(path, false, 1024)
	if err != nil {
		t.Fatal(err)
	}
	err = migrateTo(c, path, append(migrations(), `ALTER TABLE intents ADD COLUMN mood TEXT; CREATE TABLE intents (again TEXT)`))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("migration %d", len(migrations())+1)) {
		t.Fatalf("error %v", err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	l := openAt(t, path, Options{})
	enter(t, l, "tides", "after", post("x"))
}

func TestLockIsForOneDaemon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "heed.db")
	release, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); err == nil || !strings.Contains(err.Error(), "another daemon") {
		t.Fatalf("error %v", err)
	}
	enter(t, openAt(t, path, Options{}), "tides", "k", post("x")) // a verb beside the daemon
	release()
	again, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
