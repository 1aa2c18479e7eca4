package guards

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestReduce(t *testing.T) {
	for _, c := range []struct{ says, in, want string }{
		{"case and punctuation go", "Hello, World!", " hello world "},
		{"apostrophes join", "I'm don’t", " im dont "},
		{"accents of Latin go", "Arrêt Ünïcode", " arret unicode "},
		{"Turkish i is one letter", "İNSANIM ınsanim", " insanim insanim "},
		{"full width is the same", "ＢＯＴ", " bot "},
		{"invisible characters go", "b\u200bo\u00adt", " bot "},
		{"an underscore belongs to the word", "tides_bot", " tides_bot "},
		{"nothing is nothing", " … ", " "},
		{"empty too", "", " "},
	} {
		if got := reduce(c.in).text; got != c.want {
			t.Errorf("%s: %q, want %q", c.says, got, c.want)
		}
	}
	if reduce("ボット").text == reduce("ホット").text {
		t.Error("a kana mark carries meaning and must stay")
	}
	if reduce("한국").text != reduce("\u1112\u1161\u11ab\u1100\u116e\u11a8").text {
		t.Error("composed and decomposed Hangul must be equal")
	}
	named := reduce("see @bot or https://bot.example/bot, a bot").named
	if want := []bool{false, true, false, true, true, true, true, false, false}; len(named) != len(want) {
		t.Errorf("%v", named)
	} else {
		for i := range want {
			if named[i] != want[i] {
				t.Errorf("word %d: named is %v", i, named[i])
			}
		}
	}
}

func TestReduceHoldsTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		p := reduce(s)
		if len(p.words) != len(p.named) {
			t.Fatalf("%d words, %d marks", len(p.words), len(p.named))
		}
		joined := " "
		if len(p.words) > 0 {
			joined = " " + strings.Join(p.words, " ") + " "
		}
		if joined != p.text {
			t.Fatalf("words %q, text %q", p.words, p.text)
		}
	})
}
