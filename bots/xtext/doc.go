// Package xtext holds X's rules for the text of a post: how long it counts,
// and which mentions, hashtags, cashtags and links stand in it.
//
// The rules are those of X's public text configuration, version 3, and of the
// conformance suite that goes with it. Positions are code points of the text
// as given, from 0, with the end exclusive. Everything here is pure and safe
// for concurrent use, and every scan takes time linear in the text.
//
// Known limits. The link rules and the list of top-level domains are those of
// the suite (2020) and a few later names: a link under a newer name is counted
// as plain text. An emoji sequence that no font draws as one picture (an
// invented flag, say) counts 2 here and may count more at X. A letter under more
// than 30 combining marks counts one more for each 30, as normalisation here
// breaks such runs.
package xtext

// Span is a stretch of text in code points: Start inclusive, End exclusive.
type Span struct {
	Start, End int
}

func (s Span) overlaps(o Span) bool { return s.Start < o.End && o.Start < s.End }
