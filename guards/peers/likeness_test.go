package peers

import (
	"bufio"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io/fs"
	"math/bits"
	"os"
	"strings"
	"testing"

	minhashlsh "github.com/ekzhu/minhash-lsh"

	"heed/guards/likeness"
	"heed/guards/likeness/crowd"
)

// grams are the runs of four characters of a text in lower case, the usual features of
// short texts. None of a text makes one of all there is.
func grams(text string, each func(gram []byte)) {
	runes := []rune(strings.ToLower(text))
	for i := 0; i == 0 || i+4 <= len(runes); i++ {
		each([]byte(string(runes[i:min(i+4, len(runes))])))
	}
}

// simhash is the usual index of 64-bit fingerprints: four tables by 16 bits each find all
// within three bits of each other. No library of it was to be had, so it is written here.
type simhash struct {
	prints []uint64
	tables [4][1 << 16][]uint32
}

func fingerprint(text string) (print uint64) {
	var sums [64]int
	grams(text, func(g []byte) {
		h := fnv.New64a()
		h.Write(g)
		for bit, sum := 0, h.Sum64(); bit < 64; bit++ {
			sums[bit] += int(sum>>bit&1)*2 - 1
		}
	})
	for bit, sum := range sums {
		if sum > 0 {
			print |= 1 << bit
		}
	}
	return print
}

func (x *simhash) add(_ uint64, print uint64) error {
	for i := range x.tables {
		t := &x.tables[i][uint16(print>>(16*i))]
		*t = append(*t, uint32(len(x.prints)))
	}
	x.prints = append(x.prints, print)
	return nil
}

func near(a, b uint64) bool { return bits.OnesCount64(a^b) <= 3 }

// check goes on to the end, as one that wants the nearest has to.
func (x *simhash) check(print uint64) (found bool) {
	for i := range x.tables {
		for _, n := range x.tables[i][uint16(print>>(16*i))] {
			found = near(x.prints[n], print) || found
		}
	}
	return found
}

const (
	hashes = 128
	alike  = 0.5 // Jaccard coefficient from which texts are called the same
)

func signature(text string) []uint64 {
	m := minhashlsh.NewMinhash(1, hashes)
	grams(text, m.Push)
	return m.Signature()
}

func jaccard(a, b []uint64) float64 {
	n := 0
	for i := range a {
		if a[i] == b[i] {
			n++
		}
	}
	return float64(n) / float64(len(a))
}

func sameToHeed(a, b string) bool {
	return likeness.Score(likeness.New(a), likeness.New(b)).Score >= likeness.Hold
}

// peersOfLikeness are measured one after the other, with the same posts. What they find is
// told of the copies that heed's full comparison calls copies.
var peersOfLikeness = []struct {
	name string
	run  func(n int) (crowd.Figures, error)
}{
	{"heed", func(n int) (crowd.Figures, error) {
		x := likeness.NewIndex(0)
		return crowd.Measure(n, crowd.Posts(), crowd.Index[likeness.Sketch]{Sketch: likeness.New, Add: x.Add, Same: sameToHeed,
			Check: func(s likeness.Sketch) bool {
				m := x.Likest(s, 3, nil)
				return len(m) > 0 && m[0].Score >= likeness.Hold
			},
		}, never)
	}},
	{"simhash", func(n int) (crowd.Figures, error) {
		x := new(simhash)
		return crowd.Measure(n, crowd.Posts(), crowd.Index[uint64]{Sketch: fingerprint, Add: x.add, Check: x.check, Same: sameToHeed}, never)
	}},
	// What Query gives is not verified: it keeps no signature to verify it with.
	{"minhash-lsh", func(n int) (crowd.Figures, error) {
		x := minhashlsh.NewMinhashLSH32(hashes, alike)
		return crowd.Measure(n, crowd.Posts(), crowd.Index[[]uint64]{Sketch: signature, Same: sameToHeed, Ready: x.Index,
			Add:   func(id uint64, s []uint64) error { x.Add(uint32(id), s); return nil },
			Check: func(s []uint64) bool { return len(x.Query(s)) > 0 },
		}, never)
	}},
}

