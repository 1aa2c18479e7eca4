package likeness

import "slices"

// table maps 32-bit keys to text slots, several to a key. The directory leads by
// the first bits of a key to a segment, whose entries are sorted. Segments grow and
// split one at a time, so that no single addition has to move more than one, or the
// directory, which is small.
type table struct {
	depth   uint
	dir     []*segment
	n       int
	touched uint16 // nothing, but what touch reads must go somewhere
}

// segment holds the entries whose keys share their first depth bits, by key.
type segment struct {
	depth   uint
	entries []entry
}

// entry is a key and a slot in six bytes, of which there are ten to a text: the
// directory tells the first eight bits of the key, and a slot has 24 bits.
type entry struct {
	key  uint16 // bits 0 to 15
	mid  uint16 // bits 16 to 23 of the key, and above them those of the slot
	slot uint16 // bits 0 to 15
}

func pack(key, slot uint32) entry {
	return entry{uint16(key), uint16(key>>16&0xff | slot>>16<<8), uint16(slot)}
}

func (e entry) low() uint32   { return uint32(e.mid&0xff)<<16 | uint32(e.key) }
func (e entry) filed() uint32 { return uint32(e.mid>>8)<<16 | uint32(e.slot) }

const (
	entryBytes = 6
	lowMask    = 1<<24 - 1
	maxSlots   = 1<<24 - 1
	startDepth = 8   // of the directory, never less: an entry lacks so many bits
	segmentMax = 512 // entries: 3 KiB
)

func newTable() *table {
	t := &table{depth: startDepth, dir: make([]*segment, 1<<startDepth)}
	for i := range t.dir {
		t.dir[i] = &segment{depth: startDepth}
	}
	return t
}

func (t *table) segment(key uint32) *segment { return t.dir[key>>(32-t.depth)] }

// guess is about where the entries of a key are: keys are hashes, spread evenly.
func (s *segment) guess(key uint32) int {
	return int(uint64(key<<s.depth) * uint64(len(s.entries)) >> 32)
}

// touch reads an entry near those of each key. A table of a million texts lies in memory
// that is far from the processor. It can wait for many places at once, but only if the
// one does not hang on what is found at the other, as it does in a row of searches.
func (t *table) touch(keys []uint32) {
	for _, key := range keys {
		if s := t.segment(key); len(s.entries) > 0 {
			t.touched ^= s.entries[s.guess(key)].key
		}
	}
}

// first is the place of the key's first entry, or where it would be. From the guess the
// steps double until they enclose it.
func (s *segment) first(key uint32) int {
	from, to, low := 0, len(s.entries), key&lowMask
	if to == 0 {
		return 0
	}
	guess := s.guess(key)
	if s.entries[guess].low() < low {
		from = guess + 1
		for step := 8; guess+step < to; step *= 2 {
			if s.entries[guess+step].low() >= low {
				to = guess + step
				break
			}
			from = guess + step + 1
		}
	} else {
		to = guess
		for step := 8; guess-step >= 0; step *= 2 {
			if s.entries[guess-step].low() < low {
				from = guess - step + 1
				break
			}
			to = guess - step
		}
	}
	for from < to {
		if half := (from + to) / 2; s.entries[half].low() < low {
			from = half + 1
		} else {
			to = half
		}
	}
	return from
}

// slots appends the slots under a key.
func (t *table) slots(dst []uint32, key uint32) []uint32 {
	s := t.segment(key)
	for _, e := range s.entries[s.first(key):] {
		if e.low() != key&lowMask {
			break
		}
		dst = append(dst, e.filed())
	}
	return dst
}

// find is the place of one entry.
func (s *segment) find(key, slot uint32) (int, bool) {
	want := pack(key, slot)
	for i := s.first(key); i < len(s.entries) && s.entries[i].low() == want.low(); i++ {
		if s.entries[i] == want {
			return i, true
		}
	}
	return 0, false
}

func (t *table) add(key, slot uint32) {
	s := t.segment(key)
	if len(s.entries) == cap(s.entries) {
		t.enlarge(key, s)
		s = t.segment(key)
	}
	s.entries = slices.Insert(s.entries, s.first(key), pack(key, slot))
	t.n++
}

// enlarge makes room in a segment: small ones grow, full-grown ones split.
func (t *table) enlarge(key uint32, s *segment) {
	if len(s.entries) < segmentMax || !t.deepen(s) {
		s.entries = roomy(s.entries)
		return
	}
	bit := 31 - s.depth
	cut := slices.IndexFunc(s.entries, func(e entry) bool { return e.low()>>bit&1 == 1 })
	if cut < 0 {
		cut = len(s.entries)
	}
	halves := [2]*segment{
		{s.depth + 1, roomy(s.entries[:cut])},
		{s.depth + 1, roomy(s.entries[cut:])},
	}
	// All directory places with the segment's prefix are its own.
	width := 1 << (t.depth - s.depth)
	first := int(uint64(key)>>(32-t.depth)) &^ (width - 1)
	for i := range width {
		t.dir[first+i] = halves[i*2/width]
	}
}

// deepen makes the directory tell the two halves of a segment apart. It refuses when
// the directory would outgrow the entries, as it could for keys chosen to be alike:
// then the segment must grow.
func (t *table) deepen(s *segment) bool {
	if s.depth < t.depth {
		return true
	}
	if len(t.dir)*16 > t.n {
		return false
	}
	dir := make([]*segment, 2*len(t.dir))
	for i, s := range t.dir {
		dir[2*i], dir[2*i+1] = s, s
	}
	t.dir = dir
	t.depth++
	return true
}

// roomy copies entries and leaves room for an eighth more, and for what the allocator
// gives on top.
func roomy(old []entry) []entry {
	n := len(old)
	grown := append([]entry(nil), make([]entry, n+n/8+4)...)[:n]
	copy(grown, old)
	return grown
}

// replace changes the slot of one entry.
func (t *table) replace(key, from, to uint32) bool {
	s := t.segment(key)
	if i, ok := s.find(key, from); ok {
		s.entries[i] = pack(key, to)
		return true
	}
	return false
}

func (t *table) remove(key, slot uint32) bool {
	s := t.segment(key)
	i, ok := s.find(key, slot)
	if !ok {
		return false
	}
	s.entries = slices.Delete(s.entries, i, i+1)
	t.n--
	return true
}

// bytes is the memory in use.
func (t *table) bytes() int {
	n := 8 * len(t.dir)
	for i, s := range t.dir {
		if i == 0 || t.dir[i-1] != s {
			n += entryBytes*cap(s.entries) + 32
		}
	}
	return n
}
