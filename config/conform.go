package config

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// conforms says whether a value fits a type, and reports each part that does not.
// The deciding parser's own check stops at the first part, takes a bare number for
// nanoseconds and lets a wrong type pass for an empty map.
func (l *loader) conforms(src *source, path []string, raw any, t reflect.Type) bool {
	no := func(what string) bool {
		l.report(src, path, what, "", false)
		return false
	}
	wants := func(what string) bool { return no(fmt.Sprintf("wants %s, and has %s", what, kindOf(raw))) }
	switch {
	case t == reflect.TypeFor[time.Duration]():
		text, ok := raw.(string)
		if !ok {
			return wants(`a duration like "90s" or "1h30m"`)
		}
		if _, err := time.ParseDuration(text); err != nil {
			return no(`is no duration like "90s" or "1h30m" (the largest unit is h)`)
		}
		return true
	case t == reflect.TypeFor[time.Time]():
		_, ok := raw.(time.Time)
		return ok || wants("a date")
	case isText(t):
		_, ok := raw.(string)
		return ok || wants("a text")
	}
	switch t.Kind() {
	case reflect.Pointer:
		return l.conforms(src, path, raw, t.Elem())
	case reflect.String:
		_, ok := raw.(string)
		return ok || wants("a text")
	case reflect.Bool:
		_, ok := raw.(bool)
		return ok || wants("true or false")
	case reflect.Float32, reflect.Float64:
		if f, ok := raw.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			return no("wants a finite number")
		}
		_, whole := raw.(int64)
		_, broken := raw.(float64)
		return whole || broken || wants("a number")
	case reflect.Slice, reflect.Array:
		return l.listConforms(src, path, raw, t)
	case reflect.Map, reflect.Struct:
		return l.tableConforms(src, path, raw, t)
	case reflect.Interface:
		return true
	}
	return l.wholeConforms(no, wants, raw, t)
}

func (l *loader) wholeConforms(no, wants func(string) bool, raw any, t reflect.Type) bool {
	n, ok := raw.(int64)
	v := reflect.New(t).Elem()
	switch {
	case !v.CanInt() && !v.CanUint():
		return no("cannot be set")
	case !ok:
		return wants("a whole number")
	case v.CanInt() && v.OverflowInt(n), v.CanUint() && (n < 0 || v.OverflowUint(uint64(n))):
		return no("the number is out of range")
	}
	return true
}

func (l *loader) listConforms(src *source, path []string, raw any, t reflect.Type) bool {
	v := reflect.ValueOf(raw)
	if v.Kind() != reflect.Slice {
		l.report(src, path, "wants a list, and has "+kindOf(raw), `a list stands in [ ], also with one entry`, false)
		return false
	}
	fits := true
	for i := range v.Len() {
		fits = l.conforms(src, append(slices.Clone(path), "["+strconv.Itoa(i)+"]"), v.Index(i).Interface(), t.Elem()) && fits
	}
	return fits
}

func (l *loader) tableConforms(src *source, path []string, raw any, t reflect.Type) bool {
	m, ok := raw.(map[string]any)
	if !ok {
		l.report(src, path, "wants a table, and has "+kindOf(raw), "", false)
		return false
	}
	var fields map[string][]int
	if t.Kind() == reflect.Struct {
		fields = fieldsOf(t)
	}
	fits := true
	for _, key := range slices.Sorted(maps.Keys(m)) {
		at := append(slices.Clone(path), key)
		if fields == nil {
			fits = l.conforms(src, at, m[key], t.Elem()) && fits
			continue
		}
		index, known := fields[key]
		if !known {
			l.report(src, at, "is no key here", DidYouMean(key, slices.Collect(maps.Keys(fields))), false)
			fits = false
			continue
		}
		fits = l.conforms(src, at, m[key], t.FieldByIndex(index).Type) && fits
	}
	return fits
}

// kindOf names a value's kind, never the value.
func kindOf(raw any) string {
	switch raw.(type) {
	case string:
		return "a text"
	case int64:
		return "a whole number"
	case float64:
		return "a number"
	case bool:
		return "true or false"
	case time.Time:
		return "a date"
	case map[string]any:
		return "a table"
	case []any, []map[string]any:
		return "a list"
	}
	return "something else"
}
