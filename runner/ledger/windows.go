package ledger

import (
	"context"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
)

// lanesOfWindow are the lanes that a window counts.
func lanesOfWindow(w guards.Window, b bots.Bot) (out []lane) {
	actions := w.Actions
	if len(actions) == 0 {
		actions = bots.Actions()
	}
	for _, a := range actions {
		l := lane{bot: b.Name, action: a}
		if w.All {
			l.bot = ""
		}
		out = append(out, l)
		if rehearses(b) {
			out = append(out, lane{bot: b.Name, action: a, dry: true})
		}
	}
	return out
}

// used counts the windows. An act counts from its claim on; one that surely did not
// happen counts no more, one of unknown outcome does. Of a window with money the oldest
// act is the one that cost anything: its leaving is what frees some.
func (t *tx) used(f *guards.Facts, b bots.Bot, windows []guards.Window) error {
	if len(windows) == 0 {
		return nil
	}
	longest := slices.MaxFunc(windows, func(a, b guards.Window) int { return int(a.Span.Milliseconds() - b.Span.Milliseconds()) }).Span
	y, err := t.tallied(f.Now.Add(-longest), longest)
	if err != nil {
		return err
	}
	f.Used = make(map[string]guards.Use, len(windows))
	for _, w := range windows {
		since := f.Now.Add(-w.Span).UnixMilli()
		lanes, use := lanesOfWindow(w, b), guards.Use{}
		for _, l := range lanes {
			use.Count += len(y.since(l, since))
		}
		if w.Money {
			for _, l := range lanes {
				cost, oldest := y.spent(l, since)
				use.Spent, use.Oldest = use.Spent+cost, least(use.Oldest, oldest)
			}
		} else if use.Count > 0 && use.Count >= w.Limit {
			use.Oldest = y.leaver(lanes, since, use.Count-max(w.Limit, 1))
		}
		f.Used[w.Name] = use
	}
	return nil
}

// Used counts windows of a bot as a judgement at now would, and writes nothing.
func (l *Ledger) Used(ctx context.Context, b bots.Bot, windows []guards.Window, now time.Time) (map[string]guards.Use, error) {
	f := guards.Facts{Now: now}
	err := l.write(ctx, func(t *tx) error { return t.used(&f, b, windows) }) // the tally belongs to the writer
	return f.Used, err
}

// leaver is the act that must leave the window before there is a place: the oldest,
// or the one after it for every act that is too many.
func (y *tally) leaver(lanes []lane, since int64, excess int) time.Time {
	var all []int64
	for _, l := range lanes {
		times := y.since(l, since)
		all = append(all, times[:min(len(times), excess+1)]...)
	}
	slices.Sort(all)
	return time.UnixMilli(all[min(excess, len(all)-1)]).UTC()
}
