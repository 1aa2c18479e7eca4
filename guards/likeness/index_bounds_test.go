package likeness

import (
	"math/rand/v2"
	"testing"
)

func TestAnAnchorTakesOnlySoMany(t *testing.T) {
	x := NewIndex(0)
	for i := range 5000 {
		mustAdd(t, x, uint64(i), New(familyPost(i)))
	}
	for _, f := range appendFeatures(nil, New(familyPost(1)).body.units) {
		if n := len(x.table.slots(nil, f.key)); n > anchorFull+1 {
			t.Errorf("%d texts under one feature", n)
		}
	}
	if per := x.table.n / x.Len(); per > anchors+3 {
		t.Errorf("%d entries a text", per)
	}
}

func TestMemoryComesBackWhenTextsGo(t *testing.T) {
	x := NewIndex(0)
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 15_000 { // A window of 2,000 texts moves along.
		mustAdd(t, x, uint64(i), New(post(rng)))
		if i >= 2000 {
			x.Remove(uint64(i - 2000))
		}
	}
	if got := x.texts.bytes(); got > 2000*1000 {
		t.Errorf("%d bytes of texts for %d texts", got, x.Len())
	}
	if x.table.n > 2000*(anchors+3) || len(x.pages) > 1 {
		t.Errorf("%d entries and %d pages of slots for %d texts", x.table.n, len(x.pages), x.Len())
	}
	for i := 13_000; i < 15_000; i++ {
		if !x.Has(uint64(i)) {
			t.Fatalf("%d is lost", i)
		}
	}
}

func TestTheZeroSketchIsHarmless(t *testing.T) {
	x := NewIndex(0)
	mustAdd(t, x, 1, Sketch{})
	if m := x.Likest(Sketch{}, 3, nil); len(m) != 0 {
		t.Errorf("%+v", m)
	}
	if m := x.Likest(New(""), 3, nil); len(m) != 1 || !New("").Empty() {
		t.Errorf("%+v", m)
	}
	if !x.Remove(1) || x.Len() != 0 {
		t.Error("the zero sketch stays")
	}
}
