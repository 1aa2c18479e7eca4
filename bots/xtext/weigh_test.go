package xtext

import (
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

func TestWeigh(t *testing.T) {
	family := "👨\u200d👩\u200d👧\u200d👦"
	cases := []struct {
		why    string
		text   string
		length int
		valid  bool
	}{
		{"an empty text is no post", "", 0, false},
		{"a letter counts one", "a", 1, true},
		{"a blank counts one", " ", 1, true},
		{"280 letters fit", strings.Repeat("a", 280), 280, true},
		{"281 letters do not", strings.Repeat("a", 281), 281, false},
		{"Cyrillic counts one a letter", "прилив", 6, true},
		{"Arabic counts one a letter", "مد وجزر", 7, true},
		{"Devanagari counts one a code point", "ज्वार", 5, true},
		{"Georgian is inside the light range", "ა", 1, true},
		{"Hangul Jamo starts the heavy range", "\u1100", 2, true},
		{"a composed Hangul syllable counts two", "\u1112\u1161\u11ab", 2, true},
		{"140 kanji fit", strings.Repeat("潮", 140), 280, true},
		{"141 kanji do not", strings.Repeat("潮", 141), 282, false},
		{"typographic quotes and dashes count one", "“–—”", 4, true},
		{"a bullet counts two", "•", 2, true},
		{"an ellipsis counts two", "…", 2, true},
		{"the euro sign counts two", "€", 2, true},
		{"an accent is composed before counting", "e\u0301", 1, true},
		{"an accent that composes with nothing counts", "x\u0301", 2, true},
		{"an emoji counts two", "🌊", 2, true},
		{"a family counts as one emoji", family, 2, true},
		{"140 families fit", strings.Repeat(family, 140), 280, true},
		{"141 families do not", strings.Repeat(family, 141), 282, false},
		{"a skin tone is part of its emoji", "👍🏽", 2, true},
		{"a skin tone after an emoji that takes none counts by itself", "🐱🏽", 4, true},
		{"a flag is one emoji", "🇯🇵", 2, true},
		{"three regional letters are a flag and a letter", "🇯🇵🇫", 4, true},
		{"a region flag with tags is one emoji", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 2, true},
		{"unclosed tags are not part of the flag", "🏴\U000e0067\U000e0062", 6, true},
		{"a keycap is one emoji", "5\ufe0f\u20e3", 2, true},
		{"a keycap without style mark too", "#\u20e3", 2, true},
		{"a digit alone is a digit", "5", 1, true},
		{"the copyright sign is a letter", "©", 1, true},
		{"the copyright sign drawn as a picture is an emoji", "©\ufe0f", 2, true},
		{"a picture drawn as text is no emoji", "☂\ufe0e", 4, true},
		{"a joiner before a letter joins nothing", "🌊\u200da", 4, true},
		{"an invented joining of pictures is counted apart", "🐱\u200d🐱", 5, true},
		{"a chain of joined pictures counts more than one", strings.TrimSuffix(strings.Repeat("👩\u200d", 9), "\u200d"), 8, true},
		{"a health worker with skin tone is one emoji", "👩🏾\u200d⚕\ufe0f", 2, true},
		{"the rainbow flag is one emoji", "🏳\ufe0f\u200d🌈", 2, true},
		{"a link counts 23", "https://harbour.example.com/tides", 23, true},
		{"a long link counts 23", "https://example.com/" + strings.Repeat("a", 500), 23, true},
		{"a bare domain counts 23", "x.com", 23, true},
		{"twelve links do not fit", strings.Repeat("https://example.com ", 12), 288, false},
		{"a bare word with an unknown ending is no link", "tides.zzz", 9, true},
		{"a link longer than 4,096 counts by character", "https://example.com/" + strings.Repeat("a", 4080), 4100, false},
		{"a label over 63 makes no link", "https://" + strings.Repeat("a", 64) + ".com", 76, true},
		{"a line break counts one", "a\r\nb", 4, true},
		{"directional marks are allowed and count two each", "\u2066a\u2069\u200e", 7, true},
		{"U+FEFF is refused", "a\ufeff", 3, false},
		{"U+FFFE is refused", "a\ufffe", 3, false},
		{"U+FFFF is refused", "\uffffa", 3, false},
		{"broken UTF-8 is refused", "a\xff", 3, false},
	}
	for _, c := range cases {
		got := Weigh(c.text)
		if got.Length != c.length || got.Valid != c.valid {
			t.Errorf("%s: %.40q weighs %d, valid %v; want %d, %v", c.why, c.text, got.Length, got.Valid, c.length, c.valid)
		}
	}
}

func TestWeighSaysWhatFits(t *testing.T) {
	cases := []struct {
		why           string
		text          string
		fits, invalid int
	}{
		{"all of a short text", "tide", 4, -1},
		{"nothing of an empty one", "", 0, -1},
		{"280 of 300 letters", strings.Repeat("a", 300), 280, -1},
		{"140 of 150 kanji", strings.Repeat("潮", 150), 140, -1},
		{"a decomposed letter is two code points of the text", strings.Repeat("a", 279) + "e\u0301b", 281, -1},
		{"a link that does not fit stays out whole", strings.Repeat("a", 270) + " https://example.com", 271, -1},
		{"an emoji that does not fit stays out whole", strings.Repeat("a", 279) + "👍🏽", 279, -1},
		{"nothing past a forbidden character", "ab\ufeffcd", 2, 2},
		{"its place counts code points of the text as given", "e\u0301\ufeff", 2, 2},
		{"a piece that grows under normalisation is whole", "\ufb2cA", 2, -1},
	}
	for _, c := range cases {
		if got := Weigh(c.text); got.Fits != c.fits || got.Invalid != c.invalid {
			t.Errorf("%s: fits %d, invalid at %d; want %d, %d", c.why, got.Fits, got.Invalid, c.fits, c.invalid)
		}
	}
	if over := Weigh(strings.Repeat("a", 300)).Over(); over != 20 {
		t.Errorf("300 letters are over by %d, want 20", over)
	}
}

// The picture table is checked against an independent reading of Unicode: only
// pictures are glued to themselves by a joiner and never without one.
func TestPictureTableAgreesWithGraphemeRules(t *testing.T) {
	count := func(s string) (n int) {
		for it := graphemes.FromString(s); it.Next(); n++ {
		}
		return n
	}
	wrong := 0
	for r := rune(0x20); r <= 0x1FFFF; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		s := string(r)
		glued := count(s+"\u200d©") == 1 && count(s+s) == 2 && count("a"+s) == 2
		if glued != (pictureLen([]rune{r, emojiStyle}) > 0 && !skinTone(r)) {
			wrong++
			t.Logf("U+%04X: grapheme rules say picture = %v", r, glued)
		}
	}
	if wrong > 0 {
		t.Errorf("%d code points differ", wrong)
	}
}

