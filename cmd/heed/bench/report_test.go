package bench

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestAReportIsKeptAndCompared(t *testing.T) {
	slow := Report{Bench: "road", Command: "heed bench road", Heed: "v1", Machine: "here", Figures: []Figure{
		{Bench: "road", Case: "1 bot", Name: "intents", Value: 100, Unit: "intents/s"},
		Figure{Bench: "road", Case: "1 bot", Name: "road/bare", Value: 0.25, Unit: Ratio}.atLeast(0.5)}}
	quick := slow
	quick.Heed, quick.Figures = "v2", []Figure{
		{Bench: "road", Case: "1 bot", Name: "intents", Value: 1234.5, Unit: "intents/s"},
		Figure{Bench: "road", Case: "1 bot", Name: "road/bare", Value: 0.5, Unit: Ratio}.atLeast(0.5)}
	stops := Report{Bench: "optout", Figures: []Figure{Figure{Bench: "optout", Case: "all", Name: "p99", Value: 61, Unit: "ms"}.atMost(50)}}
	dir := filepath.Join(t.TempDir(), "runs", "bench")
	for _, r := range []Report{slow, stops, quick} { // a later one takes the place of an earlier
		if err := r.Keep(dir); err != nil {
			t.Fatal(err)
		}
	}
	back, err := ReadReports(dir)
	if err != nil || len(back) != 2 || !reflect.DeepEqual(back["road"], quick) {
		t.Fatalf("came back as %+v, %v", back, err)
	}
	if none, err := ReadReports(dir + ".none"); err != nil || len(none) != 0 {
		t.Errorf("a folder that is missing: %v, %v", none, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadReports(dir); err == nil || !strings.Contains(err.Error(), "bad.json") {
		t.Errorf("a damaged report: %v", err)
	}
	got := Compare(map[string]Report{"road": slow}, back)
	for _, want := range []string{
		"| 1 bot | road/bare | 0.25 | 0.50 ratio | >= 0.5 | met |\n| 1 bot | intents | 100 | 1234 intents/s |  |  |\n",
		"| all | p99 |  | 61.0 ms | <= 50 | **missed** |\n", "### optout: ", "Before: heed v1 on ", "Now: heed v2 on ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it lacks %q:\n%s", want, got)
		}
	}
}
