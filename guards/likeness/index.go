package likeness

import (
	"errors"
	"slices"
)

// ErrFull is returned by Index.Add when the index holds as many texts as it may.
var ErrFull = errors.New("likeness: index is full: raise its limit or remove texts")

// Index holds the sketches of many texts and finds the likest ones.
//
// A text is filed under a few of its features, its anchors. A feature that
// anchorFull texts are filed under already says little and takes no more, so
// neither memory nor time grows with the size of a family of like posts. Texts
// of the same words are chained besides, all of them: an exact duplicate is
// always found. The index also learns frames: see RuleBoilerplate.
//
// An index is not safe for concurrent use: every method, Likest too, needs the
// caller's lock. Adding the same texts in the same order makes an index that
// gives the same answers.
type Index struct {
	limit  int
	n      int
	table  *table
	pages  []*[pageSize]slot
	free   []uint32
	used   uint32 // slots ever used
	texts  arena
	frames *frames

	match   matcher
	exp     expanded
	keys    []uint32
	form    []byte
	windows []uint64
	list    []uint32
	seen    stampTable
	top     []candidate
}

// slot is what the index knows of a text besides its form, in 20 bytes: a whole
// uint64 would round them up to 24.
type slot struct {
	low  uint32 // of the id
	high uint32
	at   uint32 // in the arena
	next uint32 // slot+1 of the older text of the same words
	prev uint32 // slot+1 of the younger one
}

func (s *slot) id() uint64 { return uint64(s.high)<<32 | uint64(s.low) }

const (
	slotBytes = 20
	pageSize  = 4096
	// anchors is the number of features that a text is filed under.
	anchors = 8
	// anchorFull is the number of texts filed under one feature.
	anchorFull = 24
	// ahead is the number of keys that the table is told of before it is asked.
	ahead     = 16
	maxChunks = 1<<16 - 2
)

// NewIndex returns an empty index for at most limit texts; 0 means 16 million, which
// is also the most there can be.
func NewIndex(limit int) *Index {
	if limit <= 0 || limit > maxSlots {
		limit = maxSlots
	}
	return &Index{limit: limit, table: newTable(), frames: newFrames()}
}

// Len is the number of texts.
func (x *Index) Len() int { return x.n }

// Bytes is about the memory that the index takes.
func (x *Index) Bytes() int {
	return x.table.bytes() + len(x.pages)*pageSize*slotBytes + 4*cap(x.free) + x.texts.bytes() + x.frames.bytes()
}

// Has tells whether a text is filed under the id.
func (x *Index) Has(id uint64) bool { _, ok := x.find(id); return ok }

// Add files a text under an id. A text that is there under the same id is
// replaced. It fails with ErrFull when the limit is reached.
func (x *Index) Add(id uint64, s Sketch) error {
	if s.body == nil {
		s = New("")
	}
	whole := wholeKey(s.body.units)
	x.keys = append(x.keys[:0], idKey(id), whole)
	x.table.touch(x.keys)
	x.table.touch(s.body.keys[:min(ahead, len(s.body.keys))])
	x.Remove(id)
	if x.n >= x.limit || len(x.texts.chunks) >= maxChunks {
		return ErrFull
	}
	n := x.newSlot()
	p := x.slot(n)
	x.form = append(x.form[:0], s.form...)
	*p = slot{low: uint32(id), high: uint32(id >> 32), at: x.texts.put(record{slot: n, form: x.form, template: s.template, facts: s.facts})}
	x.n++
	x.table.add(idKey(id), n)
	x.chain(n, whole)
	x.anchor(n, s.body)
	x.windows = windows(x.windows[:0], s.body.units, &x.seen)
	for _, h := range x.windows {
		x.frames.add(h)
	}
	return nil
}

// chain puts a text before the older ones of the same words.
func (x *Index) chain(n, key uint32) {
	x.list = x.table.slots(x.list[:0], key)
	for _, head := range x.list {
		if x.chained(head, key) {
			x.slot(n).next = head + 1
			x.slot(head).prev = n + 1
			x.table.replace(key, head, n)
			return
		}
	}
	x.table.add(key, n)
}

// chained tells the head of a chain from a text that has the key as a feature
// by chance.
func (x *Index) chained(n, key uint32) bool {
	return x.slot(n).prev == 0 && wholeKey(x.expand(n).body.units) == key
}

// anchor files a text under its first features that are not full.
func (x *Index) anchor(n uint32, e *expanded) {
	left := anchors
	file := func(key uint32) {
		if x.list = x.table.slots(x.list[:0], key); len(x.list) < anchorFull && !slices.Contains(x.list, n) {
			x.table.add(key, n)
			left--
		}
	}
	if key, ok := bodyKey(e); ok {
		file(key)
	}
	for i, key := range e.keys {
		if left == 0 {
			break
		}
		if i > 0 && i%ahead == 0 {
			x.table.touch(e.keys[i:min(i+ahead, len(e.keys))])
		}
		file(key)
	}
}

// Remove takes a text out. It tells whether there was one.
func (x *Index) Remove(id uint64) bool {
	n, ok := x.find(id)
	if !ok {
		return false
	}
	s := x.expand(n)
	p := x.slot(n)
	key := wholeKey(s.body.units)
	switch {
	case p.prev != 0:
		x.slot(p.prev - 1).next = p.next
	case p.next != 0:
		x.table.replace(key, n, p.next-1)
	default:
		x.table.remove(key, n)
	}
	if p.next != 0 {
		x.slot(p.next - 1).prev = p.prev
	}
	if key, ok := bodyKey(s.body); ok {
		x.table.remove(key, n)
	}
	x.keys = appendKeys(x.keys[:0], s.body.units)
	x.table.touch(x.keys)
	for _, key := range x.keys {
		x.table.remove(key, n)
	}
	x.table.remove(idKey(id), n)
	x.texts.drop(p.at, func(n, at uint32) { x.slot(n).at = at })
	*p = slot{}
	x.free = append(x.free, n)
	x.n--
	return true
}

func (x *Index) find(id uint64) (uint32, bool) {
	key := idKey(id)
	x.list = x.table.slots(x.list[:0], key)
	for _, n := range x.list {
		if x.slot(n).id() == id {
			return n, true
		}
	}
	return 0, false
}

func (x *Index) newSlot() uint32 {
	if k := len(x.free); k > 0 {
		n := x.free[k-1]
		x.free = x.free[:k-1]
		return n
	}
	if int(x.used) == len(x.pages)*pageSize {
		x.pages = append(x.pages, new([pageSize]slot))
	}
	x.used++
	return x.used - 1
}

func (x *Index) slot(n uint32) *slot { return &x.pages[n/pageSize][n%pageSize] }

// expand reads a stored text back. The result holds until the next call.
func (x *Index) expand(n uint32) Sketch {
	r := x.texts.get(x.slot(n).at)
	s := Sketch{form: string(r.form), template: r.template, facts: r.facts}
	s.body = expand(s.form, &x.exp)
	return s
}

// sameWords tells whether two forms differ at most in what was a hashtag or a place.
func sameWords(a []byte, b string) bool {
	if string(a) == b {
		return true
	}
	i, j := 0, 0
	for {
		for i < len(a) && mark(a[i]) {
			i++
		}
		for j < len(b) && mark(b[j]) {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if a[i] != b[j] {
			return false
		}
		i, j = i+1, j+1
	}
}

func mark(c byte) bool { return c == '#' || c == '@' }
