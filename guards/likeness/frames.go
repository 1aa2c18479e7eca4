package likeness

// frames counts in how many texts a run of five units stood: a count-min
// sketch with two rows and conservative update. What has stood in many
// different posts is the frame of a template.
//
// Removing a text leaves its counts: what was learned of a frame stays true.
// An index that is built anew from the texts that remain may know less of
// frames, which makes it stricter.
type frames struct {
	rows  [2]counters
	added int
}

const (
	frameUnits = 5
	// frameKnown is the number of posts from which a run counts as a frame.
	frameKnown = 24
	// frameShare is the part of a post's weight that must lie in known frames.
	frameShare = 0.6
	// maxFrames bounds the windows of one text.
	maxFrames = 400
	frameMin  = pageCounters
	frameMax  = 1 << 26
)

func newFrames() *frames {
	return &frames{rows: [2]counters{newCounters(), newCounters()}}
}

// windows appends the hash of every run of five units, each once.
func windows(dst []uint64, units []unit, seen *stampTable) []uint64 {
	seen.reset(min(len(units), maxFrames))
	for i := 0; i+frameUnits <= len(units) && i < maxFrames; i++ {
		h := window(units[i:])
		if _, fresh := seen.put(uint32(h)); fresh {
			dst = append(dst, h)
		}
	}
	return dst
}

func window(units []unit) uint64 {
	h := uint64(0)
	for _, u := range units[:frameUnits] {
		h = mix(h ^ uint64(u.hash))
	}
	return h
}

func (f *frames) places(h uint64) (a, b *uint8) {
	mask := uint64(f.rows[0].len() - 1)
	return f.rows[0].at(int(h & mask)), f.rows[1].at(int(h >> 32 & mask))
}

func (f *frames) count(h uint64) int {
	a, b := f.places(h)
	return int(min(*a, *b))
}

func (f *frames) add(h uint64) {
	if n := f.rows[0].len(); f.added >= 6*n && n < frameMax {
		f.rows[0].grow()
		f.rows[1].grow()
	}
	f.added++
	a, b := f.places(h)
	if n := min(*a, *b); n < 255 {
		*a, *b = max(*a, n+1), max(*b, n+1)
	}
	f.rows[0].settle(1)
	f.rows[1].settle(1)
}

// known returns the share of the units' weight that lies in known frames.
func (f *frames) known(units []unit) float32 {
	var in, all float32
	end := 0 // units before it are counted
	for i, u := range units {
		all += u.weight
		if i+frameUnits > len(units) || i >= maxFrames || f.count(window(units[i:])) < frameKnown {
			continue
		}
		for j := max(i, end); j < i+frameUnits; j++ {
			in += units[j].weight
		}
		end = i + frameUnits
	}
	if all == 0 {
		return 0
	}
	return in / all
}

func (f *frames) bytes() int { return 2 * f.rows[0].len() }
