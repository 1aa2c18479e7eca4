package guards

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
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
