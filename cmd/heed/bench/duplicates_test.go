package bench

import (
	"context"
	"errors"
	"strings"
	"testing"

	"heed/guards/likeness/crowd"
)

func TestDuplicatesTellsItsFigures(t *testing.T) {
	o := Options{Scale: 0.001}
	got, err := duplicates(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]Figure{}
	for _, f := range got {
		if f.Bench != "duplicates" || f.Value < 0 {
			t.Errorf("%+v", f)
		}
		told[f.Case+": "+f.Name] = f
	}
	for _, c := range []string{"500 posts: ", "10^3 posts: "} {
		if f := told[c+"found"]; f.Value < 0.98 || f.Target != ">= 0.99" {
			t.Errorf("%sfound: %+v", c, f)
		}
		if f := told[c+"check-mean"]; f.Value == 0 || f.Target != "<= 50" || f.Met == nil {
			t.Errorf("%scheck-mean: %+v", c, f)
		}
	}
	if f := told["10^3 posts: check, to that of a tenth of the posts"]; f.Value == 0 || f.Target != "<= 2" {
		t.Errorf("growth: %+v", f)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := duplicates(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("told to stop: %v", err)
	}
}

func TestDuplicatesHoldsEachSizeAgainstItsBars(t *testing.T) {
	target := func(n int) string {
		var out []string
		for _, f := range duplicateFigures(crowd.Figures{N: n}, crowd.Machine{Read: 1}) {
			if f.Target != "" {
				out = append(out, f.Name+" "+f.Target)
			}
		}
		return strings.Join(out, ", ")
	}
	for n, want := range map[int]string{
		100_000:    "check-mean <= 50, check-p99 <= 200, add-mean <= 20, longest-stall <= 50, long-post <= 5, found >= 0.99",
		1_000_000:  "check-mean <= 50, check-p99 <= 200, add-mean <= 20, longest-stall <= 50, memory <= 180, long-post <= 5, found >= 0.99",
		10_000_000: "check-p99 <= 200, add-mean <= 20, longest-stall <= 50, memory <= 180, long-post <= 5, found >= 0.98",
	} {
		if got := target(n); got != want {
			t.Errorf("%d posts: %s\nwant %s", n, got, want)
		}
	}
}
