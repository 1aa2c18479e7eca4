package guards

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"heed/bots"
	"heed/bots/xtext"
)

// FuzzGlances holds every short cut through a text against the long way it spares.
func FuzzGlances(f *testing.F) {
	for _, s := range []string{
		"", "High water 12:40 https://a.co/b #tides", "I'm not a bot", "e\u0301\u0323 q\u0323\u0301 ãbc", "कर रहे हैं तेज़", "ボットではありません", "봇이 아닙니다",
		"call +1 212 555-0123", "DE89 3704 0044 0532 0130 00", "STRAẞE, ara 301234567", "١٢٣٤٥٦٧٨٩", "①②③④⑤⑥⑦⑧⑨", "jo (at) example.org", "jo＠example.org", "潮 at）",
		"#ad's", "#ad\u200bx", "＃ad", "#ad™", "#広告", "#كوبون", "$A @b #c", "3.1メートル。", "潮.jp", "\xff#ad", "´\u0301", "İ ı ﬁ ㎏ ½", "a\tb\u3000c",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 {
			return
		}
		checkFold(t, text)
		read := readAlone(text)
		checkWords(t, read)
		checkStretches(t, read.folded)
		if found := dataIn(text); !slices.Equal(found, dataTheLongWay(text)) {
			t.Errorf("%q: %v, and the long way %v", text, found, dataTheLongWay(text))
		}
		if slices.ContainsFunc(tagsIn(text), tellingTag) && !mayTell(read) {
			t.Errorf("%q: a telling tag is passed over", text)
		}
		if hasPlainWord(text) && entitiesAlone(text) {
			t.Errorf("%q: is nothing but entities", text)
		}
		if got, want := xtext.Length(text, xtext.URLs(text)), length(text); got != want {
			t.Errorf("%q: length %d, weighed %d", text, got, want)
		}
		checkDesk(t, text)
	})
}

// checkFold: character by character a text folds as it does as a whole.
func checkFold(t *testing.T, text string) {
	t.Helper()
	got, joined, _ := fold(nil, text)
	want, _, wantJoined := foldDecomposed(nil, norm.NFKD.String(text), false)
	if string(got) != string(want) || joined != wantJoined {
		t.Errorf("%q folds to %q (joined %v), as a whole to %q (%v)", text, got, joined, want, wantJoined)
	}
	for _, r := range string(got) {
		if r >= utf8.RuneSelf && !isWordRune(r) {
			t.Errorf("%q folds to %q, and %U is no part of a word", text, got, r)
		}
	}
}

// checkWords: the numbers of the words and the set of glued phrases say what the key does.
func checkWords(t *testing.T, read *reading) {
	t.Helper()
	for _, w := range read.words {
		word, want := string(read.key[w.from:w.to]), known{}
		if i := slices.Index(lexicon.words, word); i >= 0 {
			want = lexicon.knows[i]
		}
		if w.known != want {
			t.Errorf("%q: %v, the lexicon has %v", word, w.known, want)
		}
	}
	for n, key := range glued.keys {
		if got, want := read.holds(n), read.joined && bytes.Contains(read.key, key); got != want {
			t.Errorf("%q: holds %q: %v, want %v", read.text, key, got, want)
		}
	}
}

// TestSurelySolid: the characters of which the first byte tells enough.
func TestSurelySolid(t *testing.T) {
	for r := range unicode.MaxRune + 1 {
		if !surelySolid[string(r)[0]] {
			continue
		}
		if c := foldOf(r); c.is&solid == 0 || c.digits != 0 {
			t.Errorf("%U: solid %v, %d digits", r, c.is&solid != 0, c.digits)
		}
	}
}

