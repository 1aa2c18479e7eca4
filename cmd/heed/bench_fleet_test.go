package main

import (
	"math"
	"testing"

	"heed/cmd/heed/bench"
)

// TestBenchFleet: the bench works, at a tiny scale, and each of its figures is one.
func TestBenchFleet(t *testing.T) { benchWorks(t, "fleet", 0.004) }

func benchWorks(t *testing.T, name string, scale float64) {
	t.Helper()
	chosen, err := benches([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	figures, err := chosen[0].Run(t.Context(), bench.Options{Dir: t.TempDir(), Heed: heedBinary(t), Scale: scale, Say: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	if len(figures) < 3 {
		t.Errorf("%d figures", len(figures))
	}
	for _, f := range figures {
		if f.Bench != name || f.Case == "" || f.Name == "" || f.Unit == "" || !(f.Value >= 0) || math.IsInf(f.Value, 0) {
			t.Errorf("no figure: %+v", f)
		}
	}
}

// TestBenchOptOut: the same of the stops.
func TestBenchOptOut(t *testing.T) { benchWorks(t, "optout", 0.02) }
