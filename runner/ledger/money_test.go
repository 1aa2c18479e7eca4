package ledger

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// claimFor claims the bot's next intent as a verdict with this cost would.
func claimFor(t testing.TB, l *Ledger, b bots.Bot, cost guards.Money, now time.Time) *intent {
	t.Helper()
	var it *intent
	err := l.write(t.Context(), func(x *tx) (err error) {
		if it, err = x.nextFor(b.Name); err != nil || it == nil {
			return fmt.Errorf("no intent: %w", err)
		}
		it.dry = rehearses(b)
		in, err := it.decode()
		if err != nil {
			return err
		}
		return x.obey(&subject{intent: it, in: in}, guards.Verdict{Effect: guards.Allow, Cost: cost, At: now}, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func uses(t testing.TB, l *Ledger, b bots.Bot, now time.Time, ws ...guards.Window) map[string]guards.Use {
	t.Helper()
	in := bots.Intent{Action: bots.Post, Key: "peeked", ID: "peeked", Text: "x"}
	_, f, err := l.Peek(t.Context(), b, pipeline(guards.Needs{Windows: ws}), in, now)
	if err != nil {
		t.Fatal(err)
	}
	return f.Used
}

// What the tally in memory says was spent is what the rows say, after claims, refusals,
// clocks that go back, and a restart.
func TestSpentAgreesWithRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, path, Options{})
	dice := rand.New(rand.NewPCG(1, 2))
	check := func(b bots.Bot, now time.Time) {
		t.Helper()
		for _, w := range []guards.Window{{Name: "hours", Span: 5 * time.Hour}, {Name: "month", Span: 720 * time.Hour}, {Name: "all", Span: 9 * time.Hour, All: true}} {
			w.Money, w.Limit = true, 1<<30
			got := uses(t, l, b, now, w)[w.Name]
			spent, oldest := rowsSpent(t, l, w, b, now)
			if got.Spent != spent || !got.Oldest.Equal(oldest) {
				t.Fatalf("%s of %s at %s: %+v, the rows say %s since %s", w.Name, b.Name, now, got, spent, oldest)
			}
		}
	}
	now := t0
	for i := range 400 {
		b := bots.Bot{Name: fmt.Sprint("bot", i%3), Mode: bots.Live}
		if i%7 == 0 {
			b.Mode = bots.DryRun
		}
		if now = now.Add(time.Duration(dice.IntN(20)-4) * time.Minute); i%40 == 39 {
			now = now.Add(30 * time.Hour)
		}
		enter(t, l, b.Name, fmt.Sprint(i), post(fmt.Sprint("x", i)))
		it := claimFor(t, l, b, guards.Money(dice.IntN(4)*5000-5000), now) // also none, and less than none
		if it.state == runner.Doing && i%5 == 0 {
			c := runner.Closing{Seq: it.seq, At: now, State: runner.Failed, Answer: runner.Answer{Outcome: runner.Refused}}
			if err := l.Settle(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		check(b, now)
	}
	live := bots.Bot{Name: "bot1", Mode: bots.Live}
	before := uses(t, l, live, now, guards.Window{Name: "m", Span: 720 * time.Hour, Money: true, All: true})["m"]
	if before.Spent == 0 {
		t.Fatal("nothing was spent")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openAt(t, path, Options{})
	if after := uses(t, l, live, now, guards.Window{Name: "m", Span: 720 * time.Hour, Money: true, All: true})["m"]; after != before {
		t.Fatalf("before the restart %+v, after it %+v", before, after)
	}
	check(live, now)
}

// The sums of a lane are those of its acts, also when its beginning was cut off.
func TestColumnSums(t *testing.T) {
	dice, c := rand.New(rand.NewPCG(3, 4)), &column{}
	type one struct {
		at   int64
		cost guards.Money
	}
	var all []one
	for i := range int64(3000) {
		a := one{10*i - dice.Int64N(50), guards.Money(dice.IntN(3))}
		c.insert(a.at, a.cost)
		all = append(all, a)
		switch {
		case i%11 == 5:
			gone := all[len(all)-3]
			c.remove(gone.at, gone.cost)
			all = slices.Delete(all, len(all)-3, len(all)-2)
		case i%500 == 499:
			from := c.at[200]
			c.cut(200)
			all = slices.DeleteFunc(all, func(a one) bool { return a.at < from })
			if len(c.at) > 0 && c.at[0] == from && len(all) > len(c.at) { // of equal times some were cut
				t.Fatal("equal times at the cut: choose another seed")
			}
		}
		since := 10*i - 4000
		want, y := guards.Money(0), &tally{lanes: map[lane]*column{{}: c}}
		var oldest int64
		for _, a := range all {
			if a.at > since {
				if want += a.cost; a.cost > 0 && (oldest == 0 || a.at < oldest) {
					oldest = a.at
				}
			}
		}
		got, when := y.spent(lane{}, since)
		if got != want || want > 0 && when.UnixMilli() != oldest || !slices.IsSorted(c.at) || len(c.at) != len(c.sum) {
			t.Fatalf("%d: spent %d since %d, not %d since %d", i, got, when.UnixMilli(), want, oldest)
		}
	}
}

func rowsSpent(t *testing.T, l *Ledger, w guards.Window, b bots.Bot, now time.Time) (sum guards.Money, oldest time.Time) {
	t.Helper()
	err := l.read(t.Context(), func(c *conn) error {
		return c.each(sqlForTest, func(r *row) {
			bot, dry, at, cost := r.str(), r.flag(), r.when(), guards.Money(r.num())
			mine := bot == b.Name
			if !at.After(now.Add(-w.Span)) || dry && !(mine && rehearses(b)) || !dry && !mine && !w.All {
				return
			}
			if sum += cost; cost > 0 && (oldest.IsZero() || at.Before(oldest)) {
				oldest = at
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum, oldest
}

var sqlForTest = sql(`SELECT bot, dry, at, cost FROM acts INDEXED BY acts_in_time WHERE action = 'post' AND counts = 1`)

// A month of a busy house: 300,000 acts are read in a moment and cost 16 bytes each.
func BenchmarkTallyReload(b *testing.B) {
	l := open(b)
	err := l.write(b.Context(), func(x *tx) error {
		for i := range 300_000 {
			at := t0.Add(time.Duration(i) * 8 * time.Second)
			if _, err := x.exec(addAct, i+1, 1, fmt.Sprint("bot", i%20), "post", false, at, "done", nil, nil, 15000); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	end := t0.Add(300_000 * 8 * time.Second)
	w := guards.Window{Name: "m", Span: 720 * time.Hour, Money: true, All: true}
	for b.Loop() {
		if err := l.write(b.Context(), func(x *tx) error { x.l.tally = nil; return nil }); err != nil {
			b.Fatal(err)
		}
		uses(b, l, bots.Bot{Name: "bot1", Mode: bots.Live}, end, w)
	}
}
