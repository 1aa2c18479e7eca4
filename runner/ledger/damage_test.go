package ledger

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"heed/bots"
	"heed/runner"
)

func envCount(name string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return def
}

// damage is one way to spoil a ledger's files.
type damage struct {
	says  string
	spoil func(t *testing.T, path string, b []byte)
}

func put(file string) func(*testing.T, string, []byte) {
	return func(t *testing.T, path string, b []byte) { must(t, os.WriteFile(path+file, b, 0o600)) }
}

func damages(size int) (all []damage) {
	flips, cuts := envCount("HEED_FLIPS", 60), 20
	rnd := rand.New(rand.NewPCG(3, uint64(size)))
	main := put("")
	add := func(says string, change func(b []byte) []byte) {
		all = append(all, damage{says, func(t *testing.T, path string, b []byte) { main(t, path, change(b)) }})
	}
	for range flips {
		at, bit := rnd.IntN(size), byte(1)<<rnd.IntN(8)
		add(fmt.Sprintf("bit %#x of byte %d flipped", bit, at), func(b []byte) []byte { b[at] ^= bit; return b })
	}
	for at := range 100 {
		if at%5 == 0 {
			add(fmt.Sprintf("header byte %d changed", at), func(b []byte) []byte { b[at] ^= 0xff; return b })
		}
	}
	for n := range cuts {
		length := n * size / cuts
		if n%2 == 0 {
			length = length / 4096 * 4096
		}
		add(fmt.Sprintf("cut to %d", length), func(b []byte) []byte { return b[:length] })
	}
	add("header zeroed", func(b []byte) []byte { clear(b[:100]); return b })
	add("first page zeroed", func(b []byte) []byte { clear(b[:4096]); return b })
	add("two pages swapped", func(b []byte) []byte {
		x := bytes.Clone(b[4096 : 2*4096])
		copy(b[4096:], b[5*4096:6*4096])
		copy(b[5*4096:], x)
		return b
	})
	add("a page of another place", func(b []byte) []byte { copy(b[9*4096:10*4096], b[3*4096:4*4096]); return b })
	all = append(all,
		damage{"rubbish beside it as its log", func(t *testing.T, path string, b []byte) {
			must(t, os.WriteFile(path+"-wal", bytes.Repeat([]byte("rubbish "), 1000), 0o600))
		}},
		damage{"empty, with a log", func(t *testing.T, path string, b []byte) { put("")(t, path, nil); put("-wal")(t, path, b) }},
		damage{"gone, with a log", func(t *testing.T, path string, b []byte) { must(t, os.Remove(path)); put("-wal")(t, path, b) }},
		damage{"gone", func(t *testing.T, path string, b []byte) { must(t, os.Remove(path)) }},
		damage{"a folder in its place", func(t *testing.T, path string, b []byte) {
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o700))
		}},
		damage{"another program's SQLite in its place", func(t *testing.T, path string, b []byte) {
			must(t, os.Remove(path))
			sqlite(t, path, `CREATE TABLE songs (title TEXT)`)
		}})
	return all
}

