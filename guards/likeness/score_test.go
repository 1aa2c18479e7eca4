package likeness

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestATextResemblesItselfFully(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "text")
		if got := Score(New(s), New(s)); got != (Likeness{1, RuleExact}) {
			t.Fatalf("Score(x, x) = %+v for %q", got, s)
		}
	})
}

func TestTextsThatFoldEqualAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "text")
		key := Fold(s)
		if key == "" {
			t.Skip("nothing to compare")
		}
		a, b := New(s), New(key)
		if a.Exact() != b.Exact() {
			t.Fatalf("%q and its fold %q have other keys", s, key)
		}
		if got := Score(a, b); got.Score != 1 {
			t.Fatalf("%q and its fold %q: %+v", s, key, got)
		}
	})
}

// The guard compares a new text with old ones, so the order must not decide
// between acting and not acting except near a threshold.
func TestScoreIsNearlySymmetric(t *testing.T) {
	word := rapid.SampledFrom(strings.Fields("the night ferry leaves late because of strong winds 7 19 harbour again today #news #travel @bob 今晚 渡轮 stronger harbours"))
	text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(word, 0, 14).Draw(t, "words"), " ") })
	rapid.Check(t, func(t *rapid.T) {
		a, b := New(text.Draw(t, "a")), New(text.Draw(t, "b"))
		ab, ba := Score(a, b), Score(b, a)
		if math.IsNaN(ab.Score) || ab.Score < 0 || ab.Score > 1 {
			t.Fatalf("%+v is no likeness", ab)
		}
		if math.Abs(ab.Score-ba.Score) > 0.35 || ab.Rule == RuleExact && ba.Rule != RuleExact {
			t.Fatalf("%+v one way, %+v the other: %q, %q", ab, ba, a.form, b.form)
		}
	})
}

func TestTheRuleIsNamed(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want Rule
	}{
		{ferry, strings.ToUpper(ferry), RuleExact},
		{ferry, "Over the firth strong winds: because of two hours late leaves the night ferry to Kirkwall", RuleOrder},
		{ferry + " #a1 #b2", ferry + " #c3", RuleTags},
		{ferry + " tonight", strings.ReplaceAll(ferry+" tonight", "night ferry", "nightferry"), RuleLetters},
		{ferry, shelter, RuleWording},
	} {
		if got := Score(New(c.a), New(c.b)); got.Rule != c.want {
			t.Errorf("%q and %q: %+v, want the rule %q", c.a, c.b, got, c.want)
		}
	}
}

func TestEmptyTextsAreTold(t *testing.T) {
	for _, s := range []string{"", " \n", "@anna_k", "\u200b"} {
		if !New(s).Empty() {
			t.Errorf("%q is not told to be empty", s)
		}
	}
	for _, s := range []string{"a", "🔥", "https://t.co/x", "?"} {
		if New(s).Empty() {
			t.Errorf("%q is told to be empty", s)
		}
	}
	if got := Score(Sketch{}, New("a")); got.Score != 0 {
		t.Errorf("the zero sketch resembles a text: %+v", got)
	}
}

// A hostile text must cost about what its length costs.
func TestLongTextsStayCheap(t *testing.T) {
	for name, s := range map[string]string{
		"one word":      strings.Repeat("a", MaxText),
		"one word each": strings.Repeat("ab ", MaxText/3),
		"digits":        strings.Repeat("1,", MaxText/2),
		"letters":       strings.Repeat("a ", MaxText/2),
		"dots":          strings.Repeat("a.", MaxText/2),
		"at":            strings.Repeat("@", MaxText),
		"hashes":        strings.Repeat("#a", MaxText/2),
		"schemes":       strings.Repeat("http://", MaxText/7),
		"Han":           strings.Repeat("今", MaxText/3),
		"marks":         strings.Repeat("\u0e48", MaxText/3),
		"expanding":     strings.Repeat("ﷺ", MaxText/3),
		"Greek":         strings.Repeat("ΝΗΥ", MaxText/6),
	} {
		begin := time.Now()
		a := New(s)
		if got := Score(a, New(s)); got.Score != 1 {
			t.Errorf("%s: %+v for the same long text", name, got)
		}
		Score(a, New("more "+s))
		// The bound is generous: it is to catch what grows with the square.
		t.Logf("%s: %v", name, time.Since(begin))
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s: %v", name, took)
		}
		if len(a.form) > maxForm+100 {
			t.Errorf("%s: a form of %d bytes", name, len(a.form))
		}
	}
}
