package likeness

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// The project's own pairs, all invented, hold the promise where the larger set is not at hand.
func TestOwnLabelledPairs(t *testing.T) {
	f, err := os.Open("testdata/pairs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var pairs []Pair
	languages := map[string]bool{}
	for s := bufio.NewScanner(f); s.Scan(); {
		var p Pair
		if err := json.Unmarshal(s.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, p)
		languages[p.Lang] = true
	}
	if len(pairs) < 60 || len(languages) < 8 {
		t.Fatalf("%d pairs in %d languages", len(pairs), len(languages))
	}
	texts, declared := measuredBoth(pairs, false, ofPair(false)), measuredBoth(pairs, true, ofPair(true))
	t.Logf("texts alone: %v", texts)
	atLeast(t, "precision", texts.hold.Precision, 0.97)
	atLeast(t, "recall", texts.hold.Recall, 0.97)
	atLeast(t, "precision with facts", declared.hold.Precision, 0.99)
	atLeast(t, "precision at the deny level", texts.deny.Precision, 1)
	atLeast(t, "recall at the deny level", texts.deny.Recall, 0.9)
	for _, k := range declared.hold.Kinds {
		if k.Name == "tmpl_oneslot_long" && (k.Apart || k.Hits > 0) {
			t.Errorf("with declared facts %+v", k)
		}
	}
}

func TestMeasuredCounts(t *testing.T) {
	// The score of each pair stands in its id.
	at := map[string]float64{"0": 0, "5": 0.5, "9": 0.9, "1": 1}
	pairs := []Pair{
		{ID: "1", Label: "dup", Kind: "a"}, {ID: "5", Label: "dup", Kind: "a"}, {ID: "0", Label: "dup", Kind: "a"}, {ID: "9", Label: "dup", Kind: "b"},
		{ID: "9", Label: "distinct", Kind: "c"}, {ID: "0", Label: "distinct", Kind: "c"}, {ID: "0", Label: "distinct", Kind: "d"},
		{ID: "0", Label: "dup", Kind: "semantic"}, {ID: "1", Label: "distinct", Kind: "tmpl_oneslot_long"},
	}
	score := func(p Pair) float64 { return at[p.ID] }
	for _, c := range []struct {
		says      string
		declared  bool
		level     float64
		p, r, off float64
	}{
		{"at the hold level", false, Hold, 3.0 / 4, 3.0 / 4, 0.25},
		{"at the deny level one is missed", false, Deny, 2.0 / 3, 2.0 / 4, 0.25},
		{"declared, the long frame counts", true, Hold, 3.0 / 5, 3.0 / 4, 0.5},
		{"nothing is called the same", false, 2, 1, 0, 0},
	} {
		m := Measured(pairs, c.declared, c.level, score)
		f1 := 0.0
		if c.r > 0 {
			f1 = 2 * c.p * c.r / (c.p + c.r)
		}
		if !close(m.Precision, c.p) || !close(m.Recall, c.r) || !close(m.Alarms, c.off) || !close(m.F1, f1) {
			t.Errorf("%s: %+v", c.says, m)
		}
		if m.Kinds[0].Name != "a" || !m.Kinds[0].Dup || m.Kinds[0].N != 3 || m.Kinds[len(m.Kinds)-1].Dup {
			t.Errorf("%s: kinds %+v", c.says, m.Kinds)
		}
	}
}

func close(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }
