package likeness

import "testing"

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
	if len(f.rows[0]) == frameMin {
		t.Error("the rows did not grow")
	}
}
