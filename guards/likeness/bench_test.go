package likeness

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// crowd makes posts of about 80 bytes: one in seven from a family of three,
// the others random words of a vocabulary in which few words are common.
func crowd() func(i int) string {
	rng := rand.New(rand.NewPCG(7, 8))
	words := make([]string, 40_000)
	for i := range words {
		b := make([]byte, 3+rng.IntN(7))
		for j := range b {
			b[j] = 'a' + byte(rng.IntN(26))
		}
		words[i] = string(b)
	}
	zipf := rand.NewZipf(rng, 1.05, 8, uint64(len(words)-1))
	return func(i int) string {
		if i%7 == 0 {
			return fmt.Sprintf("Station %d: %d.%d metres, wind %d knots, pressure %d. Safe journey! #harbour%d", rng.IntN(900), rng.IntN(9), rng.IntN(99), rng.IntN(60), 970+rng.IntN(60), i%3)
		}
		b := make([]byte, 0, 100)
		for len(b) < 50+rng.IntN(50) {
			b = append(append(b, words[zipf.Uint64()]...), ' ')
		}
		return string(b)
	}
}

func filled(b *testing.B, n int, text func(int) string) (*Index, []string) {
	x := NewIndex(0)
	var kept []string
	for i := range n {
		s := text(i)
		if i%(n/1000) == 1 && i%7 != 0 { // of all ages, and of no family
			kept = append(kept, s)
		}
		mustAdd(b, x, uint64(i), New(s))
	}
	return x, kept
}

// benchmarkCheck fills an index with n texts and measures what a guard asks of it. The
// share of planted copies that it finds is told as "found".
func benchmarkCheck(b *testing.B, n int, text func(int) string) {
	x, kept := filled(b, n, text)
	found, byKind := recall(x, kept)
	b.Logf("%d texts, found %.4f of what comparing with all finds\n%s", n, found, byKind)
	for _, c := range []struct {
		name string
		text func(i int) string
	}{
		{"fresh", text},
		{"copy", func(i int) string { return kept[i%len(kept)] + " again https://t.co/x" }},
	} {
		b.Run(c.name, func(b *testing.B) {
			sketches := make([]Sketch, 4096)
			for i := range sketches {
				sketches[i] = New(c.text(i))
			}
			var took []time.Duration
			i := 0
			for b.Loop() {
				begin := time.Now()
				x.Likest(sketches[i%len(sketches)], 3, nil)
				took = append(took, time.Since(begin))
				i++
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
			b.ReportMetric(float64(x.Bytes())/float64(x.Len()), "bytes/text")
			b.ReportMetric(found, "found")
		})
	}
	b.Run("add", func(b *testing.B) {
		sketches := make([]Sketch, 1<<15) // enough that hardly one is a copy
		for i := range sketches {
			sketches[i] = New(text(i))
		}
		i, worst := 0, time.Duration(0)
		for b.Loop() {
			begin := time.Now()
			mustAdd(b, x, uint64(n+i), sketches[i%len(sketches)])
			worst = max(worst, time.Since(begin))
			i++
		}
		b.ReportMetric(float64(worst.Nanoseconds()), "worst-ns")
	})
}

// The index at three sizes: a million takes half a minute to fill, ten million six and 3 GB.
func BenchmarkHundredThousand(b *testing.B) { benchmarkCheck(b, 100_000, crowd()) }
func BenchmarkMillion(b *testing.B)         { benchmarkCheck(b, 1_000_000, crowd()) }
func BenchmarkTenMillion(b *testing.B)      { benchmarkCheck(b, 10_000_000, crowd()) }

// The same with real words.
func BenchmarkCommonHundredThousand(b *testing.B) { benchmarkCheck(b, 100_000, commonCrowd(b)) }
func BenchmarkCommonMillion(b *testing.B)         { benchmarkCheck(b, 1_000_000, commonCrowd(b)) }

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
