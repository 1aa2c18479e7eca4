package xtext

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// FuzzWeigh: lengths are within what the rules can give, add up over lines, do not
// depend on the form of normalisation, and what fits does fit.
func FuzzWeigh(f *testing.F) {
	for _, s := range []string{"", "潮ー1\ufe0f\u20e3 각\u11a8 ©\ufe0f x.co/é", "a@b.com", "http://xn--.com", "👩\u200d⚕\ufe0f", "e\u0301\u200d\ufe0f", "\xff@a/b #c $D x.co/(y)?z", "see https://example.com/a_(b). @ann #tide 潮 🇯🇵"} {
		f.Add(s)
	}
	for _, s := range hostile() {
		f.Add(s[:min(len(s), 60)])
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, n := Weigh(text), utf8.RuneCountInString(text)
		if got := Length(text, URLs(text)); got != w.Length {
			t.Fatalf("%q: length %d, weighed %d", text, got, w.Length)
		}
		checkURLs(t, text)
		if w.Length < 0 || w.Fits < 0 || w.Fits > n || w.Invalid >= n || w.Valid && (w.Fits != n || w.Length > w.Max) {
			t.Fatalf("%q: %+v of %d code points", text, w, n)
		}
		if most := 2 * utf8.RuneCountInString(norm.NFC.String(text)); w.Length > most+23*len(findURLs([]rune(text))) {
			t.Fatalf("%q weighs %d", text, w.Length)
		}
		if utf8.ValidString(text) {
			for _, form := range []norm.Form{norm.NFC, norm.NFD} {
				if c := Weigh(form.String(text)); c.Length != w.Length {
					t.Fatalf("%q weighs %d, in another form %d", text, w.Length, c.Length)
				}
			}
			// A line of its own is weighed by itself.
			if two := Weigh(text + "\n\n" + text); two.Length != 2*w.Length+2 {
				t.Fatalf("%q weighs %d, twice on two lines %d", text, w.Length, two.Length)
			}
		}
		if head := Weigh(string([]rune(text)[:w.Fits])); w.Invalid < 0 && utf8.ValidString(text) && head.Length > head.Max {
			t.Fatalf("%q: %d code points are said to fit and weigh %d", text, w.Fits, head.Length)
		}
		checkSpans(t, text, Parse(text))
	})
}

// checkURLs: the links are those of a scan that passes over nothing and shares no text.
func checkURLs(t *testing.T, text string) {
	t.Helper()
	runes := []rune(text)
	want := scanURLs(nil, runes, "")
	if got := URLs(text); !slices.Equal(got, want) {
		t.Fatalf("%q: links %v, want %v", text, got, want)
	}
	if got := findURLs(runes); !slices.Equal(got, want) {
		t.Fatalf("%q: links %v by code points, want %v", text, got, want)
	}
}

// checkSpans: what was found stands in the text where it is said to stand, in
// order and without overlap.
func checkSpans(t *testing.T, text string, e Entities) {
	t.Helper()
	runes := []rune(text)
	var all []Span
	see := func(s Span, sign int, want string) {
		if s.Start < 0 || s.End > len(runes) || s.Start+sign > s.End || string(runes[s.Start+sign:s.End]) != want {
			t.Fatalf("%q: %v is not %q", text, s, want)
		}
		for _, o := range all {
			if s.overlaps(o) {
				t.Fatalf("%q: %v overlaps %v", text, s, o)
			}
		}
		if len(all) < 64 {
			all = append(all, s)
		}
	}
	for _, m := range e.Mentions {
		see(m.Span, 1, m.Name+m.List)
	}
	for _, h := range e.Hashtags {
		see(h.Span, 1, h.Text)
	}
	for _, c := range e.Cashtags {
		see(c.Span, 1, c.Text)
	}
	for _, u := range e.URLs {
		see(u.Span, 0, u.Text)
		if !strings.Contains(u.Text, u.Host) {
			t.Fatalf("%q: host %q is not in %q", text, u.Host, u.Text)
		}
	}
}
