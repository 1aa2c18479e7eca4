package crowd

import (
	"errors"
	"testing"
)

// An index that knows texts by their bytes finds no edited copy, and its figures are there.
func TestAnIndexIsMeasured(t *testing.T) {
	held := map[string]bool{}
	x := Index[string]{
		Sketch: func(text string) string { return text },
		Add:    func(_ uint64, s string) error { held[s] = true; return nil },
		Check:  func(s string) bool { return held[s] },
		Same:   func(_, _ string) bool { return true },
	}
	f, err := Measure(2000, Posts(), x, func() error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if len(held) != 2000 || f.Found > 0.1 {
		t.Errorf("%d posts, %.3f of edited copies found", len(held), f.Found)
	}
	for _, m := range f.Metrics() {
		if m.Value < 0 || m.Value == 0 && m.Name != "found" && m.Name != "check-allocations" {
			t.Errorf("%s: %g", m.Name, m.Value)
		}
	}
	end := errors.New("enough")
	if _, err := Measure(2000, Posts(), x, func() error { return end }); err != end {
		t.Errorf("told to stop: %v", err)
	}
	broken := x
	broken.Add = func(uint64, string) error { return end }
	if _, err := Measure(2000, Posts(), broken, func() error { return nil }); err != end {
		t.Errorf("an index that takes nothing: %v", err)
	}
	x.Check = func(string) bool { return true }
	if share, _ := Found([]string{"a b c d e f"}, x.Same, x.Check); share != 1 {
		t.Errorf("%g found of what is all found", share)
	}
}

func TestACrowdIsTheSameEachTime(t *testing.T) {
	a, b := Posts(), Posts()
	for i := range 1000 {
		if s := b(i); a(i) != s || len(s) < 40 || len(s) > 120 {
			t.Fatalf("post %d: %q", i, s)
		}
	}
	if n := len(Long(a)); n != 25_000 {
		t.Errorf("the longest post has %d characters", n)
	}
}

func TestTheMachineIsMeasured(t *testing.T) {
	if m := MeasureMachine(); m.Read <= 0 || m.Pause <= 0 {
		t.Errorf("%+v", m)
	}
}
