package likeness

import (
	"strings"
	"testing"

	"heed/guards/likeness/crowd"
)

// benchmarkIndex tells everything of an index of n posts in one run.
func benchmarkIndex(b *testing.B, n int, text func(int) string) {
	machine := crowd.MeasureMachine()
	for b.Loop() {
		x := NewIndex(0)
		f, err := crowd.Measure(n, text, crowd.Index[Sketch]{
			Sketch: New,
			Add:    x.Add,
			Check:  func(s Sketch) bool { m := x.Likest(s, 3, nil); return len(m) > 0 && m[0].Score >= Hold },
			Same:   func(a, b string) bool { return Score(New(a), New(b)).Score >= Hold },
		}, func() error { return nil })
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("%d posts, found %.4f of what comparing with all finds\n%s", n, f.Found, f.ByKind)
		for _, m := range f.Metrics() {
			b.ReportMetric(m.Value, strings.TrimSuffix(m.Name+"-"+m.Unit, "-"))
		}
	}
	b.ReportMetric(machine.Read, "machine-read-ns")
	b.ReportMetric(machine.Pause, "machine-pause-ms")
}

// The index at three sizes: a million takes half a minute, ten million five minutes and 3 GB.
func BenchmarkHundredThousand(b *testing.B) { benchmarkIndex(b, 100_000, crowd.Posts()) }
func BenchmarkMillion(b *testing.B)         { benchmarkIndex(b, 1_000_000, crowd.Posts()) }
func BenchmarkTenMillion(b *testing.B)      { benchmarkIndex(b, 10_000_000, crowd.Posts()) }

// The same with real words.
func BenchmarkCommonHundredThousand(b *testing.B) { benchmarkIndex(b, 100_000, commonCrowd(b)) }
func BenchmarkCommonMillion(b *testing.B)         { benchmarkIndex(b, 1_000_000, commonCrowd(b)) }

func BenchmarkNew(b *testing.B) {
	texts := []string{ferry, shelter, invest, familyPost(3)}
	i := 0
	for b.Loop() {
		New(texts[i%len(texts)])
		i++
	}
}

func BenchmarkScore(b *testing.B) {
	s, t := New(ferry), New("The night boat to Kirkwall leaves two hours late because of heavy winds over the firth")
	for b.Loop() {
		Score(s, t)
	}
}
