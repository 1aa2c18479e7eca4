package likeness

// matcher compares one text with others. It keeps its buffers between
// comparisons; it is not safe for concurrent use.
type matcher struct {
	a, b *expanded

	units   stampTable // hash to the first unit of a with it
	next    []int32    // unit of a to the next one with the same hash, -1 at the end
	free    []int32    // first unit of a with a hash to the first one that is not matched, perhaps
	partner []int32    // unit of b to the unit of a that it was matched with, -1 without
	taken   []bool     // units of a that were matched
	grams   stampTable // grams of a
	seen    stampTable // grams of b so far
	left    leftovers
}

// use readies a matcher for comparing a with many others.
func (m *matcher) use(a *expanded) {
	m.a = a
	m.units.reset(len(a.units))
	m.next = grow(m.next, len(a.units))
	for i := len(a.units) - 1; i >= 0; i-- {
		m.next[i] = -1
		slot, ok := m.units.put(a.units[i].hash)
		if !ok {
			m.next[i] = slot.value
		}
		slot.value = int32(i)
	}
	m.grams.reset(len(a.grams))
	for _, g := range a.grams {
		m.grams.put(g)
	}
}

// hopeless is the share of the lighter text's weight under which no score can
// come near Hold. Long texts have many common words in common.
func hopeless(units int) float32 {
	if units >= 100 {
		return 0.4
	}
	return 0.2
}

// matched is what two texts have in common, and what not.
type matched struct {
	weight     float32 // of the matched units
	run        float32 // of the longest run of neighbours matched in order
	same       bool    // every unit matched, in the same order
	sameBag    bool    // every unit matched
	sameBody   bool    // equal in order but for the hashtags at the end
	far        bool    // too little in common to look further
	shared     int     // grams in both
	either     int     // grams in one or both
	gramsA     int
	gramsB     int
	numbers    int     // replaced numbers: left over on both sides
	numsLeft   int     // numbers left over on one side only
	words      float32 // replaced words
	wordWeight float32
}

func (m *matcher) match(b *expanded) matched {
	m.b = b
	a := m.a
	var r matched
	m.partner = grow(m.partner, len(b.units))
	m.taken = grow(m.taken, len(a.units))
	clear(m.taken)
	m.free = grow(m.free, len(a.units))
	for i := range m.free {
		m.free[i] = int32(i)
	}
	run, before, order := float32(0), int32(-2), true
	count := 0
	for j, u := range b.units {
		i := m.pick(u.hash, before+1)
		m.partner[j] = i
		if i < 0 {
			run, before, order = 0, -2, false
			continue
		}
		m.taken[i] = true
		count++
		w := min(u.weight, a.units[i].weight)
		r.weight += w
		if i == before+1 || before == -2 {
			run += w
		} else {
			run = w
		}
		order = order && int(i) == j
		before = i
		r.run = max(r.run, run)
	}
	r.sameBag = count == len(a.units) && count == len(b.units)
	r.same = r.sameBag && order
	r.sameBody = a.body == b.body && m.sameUntil(a.body)
	if short := min(len(a.units), len(b.units)); short >= 6 && r.weight < hopeless(short)*min(a.weight, b.weight) {
		r.far = true
		return r
	}
	m.matchGrams(b, &r)
	m.left.collect(m, &r)
	return r
}

// pick finds an unmatched unit of a with this hash, the wanted one if it can,
// else the first. A text may hold one word thousands of times, so the first is
// remembered.
func (m *matcher) pick(hash uint32, want int32) int32 {
	if int(want) < len(m.a.units) && want >= 0 && !m.taken[want] && m.a.units[want].hash == hash {
		return want
	}
	slot := m.units.get(hash)
	if slot == nil {
		return -1
	}
	i := m.free[slot.value]
	for i >= 0 && m.taken[i] {
		i = m.next[i]
	}
	m.free[slot.value] = i
	return i
}

func (m *matcher) sameUntil(n int) bool {
	for i := range n {
		if m.a.units[i].hash != m.b.units[i].hash {
			return false
		}
	}
	return true
}

func (m *matcher) matchGrams(b *expanded, r *matched) {
	r.gramsA = m.grams.n
	m.seen.reset(len(b.grams))
	for _, g := range b.grams {
		if _, fresh := m.seen.put(g); fresh && m.grams.get(g) != nil {
			r.shared++
		}
	}
	r.gramsB = m.seen.n
	r.either = r.gramsA + r.gramsB - r.shared
}

// stampTable is a small hash set with open addressing that empties in one step.
type stampTable struct {
	slots []stampSlot
	stamp uint32
	n     int
}

type stampSlot struct {
	key, stamp uint32
	value      int32
}

func (t *stampTable) reset(n int) {
	size := 64
	for size < 2*n {
		size *= 2
	}
	t.stamp++
	t.n = 0
	if len(t.slots) < size || t.stamp == 0 {
		t.slots, t.stamp = make([]stampSlot, max(size, len(t.slots))), 1
	}
}

// put returns the key's slot, and whether it is new.
func (t *stampTable) put(key uint32) (*stampSlot, bool) {
	mask := uint32(len(t.slots) - 1)
	for i := key * 0x9e3779b1 >> 7 & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.stamp != t.stamp {
			*s = stampSlot{key: key, stamp: t.stamp, value: -1}
			t.n++
			return s, true
		}
		if s.key == key {
			return s, false
		}
	}
}

func (t *stampTable) get(key uint32) *stampSlot {
	mask := uint32(len(t.slots) - 1)
	for i := key * 0x9e3779b1 >> 7 & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.stamp != t.stamp {
			return nil
		}
		if s.key == key {
			return s
		}
	}
}

// grow returns a slice of n elements, the old one if it is long enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2+16)
	}
	return s[:n]
}
