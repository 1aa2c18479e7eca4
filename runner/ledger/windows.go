package ledger

import (
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
)

// lane is a kind of act that windows count together: a bot's, or with bot "" the live
// ones of all bots.
type lane struct {
	bot    string
	action bots.Action
	dry    bool
}

// tally is when every act was claimed, in memory and sorted: counting a window takes
// two binary searches however full it is, where an index would be walked. It is read
// from the rows when it is needed and dropped whenever it may be wrong. It belongs to
// the writer. A nil tally is one that was not read.
type tally struct {
	from  int64 // it holds every act later than this
	span  int64 // the longest window that was asked for
	times map[lane][]int64
}

// slack lets clocks of several callers differ without reading everything again.
const slack = time.Hour

var actsSince = sql(`SELECT at, bot FROM acts WHERE action = ? AND dry = ? AND counts = 1 AND at > ? ORDER BY at`)

// tallied gives a tally that reaches back to since.
func (t *tx) tallied(since time.Time, span time.Duration) (*tally, error) {
	old := t.l.tally
	if old != nil && old.from <= since.UnixMilli() && old.span >= span.Milliseconds() {
		return old, nil
	}
	y := &tally{from: since.Add(-slack).UnixMilli(), span: span.Milliseconds(), times: map[lane][]int64{}}
	if old != nil {
		y.from, y.span = min(y.from, old.from), max(y.span, old.span)
	}
	for _, a := range bots.Actions() {
		for _, dry := range []bool{false, true} {
			err := t.each(actsSince, func(r *row) {
				at, bot := r.num(), r.str()
				for _, l := range countedIn(lane{bot, a, dry}) {
					y.times[l] = append(y.times[l], at)
				}
			}, a, dry, y.from)
			if err != nil {
				return nil, err
			}
		}
	}
	t.l.tally = y
	return y, nil
}

// countedIn are the lanes in which one act counts. A rehearsal counts for its bot alone.
func countedIn(l lane) []lane {
	if l.dry {
		return []lane{l}
	}
	return []lane{l, {action: l.action}}
}

func (y *tally) add(of lane, now time.Time) {
	if y == nil {
		return
	}
	at := now.UnixMilli()
	for _, l := range countedIn(of) {
		all := y.times[l]
		if n := len(all); n >= 1024 && all[n/2] < at-y.span-slack.Milliseconds() { // half of it is beyond every window
			y.from = max(y.from, all[n/2])
			all = slices.Clone(all[n/2+1:])
		}
		i := len(all)
		for i > 0 && all[i-1] > at {
			i--
		}
		y.times[l] = slices.Insert(all, i, at)
	}
}

// drop takes back an act that surely did not happen.
func (y *tally) drop(of lane, claimed time.Time) {
	if y == nil {
		return
	}
	for _, l := range countedIn(of) {
		if i, ok := slices.BinarySearch(y.times[l], claimed.UnixMilli()); ok {
			y.times[l] = slices.Delete(y.times[l], i, i+1)
		}
	}
}

// since gives the times of a lane that are later than a moment.
func (y *tally) since(l lane, ms int64) []int64 {
	all := y.times[l]
	i, _ := slices.BinarySearch(all, ms+1)
	return all[i:]
}

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
// happen counts no more, one of unknown outcome does.
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
		if use.Count > 0 && use.Count >= w.Limit {
			use.Oldest = y.leaver(lanes, since, use.Count-max(w.Limit, 1))
		}
		f.Used[w.Name] = use
	}
	return nil
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
