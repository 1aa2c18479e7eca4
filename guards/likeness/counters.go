package likeness

// counters is a row of counters in pages. It doubles page by page, so that no single
// addition has to wait for a large row to be copied: a page is made when it is first
// asked for, or when its turn comes. Either way it is as if all had doubled at once.
type counters struct {
	pages []*counterPage // nil where a page is still to be made from the old ones
	old   []*counterPage // before the row doubled; nil when all pages are made
	half  uint8          // see grow
	next  int            // of the old pages, the first that may be left
}

const pageCounters = 1 << 12

type counterPage [pageCounters]uint8

func newCounters() counters { return counters{pages: []*counterPage{new(counterPage)}} }

func (c *counters) len() int { return len(c.pages) * pageCounters }

// at is the place of a counter, which holds until the row grows.
func (c *counters) at(i int) *uint8 {
	p := c.pages[i/pageCounters]
	if p == nil {
		c.make(i / pageCounters % len(c.old))
		p = c.pages[i/pageCounters]
	}
	return &p[i%pageCounters]
}

// grow doubles the row. Each counter stands twice then, and of what it holds by
// chance one half belongs to either place: half goes from both. Left as it is, the
// chance would grow with every doubling until all runs passed for frames. What is
// known for a frame already stays one.
func (c *counters) grow() {
	c.settle(len(c.old))
	c.half = chance(c.pages[0]) / 2
	c.old, c.next = c.pages, 0
	c.pages = make([]*counterPage, 2*len(c.old))
}

// settle makes so many of the pages that are left.
func (c *counters) settle(n int) {
	for ; n > 0 && c.old != nil; n-- {
		if c.old[c.next] != nil {
			c.make(c.next)
		}
		if c.next++; c.next == len(c.old) {
			c.old = nil
		}
	}
}

// make makes the two pages that an old one becomes.
func (c *counters) make(i int) {
	low, high := c.old[i], new(counterPage)
	for j, n := range low {
		if n < frameKnown {
			n -= min(n, c.half)
		}
		low[j], high[j] = n, n
	}
	c.pages[i], c.pages[i+len(c.old)], c.old[i] = low, high, nil
}

// chance is what a counter holds of runs that it was not asked for: the mean of those
// that stand for no frame. One page tells it.
func chance(page *counterPage) uint8 {
	sum, n := 0, 0
	for _, c := range page {
		if c < frameKnown {
			sum, n = sum+int(c), n+1
		}
	}
	return uint8(sum / max(n, 1))
}
