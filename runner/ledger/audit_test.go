package ledger

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"heed/runner"
)

// A ledger to which everything has happened verifies, also after what sweeps, forgets,
// restarts and other processes do to it.
func TestTheRecordVerifies(t *testing.T) {
	for seed := range uint64(4) {
		path := filepath.Join(t.TempDir(), "heed.db")
		l, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		x := newLife(t, l, seed)
		verified(t, l, nil)
		x.live(400)
		first := verified(t, l, nil)
		if first.Entries < 150 || first.States < 10 || first.Erased != 0 {
			t.Fatalf("seed %d: hardly anything happened: %+v", seed, first)
		}
		x.now = x.now.Add(721 * time.Hour)
		x.live(60)
		sweepAll(t, l, x.now)
		swept := verified(t, l, &first.Head)
		if swept.Erased == 0 {
			t.Fatal("nothing was swept")
		}
		// Another process writes, and this one goes on.
		other := openAt(t, path, Options{Trust: true})
		y := &life{T: t, l: other, rng: rand.New(rand.NewPCG(seed, 9)), now: x.now, names: x.names, users: x.users, made: 10_000}
		for range 20 {
			y.step()
			x.now = y.now
			x.step()
			y.now = x.now
		}
		both := verified(t, l, &swept.Head)
		if _, err := l.Forget(t.Context(), runner.Erasure{User: x.users[0], By: "ann", At: x.now}); err != nil {
			t.Fatal(err)
		}
		if a := verified(t, other, &both.Head); a.Erased <= swept.Erased {
			t.Fatalf("seed %d: nothing was erased: %+v", seed, a)
		}
		y.live(20)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		a := verified(t, openAt(t, path, Options{}), &both.Head)
		if h, err := other.Head(t.Context()); err != nil || h != a.Head {
			t.Fatalf("head %s, verified up to %s, %v", h, a.Head, err)
		}
	}
}

// What is rolled back, alone or with its batch, leaves the chain as it was.
func TestTheChainFollowsWhatIsRolledBack(t *testing.T) {
	l := open(t)
	oops := errors.New("oops")
	decision := func(t *tx) error { return t.log(0, runner.Record{At: t0, Kind: runner.RecHalt, Code: "a"}) }
	failing := func(t *tx) error { return errors.Join(decision(t), oops) }
	errs := together(t, l, failing, decision, failing, decision, decision)
	for i, bad := range []bool{true, false, true, false, false} {
		if errors.Is(errs[i], oops) != bad {
			t.Fatal(errs)
		}
	}
	if a := verified(t, l, nil); a.Entries != 3 {
		t.Fatalf("%+v", a)
	}
	sqlite(t, l.path, `DELETE FROM head`)
	if err := l.write(t.Context(), decision); err == nil || !strings.Contains(err.Error(), "audit verify") {
		t.Fatalf("without a head: %v", err)
	}
	sqlite(t, l.path, `INSERT INTO head SELECT 1, link, hash FROM records ORDER BY link DESC LIMIT 1`)
	if err := l.write(t.Context(), decision); err != nil {
		t.Fatal(err)
	}
	verified(t, l, nil)
}

// Decisions of older schemas are chained by the migration, and what is in force with them.
func TestMigrationChainsWhatWasThere(t *testing.T) {
	l := openAt(t, schema1(t), Options{})
	a := verified(t, l, nil)
	if a.Entries != 6 || a.States != 2 || a.Intents != 4 { // 4 verdicts, 2 choices
		t.Fatalf("%+v", a)
	}
	sqlite(t, l.path, `UPDATE choices SET kind = 'opt_in' WHERE kind = 'opt_out'`)
	if a, err := l.Verify(t.Context(), nil); err != nil || a.Count != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
}

// A head that was kept elsewhere shows what no look at the file alone can: its whole end
// cut off, with everything made to fit.
func TestAKeptHeadShowsACutTail(t *testing.T) {
	l := open(t)
	x := newLife(t, l, 1)
	x.live(100)
	for range 3 {
		if err := l.write(t.Context(), func(t *tx) error { return t.log(0, runner.Record{At: t0, Kind: runner.RecPerson, Code: "a"}) }); err != nil {
			t.Fatal(err)
		}
	}
	kept := verified(t, l, nil).Head
	sqlite(t, l.path, `DELETE FROM records WHERE n > (SELECT n - 3 FROM records ORDER BY n DESC LIMIT 1);
		UPDATE head SET (link, hash) = (SELECT link, hash FROM records WHERE link IS NOT NULL ORDER BY link DESC LIMIT 1)`)
	if a, err := l.Verify(t.Context(), nil); err != nil || a.Count != 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	a, err := l.Verify(t.Context(), &kept)
	if err != nil || a.Count != 1 || a.Faults[0].What != runner.Removed {
		t.Fatalf("%+v, %v", a, err)
	}
	wrong := runner.Head{Entry: a.Head.Entry, Hash: kept.Hash}
	if a, err = l.Verify(t.Context(), &wrong); err != nil || a.Count != 1 || a.Faults[0].What != runner.HeadLost {
		t.Fatalf("%+v, %v", a, err)
	}
}

// One edit past heed, of whatever kind, is found. HEED_AUDIT is how many, HEED_SEED the first.
func TestAuditFindsEveryEdit(t *testing.T) {
	rounds, seed := 60, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("HEED_AUDIT")); err == nil {
		rounds = n
	}
	if n, err := strconv.ParseUint(os.Getenv("HEED_SEED"), 10, 64); err == nil {
		seed = n
	}
	var base string
	found := 0
	for round := range rounds {
		if round%50 == 0 {
			base = livedFile(t, seed+uint64(round/50))
		}
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		path := filepath.Join(t.TempDir(), "edited.db")
		copyOf(t, base, path)
		copyOf(t, Journal(base), Journal(path))
		what := editAtRandom(t, path, rng)
		l, err := Open(path, Options{Trust: true})
		if errors.Is(err, errHeadless) { // it had to write something first, and could not
			found++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		a, err := l.Verify(t.Context(), nil)
		if err != nil {
			t.Fatalf("round %d (%s): %v", round, what, err)
		}
		if a.Count == 0 {
			t.Errorf("round %d (HEED_SEED=%d): not found: %s", round, seed, what)
		} else {
			found++
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(path)
	}
	t.Attr("edits", fmt.Sprint(rounds))
	t.Attr("found", fmt.Sprint(found))
}

// livedFile is a closed ledger with some hundred decisions, some of them swept, some forgotten.
func livedFile(t *testing.T, seed uint64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "heed.db")
	l, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := newLife(t, l, seed)
	x.live(250)
	x.now = x.now.Add(700 * time.Hour)
	x.live(150)
	sweepAll(t, l, x.now.Add(21*time.Hour))
	if _, err := l.Forget(t.Context(), runner.Erasure{User: x.users[1], By: "ann", At: x.now}); err != nil {
		t.Fatal(err)
	}
	x.live(50)
	// So that there is one of each to be edited.
	if err := l.Halt(t.Context(), haltOf("wind", x.now)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.OptOut(t.Context(), x.users[2], choiceBy("cli", x.now)); err != nil {
		t.Fatal(err)
	}
	verified(t, l, nil)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func copyOf(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// rowsOf reads what a statement gives.
func rowsOf(t *testing.T, c *conn, text string) (out [][]driver.Value) {
	t.Helper()
	rows, err := c.db.Query(text, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	for {
		dest := make([]driver.Value, len(rows.Columns()))
		if err := rows.Next(dest); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, dest)
	}
}
