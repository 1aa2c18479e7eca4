package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

type pos struct{ line, col int }

// locator knows where keys stand. It is made by another parser than the one that
// decides: the deciding one does not tell places. So nothing but a place may ever
// be taken from here, and a place that is missing is no mistake.
type locator struct {
	data   []byte
	starts []int // offsets of the lines
	places map[string]place
	tables map[string]int // how many [[tables]] of a path there were
}

type place struct {
	pos
	named bool // the key itself, not merely a part of another one's path
}

const pathSeparator = "\x00" // in no key: control characters cannot stand in TOML bare or raw

func locate(data []byte) *locator {
	l := &locator{data: data, starts: []int{0}, places: map[string]place{}, tables: map[string]int{}}
	for i, b := range data {
		if b == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	l.walk()
	return l
}

// walk keeps what it has found when the locating parser fails halfway.
func (l *locator) walk() {
	defer func() { _ = recover() }() // the other parser is marked unstable; its failure costs a place, no more
	p := unstable.Parser{}
	p.Reset(l.data)
	var table []string
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table:
			table = l.header(e, false)
		case unstable.ArrayTable:
			table = l.header(e, true)
		case unstable.KeyValue:
			l.pair(table, e)
		}
	}
}

func (l *locator) header(e *unstable.Node, array bool) []string {
	var path []string
	for it := e.Key(); it.Next(); {
		path = append(path, string(it.Node().Data))
		last := it.IsLast()
		l.mark(path, it.Node(), last)
		key := strings.Join(path, pathSeparator)
		if last && array {
			l.tables[key]++
		}
		if n := l.tables[key]; n > 0 {
			path = append(path, fmt.Sprintf("[%d]", n-1))
			l.mark(path, it.Node(), last)
		}
	}
	return path
}

func (l *locator) pair(table []string, e *unstable.Node) {
	path := slices.Clone(table)
	for it := e.Key(); it.Next(); {
		path = append(path, string(it.Node().Data))
		l.mark(path, it.Node(), it.IsLast())
	}
	l.value(path, e.Value())
}

func (l *locator) value(path []string, v *unstable.Node) {
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				l.pair(path, it.Node())
			}
		}
	case unstable.Array:
		i := 0
		for it := v.Children(); it.Next(); i++ {
			if it.Node().Kind == unstable.Comment {
				i--
				continue
			}
			element := append(slices.Clone(path), fmt.Sprintf("[%d]", i))
			l.mark(element, it.Node(), true)
			l.value(element, it.Node())
		}
	}
}

// mark notes a place once. A key's own place beats that of a path that runs through it.
func (l *locator) mark(path []string, n *unstable.Node, named bool) {
	key := strings.Join(path, pathSeparator)
	if was, ok := l.places[key]; ok && (was.named || !named) {
		return
	}
	if n.Raw.Length == 0 {
		return
	}
	l.places[key] = place{pos: l.pos(int(n.Raw.Offset)), named: named}
}

func (l *locator) pos(offset int) pos {
	i, exact := slices.BinarySearch(l.starts, offset)
	if !exact {
		i--
	}
	return pos{i + 1, offset - l.starts[i] + 1}
}

// at is where a path stands, else the nearest part of it that stands anywhere, else
// the file's beginning.
func (l *locator) at(path []string) pos {
	for n := len(path); n > 0; n-- {
		if p, ok := l.places[strings.Join(path[:n], pathSeparator)]; ok {
			return p.pos
		}
	}
	return pos{1, 1}
}

// has says whether the path itself was located.
func (l *locator) has(path []string) bool {
	_, ok := l.places[strings.Join(path, pathSeparator)]
	return ok
}
