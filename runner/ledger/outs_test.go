package ledger

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// stands says who is opted out, with the scopes, and whether everything is paused.
func stands(t *testing.T, l *Ledger) (out string, paused bool) {
	t.Helper()
	rows, err := l.People(t.Context(), runner.PeopleQuery{OptedOut: true})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, x := range rows {
		all = append(all, string(x.User)+" "+x.Scope)
	}
	slices.Sort(all)
	halts, err := l.Halts(t.Context(), t0)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, ", "), len(halts) > 0
}

func stop(t *testing.T, l *Ledger, user bots.UserID, scope string, at time.Time) {
	t.Helper()
	if _, err := l.OptOut(t.Context(), user, guards.Choice{At: at, How: "cli", Scope: scope, Event: "e" + string(user)}); err != nil {
		t.Fatal(err)
	}
}

// codes are those of the records so far.
func codes(t *testing.T, l *Ledger) string {
	t.Helper()
	all, err := l.Records(t.Context(), runner.RecordQuery{Limit: 10000})
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for _, r := range all {
		out += r.Code + " "
	}
	return out
}

// older gives a ledger with the opt-out of 41, a copy of it from then, and its journal,
// which knows more: 42 out, 43 out and forgiven, 44's consent gone.
func older(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, path, Options{})
	stop(t, l, "41", "*", t0)
	stop(t, l, "45", "tides", t0)
	if err := l.Consent(t.Context(), "44", guards.Choice{At: t0, How: "cli", Scope: "tides", Channel: "dm"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Copy(t.Context(), path+".old"); err != nil {
		t.Fatal(err)
	}
	stop(t, l, "42", "*", t0.Add(time.Minute))
	stop(t, l, "43", "*", t0.Add(2*time.Minute))
	for _, err := range []error{
		l.Forgive(t.Context(), "43", "*", "ann", "asked", t0.Add(3*time.Minute)),
		l.Forgive(t.Context(), "45", "tides", "ann", "asked", t0.Add(3*time.Minute)),
		l.Revoke(t.Context(), "44", "tides", t0.Add(3*time.Minute)),
		l.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// back puts the older file in the ledger's place, as somebody does who knows no better.
func back(t *testing.T, path string) {
	t.Helper()
	if err := os.Rename(path+".old", path); err != nil {
		t.Fatal(err)
	}
}

func TestP3AJournalOutlivesItsLedger(t *testing.T) {
	for _, c := range []struct {
		says   string
		spoil  func(t *testing.T, path string)
		want   string
		paused bool
		code   string
	}{
		{"nothing happened", func(*testing.T, string) {}, "41 *, 42 *", false, ""},
		{"an older copy stands in its place", back, "41 *, 42 *", true, "optouts.taken_up"},
		{"the ledger is gone", func(t *testing.T, path string) { must(t, os.Remove(path)) }, "41 *, 42 *", true, "halt.pause"},
		{"the ledger is empty", func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) }, "41 *, 42 *", true, "halt.pause"},
		{"the journal is gone", func(t *testing.T, path string) { must(t, os.Remove(path+outsSuffix)) }, "41 *, 42 *", false, "optouts.missing"},
		{"the journal is empty", func(t *testing.T, path string) { must(t, os.Truncate(path+outsSuffix, 0)) }, "41 *, 42 *", false, "optouts.missing"},
		{"its last line is torn", func(t *testing.T, path string) {
			spoilLines(t, path, func(lines [][]byte) { lines[len(lines)-1] = []byte("0000") })
			back(t, path)
		}, "41 *, 42 *", true, "optouts.taken_up"},
		{"a line that the ledger has is damaged", func(t *testing.T, path string) {
			spoilLines(t, path, func(lines [][]byte) { lines[1][20] ^= 1 })
		}, "41 *, 42 *", false, "optouts.damaged"},
		{"a line that an older copy lacks is damaged", func(t *testing.T, path string) {
			spoilLines(t, path, func(lines [][]byte) { lines[4][20] ^= 1 })
			back(t, path)
		}, "41 *, 42 *", true, "optouts.damaged"},
		{"the line of 42 is damaged, and the older copy lacks it", func(t *testing.T, path string) {
			spoilLines(t, path, func(lines [][]byte) { lines[3][20] ^= 1 })
			back(t, path)
		}, "41 *", true, "optouts.damaged"},
		{"the last line is damaged whole", func(t *testing.T, path string) {
			spoilLines(t, path, func(lines [][]byte) { copy(lines[len(lines)-2], "what is this") })
			back(t, path)
		}, "41 *, 42 *", true, "optouts.damaged"},
	} {
		t.Run(c.says, func(t *testing.T) {
			path := older(t)
			c.spoil(t, path)
			for _, again := range []string{"", " again"} {
				l, err := Open(path, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if got, paused := stands(t, l); got != c.want || paused != c.paused {
					t.Errorf("opened%s: out: %s (want %s), paused %v", again, got, c.want, paused)
				}
				if ins, _ := l.People(t.Context(), runner.PeopleQuery{Consents: true}); len(ins) != 0 && c.says != "the last line is damaged whole" {
					t.Errorf("a consent came back: %+v", ins)
				}
				if got := codes(t, l); !strings.Contains(got, c.code) || again != "" && strings.Count(got, "optouts.") > 2 {
					t.Errorf("opened%s: records %s", again, got)
				}
				must(t, l.Close())
			}
			if r, err := (outs{path + outsSuffix}).read(); err != nil || !r.begun || r.damaged > 0 {
				t.Errorf("the journal was left as %+v, %v", r, err)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func spoilLines(t *testing.T, path string, spoil func(lines [][]byte)) {
	t.Helper()
	b, err := os.ReadFile(path + outsSuffix)
	must(t, err)
	lines := bytes.Split(b, []byte("\n"))
	spoil(lines)
	must(t, os.WriteFile(path+outsSuffix, bytes.Join(lines, []byte("\n")), 0o600))
}

// A stop does not wait for a second file: the ledger takes it, says so, and writes the
// journal anew when it can. That nobody is lost until then is the ledger's.
func TestP3P9AJournalThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, path, Options{})
	stop(t, l, "41", "*", t0)
	must(t, os.Remove(path+outsSuffix))
	must(t, os.MkdirAll(filepath.Join(path+outsSuffix, "in the way"), 0o700))
	stop(t, l, "42", "*", t0)
	stop(t, l, "43", "*", t0)
	if got := codes(t, l); strings.Count(got, "optouts.unwritten") != 1 {
		t.Errorf("records %s", got)
	}
	if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), "may know of people who said stop") {
		t.Errorf("a start with an unreadable journal: %v", err)
	}
	must(t, os.RemoveAll(path+outsSuffix))
	stop(t, l, "44", "*", t0)
	must(t, l.Close())
	must(t, os.Remove(path))
	if got, paused := stands(t, openAt(t, path, Options{})); got != "41 *, 42 *, 43 *, 44 *" || !paused {
		t.Errorf("after the ledger was lost: %s, paused %v", got, paused)
	}
}

// What the journal holds is ids, times and where they came from; and the file is private.
func TestTheJournalIsPrivate(t *testing.T) {
	path := older(t)
	info, err := os.Stat(path + outsSuffix)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	b, err := os.ReadFile(path + outsSuffix)
	must(t, err)
	if n := bytes.Count(b, []byte("\n")); n != 8 {
		t.Errorf("%d lines, want the first, four opt-outs, and the ends of two and of a consent", n)
	}
	for _, line := range bytes.Split(bytes.TrimSpace(b), []byte("\n")) {
		if _, ok := decodeOut(line); !ok {
			t.Errorf("line %s", line)
		}
	}
}

// Death between the journal's line and the commit errs towards silence, and death between
// the commit and a lift's line keeps what the ledger says.
func TestP3DeathBetweenJournalAndCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, path, Options{})
	stop(t, l, "41", "*", t0)
	must(t, l.Close())
	_, err := outs{path + outsSuffix}.append([]outLine{{N: 2, Kind: optOut, User: "42", Scope: "*", At: t0.UnixMilli(), How: "dm"}})
	must(t, err)
	l = openAt(t, path, Options{Trust: true})
	if got, _ := stands(t, l); got != "41 *, 42 *" {
		t.Errorf("a line without its commit: %s", got)
	}
	before, err := os.ReadFile(path + outsSuffix)
	must(t, err)
	must(t, l.Forgive(t.Context(), "41", "*", "ann", "asked", t0))
	must(t, l.Close())
	must(t, os.WriteFile(path+outsSuffix, before, 0o600))
	l = openAt(t, path, Options{Trust: true})
	if got, _ := stands(t, l); got != "42 *" {
		t.Errorf("a lift without its line: %s", got)
	}
}

// Folding loses nothing: what it leaves does to any ledger what all lines did, or is stricter.
func TestP3FoldedJournal(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		var lines []outLine
		for n := range int64(40) {
			l := outLine{N: n + 1, Kind: optOut, User: bots.UserID(fmt.Sprint(rnd.IntN(4))), Scope: []string{"*", "a", "b"}[rnd.IntN(3)],
				At: 100 + n, How: []string{"dm", "cli", byBlock}[rnd.IntN(3)]}
			if rnd.IntN(3) == 0 {
				l.Ended, l.UpTo = true, 100+int64(rnd.IntN(60))
			}
			lines = append(lines, l)
		}
		whole, folded := inForceBy(lines), inForceBy(fold(lines))
		if !maps.Equal(whole, folded) {
			t.Fatalf("seed %d: %v folded to %v", seed, whole, folded)
		}
		if n := len(fold(lines)); n > 4*3*2 {
			t.Fatalf("seed %d: %d lines are left", seed, n)
		}
	}
}