func never() error { return nil }

func benchmarkLikeness(b *testing.B, n int) {
	var heed crowd.Figures
	for _, p := range peersOfLikeness {
		b.Run(p.name, func(b *testing.B) {
			var f crowd.Figures
			for b.Loop() {
				var err error
				if f, err = p.run(n); err != nil {
					b.Fatal(err)
				}
			}
			for _, m := range f.Metrics() {
				b.ReportMetric(m.Value, strings.TrimSuffix(m.Name+"-"+m.Unit, "-"))
			}
			b.ReportMetric(f.Ready, "ready-ms")
			if p.name == "heed" {
				heed = f
			} else if heed.N > 0 {
				b.ReportMetric(f.CheckMean/heed.CheckMean, "check-to-heed")
				b.ReportMetric(f.AddMean/heed.AddMean, "add-to-heed")
				b.ReportMetric(f.Sketch/heed.Sketch, "sketch-to-heed")
				b.ReportMetric(f.Bytes/heed.Bytes, "memory-to-heed")
			}
		})
	}
}

// Run with -benchtime 1x: one round tells all, and takes a minute or two here.
func BenchmarkLikenessHundredThousand(b *testing.B) { benchmarkLikeness(b, 100_000) }

// A million posts take some minutes, most of them for minhash-lsh, and 3 GB.
func BenchmarkLikenessMillion(b *testing.B) { benchmarkLikeness(b, 1_000_000) }

// BenchmarkLikenessQuality tells how well each way judges labelled pairs: texts as they
// are, and folded by heed first.
func BenchmarkLikenessQuality(b *testing.B) {
	for _, file := range []string{"../likeness/testdata/pairs.jsonl", "../../../shared/data/duplicates-dev.jsonl"} {
		pairs := labelled(b, file)
		if len(pairs) == 0 {
			continue
		}
		plain := func(s string) string { return s }
		for _, way := range []struct {
			name string
			same func(a, b string) bool
			fold func(string) string
		}{
			{"heed", sameToHeed, plain},
			{"simhash", func(a, b string) bool { return near(fingerprint(a), fingerprint(b)) }, plain},
			{"simhash-folded", func(a, b string) bool { return near(fingerprint(a), fingerprint(b)) }, likeness.Fold},
			{"minhash", func(a, b string) bool { return jaccard(signature(a), signature(b)) >= alike }, plain},
			{"minhash-folded", func(a, b string) bool { return jaccard(signature(a), signature(b)) >= alike }, likeness.Fold},
		} {
			b.Run(file[strings.LastIndexByte(file, '/')+1:]+"/"+way.name, func(b *testing.B) {
				var m likeness.Measure
				for b.Loop() {
					m = likeness.Measured(pairs, false, 1, func(p likeness.Pair) float64 {
						if way.same(way.fold(p.A), way.fold(p.B)) {
							return 1
						}
						return 0
					})
				}
				b.ReportMetric(m.Precision, "precision")
				b.ReportMetric(m.Recall, "recall")
				b.ReportMetric(m.F1, "F1")
				b.ReportMetric(m.Alarms, "false-alarms")
			})
		}
	}
}

// labelled reads pairs; none where the file is not here.
func labelled(b *testing.B, file string) (pairs []likeness.Pair) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		b.Logf("%s is not here", file)
		return nil
	}
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		var p likeness.Pair
		if err := json.Unmarshal(s.Bytes(), &p); err != nil {
			b.Fatal(err)
		}
		pairs = append(pairs, p)
	}
	if s.Err() != nil || len(pairs) == 0 {
		b.Fatalf("%s: %d pairs, %v", file, len(pairs), s.Err())
	}
	return pairs
}
