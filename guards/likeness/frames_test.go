package likeness

import (
	"slices"
	"testing"
)

// However many runs an index has seen once, they must not pass for frames by chance:
// then every copy with a changed word would be taken for another fact in a frame.
func TestManyRunsSeenOnceAreNoFrames(t *testing.T) {
	f := newFrames()
	frame := mix(1)
	for range frameKnown {
		f.add(frame)
	}
	const n = 3_000_000
	for i := range uint64(n) {
		f.add(mix(i + 100))
		if i&(i-1) != 0 || i < 1<<14 {
			continue
		}
		sum, known := 0, 0
		for j := range uint64(1000) {
			c := f.count(mix(j + 1<<40)) // never added
			sum += c
			if c >= frameKnown {
				known++
			}
		}
		t.Logf("%d runs: %.1f by chance", i, float64(sum)/1000)
		if sum > 1000*frameKnown/3 || known > 0 {
			t.Errorf("after %d runs one that was never seen counts %.1f, and %d of 1000 are frames", i, float64(sum)/1000, known)
		}
		if f.count(frame) < frameKnown {
			t.Errorf("after %d runs a frame is forgotten: %d", i, f.count(frame))
		}
	}
	if f.rows[0].len() == frameMin {
		t.Error("the rows did not grow")
	}
}

// Rows that double page by page count as rows that double at once.
func TestRowsDoubleAsIfAtOnce(t *testing.T) {
	c, plain := newCounters(), make([]uint8, frameMin)
	h := uint64(1)
	for len(plain) < 64*frameMin {
		half := chance((*counterPage)(plain)) / 2
		c.grow()
		grown := make([]uint8, 2*len(plain))
		for i, n := range plain {
			if n < frameKnown {
				n -= min(n, half)
			}
			grown[i], grown[i+len(plain)] = n, n
		}
		plain = grown
		for range 9 * len(plain) / 2 {
			h = mix(h + 1)
			at := int(h % uint64(len(plain)))
			if at%(len(plain)/2) >= 3*len(plain)/8 {
				continue // These pages are left to their turn, or to the next doubling.
			}
			if plain[at] != *c.at(at) {
				t.Fatalf("%d counters: number %d is %d, want %d", len(plain), at, *c.at(at), plain[at])
			}
			plain[at]++
			*c.at(at)++
		}
		if c.old == nil && len(plain) > 8*frameMin {
			t.Fatalf("%d counters: no page was left", len(plain))
		}
		c.settle(len(c.old) - 1)
	}
	got := make([]uint8, 0, len(plain))
	for i := range plain {
		got = append(got, *c.at(i))
	}
	if !slices.Equal(got, plain) {
		t.Error("some counters differ")
	}
}
