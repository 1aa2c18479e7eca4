package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"heed/bots"
	"heed/runner"
	"heed/runner/ledger"
)

const (
	historyBots   = 32   // each with a caller of its own
	historyRounds = 9    // of every ledger, in turn; the median counts
	historyRound  = 2000 // less than the six hours of own time for which an inbox may count as read
	historyPeople = 1_000_000
	actBytes      = 2600 // that a ledger holds of a past act, at the most
	// leastPeople are enough for nobody to be followed again within a month.
	leastPeople = 50_000
)

// history fills ledgers of several ages and lets the same intents travel through all.
func history(ctx context.Context, o Options) (figures []Figure, err error) {
	dir, err := os.MkdirTemp(o.Dir, "history-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s := story{bots: historyBots, people: o.of(historyPeople, leastPeople)}
	whole := s.bots * storyTurn
	next := o.of(10_000_000, 2*whole) / whole * whole
	if err := roomFor(dir, int64(next+next/10)*actBytes); err != nil {
		return nil, err
	}
	cases, err := s.cases(ctx, filepath.Join(dir, "cases.db"))
	if err != nil {
		return nil, err
	}
	var houses []*house
	defer func() {
		for _, h := range houses {
			err = errors.Join(err, h.ledger.Close())
		}
	}()
	for i, acts := range []int{0, max(whole, next/10/whole*whole), next} {
		h := &house{story: s, acts: acts, first: next, path: filepath.Join(dir, fmt.Sprintf("%d.db", i))}
		if acts > 0 {
			if err := h.fill(ctx, cases, o); err != nil {
				return nil, err
			}
		}
		if err := h.open(ctx); err != nil {
			return nil, err
		}
		houses = append(houses, h)
		o.say("%s: open after %s, texts read after %s, first decision after %s, checked after %s", h.name(), h.opened, h.read, h.decided, h.checked)
	}
	each := min(historyRound, o.of(historyRound, whole)) / whole * whole
	for r := range o.of(historyRounds, 3) + 1 { // the first warms what memory holds
		for _, h := range houses {
			if err := h.round(ctx, each, r > 0); err != nil {
				return nil, fmt.Errorf("%s: %w", h.name(), err)
			}
		}
	}
	for _, h := range houses {
		figures = append(figures, h.figures(houses[0])...)
	}
	return figures, nil
}

// roomFor says where the disk has no room: a full one would end everything else on it.
func roomFor(dir string, bytes int64) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if free := int64(fs.Bavail) * fs.Bsize; free < bytes+bytes/4 {
		return fmt.Errorf("%d MiB are written, and %d are free in %s: make room, name another disk with --dir, or measure less with --scale", bytes>>20, free>>20, filepath.Dir(filepath.Dir(dir)))
	}
	return nil
}

// fill writes the past into the house's ledger.
func (h *house) fill(ctx context.Context, cases map[bots.Action]runner.Case, o Options) error {
	began := time.Now()
	act := func(n int, at time.Time) (ledger.PastAct, error) {
		if err := ctx.Err(); err != nil {
			return ledger.PastAct{}, err
		}
		// The last of the past is the one before the first that is to come.
		return h.act(n+h.first-h.acts, at)
	}
	err := ledger.FillPast(h.path, ledger.Past{Acts: h.acts, Step: storyStep, Until: storyUntil, Act: act, Cases: cases,
		People: h.people, Person: h.person, Say: o.say})
	if err != nil {
		return err
	}
	o.say("%s: written after %s", h.name(), time.Since(began).Round(time.Second))
	return chill(h.path)
}

// chill makes the kernel forget what it holds of a file, as after a start of the machine.
func chill(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED), f.Close())
}

// figures holds a house against the empty one.
func (h *house) figures(empty *house) []Figure {
	one := func(name, unit string, v float64) Figure {
		return Figure{Bench: "history", Case: h.name(), Name: name, Value: v, Unit: unit}
	}
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	out := []Figure{one("done", "intents/s", median(h.rates))}
	if h != empty {
		ratios := make([]float64, len(h.rates))
		for i, r := range h.rates {
			ratios[i] = r / empty.rates[i]
		}
		out = append(out, one("done/empty", Ratio, median(ratios)).atLeast(0.75))
	}
	out = append(out, one("decision p50", "ms", ms(percentile(h.took, 50))), one("decision p99", "ms", ms(percentile(h.took, 99))),
		one("open", "s", h.opened.Seconds()), one("texts read", "s", h.read.Seconds()), one("first decision", "ms", ms(h.decided)),
		one("checked beside", "s", h.checked.Seconds()), one("memory", "MiB", float64(h.heap)/(1<<20)))
	if h.acts > 0 {
		out = append(out, one("file", "MiB", float64(h.bytes)/(1<<20)), one("an act", "bytes", float64(h.bytes)/float64(h.acts)))
	}
	return out
}
