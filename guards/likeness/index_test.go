package likeness

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// post makes a plausible post of a small vocabulary, so that posts overlap.
func post(rng *rand.Rand) string {
	var b strings.Builder
	for range 6 + rng.IntN(14) {
		// Squaring makes some words common and most rare, as in real texts.
		n := rng.IntN(200)
		fmt.Fprintf(&b, "word%x ", n*n*rng.IntN(4)/3)
	}
	return b.String()
}

// familyPost is one post of a bot that fills one template again and again.
func familyPost(i int) string {
	return fmt.Sprintf("Harbour report number %d: the water at the old pier stands at %d centimetres and the wind blows at %d knots. Sail safely!", i, i*7%900, i*13%50)
}

func TestExactCopiesAreFoundInAnyCrowd(t *testing.T) {
	x := NewIndex(0)
	rng := rand.New(rand.NewPCG(1, 2))
	var texts []string
	for i := range 4000 {
		s := post(rng)
		switch i % 4 {
		case 0:
			s = familyPost(i)
		case 1:
			s = fmt.Sprintf("ok %d", i%7) // Very short, and repeated a hundredfold.
		}
		texts = append(texts, s)
		mustAdd(t, x, uint64(i), New(s))
	}
	for i, s := range texts {
		m := x.Likest(New(strings.ToUpper(s)+" https://t.co/x"), 1, nil)
		if len(m) != 1 || m[0].Score != 1 || New(texts[m[0].ID]).Exact() != New(s).Exact() {
			t.Fatalf("copy of %d (%q): %+v", i, s, m)
		}
	}
}

func TestExactCopiesAreFoundBehindSkippedOnes(t *testing.T) {
	x := NewIndex(0)
	for i := range 3000 {
		mustAdd(t, x, uint64(i), New("Good morning!"))
	}
	m := x.Likest(New("good morning"), 3, func(id uint64) bool { return id != 5 })
	if len(m) != 1 || m[0].ID != 5 || m[0].Rule != RuleExact {
		t.Fatalf("the one copy that is not skipped: %+v", m)
	}
	for i := range 3000 {
		if i != 7 {
			x.Remove(uint64(i))
		}
	}
	if m := x.Likest(New("good morning"), 3, nil); len(m) != 1 || m[0].ID != 7 {
		t.Fatalf("the one copy that remains: %+v", m)
	}
}

// The model: a plain map that is searched whole.
func TestTheIndexKeepsWhatItIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := NewIndex(0)
		held := map[uint64]string{}
		text := rapid.SampledFrom([]string{"", "a", "a b", "b a", "good morning", "good #morning", ferry, ferry + " #x", shelter, "@bob", "42", "今晚", familyPost(1), familyPost(2), strings.Repeat("long words ", 900)})
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			id := rapid.Uint64Range(0, 12).Draw(t, "id")
			if rapid.Bool().Draw(t, "remove") {
				_, had := held[id]
				if got := x.Remove(id); got != had {
					t.Fatalf("Remove(%d) = %v, want %v", id, got, had)
				}
				delete(held, id)
			} else {
				s := text.Draw(t, "text")
				if err := x.Add(id, New(s)); err != nil {
					t.Fatal(err)
				}
				held[id] = s
			}
			if x.Len() != len(held) {
				t.Fatalf("Len() = %d, want %d", x.Len(), len(held))
			}
		}
		for id, s := range held {
			if !x.Has(id) {
				t.Fatalf("%d is lost", id)
			}
			m := x.Likest(New(s), 1, func(other uint64) bool { return other != id })
			if len(m) != 1 || m[0].ID != id || m[0].Score != 1 {
				t.Fatalf("%d (%.20q) is not found: %+v", id, s, m)
			}
		}
		for id := range uint64(13) {
			if _, ok := held[id]; !ok {
				x.Remove(id)
			} else if !x.Remove(id) {
				t.Fatalf("Remove(%d) finds nothing", id)
			}
		}
		if x.Len() != 0 || x.table.n != 0 {
			t.Fatalf("emptied, the index holds %d texts and %d entries", x.Len(), x.table.n)
		}
	})
}

func TestTheSameAdditionsGiveTheSameAnswers(t *testing.T) {
	build := func() *Index {
		x := NewIndex(0)
		rng := rand.New(rand.NewPCG(3, 4))
		for i := range 3000 {
			s := New(post(rng))
			if i%3 == 0 {
				s = New(familyPost(i))
			}
			mustAdd(t, x, uint64(i), s)
		}
		return x
	}
	x, y := build(), build()
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 500 {
		s := New(post(rng) + "again")
		if i%5 == 0 {
			s = New(familyPost(100_000 + i))
		}
		if a, b := x.Likest(s, 5, nil), y.Likest(s, 5, nil); !reflect.DeepEqual(a, b) {
			t.Fatalf("one index says %+v, the other %+v", a, b)
		}
	}
}

