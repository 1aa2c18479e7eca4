package likeness

// table maps 32-bit keys to text slots, several to a key. It is an extendible
// hash table: segments grow and split one at a time, so that no single
// addition has to move more than one segment.
type table struct {
	depth uint
	dir   []*segment
	n     int
}

type segment struct {
	depth   uint
	n       int
	entries []entry
}

// entry holds slot+1, so that the zero entry is empty.
type entry struct{ key, slot uint32 }

const (
	segmentMin = 256
	segmentMax = 8192 // entries: 64 KiB
)

func newTable() *table {
	return &table{dir: []*segment{{entries: make([]entry, segmentMin)}}}
}

func (t *table) segment(key uint32) *segment {
	if t.depth == 0 {
		return t.dir[0]
	}
	return t.dir[key>>(32-t.depth)]
}

func (s *segment) home(key uint32) int {
	return int(uint64(key*0x9e3779b1) * uint64(len(s.entries)) >> 32)
}

// slots appends the slots under a key.
func (t *table) slots(dst []uint32, key uint32) []uint32 {
	s := t.segment(key)
	for i := s.home(key); s.entries[i].slot != 0; {
		if s.entries[i].key == key {
			dst = append(dst, s.entries[i].slot-1)
		}
		if i++; i == len(s.entries) {
			i = 0
		}
	}
	return dst
}

func (t *table) add(key, slot uint32) {
	s := t.segment(key)
	if s.n*20 >= len(s.entries)*17 {
		t.enlarge(key, s)
		s = t.segment(key)
	}
	s.insert(entry{key, slot + 1})
	t.n++
}

func (s *segment) insert(e entry) {
	i := s.home(e.key)
	for s.entries[i].slot != 0 {
		if i++; i == len(s.entries) {
			i = 0
		}
	}
	s.entries[i] = e
	s.n++
}

// enlarge makes room in a segment: small ones grow, full-grown ones split.
func (t *table) enlarge(key uint32, s *segment) {
	if len(s.entries) < segmentMax || s.depth >= 30 {
		old := s.entries
		s.entries, s.n = make([]entry, len(old)+len(old)/4), 0
		for _, e := range old {
			if e.slot != 0 {
				s.insert(e)
			}
		}
		return
	}
	if s.depth == t.depth {
		dir := make([]*segment, 2*len(t.dir))
		for i, s := range t.dir {
			dir[2*i], dir[2*i+1] = s, s
		}
		t.dir = dir
		t.depth++
	}
	halves := [2]*segment{}
	for i := range halves {
		halves[i] = &segment{depth: s.depth + 1, entries: make([]entry, len(s.entries)*5/8)}
	}
	bit := 31 - s.depth
	for _, e := range s.entries {
		if e.slot != 0 {
			halves[e.key>>bit&1].insert(e)
		}
	}
	// All directory places with the segment's prefix are its own.
	width := 1 << (t.depth - s.depth)
	first := int(uint64(key)>>(32-t.depth)) &^ (width - 1)
	for i := range width {
		t.dir[first+i] = halves[i*2/width]
	}
}

// replace changes the slot of one entry.
func (t *table) replace(key, from, to uint32) bool {
	s := t.segment(key)
	if i, ok := s.find(key, from); ok {
		s.entries[i].slot = to + 1
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
	n := len(s.entries)
	// Close the gap: an entry moves back unless its home lies behind the gap.
	for j := (i + 1) % n; s.entries[j].slot != 0; j = (j + 1) % n {
		if (j-s.home(s.entries[j].key)+n)%n >= (j-i+n)%n {
			s.entries[i] = s.entries[j]
			i = j
		}
	}
	s.entries[i] = entry{}
	s.n--
	t.n--
	return true
}

func (s *segment) find(key, slot uint32) (int, bool) {
	for i := s.home(key); s.entries[i].slot != 0; {
		if s.entries[i] == (entry{key, slot + 1}) {
			return i, true
		}
		if i++; i == len(s.entries) {
			i = 0
		}
	}
	return 0, false
}

// bytes is the memory in use.
func (t *table) bytes() int {
	n := 8 * len(t.dir)
	for i, s := range t.dir {
		if i == 0 || t.dir[i-1] != s {
			n += 8*len(s.entries) + 48
		}
	}
	return n
}
