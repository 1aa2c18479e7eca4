package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"heed/bots/xtext"
)

// span is one entity of a text: where it stands in code points, and its words
// without the sign before them.
type span struct {
	kind       spanKind
	start, end int
	word       string
}

type spanKind int

const (
	spanURL spanKind = iota
	spanMention
	spanHashtag
	spanCashtag
)

// weigh and spans are the only places that know how X reads a text.

// weigh is a text's length as X counts it.
func weigh(text string) int { return xtext.Weigh(text).Length }

// spans finds links, mentions, hashtags and cashtags, first to last, none inside another.
func spans(text string) []span {
	e := xtext.Parse(text)
	var list []span
	for _, u := range e.URLs {
		list = append(list, span{spanURL, u.Start, u.End, u.Text})
	}
	for _, m := range e.Mentions {
		if m.List == "" {
			list = append(list, span{spanMention, m.Start, m.End, m.Name})
		}
	}
	for _, h := range e.Hashtags {
		list = append(list, span{spanHashtag, h.Start, h.End, h.Text})
	}
	for _, c := range e.Cashtags {
		list = append(list, span{spanCashtag, c.Start, c.End, c.Text})
	}
	slices.SortFunc(list, func(a, b span) int { return a.start - b.start })
	return list
}

// fingerprint is what two texts share when X would call them duplicates: the same
// words after NFC, case folding and squeezing of white space.
func fingerprint(text string) string {
	text = cases.Fold().String(norm.NFC.String(text))
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(text), " ")))
	return hex.EncodeToString(sum[:16])
}
