package picture

import (
	"cmp"
	"math/bits"
	"slices"
)

// Near is a picture of an Index.
type Near struct {
	ID   int64
	Bits int // of 256 that differ, by the likest pair of views
}

// Index holds pictures by their views, 160 bytes a picture. A query looks at every
// one of them. It is not safe for concurrent use.
type Index struct {
	ids    []int64
	hashes [][viewCount]hash
	place  map[int64]int
}

// Add files a picture; the same id again replaces it. Views that this version of
// Look did not make cannot be compared, and are not filed.
func (x *Index) Add(id int64, views []byte) {
	x.Remove(id)
	query, ok := readViews(views)
	if !ok {
		return
	}
	if x.place == nil {
		x.place = map[int64]int{}
	}
	x.place[id] = len(x.ids)
	x.ids = append(x.ids, id)
	x.hashes = append(x.hashes, [viewCount]hash(query[:viewCount]))
}

// Remove takes a picture out.
func (x *Index) Remove(id int64) {
	at, ok := x.place[id]
	if !ok {
		return
	}
	last := len(x.ids) - 1
	x.ids[at], x.hashes[at] = x.ids[last], x.hashes[last]
	x.place[x.ids[at]] = at
	x.ids, x.hashes = x.ids[:last], x.hashes[:last]
	delete(x.place, id)
}

// Len is the number of pictures.
func (x *Index) Len() int { return len(x.ids) }

// Nearest gives the pictures within so many bits, likest first, at most so many.
// Of pictures that are equally like, the one of the greater id comes first: the
// younger, where ids grow.
func (x *Index) Nearest(views []byte, within, most int) []Near {
	all, ok := readViews(views)
	if !ok || most <= 0 {
		return nil
	}
	query := make([]hash, 0, len(all))
	for _, h := range all {
		if h != (hash{}) {
			query = append(query, h)
		}
	}
	within = min(within, 127) // 128 bits lie between a hash and the zero hash, which is none
	var found []Near
	for i := range x.hashes {
		d := closest(query, &x.hashes[i], within)
		if d > within {
			continue
		}
		n := Near{x.ids[i], d}
		at, _ := slices.BinarySearchFunc(found, n, nearer)
		if at < most {
			found = slices.Insert(found[:min(len(found), most-1)], at, n)
		}
	}
	return found
}

// closest gives the fewest bits between any two views, or more than within. Nearly
// all pairs are ruled out by their first half.
func closest(query []hash, stored *[viewCount]hash, within int) int {
	limit := within + 1
	for j := range stored {
		h := &stored[j]
		first, second := h[0], h[1]
		for i := range query {
			q := &query[i]
			n := bits.OnesCount64(q[0]^first) + bits.OnesCount64(q[1]^second)
			if n >= limit {
				continue
			}
			n += bits.OnesCount64(q[2]^h[2]) + bits.OnesCount64(q[3]^h[3])
			limit = min(limit, n)
		}
	}
	return limit
}

func nearer(a, b Near) int { return cmp.Or(cmp.Compare(a.Bits, b.Bits), cmp.Compare(b.ID, a.ID)) }

// readViews reads what Look made: the views, then those of the mirror image.
func readViews(views []byte) (all [2 * viewCount]hash, ok bool) {
	if len(views) != viewsLen || views[0] != viewsVersion {
		return all, false
	}
	for i := range all {
		all[i] = readHash(views[1+i*hashBytes:])
	}
	return all, true
}
