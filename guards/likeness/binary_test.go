package likeness

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestAKeptSketchComparesAsBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := hostile().Draw(t, "text")
		s := NewDeclared(text, "t", facts{"a": rapid.SampledFrom([]string{text, "1", "x"}).Draw(t, "fact")})
		data, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var kept Sketch
		if err := kept.UnmarshalBinary(data); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if kept.form != s.form || kept.template != s.template || kept.facts != s.facts || kept.Exact() != s.Exact() {
			t.Fatalf("%q comes back as %+v", s.form, kept)
		}
		if got := Score(s, kept); got != (Likeness{1, RuleExact}) {
			t.Fatalf("%+v", got)
		}
	})
}

func TestDamagedSketchesAreRefused(t *testing.T) {
	good, _ := New(ferry).MarshalBinary()
	other := append([]byte{}, good...)
	other[0]++
	if err := new(Sketch).UnmarshalBinary(other); !errors.Is(err, ErrVersion) {
		t.Errorf("another version: %v", err)
	}
	if _, err := (Sketch{}).MarshalBinary(); err == nil {
		t.Error("the zero sketch is kept")
	}
	for why, data := range map[string][]byte{
		"empty":            nil,
		"cut off":          good[:10],
		"no words":         good[:17],
		"two spaces":       append(append([]byte{}, good...), "  x"...),
		"not UTF-8":        append(append([]byte{}, good...), 0xff),
		"longer than ever": append(append([]byte{}, good...), make([]byte, maxForm+200)...),
	} {
		var s Sketch
		if err := s.UnmarshalBinary(data); err == nil || s.body != nil {
			t.Errorf("%s: %v", why, err)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, s := range []string{ferry, "#a b @c", ""} {
		data, _ := New(s).MarshalBinary()
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Sketch
		if s.UnmarshalBinary(data) != nil {
			return
		}
		if got := Score(s, s); got.Score != 1 {
			t.Fatalf("%q does not resemble itself: %+v", data, got)
		}
		form, err := s.MarshalBinary()
		var again Sketch
		if err == nil {
			err = again.UnmarshalBinary(form)
		}
		if err != nil || Score(s, again).Score != 1 {
			t.Fatalf("%q is kept as %q: %v", data, form, err)
		}
		if twice, err := again.MarshalBinary(); err != nil || string(twice) != string(form) {
			t.Fatalf("%q, then %q, %v", form, twice, err)
		}
		if err := NewIndex(0).Add(1, s); err != nil {
			t.Fatal(err)
		}
	})
}
