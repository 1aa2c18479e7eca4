package picture

import (
	"math/rand/v2"
	"testing"
)

func BenchmarkLook(b *testing.B) {
	for _, c := range []struct {
		name string
		file []byte
	}{
		{"jpeg800", asJPEG(scaled(scene(1), 800, 600), 85)},
		{"png800", asPNG(scaled(scene(1), 800, 600))},
		{"jpeg12MP", asJPEG(scaled(scene(1), 4000, 3000), 85)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Look(c.file)
			}
		})
	}
}

// BenchmarkNearest searches a hundred thousand pictures.
func BenchmarkNearest(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	any := func() []byte {
		views := make([]byte, viewsLen)
		views[0] = viewsVersion
		for i := range views[1:] {
			views[1+i] = byte(rng.Uint32())
		}
		return views
	}
	var x Index
	for i := range int64(100_000) {
		x.Add(i, any())
	}
	query := any()
	for b.Loop() {
		x.Nearest(query, 45, 8)
	}
}
