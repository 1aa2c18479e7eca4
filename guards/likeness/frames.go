package likeness

// frames counts in how many texts a run of five units stood: a count-min
// sketch with two rows and conservative update. What has stood in many
// different posts is the frame of a template.
//
// Removing a text leaves its counts: what was learned of a frame stays true.
// An index that is built anew from the texts that remain may know less of
// frames, which makes it stricter.
type frames struct {
	rows  [2][]uint8
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
	frameMin  = 1 << 12
	frameMax  = 1 << 26
)

func newFrames() *frames {
	f := &frames{}
	for i := range f.rows {
		f.rows[i] = make([]uint8, frameMin)
	}
	return f
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

func (f *frames) places(h uint64) (int, int) {
	mask := uint64(len(f.rows[0]) - 1)
	return int(h & mask), int(h >> 32 & mask)
}

func (f *frames) count(h uint64) int {
	i, j := f.places(h)
	return int(min(f.rows[0][i], f.rows[1][j]))
}

func (f *frames) add(h uint64) {
	if f.added >= 6*len(f.rows[0]) && len(f.rows[0]) < frameMax {
		f.grow()
	}
	f.added++
	i, j := f.places(h)
	n := min(f.rows[0][i], f.rows[1][j])
	if n == 255 {
		return
	}
	f.rows[0][i] = max(f.rows[0][i], n+1)
	f.rows[1][j] = max(f.rows[1][j], n+1)
}

// grow doubles the rows. Each counter stands twice then, and of what it holds by
// chance one half belongs to either place: half goes from both. Left as it is, the
// chance would grow with every doubling until all runs passed for frames. What is
// known for a frame already stays one.
func (f *frames) grow() {
	for i, row := range f.rows {
		half := chance(row) / 2
		grown := make([]uint8, 2*len(row))
		for j, n := range row {
			if n < frameKnown {
				n -= min(n, half)
			}
			grown[j], grown[j+len(row)] = n, n
		}
		f.rows[i] = grown
	}
}

// chance is what a counter holds of runs that it was not asked for: the mean of those
// that stand for no frame. A few thousand tell it.
func chance(row []uint8) uint8 {
	sum, n := 0, 0
	for _, c := range row[:min(len(row), 1<<12)] {
		if c < frameKnown {
			sum, n = sum+int(c), n+1
		}
	}
	return uint8(sum / max(n, 1))
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

func (f *frames) bytes() int { return 2 * len(f.rows[0]) }
