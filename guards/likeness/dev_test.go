package likeness

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

func readLabelled(t *testing.T) []Pair {
	t.Helper()
	const file = "../../../shared/data/duplicates-dev.jsonl"
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no measuring data here: " + file)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []Pair
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		var r Pair
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if s.Err() != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", file, len(rows), s.Err())
	}
	return rows
}

// both measures a way of judging at its two levels.
type both struct{ hold, deny Measure }

func measuredBoth(rows []Pair, declared bool, score func(Pair) float64) both {
	scores := make(map[string]float64, len(rows))
	for _, r := range rows {
		scores[r.ID] = score(r)
	}
	again := func(r Pair) float64 { return scores[r.ID] }
	return both{Measured(rows, declared, Hold, again), Measured(rows, declared, Deny, again)}
}

func (m both) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "precision %.4f recall %.4f F1 %.4f mean false alarms %.4f, at the deny level precision %.4f recall %.4f\n",
		m.hold.Precision, m.hold.Recall, m.hold.F1, m.hold.Alarms, m.deny.Precision, m.deny.Recall)
	for _, k := range m.hold.Kinds {
		what := "false alarms"
		if k.Dup {
			what = "recall"
		}
		fmt.Fprintf(&b, "  %-20s n %4d  %-12s %.3f\n", k.Name, k.N, what, k.Rate())
	}
	return b.String()
}

func (m both) rate(kind string) float64 {
	i := slices.IndexFunc(m.hold.Kinds, func(k Kind) bool { return k.Name == kind })
	return m.hold.Kinds[i].Rate()
}

// ofPair compares the two posts of a pair.
func ofPair(declared bool) func(Pair) float64 {
	return func(p Pair) float64 {
		a, b := p.Sketches(declared)
		return Score(a, b).Score
	}
}

// The bars are those of the published recipe.
func TestMeasuredOnLabelledPairs(t *testing.T) {
	rows := readLabelled(t)
	plain := measuredBoth(rows, false, ofPair(false))
	t.Logf("texts alone: %v", plain)
	atLeast(t, "precision", plain.hold.Precision, 0.985)
	atLeast(t, "recall", plain.hold.Recall, 0.97)
	atLeast(t, "F1", plain.hold.F1, 0.978)
	atLeast(t, "precision at the deny level", plain.deny.Precision, 0.993)
	atLeast(t, "recall at the deny level", plain.deny.Recall, 0.92)
	atMost(t, "mean false alarms", plain.hold.Alarms, 0.06)
	for kind, bar := range map[string]float64{"case": 0.98, "emoji": 0.98, "exact": 1, "hashtag": 0.98, "homoglyph": 0.98, "mention_swap": 0.98,
		"punct": 0.98, "short_format": 0.98, "url_swap": 0.98, "whitespace": 0.98, "zero_width": 0.98, "long_tweak": 0.98,
		"cjk_tweak": 0.96, "number_prose": 0.96, "prefix_suffix": 0.96, "swap2_3": 0.96, "synonym1": 0.96, "natural_dup": 0.80} {
		atLeast(t, kind, plain.rate(kind), bar)
	}
	for kind, bar := range map[string]float64{"random": 0.01, "same_topic": 0.01, "tmpl_seen": 0.01, "natural_neg": 0.10, "bot_real": 0.065} {
		atMost(t, kind, plain.rate(kind), bar)
	}

	declared := measuredBoth(rows, true, ofPair(true))
	t.Logf("with declared facts: %v", declared)
	atLeast(t, "precision with facts", declared.hold.Precision, 0.99)
	atLeast(t, "F1 with facts", declared.hold.F1, 0.982)
	atMost(t, "mean false alarms with facts", declared.hold.Alarms, 0.02)
	for _, kind := range []string{"tmpl_seen", "tmpl_oneslot_short", "tmpl_oneslot_long"} {
		atMost(t, kind+" with facts", declared.rate(kind), 0)
	}
}

// A running index must find what comparing with everything would find.
func TestMeasuredInARunningIndex(t *testing.T) {
	rows := readLabelled(t)
	x := NewIndex(0)
	own := map[uint64]string{}
	for i, r := range rows {
		mustAdd(t, x, uint64(i), NewDeclared(r.A, r.Tmpl, r.FactsA))
		own[uint64(i)] = r.A
	}
	byPair, byIndex := 0.0, 0.0
	m := measuredBoth(rows, true, func(r Pair) float64 {
		a, s := r.Sketches(true)
		best := x.Likest(s, 1, nil)
		if len(best) == 0 {
			best = []Match{{}}
		}
		if r.Label == "dup" && Score(a, s).Score >= Hold {
			byPair++
			if best[0].Score >= Hold {
				byIndex++
			}
		}
		// Some pairs hold the other side of another pair: no false alarm.
		if r.Label != "dup" && own[best[0].ID] != r.A {
			return 0
		}
		return best[0].Score
	})
	t.Logf("running index: %v", m)
	atLeast(t, "found of what pairs find", byIndex/byPair, 0.99)
	atLeast(t, "precision", m.hold.Precision, 0.99)
	atLeast(t, "recall", m.hold.Recall, 0.97)
	atMost(t, "bot_real", m.rate("bot_real"), 0.03)
}

func atLeast(t *testing.T, what string, got, bar float64) {
	t.Helper()
	if !(got >= bar) {
		t.Errorf("%s: %.4f, the bar is at least %.4f", what, got, bar)
	}
}

func atMost(t *testing.T, what string, got, bar float64) {
	t.Helper()
	if !(got <= bar) {
		t.Errorf("%s: %.4f, the bar is at most %.4f", what, got, bar)
	}
}
