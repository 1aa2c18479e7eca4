package config

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/BurntSushi/toml"
)

// Sheet is a TOML file beside the settings that is read as strictly as they are: each key
// is known, each value fits its type, and every mistake is told at once with its place.
type Sheet struct {
	l    *loader
	src  *source
	root section
}

// Row is one table of a list of tables, [[key]], with its place.
type Row struct{ s section }

// ReadSheet parses a file. What cannot be parsed is told by Problems, and holds nothing.
func ReadSheet(path string) *Sheet {
	s := &Sheet{l: &loader{cfg: &Config{}, meant: map[string]bool{}}}
	if s.src = s.l.read(path); s.src == nil {
		for i := range s.l.problems {
			s.l.problems[i].Hint = "" // it speaks of heed.toml
		}
		s.src = &source{name: path, where: locate(nil)}
	}
	s.root = section{l: s.l, src: s.src, keys: s.src.top}
	return s
}

// Problems are all mistakes that were found so far, sorted by place.
func (s *Sheet) Problems() Problems { return slices.Clone(s.l.problems).tidy() }

// Root is the file's own table. Its lists of tables are told to Rows.
func (s *Sheet) Root() Row { return Row{s.root} }

// Rows opens each table of a list. A key that is missing gives none.
func (s *Sheet) Rows(key string) []Row {
	prim, ok := s.root.keys[key]
	if !ok {
		return nil
	}
	raw, _ := s.root.raw(prim)
	list := reflect.ValueOf(raw)
	tables := raw != nil && list.Kind() == reflect.Slice
	for i := 0; tables && i < list.Len(); i++ {
		_, tables = list.Index(i).Interface().(map[string]any)
	}
	var all []map[string]toml.Primitive
	if !tables || s.src.md.PrimitiveDecode(prim, &all) != nil {
		s.root.bad(key, "wants a list of tables, and has "+kindOf(raw), "write [["+key+"]] above each")
		return nil
	}
	rows := make([]Row, len(all))
	for i, keys := range all {
		rows[i] = Row{section{l: s.l, src: s.src, path: []string{key, "[" + strconv.Itoa(i) + "]"}, keys: keys}}
	}
	return rows
}

// Fill decodes the table onto a struct that holds its defaults, key by key, by its toml
// tags. What cannot be read is told and keeps its default. Keys in also are known, and
// left to the caller.
func (r Row) Fill(into any, also ...string) { r.s.fill(into, also...) }

// Bad tells a mistake at a key, or a path of keys and "[0]", of the table; without one, at
// the table itself.
func (r Row) Bad(path []string, what, hint string) {
	r.s.l.report(r.s.src, append(slices.Clone(r.s.path), path...), oneLine(what), hint, false)
}

// Table is what stands under a key, if it is a table.
func (r Row) Table(key string) (map[string]any, bool) {
	if !r.s.has(key) {
		return nil, false
	}
	raw, _ := r.s.raw(r.s.keys[key])
	m, ok := raw.(map[string]any)
	return m, ok
}

// Absent says whether the key is missing, and was not mistyped either.
func (r Row) Absent(key string) bool { return r.s.absent(key) }

// Refused says whether something at or below a path of keys was told already, or a
// mistyped key that was surely meant to be this one.
func (r Row) Refused(path ...string) bool {
	s, last := r.s, len(path)-1
	s.path = append(slices.Clone(s.path), path[:last]...)
	return s.refused(path[last])
}

// Place is where the table stands.
func (r Row) Place() (file string, line int) {
	return r.s.src.name, r.s.src.where.at(r.s.path).line
}
