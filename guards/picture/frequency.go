package picture

import (
	"math"
	"slices"
)

const (
	side        = 64 // points of a view, across and down
	frequencies = 16 // kept of a view, across and down, without the zeroth
	// structure is the least variance, in squares of a brightness step of 255, that
	// the kept frequencies must carry. Under it the noise of a JPEG decides the bits.
	structure = 1.0
)

// waves holds the first cosines over 64 points, scaled so that lengths are kept.
var waves = func() (w [frequencies][side]float64) {
	for k := range w {
		for j := range w[k] {
			w[k][j] = math.Sqrt(2.0/side) * math.Cos(math.Pi/side*(float64(j)+0.5)*float64(k+1))
		}
	}
	return w
}()

// hashes gives the hash of a view and that of its mirror image.
func (p plane) hashes(a area) (own, mirror hash) {
	view := p.view(a)
	var half [frequencies][side]float64
	for k := range half {
		for y := range side {
			for x, v := range view[y] {
				half[k][x] += waves[k][y] * v
			}
		}
	}
	var block [frequencies * frequencies]float64
	energy := 0.0
	for k := range frequencies {
		for l := range frequencies {
			sum := 0.0
			for x, v := range half[k] {
				sum += waves[l][x] * v
			}
			block[k*frequencies+l] = sum
			energy += sum * sum
		}
	}
	if !(energy >= structure*side*side) {
		return hash{}, hash{}
	}
	own = aboveMedian(block)
	for i := range block {
		if i%2 == 0 { // mirrored, the odd waves across change their sign
			block[i] = -block[i]
		}
	}
	return own, aboveMedian(block)
}

func aboveMedian(block [frequencies * frequencies]float64) (h hash) {
	sorted := block
	slices.Sort(sorted[:])
	median := (sorted[len(sorted)/2-1] + sorted[len(sorted)/2]) / 2
	for i, v := range block {
		if v > median {
			h[i/64] |= 1 << (i % 64)
		}
	}
	return h
}

// view scales a part of the plane to 64 by 64. Each point weighs in over twice its
// width, falling off to both sides, which is what PDQ's two box filters come to.
func (p plane) view(a area) *[side][side]float64 {
	across, down := tents(a.left, a.right, p.w), tents(a.top, a.bottom, p.h)
	out := new([side][side]float64)
	var line [side]float64
	from, to := down[0].from, down[side-1].from+len(down[side-1].weight)
	for y := from; y < to; y++ {
		row, ready := p.at[y*p.w:][:p.w], false
		for i, d := range down {
			if y < d.from || y >= d.from+len(d.weight) {
				continue
			}
			if !ready {
				for j, t := range across {
					line[j] = t.over(row)
				}
				ready = true
			}
			w := d.weight[y-d.from]
			for j, v := range line {
				out[i][j] += v * w
			}
		}
	}
	return out
}

// tent is how one point of a view is mixed from a row of points.
type tent struct {
	from   int
	weight []float64 // their sum is 1
}

func tents(low, high float64, n int) (all [side]tent) {
	step := (high - low) / side
	width := math.Max(step, 1)
	for i := range all {
		centre := low + (float64(i)+0.5)*step
		// What lies outside of the area, a caption perhaps, must not shine in.
		from := max(0, int(math.Floor(math.Max(centre-width, low))))
		to := min(n, int(math.Ceil(math.Min(centre+width, high))))
		t := tent{from: from}
		sum := 0.0
		for x := from; x < to; x++ {
			w := math.Max(0, 1-math.Abs(float64(x)+0.5-centre)/width)
			t.weight = append(t.weight, w)
			sum += w
		}
		for j := range t.weight {
			t.weight[j] /= sum
		}
		all[i] = t
	}
	return all
}

func (t tent) over(row []float32) (v float64) {
	for j, w := range t.weight {
		v += w * float64(row[t.from+j])
	}
	return v
}