// TestP9ADamagedLedger: it is refused with the way out, or opens whole, or opens anew with
// everything paused and every opt-out; changed bytes inside of rows, which SQLite has no
// sums of, are counted: the audit's chain is for those.
//
//	HEED_FLIPS=5000 go test -run TestP9ADamagedLedger ./runner/ledger
func TestP9ADamagedLedger(t *testing.T) {
	made := filled(t)
	l := openAt(t, made, Options{})
	stop(t, l, "41", "*", t0)
	want := contents(t, l)
	must(t, l.Close())
	whole, err := os.ReadFile(made)
	must(t, err)
	journal, err := os.ReadFile(made + outsSuffix)
	must(t, err)
	dir := t.TempDir()
	refused, intact, anew, unnoticed, full := 0, 0, 0, 0, 0
	all := damages(len(whole))
	for i, d := range all {
		path := filepath.Join(dir, fmt.Sprint(i), "heed.db")
		must(t, os.Mkdir(filepath.Dir(path), 0o700))
		put("")(t, path, whole)
		put(outsSuffix)(t, path, journal)
		put("-20260301T120000Z.db")(t, strings.TrimSuffix(path, ".db"), whole) // a backup beside it
		d.spoil(t, path, bytes.Clone(whole))
		l, err := Open(path, Options{})
		if err != nil {
			refused++
			saysTheWayOut(t, d, err)
			continue
		}
		got := contents(t, l)
		out, paused := stands(t, l)
		switch {
		case got == want:
			intact++
		case out == "41 *" && paused && strings.Contains(codes(t, l), "halt.pause"):
			anew++
		case strings.HasPrefix(d.says, "bit"):
			unnoticed++
			a, err := l.Verify(t.Context(), nil)
			v, again := l.conn.ask(`PRAGMA integrity_check(1)`)
			if err != nil || again != nil || v != "ok" || a.Count > 0 {
				full++
			} else if testing.Verbose() {
				t.Logf("%s: noticed by nothing", d.says)
			}
		default:
			t.Errorf("%s: opened with other rows", d.says)
		}
		must(t, l.Close())
	}
	if full*4 < unnoticed*3 {
		t.Errorf("of %d damages that the start does not notice heed backup verify sees %d", unnoticed, full)
	}
	t.Attr("damages", fmt.Sprint(len(all)))
	t.Attr("refused", fmt.Sprint(refused))
	t.Attr("whole", fmt.Sprint(intact))
	t.Attr("anew_and_paused", fmt.Sprint(anew))
	t.Attr("unnoticed_at_start", fmt.Sprint(unnoticed))
	t.Attr("of_those_seen_by_verify", fmt.Sprint(full))
	t.Logf("%d damages: %d refused, %d whole, %d anew and paused, %d unnoticed by the start, %d of those seen by heed backup verify", len(all), refused, intact, anew, unnoticed, full)
}

func saysTheWayOut(t *testing.T, d damage, err error) {
	t.Helper()
	says := err.Error()
	restores := strings.Contains(says, "is damaged") && strings.Contains(says, "heed backup restore ") && strings.Contains(says, "heed-20260301T120000Z.db")
	if !restores && !strings.Contains(says, "another program") && !strings.Contains(says, "use the heed that wrote it") {
		t.Errorf("%s: refused with %q", d.says, says)
	}
}

// contents are all rows that were committed, as look-ups find them.
func contents(t *testing.T, l *Ledger) string {
	t.Helper()
	var b strings.Builder
	for i := range 200 {
		c, err := l.Case(t.Context(), runner.Ref{Bot: "tides", Key: strings.Repeat("k", i+1)})
		if err != nil {
			fmt.Fprintf(&b, "%d: lost\n", i)
			continue
		}
		fmt.Fprintln(&b, i, c.Seq, c.ID, c.Key, c.State, c.Hash, c.EnteredAt, c.Intent.Text, len(c.History), string(c.Stored))
	}
	all, err := l.Waiting(t.Context(), nil, "", 1000)
	rows, again := l.People(t.Context(), runner.PeopleQuery{})
	fmt.Fprintln(&b, len(all), err, rows, again)
	return b.String()
}

// A damaged log of pages after a death ends, for SQLite, at the first frame that does not
// match: what follows is lost, and only the journal's opt-outs are not.
func TestP3ADamagedLogForgetsNoOptOut(t *testing.T) {
	made := filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, made, Options{})
	want := ""
	for i := range 20 {
		stop(t, l, bots.UserID(fmt.Sprint(100+i)), "*", t0)
		want += fmt.Sprintf(", %d *", 100+i)
	}
	var files [][]byte
	ends := []string{"", "-wal", outsSuffix} // as a death leaves them: nobody closes
	for _, end := range ends {
		b, err := os.ReadFile(made + end)
		must(t, err)
		files = append(files, b)
	}
	rnd := rand.New(rand.NewPCG(4, 4))
	shorter, rounds := 0, envCount("HEED_FLIPS", 30)
	for range rounds {
		path := filepath.Join(t.TempDir(), "heed.db")
		for i, end := range ends {
			b := bytes.Clone(files[i])
			if end == "-wal" {
				b[rnd.IntN(len(b))] ^= byte(1) << rnd.IntN(8)
			}
			put(end)(t, path, b)
		}
		l, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := stands(t, l); got != want[2:] {
			t.Errorf("out: %s", got)
		}
		if strings.Contains(codes(t, l), "optouts.taken_up") {
			shorter++
		}
		must(t, l.Close())
	}
	t.Attr("damages", fmt.Sprint(rounds))
	t.Attr("cut_logs", fmt.Sprint(shorter))
	t.Attr("opt_outs_lost", "0")
}
