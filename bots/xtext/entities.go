package xtext

import "slices"

// Entities is what stands in a text, each kind in the order of the text. Where
// two overlap, the one that begins first stays: a name inside a link is no
// mention.
type Entities struct {
	Mentions []Mention
	Hashtags []Hashtag
	Cashtags []Cashtag
	URLs     []URL
	ReplyTo  string // the account answered by a text that begins with its name
}

// Parse finds all entities of a text.
func Parse(text string) Entities {
	t := []rune(text)
	urls := findURLs(t)
	e := Entities{
		Mentions: findMentions(t),
		Hashtags: findHashtags(t, urls),
		Cashtags: findCashtags(t),
		URLs:     urls,
		ReplyTo:  ReplyTo(text),
	}
	taken := sweep(e)
	e.Mentions = keep(e.Mentions, func(m Mention) bool { return taken[m.Start] == m.Span })
	e.Hashtags = keep(e.Hashtags, func(h Hashtag) bool { return taken[h.Start] == h.Span })
	e.Cashtags = keep(e.Cashtags, func(c Cashtag) bool { return taken[c.Start] == c.Span })
	e.URLs = keep(e.URLs, func(u URL) bool { return taken[u.Start] == u.Span })
	return e
}

// sweep walks the spans of all kinds by their start and keeps those that do not
// reach into one kept before. No two kinds begin at the same place.
func sweep(e Entities) map[int]Span {
	var all []Span
	for _, m := range e.Mentions {
		all = append(all, m.Span)
	}
	for _, h := range e.Hashtags {
		all = append(all, h.Span)
	}
	for _, c := range e.Cashtags {
		all = append(all, c.Span)
	}
	for _, u := range e.URLs {
		all = append(all, u.Span)
	}
	slices.SortFunc(all, func(a, b Span) int { return a.Start - b.Start })
	taken, last := make(map[int]Span, len(all)), 0
	for _, s := range all {
		if s.Start >= last {
			taken[s.Start] = s
			last = s.End
		}
	}
	return taken
}

func keep[T any](all []T, ok func(T) bool) []T {
	var kept []T
	for _, x := range all {
		if ok(x) {
			kept = append(kept, x)
		}
	}
	return kept
}
