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

// labelled is one pair of the shared measuring data. Its texts stay there.
type labelled struct {
	A, B, Label, Kind, Tmpl string
	FactsA                  facts `json:"facts_a"`
	FactsB                  facts `json:"facts_b"`
}

func readLabelled(t *testing.T) []labelled {
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
	var rows []labelled
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		var r labelled
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

// measure is what a way of judging reaches over the labelled pairs.
type measure struct {
	hit, n              map[string]int
	dup                 map[string]bool
	precision, recall   float64
	f1, alarms          float64
	denyPrecision, deny float64
}

// measured judges every pair. Paraphrases with hardly a shared word are never
// in the totals; a single fact in a long fixed text only where facts are
// declared, since text alone cannot tell it from a number changed in prose.
func measured(rows []labelled, declared bool, score func(r labelled) float64) measure {
	m := measure{hit: map[string]int{}, n: map[string]int{}, dup: map[string]bool{}}
	var found, missed, wrong, sure, unsure, sureWrong float64
	for _, r := range rows {
		s := score(r)
		m.n[r.Kind]++
		m.dup[r.Kind] = r.Label == "dup"
		if s >= Hold {
			m.hit[r.Kind]++
		}
		if apart(r.Kind, declared) {
			continue
		}
		switch {
		case r.Label == "dup":
			count2(s >= Hold, &found, &missed)
			count2(s >= Deny, &sure, &unsure)
		default:
			count2(s >= Hold, &wrong, new(float64))
			count2(s >= Deny, &sureWrong, new(float64))
		}
	}
	kinds := 0.0
	for k, n := range m.n {
		if !m.dup[k] && !apart(k, declared) {
			m.alarms += float64(m.hit[k]) / float64(n)
			kinds++
		}
	}
	m.alarms /= kinds
	m.precision, m.recall = found/(found+wrong), found/(found+missed)
	m.f1 = 2 * m.precision * m.recall / (m.precision + m.recall)
	m.denyPrecision, m.deny = sure/(sure+sureWrong), sure/(sure+unsure)
	return m
}

func apart(kind string, declared bool) bool {
	return kind == "semantic" || kind == "tmpl_oneslot_long" && !declared
}

func count2(hit bool, yes, no *float64) {
	if hit {
		*yes++
	} else {
		*no++
	}
}

func (m measure) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "precision %.4f recall %.4f F1 %.4f mean false alarms %.4f, at the deny level precision %.4f recall %.4f\n",
		m.precision, m.recall, m.f1, m.alarms, m.denyPrecision, m.deny)
	kinds := make([]string, 0, len(m.n))
	for k := range m.n {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	for _, k := range kinds {
		what := "false alarms"
		if m.dup[k] {
			what = "recall"
		}
		fmt.Fprintf(&b, "  %-20s n %4d  %-12s %.3f\n", k, m.n[k], what, m.rate(k))
	}
	return b.String()
}

func (m measure) rate(kind string) float64 { return float64(m.hit[kind]) / float64(m.n[kind]) }

// The bars are those of the published recipe.
func TestMeasuredOnLabelledPairs(t *testing.T) {
	rows := readLabelled(t)
	plain := measured(rows, false, func(r labelled) float64 { return Score(New(r.A), New(r.B)).Score })
	t.Logf("texts alone: %v", plain)
	atLeast(t, "precision", plain.precision, 0.985)
	atLeast(t, "recall", plain.recall, 0.97)
	atLeast(t, "F1", plain.f1, 0.978)
	atLeast(t, "precision at the deny level", plain.denyPrecision, 0.993)
	atLeast(t, "recall at the deny level", plain.deny, 0.92)
	atMost(t, "mean false alarms", plain.alarms, 0.06)
	for kind, bar := range map[string]float64{"case": 0.98, "emoji": 0.98, "exact": 1, "hashtag": 0.98, "homoglyph": 0.98, "mention_swap": 0.98,
		"punct": 0.98, "short_format": 0.98, "url_swap": 0.98, "whitespace": 0.98, "zero_width": 0.98, "long_tweak": 0.98,
		"cjk_tweak": 0.96, "number_prose": 0.96, "prefix_suffix": 0.96, "swap2_3": 0.96, "synonym1": 0.96, "natural_dup": 0.80} {
		atLeast(t, kind, plain.rate(kind), bar)
	}
	for kind, bar := range map[string]float64{"random": 0.01, "same_topic": 0.01, "tmpl_seen": 0.01, "natural_neg": 0.10, "bot_real": 0.065} {
		atMost(t, kind, plain.rate(kind), bar)
	}

	declared := measured(rows, true, func(r labelled) float64 {
		return Score(NewDeclared(r.A, r.Tmpl, r.FactsA), NewDeclared(r.B, r.Tmpl, r.FactsB)).Score
	})
	t.Logf("with declared facts: %v", declared)
	atLeast(t, "precision with facts", declared.precision, 0.99)
	atLeast(t, "F1 with facts", declared.f1, 0.982)
	atMost(t, "mean false alarms with facts", declared.alarms, 0.02)
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
	m := measured(rows, true, func(r labelled) float64 {
		s := NewDeclared(r.B, r.Tmpl, r.FactsB)
		best := x.Likest(s, 1, nil)
		if len(best) == 0 {
			best = []Match{{}}
		}
		if r.Label == "dup" && Score(NewDeclared(r.A, r.Tmpl, r.FactsA), s).Score >= Hold {
			byPair++
			count2(best[0].Score >= Hold, &byIndex, new(float64))
		}
		// Some pairs hold the other side of another pair: no false alarm.
		if r.Label != "dup" && own[best[0].ID] != r.A {
			return 0
		}
		return best[0].Score
	})
	t.Logf("running index: %v", m)
	atLeast(t, "found of what pairs find", byIndex/byPair, 0.99)
	atLeast(t, "precision", m.precision, 0.99)
	atLeast(t, "recall", m.recall, 0.97)
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
