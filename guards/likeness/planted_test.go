package likeness

import (
	"bufio"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"heed/guards/likeness/crowd"
)

// recall tells what share of planted copies the index finds of those that Score calls copies.
func recall(x *Index, stored []string) (share float64, byKind string) {
	return crowd.Found(stored,
		func(post, copied string) bool { return Score(New(post), New(copied)).Score >= Hold },
		func(copied string) bool {
			m := x.Likest(New(copied), 1, nil)
			return len(m) > 0 && m[0].Score >= Hold
		})
}

func TestTheIndexFindsWhatComparingWithAllFinds(t *testing.T) {
	const n = 30_000
	text := crowd.Posts()
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
