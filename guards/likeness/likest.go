package likeness

import (
	"cmp"
	"slices"
)

// Match is a stored text that resembles another.
type Match struct {
	ID uint64
	Likeness
	// Shared are up to eight folded words that both texts have, the most
	// telling first. Like every fold they are distorted: for the log, not for
	// showing to the world.
	Shared []string
}

const (
	// A text gets votes for every feature that it is filed under, fewer where
	// the feature is full and so says little.
	voteAnchor = 4
	voteFull   = 2
	enough     = 5
	compared   = 12 // texts that are compared in full
	// weak matches are no news.
	weakest = 0.2
)

type candidate struct {
	slot  uint32
	votes int32
}

// Likest returns up to k stored texts that resemble the sketch, best first,
// without those that skip, which may be nil, tells to leave out by their id.
// Among them may be texts that only look alike: a Score under Hold, with the
// rule that says why. An exact duplicate is found whatever else is stored.
func (x *Index) Likest(s Sketch, k int, skip func(id uint64) bool) []Match {
	if s.body == nil || k <= 0 || x.n == 0 {
		return nil
	}
	if skip == nil {
		skip = func(uint64) bool { return false }
	}
	x.match.use(s.body)
	out := x.exact(s, k, skip)
	if len(out) < k {
		out = append(out, x.near(s, k-len(out), skip, out)...)
	}
	slices.SortStableFunc(out, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(k, len(out))]
}

// exact walks the chain of the texts of the same words, youngest first.
func (x *Index) exact(s Sketch, k int, skip func(uint64) bool) []Match {
	var out []Match
	key := wholeKey(s.body.units)
	x.list = x.table.slots(x.list[:0], key)
	for _, head := range x.list {
		if x.slot(head).prev != 0 {
			continue // A feature with the same hash, of a text inside a chain.
		}
		for n := head + 1; n != 0 && len(out) < k; n = x.slot(n - 1).next {
			p := x.slot(n - 1)
			if skip(p.id()) || !sameWords(x.texts.get(p.at).form, s.form) {
				continue
			}
			like, _ := x.match.judge(s, x.expand(n-1))
			out = append(out, Match{p.id(), like, x.match.sharedWords()})
		}
	}
	return out
}

// near compares the texts that share most anchors, until k of them are surely
// the same message.
func (x *Index) near(s Sketch, k int, skip func(uint64) bool, found []Match) []Match {
	var out []Match
	frame, sure := float32(-1), 0
	for _, c := range x.candidates(s.body, skip, found) {
		like, r := x.match.judge(s, x.expand(c.slot))
		if like.Rule == RuleWording && like.Score >= Hold && (r.words > 0 || r.numbers > 0) {
			if frame < 0 {
				frame = x.frames.known(s.body.units)
			}
			if frame >= frameShare {
				like = Likeness{0, RuleBoilerplate}
			}
		}
		if like.Score < weakest && like.Rule == RuleWording {
			continue
		}
		if better(out, like.Score) >= k {
			continue // It will be cut off.
		}
		out = append(out, Match{x.slot(c.slot).id(), like, x.match.sharedWords()})
		if like.Score >= Deny {
			if sure++; sure >= k {
				break
			}
		}
	}
	return out
}

// better counts the matches that come before a later one of this score.
func better(found []Match, score float64) (n int) {
	for _, m := range found {
		if m.Score >= score {
			n++
		}
	}
	return n
}

// candidates returns the texts with the most votes.
func (x *Index) candidates(e *expanded, skip func(uint64) bool, found []Match) []candidate {
	need := int32(enough)
	if len(e.keys) == 1 {
		need = voteFull
	}
	x.seen.reset((len(e.keys) + 2) * anchorFull)
	x.top = x.top[:0]
	if key, ok := bodyKey(e); ok {
		x.vote(key, enough)
	}
	x.vote(wholeKey(e.units), enough)
	open := 0
	for i, key := range e.keys {
		if i >= queryFeatures && open >= queryOpen {
			break
		}
		if i%ahead == 0 {
			x.table.touch(e.keys[i:min(i+ahead, len(e.keys))])
		}
		if x.vote(key, 0) {
			open++
		}
	}
	x.top = slices.DeleteFunc(x.top, func(c candidate) bool { return c.votes < need })
	slices.SortFunc(x.top, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.votes, a.votes), cmp.Compare(b.slot, a.slot))
	})
	n := 0
	for _, c := range x.top {
		id := x.slot(c.slot).id()
		if n == compared || skip(id) || slices.ContainsFunc(found, func(m Match) bool { return m.ID == id }) {
			continue
		}
		x.top[n] = c
		n++
	}
	return x.top[:n]
}

// vote gives each text under a key its votes: as many as told, or by how full
// the key is. It tells whether the key is not full.
func (x *Index) vote(key uint32, votes int32) bool {
	x.list = x.table.slots(x.list[:0], key)
	if votes == 0 {
		votes = voteAnchor
		if len(x.list) >= anchorFull {
			votes = voteFull
		}
	}
	for _, n := range x.list {
		p, fresh := x.seen.put(n)
		if fresh {
			p.value = int32(len(x.top))
			x.top = append(x.top, candidate{slot: n})
		}
		x.top[p.value].votes += votes
	}
	return len(x.list) < anchorFull
}
