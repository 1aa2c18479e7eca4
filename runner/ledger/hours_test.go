package ledger

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"heed/runner"
)

// The last week of an older ledger is counted when it is migrated, as it would have been
// counted then; a yes, a recall and what is older are not.
func TestMigrationCountsTheLastWeek(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	c, err := dial(path, false, 1024)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrateTo(c, path, migrations()[:4]); err != nil {
		t.Fatal(err)
	}
	ms := func(d time.Duration) int64 { return t0.Add(d).UnixMilli() }
	script := fmt.Sprintf(`INSERT INTO intents (seq, bot, key, id, action, state, entered_at, hash) VALUES (1, 'tides', 'k', 'i', 'post', 'done', %d, 'h')`, ms(0))
	for _, row := range []string{
		fmt.Sprintf(`(1, %d, 'verdict', 'tides', 'denied', 'old.one', NULL)`, ms(-8*24*time.Hour)),
		fmt.Sprintf(`(1, %d, 'verdict', 'tides', 'held', 'asked.first', 'x')`, ms(-time.Hour)),
		fmt.Sprintf(`(1, %d, 'verdict', 'tides', 'waiting', 'desk.approved', 'x')`, ms(-time.Hour)),
		fmt.Sprintf(`(1, %d, 'verdict', 'tides', 'cancelled', 'opt_out.asked', 'x')`, ms(-time.Hour)),
		fmt.Sprintf(`(1, %d, 'verdict', 'tides', 'doing', 'ok', NULL)`, ms(0)),
		fmt.Sprintf(`(1, %d, 'outcome', 'tides', 'done', NULL, NULL)`, ms(0)),
		fmt.Sprintf(`(NULL, %d, 'person', NULL, NULL, 'person.opt_out', 'opt_out recorded for *, by cli')`, ms(0)),
		fmt.Sprintf(`(NULL, %d, 'person', NULL, NULL, 'person.opt_out', 'opt_out said again for *, by cli')`, ms(0)),
	} {
		script += `; INSERT INTO records (seq, at, kind, bot, state, code, message) VALUES ` + row
	}
	if err := c.script(script); err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	l := openAt(t, path, Options{})
	all, err := l.Hours(t.Context(), "", t0.Add(-20*24*time.Hour), t0.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, h := range all {
		got += fmt.Sprintf("%v %s %s %d; ", h.At.Sub(t0), h.Of, h.Name, h.N)
	}
	const want = "-1h0m0s refusal asked.first 1; -1h0m0s verdict hold 1; 0s act post 1; 0s choice opt_out 1; 0s verdict allow 1; "
	if got != want {
		t.Errorf("%s\nnot %s", got, want)
	}
}

// What one page walks is bounded, and it says that it stopped.
func TestALogPageStops(t *testing.T) {
	l := open(t)
	err := l.write(t.Context(), func(tx *tx) error {
		for i := range walk + 10 {
			r := runner.Record{At: t0, Kind: runner.RecNotice, Code: "many"}
			if i == 0 {
				r.Code = "rare"
			}
			if err := tx.log(0, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Log(t.Context(), runner.LogQuery{Code: "rare"})
	if err != nil || len(p.Records) != 0 || !p.Short || p.Older == 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	p, err = l.Log(t.Context(), runner.LogQuery{Code: "rare", Before: p.Older})
	if err != nil || len(p.Records) != 1 || p.Short || p.Older != 0 {
		t.Fatalf("%+v, %v", p, err)
	}
}

// Counts go with the lines of the log.
func TestSweepDropsHours(t *testing.T) {
	l := open(t)
	err := l.write(t.Context(), func(tx *tx) error {
		for _, at := range []time.Time{t0, t0.Add(48 * time.Hour)} {
			tx.tick(at, "tides", runner.HourActs, "post")
			if err := tx.log(0, runner.Record{At: at, Kind: runner.RecNotice}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Sweep(t.Context(), t0.Add(48*time.Hour), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	all, err := l.Hours(t.Context(), "", t0.Add(-time.Hour), t0.Add(72*time.Hour))
	if err != nil || len(all) != 1 || !all[0].At.Equal(t0.Add(48*time.Hour)) {
		t.Fatalf("%+v, %v", all, err)
	}
}
