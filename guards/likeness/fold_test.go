package likeness

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFoldKeepsTheWordsAndNothingElse(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"case and punctuation go, l is i", "Hello, World!", "heiio worid"},
		{"accents go", "Café déjà vu à Ñandú", "cafe deja vu a nandu"},
		{"a decomposed accent is an accent", "Cafe\u0301", "cafe"},
		{"letters with a bar or a tie", "Øl, Łódź, straße, Æther", "oi iodz strasse aether"},
		{"full width", "Ｆｒｅｅ　ｔｉｃｋｅｔｓ　１２", "free tickets 12"},
		{"mathematical letters", "𝐅𝐫𝐞𝐞 𝓽𝓲𝓬𝓴𝓮𝓽𝓼", "free tickets"},
		{"Cyrillic look-alikes", "Frее tісkеts", "free tickets"},
		{"Greek look-alikes", "Ηello Νow Υou", "heiio now you"},
		{"small capitals", "ꜰʀᴇᴇ ᴛɪᴄᴋᴇᴛꜱ", "free tickets"},
		{"squared capitals", "🅵🆁🅴🅴", "free"},
		{"both cases of Cyrillic are one key", "ПРИВЕТ привет", Fold("привет") + " " + Fold("привет")},
		{"zero width characters, soft hyphens, bidi controls", "fr\u200bee ti\u00adck\u2060ets \u202enow\u202c", "free tickets now"},
		{"tag characters and variation selectors", "free\U000e0061\ufe0f tickets", "free tickets"},
		{"links go, also with invisible characters inside", "see ht\u200btps://t.c\u2060o/aBc now", "see now"},
		{"links without a scheme", "see www.example.org/x and bit.ly/abc1 or example.com", "see and or"},
		{"a link glued to a word", "planthttp://t.co/abc", "piant"},
		{"a cut-off link", "read more http", "read more"},
		{"mentions go, also full width", "@anna_k thanks ＠bob", "thanks"},
		{"an address is no mention", "write to me@example", "write to meaexampie"},
		{"RT goes", "RT @bob: good news", "good news"},
		{"a hashtag keeps its word", "#GoodNews for #Windows_Phone", "goodnews for windows phone"},
		{"emoji go", "great 🎉🎉 day ❤️ 👩‍🚒", "great day"},
		{"entities go", "bread &amp; butter &lt;3", "bread butter 3"},
		{"apostrophes join", "I'm sure it’s Anna`s", "im sure its annas"},
		{"thousands", "1,127 and 1,234,567", "1127 and 1234567"},
		{"decimal commas", "7,9 and 7.9 and 1.234,5 and 1,234.5", "7.9 and 7.9 and 1234.5 and 1234.5"},
		{"a version stays", "v2.4.4 is out", "v 2.4.4 is out"},
		{"minus stays, a hyphen does not", "-4 degrees, 1-0, −7", "-4 degrees 1 0 -7"},
		{"digits of other scripts", "٤٢ and ४२ and ４２", "42 and 42 and 42"},
		{"leet inside a word", "fr33dom c4sh pa$$word v1agra", "freedom cash password viagra"},
		{"units and names with digits survive", "10km M4.2 iphone4 4x4 s01e02", "10 km m 4.2 iphone 4 4 x 4 s 01 e 02"},
		{"spelled-out words are joined", "get it f r e e and d.o.n.a.t.e", "get it free and donate"},
		{"two single letters are not", "plan a b", "pian a b"},
		{"Thai marks stay", "ที่นี่", "ที่นี่"},
		{"Devanagari marks stay", "हिन्दी", "हिन्दी"},
		{"half-width kana with voicing marks", "ｶﾞｷﾞ", "ガギ"},
		{"Arabic vowel signs go", "مَرْحَبًا", Fold("مرحبا")},
		{"Hebrew points go", "שָׁלוֹם", Fold("שלום")},
		{"scripts are parted", "iPhone手机12个", "iphone 手机 12 个"},
		{"broken bytes and control characters go", "fr\xffee\x00 now", "free now"},
		{"nothing remains of signs", "?! … 🎉 @bob", ""},
	} {
		if got := Fold(c.text); got != c.want {
			t.Errorf("%s: Fold(%q) = %q, want %q", c.why, c.text, got, c.want)
		}
	}
}

// hostile draws texts that folds trip over: pieces of many scripts, joined
// with and without separators.
func hostile() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.SampledFrom([]rune("abrtRThlI109_-.,'’#@$&/: \n"))),
		rapid.StringOf(rapid.Rune()),
		rapid.SampledFrom([]string{"http://", "https://t.co/x", "www.", ".com", "r t", "r r t", "h t t p", "&amp;", "&lt", "@", "#",
			"1,127", "7,9", "-4", "c4sh", "ガ", "ｶﾞ", "ที่", "हि", "Ν", "в", "🅰", "ﷺ", "\u200d", "\xff", "한국", "İ", "ŉ", "ǅ", "΅", "़"}),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), rapid.SampledFrom([]string{"", " "}).Draw(t, "sep"))
	})
}

func TestFoldingAFoldChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "text")
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Fatalf("Fold(%q) = %q, and folded again %q", s, once, twice)
		}
	})
}

func TestMarksThatStandAloneSettle(t *testing.T) {
	for _, s := range []string{"A \u07eb?\u0734", "a b \u0734 \u07eb c", "\u07eb \u0734 \u07eb"} {
		if once := Fold(s); Fold(once) != once {
			t.Errorf("Fold(%q) = %q, and folded again %q", s, once, Fold(once))
		}
	}
}

func TestEveryCodePointSettles(t *testing.T) {
	for r := rune(1); r < 0x20000; r++ {
		once := Fold("x" + string(r) + "y")
		if twice := Fold(once); twice != once {
			t.Fatalf("%U: folded %q, folded again %q", r, once, twice)
		}
	}
}

func TestFoldStopsAtTheLongestPost(t *testing.T) {
	long := strings.Repeat("ab ", MaxText)
	if got := Fold(long); len(got) > MaxText {
		t.Errorf("folded %d bytes, want at most %d", len(got), MaxText)
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "Hello, World!", "ht\u200btps://t.co/x", "f r e e ＦＲＥＥ fr33", "1,127 -4 7,9", "ที่นี่ ガ ｶﾞ 한국어", "\xff\xfe#@$&", "Νow ПРИВЕТ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if !utf8.ValidString(once) {
			t.Fatalf("Fold(%q) = %q: not UTF-8", s, once)
		}
		if twice := Fold(once); twice != once {
			t.Fatalf("Fold(%q) = %q, and folded again %q", s, once, twice)
		}
		if a := New(s); Score(a, a).Score != 1 {
			t.Fatalf("%q does not resemble itself: %+v", s, Score(a, a))
		}
	})
}