// inForceBy is who is opted out after lines, in the plainest words.
func inForceBy(lines []outLine) map[string]bool {
	type row struct {
		l   outLine
		off bool
	}
	var rows []row
	for _, l := range lines {
		if !l.Ended {
			rows = append(rows, row{l: l})
			continue
		}
		for i, r := range rows {
			if r.l.User == l.User && (l.Scope == "*" || l.Scope == r.l.Scope) && r.l.At <= l.UpTo {
				rows[i].off = true
			}
		}
	}
	out := map[string]bool{}
	for _, r := range rows {
		if !r.off {
			out[string(r.l.User)+" "+r.l.Scope] = true
		}
	}
	return out
}

// A journal that has grown is written anew, smaller.
func TestTheJournalIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, path, Options{})
	stop(t, l, "41", "*", t0)
	j := outs{path + outsSuffix}
	var many []outLine
	for n := range int64(outsSmall / 100) {
		many = append(many, outLine{N: 2 + n, Kind: optOut, User: "42", Scope: "*", At: t0.UnixMilli() + n, How: "cli", Event: "again and again"})
	}
	_, err := j.append(many)
	must(t, err)
	stop(t, l, "43", "*", t0)
	info, err := os.Stat(j.path)
	must(t, err)
	if info.Size() > 2000 {
		t.Errorf("%d bytes are left", info.Size())
	}
	must(t, l.Close())
	must(t, os.Remove(path))
	if got, _ := stands(t, openAt(t, path, Options{})); got != "41 *, 42 *, 43 *" {
		t.Errorf("out: %s", got)
	}
}

