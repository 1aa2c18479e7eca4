package picture

import "image"

// hash is 256 bits of a view. The zero hash stands for a view without structure,
// which resembles nothing; a hash proper has about as many ones as zeros.
type hash [4]uint64

const (
	viewCount    = 5
	hashBytes    = 32
	viewsVersion = 1
	// viewsLen is a version byte, the views, and the views of the mirror image.
	viewsLen = 1 + 2*viewCount*hashBytes
)

// area is a part of a plane, in points.
type area struct{ left, top, right, bottom float64 }

// without cuts shares of an area off: at the left and the right, the top, the bottom.
func (a area) without(sides, top, bottom float64) area {
	w, h := a.right-a.left, a.bottom-a.top
	return area{a.left + sides*w, a.top + top*h, a.right - sides*w, a.bottom - bottom*h}
}

// look hashes all views of a picture; nil when the whole has no structure.
func look(img image.Image) []byte {
	p := luma(img)
	whole := area{0, 0, float64(p.w), float64(p.h)}
	inside := p.trimmed()
	all := [viewCount]area{
		inside,
		inside.without(0.03, 0.03, 0.03), // what a crop leaves
		inside.without(0.08, 0.08, 0.08),
		whole.without(0, 0, 0.12), // what is left when a caption goes, which is often even
		whole.without(0, 0.12, 0),
	}
	views := make([]byte, 1, viewsLen)
	views[0] = viewsVersion
	var mirrors []byte
	for i, v := range all {
		own, mirror := p.hashes(v)
		if i == 0 && own == (hash{}) {
			return nil
		}
		views = own.append(views)
		mirrors = mirror.append(mirrors)
	}
	return append(views, mirrors...)
}

// A line is a border when its points differ by at most borderNoise from each
// other and from the outermost line. More than a third is never cut from a side.
const borderNoise = 12

// trimmed is the plane without an even border.
func (p plane) trimmed() area {
	row := func(y int) span { return spanOf(p.at[y*p.w:][:p.w], 1) }
	column := func(x int) span { return spanOf(p.at[x:], p.w) }
	top, bottom := even(p.h, row), even(p.h, func(y int) span { return row(p.h - 1 - y) })
	left, right := even(p.w, column), even(p.w, func(x int) span { return column(p.w - 1 - x) })
	return area{float64(left), float64(top), float64(p.w - right), float64(p.h - bottom)}
}

// span is the darkest and the brightest point of a line.
type span struct{ low, high float32 }

func spanOf(at []float32, step int) span {
	s := span{at[0], at[0]}
	for i := 0; i < len(at); i += step {
		s.low, s.high = min(s.low, at[i]), max(s.high, at[i])
	}
	return s
}

// even counts the lines of a border from one side; none when no border ends within
// a third, because then the picture itself is even there.
func even(n int, line func(int) span) int {
	all := line(0)
	for i := range n / 3 {
		s := line(i)
		all.low, all.high = min(all.low, s.low), max(all.high, s.high)
		if all.high-all.low > borderNoise {
			return i
		}
	}
	return 0
}

func (h hash) append(to []byte) []byte {
	for _, word := range h {
		for i := range 8 {
			to = append(to, byte(word>>(8*i)))
		}
	}
	return to
}

func readHash(from []byte) (h hash) {
	for i := range h {
		for j := range 8 {
			h[i] |= uint64(from[8*i+j]) << (8 * j)
		}
	}
	return h
}
