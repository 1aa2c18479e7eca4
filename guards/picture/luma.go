package picture

import "image"

// plane is a picture's brightness, 0 to 255 a point.
type plane struct {
	w, h int
	at   []float32
}

// planeSide is what a plane is reduced to before views are cut out of it: large
// enough that an edge of a view lies where it should.
const planeSide = 256

// luma reduces a picture to its brightness by averaging areas. Transparent parts
// stand on white, as X shows them.
func luma(img image.Image) plane {
	b := img.Bounds()
	p := plane{w: min(b.Dx(), planeSide), h: min(b.Dy(), planeSide)}
	p.at = make([]float32, p.w*p.h)
	across, down := shares(b.Dx(), p.w), shares(b.Dy(), p.h)
	row, line := make([]float32, b.Dx()), make([]float32, p.w)
	read := reader(img)
	for y, s := range down {
		read(b.Min.Y+y, row)
		if len(row) == p.w {
			copy(line, row)
		} else {
			clear(line)
			for x, v := range row {
				t := across[x]
				line[t.first] += v * t.share
				if t.rest > 0 {
					line[t.first+1] += v * t.rest
				}
			}
		}
		p.add(s.first, s.share, line)
		if s.rest > 0 {
			p.add(s.first+1, s.rest, line)
		}
	}
	return p
}

func (p *plane) add(y int, weight float32, line []float32) {
	to := p.at[y*p.w:][:p.w]
	for x, v := range line {
		to[x] += v * weight
	}
}

// share says to which points of the reduced row a point belongs, and how much.
type share struct {
	first       int
	share, rest float32 // of the first and of the one after it
}

// shares spreads n points over m, m at most n: each of the m gets the weight 1.
func shares(n, m int) []share {
	all := make([]share, n)
	for i := range all {
		from, to := i*m, (i+1)*m // in nths of a reduced point
		first := from / n
		edge := (first + 1) * n
		in := min(to, edge) - from
		all[i] = share{first, float32(in) / float32(n), float32(to-from-in) / float32(n)}
	}
	return all
}

// reader gives the brightness of a picture's rows, quickly for the usual kinds.
func reader(img image.Image) func(y int, row []float32) {
	b := img.Bounds()
	switch m := img.(type) {
	case *image.YCbCr:
		return func(y int, row []float32) {
			for x, v := range m.Y[m.YOffset(b.Min.X, y):][:len(row)] {
				row[x] = float32(v)
			}
		}
	case *image.Gray:
		return func(y int, row []float32) {
			for x, v := range m.Pix[m.PixOffset(b.Min.X, y):][:len(row)] {
				row[x] = float32(v)
			}
		}
	case *image.Paletted:
		var bright [256]float32
		for i, c := range m.Palette {
			bright[i] = onWhite(c.RGBA())
		}
		return func(y int, row []float32) {
			for x, v := range m.Pix[m.PixOffset(b.Min.X, y):][:len(row)] {
				row[x] = bright[v]
			}
		}
	case *image.NRGBA:
		return func(y int, row []float32) {
			pix := m.Pix[m.PixOffset(b.Min.X, y):][:4*len(row)]
			for x := range row {
				v := mixed(float32(pix[4*x]), float32(pix[4*x+1]), float32(pix[4*x+2]))
				row[x] = 255 + (v-255)*float32(pix[4*x+3])/255
			}
		}
	case *image.RGBA:
		return func(y int, row []float32) {
			pix := m.Pix[m.PixOffset(b.Min.X, y):][:4*len(row)]
			for x := range row {
				row[x] = mixed(float32(pix[4*x]), float32(pix[4*x+1]), float32(pix[4*x+2])) + 255 - float32(pix[4*x+3])
			}
		}
	}
	deep, ok := img.(image.RGBA64Image)
	return func(y int, row []float32) {
		for x := range row {
			if ok { // does not put every colour on the heap
				row[x] = onWhite(deep.RGBA64At(b.Min.X+x, y).RGBA())
			} else {
				row[x] = onWhite(img.At(b.Min.X+x, y).RGBA())
			}
		}
	}
}

// mixed weighs red, green and blue as JPEG does, so that a PNG and its JPEG agree.
func mixed(r, g, b float32) float32 { return 0.299*r + 0.587*g + 0.114*b }

func onWhite(r, g, b, a uint32) float32 {
	return (mixed(float32(r), float32(g), float32(b)) + 65535 - float32(a)) / 257
}