// checkStretches: what stands between two blanks is a link, or is none, however far is looked at once.
func checkStretches(t *testing.T, s []byte) {
	t.Helper()
	for at, until, link := 0, 0, false; at < len(s); {
		end := at + 1
		for end < len(s) && s[end] != ' ' && s[end] != '\n' {
			end++
		}
		if at >= until {
			until, link = stretch(s, at)
		}
		if want := isLink(s[at:end]); until < end || link != want {
			t.Errorf("%q: %q to %d is a link: %v, want %v", s, s[at:end], until, link, want)
		}
		at = end
	}
}

// TestEachHiddenCharacterIsLookedAt: no character is passed over by its first byte.
func TestEachHiddenCharacterIsLookedAt(t *testing.T) {
	for r := range unicode.MaxRune + 1 {
		in := bots.Intent{Action: bots.Post, Text: "a" + string(r) + "b"}
		if got := shape(&in).Code == "content.characters"; got != hidden(r) {
			t.Errorf("%U: refused %v, hidden %v", r, got, hidden(r))
		}
	}
}

// dataTheLongWay is dataIn without its glances.
func dataTheLongWay(text string) []datum {
	text = plainDigits(text)
	found := mails(text)
	if !strings.Contains(text, "@") && !strings.Contains(text, "at)") && !strings.Contains(text, "at]") && !strings.Contains(text, "AT]") {
		found = nil
	}
	digits := 0
	for i := range len(text) {
		if digit(text[i]) {
			digits++
		}
	}
	if digits < minPhone {
		return found
	}
	return numbers(text, accounts(text, found))
}

// checkDesk: the guards answer alike whether they share what was read or not, and also
// when the desk has read another text before.
func checkDesk(t *testing.T, text string) {
	t.Helper()
	in, f := readyCase(bots.Post)
	in.Text = text
	f.Profile.Bio = text
	shared := f
	shared.desk = &desk{}
	shared.read("another text, 潮汐bot https://a.co #ad")
	shared.links("see b.co and c.co")
	for _, s := range Default().Stations {
		if !s.judges(in.Action) {
			continue
		}
		alone, together := s.Guard.Judge(in, f), s.Guard.Judge(in, shared)
		if alone.Effect != together.Effect || alone.Code != together.Code || alone.Because != together.Because {
			t.Errorf("%s of %q: alone %s %s, together %s %s", s.Rule.Name, text, alone.Code, alone.Because, together.Code, together.Because)
		}
	}
}

// TestNothingOfATextStaysOnADesk: what was read for one judgement is wiped (promise P7).
func TestNothingOfATextStaysOnADesk(t *testing.T) {
	d := &desk{}
	f := Facts{desk: d}
	f.read("Geheimnis 秘密の潮汐bot")
	f.readAside("Geheimnis in a bio")
	f.links("see https://geheimnis.example.com/a")
	d.clear()
	for _, kept := range [][]byte{d.main.key, d.main.folded, d.aside.key, d.aside.folded} {
		for _, b := range kept[:cap(kept)] {
			if b != 0 {
				t.Fatalf("left: %q", kept[:cap(kept)])
			}
		}
	}
	if d.main.text != "" || d.aside.text != "" || d.linked != "" || len(d.links) != 0 {
		t.Errorf("left: %q %q %q", d.main.text, d.aside.text, d.linked)
	}
	for _, u := range d.links[:cap(d.links)] {
		if u.Text != "" {
			t.Errorf("left: %q", u.Text)
		}
	}
}

func TestAJudgementAllocatesItsFindingsAlone(t *testing.T) {
	p := Default()
	for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow} {
		in, f := readyCase(a)
		if a.Writes() {
			in.Text = "High water at Kiel 12:40, 3.1 m above datum. Table: https://tides.harbour-lab.com/kiel/2026-11-22 #kiel"
		}
		least := 100.0 // now and then the desk has to be made anew
		for range 50 {
			least = min(least, testing.AllocsPerRun(1, func() { p.Judge(in, "h", f) }))
		}
		if least > 1 {
			t.Errorf("%s: %v allocations", a, least)
		}
	}
}
