package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

// nothing is said where a chart is empty.
const nothing = "Nothing was counted."

// class is the class of a series in the stylesheet: its name, of which heed writes all.
func class(series string) string { return strings.ReplaceAll(series, " ", "-") }

// chart is numbers that are drawn as bars, and told as a table as well.
type chart struct {
	ID, Title string
	Series    []string // stacked, from the ground or from the left
	Bars      []column
	Upright   bool // bars stand, as in time; else they lie, each with its name
	// Unit tells a value that was measured; nil: values are counts, and their sum means
	// something.
	Unit func(int) string
}

type column struct {
	Name   string
	Values []int // one of each series
}

// size is how far a bar reaches: counts stand on top of each other, measures one before
// the other.
func (c chart) size(b column) (n int) {
	for _, v := range b.Values {
		if c.Unit != nil {
			n = max(n, v)
		} else {
			n += v
		}
	}
	return n
}

// Sum is all that is drawn.
func (c chart) Sum() (n int) {
	for _, b := range c.Bars {
		n += c.size(b)
	}
	return n
}

func (c chart) most() int {
	most := 1
	for _, b := range c.Bars {
		most = max(most, c.size(b))
	}
	return most
}

// Tell writes one value.
func (c chart) Tell(v int) string {
	if c.Unit == nil {
		return strconv.Itoa(v)
	}
	return c.Unit(v)
}

// Says describes the picture to who cannot see it.
func (c chart) Says() string {
	if c.Sum() == 0 {
		return nothing
	}
	top := c.Bars[0]
	for _, b := range c.Bars {
		if c.size(b) > c.size(top) {
			top = b
		}
	}
	most := fmt.Sprintf("the most is %s, of %s. The numbers stand below.", c.Tell(c.size(top)), top.Name)
	if c.Unit != nil {
		return strings.ToUpper(most[:1]) + most[1:]
	}
	return fmt.Sprintf("%d in all; %s", c.Sum(), most)
}

// The picture's measures, in its own units.
const (
	wide   = 400
	tall   = 180
	ground = 160 // of upright bars
	lane   = 28  // of a lying bar
	names  = 150 // room for its name
)

// SVG draws the chart. Colours are classes of the stylesheet, and every word is escaped.
func (c chart) SVG() template.HTML {
	var b strings.Builder
	high := tall
	if !c.Upright {
		high = max(lane, lane*len(c.Bars))
	}
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-labelledby="%s-title %s-says"><title id="%s-title">%s</title><desc id="%s-says">%s</desc>`,
		wide, high, c.ID, c.ID, c.ID, template.HTMLEscapeString(c.Title), c.ID, template.HTMLEscapeString(visibleText(c.Says())))
	for i, row := range c.Bars {
		if c.Upright {
			c.stand(&b, i, row)
		} else {
			c.lie(&b, i, row)
		}
	}
	if c.Upright {
		fmt.Fprintf(&b, `<line class="ground" x1="0" y1="%d" x2="%d" y2="%d"/><text class="tick" x="0" y="12">%s</text>`, ground, wide, ground, template.HTMLEscapeString(c.Tell(c.most())))
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // numbers, fixed words, and words that were escaped
}

func (c chart) stand(b *strings.Builder, i int, row column) {
	n := len(c.Bars)
	x, width := float64(wide*i)/float64(n), float64(wide)/float64(n)
	y := float64(ground)
	for s, v := range row.Values {
		if v == 0 {
			continue
		}
		h := float64(v) * (ground - 16) / float64(c.most())
		if c.Unit != nil {
			y = ground
		}
		y -= h
		fmt.Fprintf(b, `<rect class="part %s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s: %s %s</title></rect>`, class(c.Series[s]), x+1, y, max(width-2, 1), h,
			template.HTMLEscapeString(row.Name), template.HTMLEscapeString(c.Tell(v)), c.Series[s])
	}
	if i%max(1, n/4) == 0 && x < wide-40 { // the last may find no room
		fmt.Fprintf(b, `<text class="tick" x="%.1f" y="%d">%s</text>`, x, tall-6, template.HTMLEscapeString(row.Name))
	}
}

func (c chart) lie(b *strings.Builder, i int, row column) {
	const room = wide - names - 50
	x, y := float64(names), lane*i
	fmt.Fprintf(b, `<text class="name" x="0" y="%d">%s</text>`, y+19, template.HTMLEscapeString(shorten(visibleText(row.Name), 19)))
	for s, v := range row.Values {
		w := float64(v) * room / float64(c.most())
		if v > 0 {
			fmt.Fprintf(b, `<rect class="part %s" x="%.1f" y="%d" width="%.1f" height="%d"><title>%s: %d %s</title></rect>`, class(c.Series[s]), x, y+5, max(w, 1), lane-10,
				template.HTMLEscapeString(visibleText(row.Name)), v, c.Series[s])
		}
		x += w
	}
	fmt.Fprintf(b, `<text class="count" x="%.1f" y="%d">%d</text>`, x+6, y+19, c.size(row))
}
