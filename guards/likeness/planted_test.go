package likeness

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Edits are ways in which a post comes again. What they make of a text is a copy by
// the judgement of Score, or is left out: an index is measured against comparing with
// every text, not against a person.
var edits = []struct {
	kind string
	do   func(words []string, rng *rand.Rand) []string
}{
	{"prefix", func(w []string, _ *rand.Rand) []string { return append([]string{"breaking", "news:"}, w...) }},
	{"suffix", func(w []string, _ *rand.Rand) []string { return append(w, "via", "newsdesk", "https://t.co/x") }},
	{"hashtags", func(w []string, _ *rand.Rand) []string { return append(w, "#follow", "#win", "#now") }},
	{"one word replaced", replaced(1)},
	{"two words replaced", replaced(2)},
	{"three words replaced", replaced(3)},
	{"a quarter replaced", func(w []string, rng *rand.Rand) []string { return replaced(len(w)/4)(w, rng) }},
	{"a word left out", func(w []string, rng *rand.Rand) []string {
		i := rng.IntN(len(w))
		return append(w[:i], w[i+1:]...)
	}},
	{"a third left out", func(w []string, _ *rand.Rand) []string { return w[:len(w)-len(w)/3] }},
	{"two words typed wrong", func(w []string, rng *rand.Rand) []string {
		for range 2 {
			i := rng.IntN(len(w))
			if b := []byte(w[i]); len(b) > 3 {
				b[1], b[2] = b[2], b[1]
				w[i] = string(b)
			}
		}
		return w
	}},
	{"parts swapped", func(w []string, rng *rand.Rand) []string {
		cut := 1 + rng.IntN(len(w)-1)
		return append(append([]string{}, w[cut:]...), w[:cut]...)
	}},
	{"a number put in", func(w []string, rng *rand.Rand) []string {
		i := rng.IntN(len(w))
		return append(append(append([]string{}, w[:i]...), strconv.Itoa(rng.IntN(5000))), w[i:]...)
	}},
	{"a sentence more", func(w []string, _ *rand.Rand) []string {
		return append(w, "I", "really", "could", "not", "believe", "it", "when", "my", "neighbour", "told", "me")
	}},
	{"words split and joined", func(w []string, rng *rand.Rand) []string {
		i := rng.IntN(len(w) - 1)
		return append(append(append([]string{}, w[:i]...), w[i]+w[i+1]), w[i+2:]...)
	}},
}

func replaced(n int) func([]string, *rand.Rand) []string {
	return func(w []string, rng *rand.Rand) []string {
		for range n {
			w[rng.IntN(len(w))] = "changed" + strconv.Itoa(rng.IntN(1000))
		}
		return w
	}
}

// recall plants edited copies of stored posts and tells what share of those that
// Score calls copies the index finds, in all and by kind.
func recall(x *Index, stored []string) (share float64, byKind string) {
	rng := rand.New(rand.NewPCG(11, 12))
	var all, found int
	var told strings.Builder
	for _, e := range edits {
		of, hit := 0, 0
		for _, post := range stored {
			words := strings.Fields(post)
			if len(words) < 5 {
				continue
			}
			copied := New(strings.Join(e.do(words, rng), " "))
			if Score(New(post), copied).Score < Hold {
				continue
			}
			of++
			if m := x.Likest(copied, 1, nil); len(m) > 0 && m[0].Score >= Hold {
				hit++
			}
		}
		all, found = all+of, found+hit
		fmt.Fprintf(&told, "  %-24s n %4d  found %.4f\n", e.kind, of, float64(hit)/float64(max(of, 1)))
	}
	return float64(found) / float64(max(all, 1)), told.String()
}

func TestTheIndexFindsWhatComparingWithAllFinds(t *testing.T) {
	const n = 30_000
	text := crowd()
	x := NewIndex(0)
	var stored []string
	for i := range n {
		s := text(i)
		if i%97 == 0 && i%7 != 0 { // of all ages, and no template
			stored = append(stored, s)
		}
		mustAdd(t, x, uint64(i), New(s))
	}
	share, byKind := recall(x, stored)
	t.Logf("found %.4f of what comparing with all finds\n%s", share, byKind)
	atLeast(t, "found of what comparing with all finds", share, 0.99)
}

// commonCrowd makes posts of real words in their real frequency, with a rare word
// now and then, where the counts are at hand.
func commonCrowd(b testing.TB) func(i int) string {
	f, err := os.Open("../../../shared/data/word-frequencies.tsv")
	if err != nil {
		b.Skip("no counts of words here: ", err)
	}
	defer f.Close()
	var words []string
	var sums []int
	sum := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		word, count, _ := strings.Cut(s.Text(), "\t")
		if n, err := strconv.Atoi(count); err == nil {
			sum += n
			words, sums = append(words, word), append(sums, sum)
		}
	}
	rng := rand.New(rand.NewPCG(9, 10))
	return func(i int) string {
		var out []string
		for range 8 + rng.IntN(12) {
			if rng.IntN(6) == 0 {
				out = append(out, "name"+strconv.FormatInt(int64(rng.IntN(300_000)), 36))
				continue
			}
			at, low, high := rng.IntN(sum), 0, len(sums)
			for low < high {
				if half := (low + high) / 2; sums[half] <= at {
					low = half + 1
				} else {
					high = half
				}
			}
			out = append(out, words[low])
		}
		return strings.Join(out, " ")
	}
}