func TestForgettingInTheJournalKeepsTheOptOut(t *testing.T) {
	path := older(t)
	l := openAt(t, path, Options{})
	for _, who := range []bots.UserID{"42", "43", "44"} {
		must(t, l.write(t.Context(), func(t *tx) error { return t.forgetOuts(who) }))
	}
	b, err := os.ReadFile(path + outsSuffix)
	must(t, err)
	for word, want := range map[string]int{`"42"`: 1, `"43"`: 0, `"44"`: 0, `e42`: 0, `"41"`: 1, `e41`: 1} {
		if n := strings.Count(string(b), word); n != want {
			t.Errorf("%s stands %d times in it", word, n)
		}
	}
	must(t, l.Close())
	back(t, path)
	if got, _ := stands(t, openAt(t, path, Options{})); !strings.Contains(got, "42 *") {
		t.Errorf("out: %s", got)
	}
}

// Two processes that write keep one journal.
func TestP3OneJournalOfTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	a, b := openAt(t, path, Options{}), openAt(t, path, Options{Trust: true})
	want := []string{}
	for i := range 20 {
		l := a
		if i%3 == 0 {
			l = b
		}
		stop(t, l, bots.UserID(fmt.Sprint(100+i)), "*", t0)
		want = append(want, fmt.Sprintf("%d *", 100+i))
	}
	must(t, a.Close())
	must(t, b.Close())
	r, err := outs{path + outsSuffix}.read()
	must(t, err)
	if len(r.lines) != 20 || r.top != 20 || r.damaged != 0 {
		t.Errorf("the journal has %d lines up to %d, %d damaged", len(r.lines), r.top, r.damaged)
	}
	must(t, os.Remove(path))
	if got, _ := stands(t, openAt(t, path, Options{})); got != strings.Join(want, ", ") {
		t.Errorf("out: %s", got)
	}
}

// Several processes that make a new ledger at once all get it.
func TestANewLedgerIsOpenedByManyAtOnce(t *testing.T) {
	for range 5 {
		path := filepath.Join(t.TempDir(), "heed.db")
		var wg sync.WaitGroup
		for n := range 4 {
			wg.Go(func() {
				l, err := Open(path, Options{Trust: true})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := l.OptOut(t.Context(), bots.UserID(fmt.Sprint(n)), guards.Choice{At: t0, How: "cli", Scope: "*"}); err != nil {
					t.Error(err)
				}
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got, paused := stands(t, openAt(t, path, Options{})); got != "0 *, 1 *, 2 *, 3 *" || paused {
			t.Errorf("out: %s, paused %v", got, paused)
		}
	}
}
