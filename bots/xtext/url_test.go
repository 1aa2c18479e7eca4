package xtext

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestNoLinkIsOverlooked compares what passes over stretches without a link with a scan
// of the whole text, over texts made of what links are made of and what surrounds them.
func TestNoLinkIsOverlooked(t *testing.T) {
	pieces := []string{".", ".", "..", " ", "\n", "https://", "http://", "HTTP://", "t.co", "/a", "com", "COM", "xn--p1ai", "рф", "みんな", "。", "．", "a", "Z", "3", "-", "_",
		"@", "#", "$", "example", "пример", "é", "K", "\u202e", "\xff", "?q=1", ":80", "，", "com.", ".com"}
	r := rand.New(rand.NewPCG(3, 4))
	linked := 0
	for range 100_000 {
		var b strings.Builder
		for range 1 + r.IntN(7) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		text := b.String()
		checkURLs(t, text)
		if len(URLs(text)) > 0 {
			linked++
		}
	}
	if linked < 1000 {
		t.Errorf("only %d texts had a link", linked)
	}
}
