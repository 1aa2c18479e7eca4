package config

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// section is one table of a file, with its place.
type section struct {
	l    *loader
	src  *source
	path []string
	keys map[string]toml.Primitive
}

func (s section) has(key string) bool {
	_, ok := s.keys[key]
	return ok
}

func (s section) child(key string) []string { return append(slices.Clone(s.path), key) }

// bad reports a mistake at a key of the section; "" means the section itself.
func (s section) bad(key, what, hint string) { s.report(key, what, hint, false) }

func (s section) warn(key, what, hint string) { s.report(key, what, hint, true) }

func (s section) report(key, what, hint string, warning bool) {
	path := s.path
	if key != "" {
		path = s.child(key)
	}
	s.l.report(s.src, path, what, hint, warning)
}

// unknown reports a key that does not exist, and notes which one it stands for.
func (s section) unknown(key, what string, known []string) {
	if n := Nearest(key, known); n != "" {
		s.l.meant[s.mark(n)] = true
	}
	s.bad(key, what, DidYouMean(key, known))
}

func (s section) mark(key string) string { return s.src.name + pathSeparator + dotted(s.child(key)) }

// absent says whether a key is missing and was not mistyped either.
func (s section) absent(key string) bool { return !s.has(key) && !s.refused(key) }

// refused says whether something at or below the key was reported already, or a key
// that was surely meant to be this one.
func (s section) refused(key string) bool {
	if s.l.meant[s.mark(key)] {
		return true
	}
	want := dotted(s.child(key))
	return slices.ContainsFunc(s.l.problems, func(p Problem) bool {
		return p.File == s.src.name && (p.Key == want || strings.HasPrefix(p.Key, want+"[") || strings.HasPrefix(p.Key, want+"."))
	})
}

// place is file:line:col of a key that stands in the section, or of the section.
func (s section) place(key string) string {
	path := s.path
	if key != "" {
		path = s.child(key)
	}
	p := s.src.where.at(path)
	return fmt.Sprintf("%s:%d:%d", s.src.name, p.line, p.col)
}

// table opens a key of the section that must be a table. A key that is missing gives
// an empty one; one that is no table is reported and gives false.
func (s section) table(key string) (section, bool) {
	sub := section{l: s.l, src: s.src, path: s.child(key)}
	prim, ok := s.keys[key]
	if !ok {
		return sub, true
	}
	raw, _ := s.raw(prim)
	if _, ok := raw.(map[string]any); !ok {
		s.bad(key, "wants a table, and has "+kindOf(raw), fmt.Sprintf("write [%s]", dotted(slices.DeleteFunc(slices.Clone(sub.path), func(part string) bool { return strings.HasPrefix(part, "[") }))))
		return sub, false
	}
	if err := s.src.md.PrimitiveDecode(prim, &sub.keys); err != nil {
		s.bad(key, "cannot be read as a table", "")
		return sub, false
	}
	return sub, true
}

// raw is the value as the deciding parser read it, before any type is wanted.
func (s section) raw(prim toml.Primitive) (any, error) {
	var v any
	err := s.src.md.PrimitiveDecode(prim, &v)
	return v, err
}

// fill decodes the section onto a struct that holds its defaults, key by key, so that
// one mistake hides no other. Keys must be spelt exactly as the toml tags. What
// cannot be read keeps its default. Values never share memory with the defaults.
// Keys in also are known, and left to the caller.
func (s section) fill(dst any, also ...string) {
	s.fillStruct(reflect.ValueOf(dst).Elem(), also)
}

func (s section) fillStruct(v reflect.Value, also []string) {
	fields := fieldsOf(v.Type())
	for _, key := range slices.Sorted(maps.Keys(s.keys)) {
		if slices.Contains(also, key) {
			continue
		}
		index, ok := fields[key]
		if !ok {
			s.unknown(key, "is no key here", append(slices.Collect(maps.Keys(fields)), also...))
			continue
		}
		field := v.FieldByIndex(index)
		switch {
		case field.Type() == reflect.TypeFor[Secret]():
			field.Set(reflect.ValueOf(s.secret(key)))
		case field.Kind() == reflect.Struct && !isText(field.Type()):
			if sub, ok := s.table(key); ok {
				sub.fillStruct(field, nil)
			}
		default:
			s.decode(key, field)
		}
	}
}

func (s section) decode(key string, field reflect.Value) {
	raw, err := s.raw(s.keys[key])
	if err != nil {
		s.bad(key, "cannot be read", "")
		return
	}
	if !s.l.conforms(s.src, s.child(key), raw, field.Type()) {
		return
	}
	fresh := reflect.New(field.Type())
	if err := s.src.md.PrimitiveDecode(s.keys[key], fresh.Interface()); err != nil {
		s.bad(key, decodeError(err), "")
		return
	}
	field.Set(fresh.Elem())
}

// decodeError is what a type of ours said about its value, without the parser's preface.
func decodeError(err error) string {
	if pe, ok := err.(toml.ParseError); ok {
		return oneLine(pe.Message)
	}
	return "cannot be read"
}

// fieldsOf maps the keys that a struct takes to its fields. The map is kept and shared:
// nobody changes it.
func fieldsOf(t reflect.Type) map[string][]int {
	if known, ok := fieldsKnown.Load(t); ok {
		return known.(map[string][]int)
	}
	fields := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if !f.IsExported() || tag == "-" || f.Anonymous && tag == "" {
			continue
		}
		if tag == "" {
			tag = f.Name
		}
		fields[tag] = f.Index
	}
	fieldsKnown.Store(t, fields)
	return fields
}

var fieldsKnown sync.Map // reflect.Type to map[string][]int

func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// dotted writes a path as TOML would, within bounds.
func dotted(path []string) string {
	var b strings.Builder
	for i, part := range path {
		if strings.HasPrefix(part, "[") {
			b.WriteString(part)
			continue
		}
		if i > 0 {
			b.WriteByte('.')
		}
		if bare(part) {
			b.WriteString(part)
		} else {
			b.WriteString(strconv.Quote(oneLine(part)))
		}
	}
	return oneLine(b.String())
}

func bare(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}
