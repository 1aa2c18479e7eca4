package likeness

import (
	"cmp"
	"slices"
)

// Pair is two posts of which a person has said whether they are the same message.
type Pair struct {
	ID     string            `json:"id"`
	A      string            `json:"a"`
	B      string            `json:"b"`
	Label  string            `json:"label"` // "dup" or "distinct"
	Kind   string            `json:"kind"`  // how b came from a; all pairs of a kind have one label
	Lang   string            `json:"lang,omitempty"`
	Tmpl   string            `json:"tmpl,omitempty"`
	FactsA map[string]string `json:"facts_a,omitempty"`
	FactsB map[string]string `json:"facts_b,omitempty"`
}

// Sketches makes the pair ready for comparing, with or without what was declared.
func (p Pair) Sketches(declared bool) (a, b Sketch) {
	if !declared {
		return New(p.A), New(p.B)
	}
	return NewDeclared(p.A, p.Tmpl, p.FactsA), NewDeclared(p.B, p.Tmpl, p.FactsB)
}

// Measure is how well a way of judging does over labelled pairs.
type Measure struct {
	Precision float64 `json:"precision"` // share of the right ones among those called the same
	Recall    float64 `json:"recall"`    // share of the same ones that were called so
	F1        float64 `json:"f1"`
	Alarms    float64 `json:"false_alarms"` // mean over the distinct kinds of the shares called the same
	Kinds     []Kind  `json:"kinds"`        // duplicates first, by name
}

// Kind is how the pairs of one kind fared.
type Kind struct {
	Name  string `json:"kind"`
	Dup   bool   `json:"dup"`
	N     int    `json:"n"`
	Hits  int    `json:"hits"`            // called the same
	Apart bool   `json:"apart,omitempty"` // not in the totals
}

// Rate is the recall of a kind of duplicates, and the share of false alarms of any other.
func (k Kind) Rate() float64 { return float64(k.Hits) / float64(k.N) }

// Measured judges every pair by a score; from level on two posts are called the same.
// Paraphrases with hardly a shared word (kind semantic) are told, but are never in the
// totals. Nor, unless facts are declared, are single facts in a long fixed text (kind
// tmpl_oneslot_long), which the text alone cannot tell from a number changed in prose.
func Measured(pairs []Pair, declared bool, level float64, score func(Pair) float64) Measure {
	kinds := map[string]*Kind{}
	var found, missed, wrong float64
	for _, p := range pairs {
		k := kinds[p.Kind]
		if k == nil {
			apart := p.Kind == "semantic" || p.Kind == "tmpl_oneslot_long" && !declared
			k = &Kind{Name: p.Kind, Dup: p.Label == "dup", Apart: apart}
			kinds[p.Kind] = k
		}
		hit := score(p) >= level
		k.N++
		if hit {
			k.Hits++
		}
		switch {
		case k.Apart:
		case k.Dup && hit:
			found++
		case k.Dup:
			missed++
		case hit:
			wrong++
		}
	}
	m := Measure{Precision: share(found, wrong), Recall: share(found, missed)}
	m.F1 = 2 * m.Precision * m.Recall / max(m.Precision+m.Recall, 1e-12)
	distinct := 0.0
	for _, k := range kinds {
		m.Kinds = append(m.Kinds, *k)
		if !k.Dup && !k.Apart {
			distinct++
		}
	}
	slices.SortFunc(m.Kinds, func(a, b Kind) int {
		if a.Dup != b.Dup {
			return map[bool]int{true: -1, false: 1}[a.Dup]
		}
		return cmp.Compare(a.Name, b.Name)
	})
	for _, k := range m.Kinds { // in their order, so that the sum is the same each time
		if !k.Dup && !k.Apart {
			m.Alarms += k.Rate() / distinct
		}
	}
	return m
}

// share is part of part and rest; 1 of nothing, since nothing is wrong with it.
func share(part, rest float64) float64 {
	if part+rest == 0 {
		return 1
	}
	return part / (part + rest)
}