// hostile texts would take hours if any scan were quadratic in 100 kB.
func hostile() map[string]string {
	fill := func(s string) string { return strings.Repeat(s, 100_000/len(s)) }
	return map[string]string{
		"dots":          fill("a.a.a."),
		"domains":       fill("a.co."),
		"wide dots":     fill("あ.あ."),
		"one label":     fill("a"),
		"wide label":    "http://" + fill("あ") + ".com",
		"labels":        "http://" + fill("あいうえお.") + "com",
		"underscores":   fill("a_"),
		"hyphens":       fill("a-.co"),
		"protocols":     fill("http://"),
		"late protocol": fill("a") + "http://" + fill("b."),
		"parentheses":   "http://a.com/" + fill("("),
		"open links":    fill("a.co/("),
		"nested":        fill("a.co/(b(c"),
		"path dots":     "http://a.com/b" + fill("."),
		"query dots":    fill("a.co?."),
		"ports":         fill("a.co:1"),
		"short links":   fill("http://t.co/a'"),
		"at signs":      fill("@"),
		"mentions":      fill("@a"),
		"hash signs":    fill("#1"),
		"long tag":      "#" + fill("1"),
		"cash":          fill("$a."),
		"joiners":       fill("👩\u200d"),
		"flags":         fill("🇯"),
		"accents":       "a" + fill("\u0301"),
		"punycode":      fill("xn--a."),
	}
}

func TestHostileTextsTakeLinearTime(t *testing.T) {
	for name, text := range hostile() {
		start := time.Now()
		Weigh(text)
		Parse(text)
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%s: %d bytes took %v", name, len(text), took)
		}
	}
}

func BenchmarkWeighHostile(b *testing.B) {
	for name, text := range hostile() {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Weigh(text)
				Parse(text)
			}
		})
	}
}

func BenchmarkWeighPost(b *testing.B) {
	text := "High tide at 14:32, 3.9 m 🌊 @harbourlab https://example.com/tides #tides"
	b.ReportAllocs()
	for b.Loop() {
		Weigh(text)
	}
}
