package bench

import (
	"fmt"
	"math"
	"testing"
)

// TestRoad: the bench works, at a tiny scale, and each of its figures is one.
func TestRoad(t *testing.T) {
	figures, err := road(t.Context(), Options{Dir: t.TempDir(), Scale: 0.03, Say: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	if want := 5*len(roadCases) + len(ceilings); len(figures) < want {
		t.Errorf("%d figures; at least %d were expected", len(figures), want)
	}
	for _, f := range figures {
		if f.Bench == "" || f.Case == "" || f.Name == "" || f.Unit == "" || !(f.Value > 0) || math.IsInf(f.Value, 0) {
			t.Errorf("no figure: %+v", f)
		}
	}
}

// BenchmarkRoad is one round of each case, for a profile of it.
func BenchmarkRoad(b *testing.B) {
	for _, c := range roadCases {
		b.Run(c.String(), func(b *testing.B) {
			n := 0
			for b.Loop() {
				n++
				m, err := roadRound(b.Context(), Options{Dir: b.TempDir(), Scale: 1}, fmt.Sprint(n), c)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(m.rate, "intents/s")
				b.ReportMetric(m.cpu, "cpu-us/intent")
				b.ReportMetric(m.p50, "p50-ms")
				b.ReportMetric(m.p99, "p99-ms")
			}
		})
	}
}