func TestAddingAgainReplaces(t *testing.T) {
	x := NewIndex(0)
	mustAdd(t, x, 9, New(ferry))
	mustAdd(t, x, 9, New(shelter))
	if m := x.Likest(New(ferry), 3, nil); len(m) != 0 {
		t.Errorf("the replaced text is still found: %+v", m)
	}
	if m := x.Likest(New(shelter), 3, nil); len(m) != 1 || x.Len() != 1 {
		t.Errorf("the new text: %+v, %d texts", m, x.Len())
	}
}

func TestAFullIndexSaysSo(t *testing.T) {
	x := NewIndex(2)
	mustAdd(t, x, 1, New(ferry))
	mustAdd(t, x, 2, New(shelter))
	if err := x.Add(3, New(invest)); !errors.Is(err, ErrFull) {
		t.Fatalf("Add to a full index: %v", err)
	}
	mustAdd(t, x, 2, New(invest)) // Replacing needs no room.
	x.Remove(1)
	mustAdd(t, x, 3, New(ferry))
}

func TestAMatchSaysWhy(t *testing.T) {
	x := NewIndex(0)
	mustAdd(t, x, 1, New(ferry))
	m := x.Likest(New("Look: the night boat to Kirkwall leaves two hours late because of strong winds over the firth"), 3, nil)
	if len(m) != 1 || m[0].Rule != RuleWording || m[0].Score < Hold {
		t.Fatalf("%+v", m)
	}
	if n := len(m[0].Shared); n == 0 || n > sharedWords {
		t.Errorf("%d shared words: %q", n, m[0].Shared)
	}
	if m[0].Shared[0] != Fold("Kirkwall") && m[0].Shared[0] != Fold("firth") {
		t.Errorf("the most telling word is %q", m[0].Shared[0])
	}
}

func TestDeclaredFactsAreShownWhenTheyLetAPostThrough(t *testing.T) {
	x := NewIndex(0)
	mustAdd(t, x, 1, NewDeclared(familyPost(4), "harbour", facts{"n": "4", "level": "28", "wind": "2"}))
	s := NewDeclared(familyPost(5), "harbour", facts{"n": "5", "level": "35", "wind": "15"})
	m := x.Likest(s, 3, nil)
	if len(m) != 1 || m[0].Likeness != (Likeness{0, RuleOtherFacts}) {
		t.Fatalf("%+v", m)
	}
	// A stored declaration comes back from the arena as it went in.
	if m := x.Likest(NewDeclared("Extra! "+familyPost(4), "harbour", facts{"n": "4", "level": "28", "wind": "2"}), 3, nil); len(m) != 1 || m[0].Likeness != (Likeness{1, RuleSameFacts}) {
		t.Fatalf("%+v", m)
	}
}

func TestAWellKnownFrameIsLearned(t *testing.T) {
	frame := func(i int) string {
		guests := []byte("abcdefgh") // A word that is not in any list.
		for j := range guests {
			guests[j] = 'a' + byte(mix(uint64(100*i+j))%26)
		}
		return "Good morning from the lighthouse at the western cape, where today the visitors' book counts " + string(guests) + " guests from all over the world. Come and see us!"
	}
	x := NewIndex(0)
	if m := func() []Match { mustAdd(t, x, 0, New(frame(0))); return x.Likest(New(frame(1)), 1, nil) }(); len(m) != 1 || m[0].Score < Hold {
		t.Fatalf("the second post of an unknown frame: %+v", m)
	}
	for i := 1; i < frameKnown+2; i++ {
		mustAdd(t, x, uint64(i), New(frame(i)))
	}
	s := frame(1000)
	for _, m := range x.Likest(New(s), 5, nil) {
		if m.Score >= Hold || m.Rule != RuleBoilerplate {
			t.Errorf("a new fact in a known frame: %+v", m)
		}
	}
	if m := x.Likest(New(frame(3)+" https://t.co/x"), 1, nil); len(m) != 1 || m[0].Rule != RuleExact {
		t.Errorf("a copy in a known frame: %+v", m)
	}
	if m := x.Likest(New("Hear, hear: "+frame(3)), 1, nil); len(m) != 1 || m[0].Score < Hold {
		t.Errorf("a copy with an addition in a known frame: %+v", m)
	}
}

func TestSpelledShowsTheTextsOwnWords(t *testing.T) {
	got := Spelled("Earthquake M4.7, 232km ENE of Raoul Island, New Zealand!", []string{Fold("Zealand"), Fold("Raoul"), "4.7", "nowhere", Fold("Zealand")})
	if want := []string{"Zealand", "Raoul", "M4.7"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
