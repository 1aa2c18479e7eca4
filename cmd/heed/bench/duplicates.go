package bench

import (
	"context"
	"fmt"
	"math"

	"heed/guards/likeness"
	"heed/guards/likeness/crowd"
)

// duplicates measures the index of likeness in memory: 100,000 and a million posts at
// scale 1. Scale 10 takes some minutes and 3 GB, and measures a million and ten million.
// Times are those of the processor for one thread, but for longest-wait. How well two
// texts are compared is not measured here: `heed likeness --score` does.
func duplicates(ctx context.Context, o Options) ([]Figure, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	machine := crowd.MeasureMachine()
	all := []Figure{
		{Bench: "duplicates", Case: "machine", Name: "one far read of memory", Value: machine.Read, Unit: "ns"},
		{Bench: "duplicates", Case: "machine", Name: "longest pause of an idle loop", Value: machine.Pause, Unit: "ms"},
	}
	before := 0.0 // mean of a check of the smaller index
	for _, n := range []int{o.of(100_000, 500), o.of(1_000_000, 1000)} {
		o.say("duplicates: filing %d posts", n)
		x := likeness.NewIndex(0)
		m, err := crowd.Measure(n, crowd.Posts(), crowd.Index[likeness.Sketch]{
			Sketch: likeness.New,
			Add:    x.Add,
			Check: func(s likeness.Sketch) bool {
				found := x.Likest(s, 3, nil)
				return len(found) > 0 && found[0].Score >= likeness.Hold
			},
			Same: func(a, b string) bool {
				return likeness.Score(likeness.New(a), likeness.New(b)).Score >= likeness.Hold
			},
		}, ctx.Err)
		if err != nil {
			return nil, fmt.Errorf("index of %d posts: %w", n, err)
		}
		all = append(all, duplicateFigures(m, machine)...)
		if before > 0 {
			all = append(all, Figure{Bench: "duplicates", Case: posts(n), Name: "check, to that of a tenth of the posts",
				Value: m.CheckMean / before, Unit: Ratio}.atMost(2))
		}
		before = m.CheckMean
	}
	return all, nil
}

// duplicateFigures holds the figures of one size against the published recipe's bars.
func duplicateFigures(m crowd.Figures, machine crowd.Machine) (all []Figure) {
	atMost := map[string]float64{"check-mean": 50, "check-p99": 200, "add-mean": 20, "longest-stall": 50, "long-post": 5, "memory": 180}
	found := 0.99
	if m.N < 1_000_000 {
		delete(atMost, "memory") // the first texts pay for what all share
	}
	if m.N > 1_000_000 {
		delete(atMost, "check-mean") // here the ratio to a tenth counts
		found = 0.98
	}
	for _, one := range m.Metrics() {
		f := Figure{Bench: "duplicates", Case: posts(m.N), Name: one.Name, Value: one.Value, Unit: one.Unit}
		if bar, ok := atMost[one.Name]; ok {
			f = f.atMost(bar)
		} else if one.Name == "found" {
			f = f.atLeast(found)
		}
		all = append(all, f)
	}
	return append(all, Figure{Bench: "duplicates", Case: posts(m.N), Name: "check-mean in far reads", Value: m.CheckMean * 1e3 / machine.Read, Unit: Ratio})
}

func posts(n int) string {
	if e := math.Log10(float64(n)); e == math.Trunc(e) {
		return fmt.Sprintf("10^%g posts", e)
	}
	return fmt.Sprintf("%d posts", n)
}
