package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// fields is a JSON object read strictly: exact names, each once, none unknown.
type fields struct {
	path string
	raw  map[string]json.RawMessage
}

// object reads raw as an object that knows the given names. Its refusals are worded
// as X's schema validator words them.
func object(raw []byte, path string, known ...string) (*fields, *refusal) {
	f := &fields{path: path, raw: map[string]json.RawMessage{}}
	wrong := func() *refusal { return invalid(path, shorten(raw), "["+path+": is not a valid JSON object]") }
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, wrong()
	}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		var v json.RawMessage
		if err != nil || !ok || d.Decode(&v) != nil {
			return nil, wrong()
		}
		if !slices.Contains(known, name) {
			return nil, invalid(path+"."+name, shorten(v), "["+path+"."+name+": is not defined in the schema and the schema does not allow additional properties]")
		}
		if _, twice := f.raw[name]; twice {
			return nil, invalid(path+"."+name, shorten(v), "["+path+"."+name+": is there twice]")
		}
		f.raw[name] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, wrong()
	}
	if d.More() {
		return nil, wrong()
	}
	return f, nil
}

func shorten(raw []byte) string {
	if len(raw) > 100 {
		raw = raw[:100]
	}
	return string(bytes.ToValidUTF8(raw, nil))
}

func (f *fields) has(name string) bool { _, ok := f.raw[name]; return ok }

func (f *fields) bad(name, want string) *refusal {
	p := f.path + "." + name
	return invalid(p, shorten(f.raw[name]), "["+p+": "+want+"]")
}

func (f *fields) required(names ...string) *refusal {
	for _, n := range names {
		if !f.has(n) {
			p := f.path + "." + n
			return invalid(p, "", "["+p+": is missing but it is required]")
		}
	}
	return nil
}

// read decodes one member when it is there; null is no value of any type.
func read[T any](f *fields, name, want string, into *T) *refusal {
	raw, ok := f.raw[name]
	if !ok {
		return nil
	}
	if string(raw) == "null" || json.Unmarshal(raw, into) != nil {
		return f.bad(name, want)
	}
	return nil
}

func (f *fields) text(name string, into *string) *refusal {
	if no := read(f, name, "string expected", into); no != nil {
		return no
	}
	if !utf8.ValidString(*into) {
		return f.bad(name, "not valid UTF-8")
	}
	return nil
}

func (f *fields) flag(name string, into *bool) *refusal {
	return read(f, name, "boolean expected", into)
}

func (f *fields) id(name string, into *string) *refusal {
	if no := f.text(name, into); no != nil {
		return no
	}
	if f.has(name) && !isID(*into) {
		return f.bad(name, "does not match the regex pattern ^[0-9]{1,19}$")
	}
	return nil
}

func (f *fields) ids(name string, least, most int, into *[]string) *refusal {
	if no := read(f, name, "array of strings expected", into); no != nil {
		return no
	}
	if f.has(name) && (len(*into) < least || len(*into) > most) {
		return f.bad(name, fmt.Sprintf("must have %d to %d items", least, most))
	}
	for _, v := range *into {
		if !isID(v) {
			return f.bad(name, "does not match the regex pattern ^[0-9]{1,19}$")
		}
	}
	return nil
}

func (f *fields) oneOf(name string, into *string, words ...string) *refusal {
	if no := f.text(name, into); no != nil {
		return no
	}
	if f.has(name) && !slices.Contains(words, *into) {
		return f.bad(name, fmt.Sprintf("does not have a value in the enumeration %v", words))
	}
	return nil
}

// first gives the first refusal there is.
func first(list ...*refusal) *refusal {
	for _, no := range list {
		if no != nil {
			return no
		}
	}
	return nil
}

// body reads the call's JSON body.
func (c *call) object(known ...string) (*fields, *refusal) {
	if !isJSON(c.ctype) {
		return nil, invalid("content-type", c.ctype, "Requests with bodies must have content-type of application/json.")
	}
	return object(c.body, "$", known...)
}

// number reads a whole number from the query, within bounds.
func (c *call) number(name string, least, most, standard int) (int, *refusal) {
	s := c.query.Get(name)
	if s == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, invalid(name, s, fmt.Sprintf("The `%s` query parameter value [%s] is not between %d and %d", name, s, least, most))
	}
	return n, nil
}
