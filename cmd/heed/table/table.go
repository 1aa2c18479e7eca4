// Package table writes what heed lists for people: columns that stand under one another
// in every script, and colour where somebody looks at a terminal.
package table

import (
	"fmt"
	"io"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

const (
	gap       = "  "
	leastLast = 16 // columns that the last cell keeps, however narrow the terminal is
)

// Table is rows under headings. A heading that begins with ">" has its column aligned to
// the right; one that begins with "!" holds states, whose words are coloured.
type Table struct {
	screen Screen
	heads  []head
	rows   [][]string
}

type head struct {
	text         string
	right, state bool
}

// New makes a table with a column for each heading; an empty heading is good.
func New(s Screen, heads ...string) *Table {
	t := &Table{screen: s}
	for _, h := range heads {
		one := head{text: h}
		if text, ok := strings.CutPrefix(h, ">"); ok {
			one = head{text: text, right: true}
		} else if text, ok := strings.CutPrefix(h, "!"); ok {
			one = head{text: text, state: true}
		}
		t.heads = append(t.heads, one)
	}
	return t
}

// Row adds a line. Cells that are missing are empty; more than there are headings is a
// fault of the caller.
func (t *Table) Row(cells ...any) {
	if len(cells) > len(t.heads) {
		panic(fmt.Sprintf("table: %d cells under %d headings", len(cells), len(t.heads)))
	}
	row := make([]string, len(t.heads))
	for i, c := range cells {
		row[i] = Clean(fmt.Sprint(c))
	}
	t.rows = append(t.rows, row)
}

// Write writes the headings and the rows. On a terminal the last column is cut to what
// is left of the line; elsewhere nothing is.
func (t *Table) Write(w io.Writer) error {
	widths := t.widths()
	var b strings.Builder
	names := make([]string, len(t.heads))
	for i, h := range t.heads {
		names[i] = h.text
	}
	t.line(&b, widths, names, false)
	for _, row := range t.rows {
		t.line(&b, widths, row, true)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// widths are those of the columns, in cells of a terminal.
func (t *Table) widths() []int {
	widths := make([]int, len(t.heads))
	total := len(gap) * (len(t.heads) - 1)
	for i, h := range t.heads {
		widths[i] = displaywidth.String(h.text)
		for _, row := range t.rows {
			widths[i] = max(widths[i], displaywidth.String(row[i]))
		}
		total += widths[i]
	}
	if last := len(widths) - 1; t.screen.Width > 0 && total > t.screen.Width {
		widths[last] = min(widths[last], max(leastLast, widths[last]-(total-t.screen.Width)))
	}
	return widths
}

func (t *Table) line(b *strings.Builder, widths []int, cells []string, body bool) {
	var pad string
	for i, text := range cells {
		if i > 0 {
			pad += gap
		}
		if i == len(cells)-1 && displaywidth.String(text) > widths[i] {
			text = displaywidth.TruncateString(text, widths[i], "…")
		}
		room := strings.Repeat(" ", max(0, widths[i]-displaywidth.String(text)))
		if t.heads[i].right {
			pad += room
			room = ""
		}
		if text != "" { // what follows the last text is left out: no line ends in spaces
			b.WriteString(pad)
			if body && t.heads[i].state {
				text = t.screen.Paint(text)
			}
			b.WriteString(text)
			pad = ""
		}
		pad += room
	}
	b.WriteByte('\n')
}
