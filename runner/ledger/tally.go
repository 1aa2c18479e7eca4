package ledger

import (
	"slices"
	"sort"
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

// tally is when every act was claimed and what it cost, in memory and sorted: a window
// takes two binary searches however full it is, where an index would be walked. It is
// read from the rows when it is needed and dropped whenever it may be wrong. It belongs
// to the writer. A nil tally is one that was not read.
type tally struct {
	from  int64 // it holds every act later than this
	span  int64 // the longest window that was asked for
	lanes map[lane]*column
}

// column is one lane's acts, 16 bytes each: their times, and with each the cost of all
// up to it, so that what any stretch cost is one subtraction.
type column struct {
	at    []int64
	sum   []guards.Money
	start guards.Money // the cost of all before the first
}

// slack lets clocks of several callers differ without reading everything again.
const slack = time.Hour

var actsSince = sql(`SELECT at, bot, cost FROM acts WHERE action = ? AND dry = ? AND counts = 1 AND at > ? ORDER BY at`)

// tallied gives a tally that reaches back to since.
func (t *tx) tallied(since time.Time, span time.Duration) (*tally, error) {
	old := t.l.tally
	if old != nil && old.from <= since.UnixMilli() && old.span >= span.Milliseconds() {
		return old, nil
	}
	y := &tally{from: since.Add(-slack).UnixMilli(), span: span.Milliseconds(), lanes: map[lane]*column{}}
	if old != nil {
		y.from, y.span = min(y.from, old.from), max(y.span, old.span)
	}
	for _, a := range bots.Actions() {
		for _, dry := range []bool{false, true} {
			err := t.each(actsSince, func(r *row) {
				at, bot, cost := r.num(), r.str(), guards.Money(r.num())
				for _, l := range countedIn(lane{bot, a, dry}) {
					y.of(l).insert(at, cost)
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

func (y *tally) of(l lane) *column {
	c := y.lanes[l]
	if c == nil {
		c = &column{}
		y.lanes[l] = c
	}
	return c
}

func (y *tally) add(of lane, now time.Time, cost guards.Money) {
	if y == nil {
		return
	}
	at := now.UnixMilli()
	for _, l := range countedIn(of) {
		c := y.of(l)
		if n := len(c.at); n >= 1024 && c.at[n/2] < at-y.span-slack.Milliseconds() { // half of it is beyond every window
			y.from = max(y.from, c.at[n/2])
			c.cut(n/2 + 1)
		}
		c.insert(at, cost)
	}
}

// drop takes back an act that surely did not happen.
func (y *tally) drop(of lane, claimed time.Time, cost guards.Money) {
	if y == nil {
		return
	}
	for _, l := range countedIn(of) {
		y.of(l).remove(claimed.UnixMilli(), cost)
	}
}

func (c *column) insert(at int64, cost guards.Money) {
	i := len(c.at)
	for i > 0 && c.at[i-1] > at {
		i--
	}
	c.at, c.sum = slices.Insert(c.at, i, at), slices.Insert(c.sum, i, c.before(i)+cost)
	c.shift(i+1, cost)
}

// remove takes out an act of this time and cost; of acts that are equal any will do.
func (c *column) remove(at int64, cost guards.Money) {
	i, _ := slices.BinarySearch(c.at, at)
	for ; i < len(c.at) && c.at[i] == at; i++ {
		if c.sum[i]-c.before(i) == cost {
			c.at, c.sum = slices.Delete(c.at, i, i+1), slices.Delete(c.sum, i, i+1)
			c.shift(i, -cost)
			return
		}
	}
}

// shift changes the sums from the i-th on. Acts come and go at the end, where few follow.
func (c *column) shift(i int, by guards.Money) {
	for ; by != 0 && i < len(c.sum); i++ {
		c.sum[i] += by
	}
}

// cut forgets the first n.
func (c *column) cut(n int) {
	c.start = c.before(n)
	c.at, c.sum = slices.Clone(c.at[n:]), slices.Clone(c.sum[n:])
}

// before is what all acts before the i-th cost.
func (c *column) before(i int) guards.Money {
	if i == 0 {
		return c.start
	}
	return c.sum[i-1]
}

// after is the first act later than a moment.
func (c *column) after(ms int64) int {
	i, _ := slices.BinarySearch(c.at, ms+1)
	return i
}

// since gives the times of a lane that are later than a moment.
func (y *tally) since(l lane, ms int64) []int64 {
	c := y.lanes[l]
	if c == nil {
		return nil
	}
	return c.at[c.after(ms):]
}

// spent is what the acts of a lane later than a moment cost, and the first of them
// that cost anything; the zero time when none did.
func (y *tally) spent(l lane, ms int64) (cost guards.Money, oldest time.Time) {
	c := y.lanes[l]
	if c == nil {
		return 0, time.Time{}
	}
	i := c.after(ms)
	base := c.before(i)
	if cost = c.before(len(c.at)) - base; cost == 0 {
		return 0, time.Time{}
	}
	i += sort.Search(len(c.at)-i, func(n int) bool { return c.sum[i+n] > base })
	return cost, time.UnixMilli(c.at[i]).UTC()
}
