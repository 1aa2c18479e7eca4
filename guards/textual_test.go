package guards

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"heed/bots"
	"heed/bots/xtext"
)

func TestShortLinksCountTheirFlatPrice(t *testing.T) {
	text := strings.TrimSpace(strings.Repeat("t.co/a ", 20))
	if got := length(text); got != 20*23+19 {
		t.Fatalf("%q counts %d", text, got)
	}
	if surelyFits(text, 280) {
		t.Error("a text of 139 letters that counts 479 was taken at a glance")
	}
}

func TestSurelyFitsNeverErrs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"a.co", "t.co/x", " ", "\n", "word", "https://a.co", ".", "3.1", "#1", "x.y.com", "(b.me)", "潮", "@a"})).Draw(t, "parts")
		text := strings.Join(parts, "")
		if n := rapid.IntRange(1, 300).Draw(t, "n"); surelyFits(text, n) && length(text) > n {
			t.Fatalf("%q counts %d, taken to be within %d", text, length(text), n)
		}
	})
}

func TestIsHandle(t *testing.T) {
	for s, want := range map[string]bool{"tides_bot1": true, "": false, "a b": false, "é": false, strings.Repeat("a", 20): true, strings.Repeat("a", 21): false} {
		if isHandle(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

// TestEveryLinkHasADot: what is taken at a glance to have no link has none.
func TestEveryLinkHasADot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"a.co", "t.co/x", " ", "https://a.co", ".", "3.1", "x.y.com", "(b.me)", "潮", "潮.jp", "1.com", "_", "A.DE", "пр.рф", "a.рф"})).Draw(t, "parts")
		text := strings.Join(parts, "")
		if n := len(xtext.URLs(text)); n > dots(text) {
			t.Fatalf("%q has %d links, and %d dots for them", text, n, dots(text))
		}
	})
}

func TestTagsInMissesNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"#ad", "＃ad", " ", "a", "#", "é", "#é_1", "/", "https://a.co/#ad", "(", "潮", "#広告", "."})).Draw(t, "parts")
		text := strings.Join(parts, "")
		quick := tagsIn(text)
		for _, tag := range xtext.Hashtags(text) {
			if !slices.Contains(quick, tag.Text) {
				t.Fatalf("%q: X makes a hashtag of %q, which is missed among %q", text, tag.Text, quick)
			}
		}
	})
}

// TestContentGuardsAreFastOnHostileTexts: time grows with a text and not with its square.
func TestContentGuardsAreFastOnHostileTexts(t *testing.T) {
	for _, name := range []string{"content", "engagement", "labels", "language", "links", "media", "private_data", "privacy_link"} {
		_, g, _ := New(name)
		for _, piece := range []string{"@", "a@", "a@b.co ", "1-", "call 123456789 ", "(", "+1 (", "DE12 ", "de12", "://", "a://b@c.de ", "п.co", "a.co ", "send your ", "your password ",
			"#ad ", "#affiliate ", "rt to win ", "潮", "教えて電話番号", "fuck ", "\u0301", "xn--a.co ", "[at]", "0", "01 "} {
			in, f := readyCase(bots.Post)
			in.Text = strings.Repeat(piece, 25000/len([]rune(piece)))
			began := time.Now()
			g.Judge(in, f)
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("%s takes %s for %q", name, took, piece)
			}
		}
	}
}
