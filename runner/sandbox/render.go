package sandbox

import (
	"strings"
	"unicode/utf8"
)

// entities are what X found in a text; positions count code points of the text returned.
type entities struct {
	URLs     []urlEntity     `json:"urls,omitempty"`
	Mentions []mentionEntity `json:"mentions,omitempty"`
	Hashtags []tagEntity     `json:"hashtags,omitempty"`
	Cashtags []tagEntity     `json:"cashtags,omitempty"`
}

type urlEntity struct {
	Start       int    `json:"start"`
	End         int    `json:"end"`
	URL         string `json:"url"`
	ExpandedURL string `json:"expanded_url"`
	DisplayURL  string `json:"display_url"`
	MediaKey    string `json:"media_key,omitempty"`
}

type mentionEntity struct {
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Username string `json:"username"`
	ID       string `json:"id,omitempty"`
}

type tagEntity struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Tag   string `json:"tag"`
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// render gives a text as X returns it: links shortened, &, < and > escaped, and the
// entities found. A mention of nobody stays plain text.
func (w *World) render(raw string) (string, *entities) {
	var b strings.Builder
	var e entities
	at, runes, length := 0, []rune(raw), 0
	write := func(s string) (int, int) {
		from := length
		b.WriteString(s)
		length += utf8.RuneCountInString(s)
		return from, length
	}
	for _, s := range spans(raw) {
		write(escaper.Replace(string(runes[at:s.start])))
		word := string(runes[s.start:s.end])
		at = s.end
		switch s.kind {
		case spanURL:
			short := "https://t.co/" + w.secret("link")[:10]
			from, to := write(short)
			e.URLs = append(e.URLs, urlEntity{Start: from, End: to, URL: short, ExpandedURL: expand(s.word), DisplayURL: display(s.word)})
		case spanMention:
			from, to := write(word)
			if u := w.named(s.word); u != nil {
				e.Mentions = append(e.Mentions, mentionEntity{from, to, u.Username, u.ID})
			}
		case spanHashtag:
			from, to := write(word)
			e.Hashtags = append(e.Hashtags, tagEntity{from, to, s.word})
		case spanCashtag:
			from, to := write(word)
			e.Cashtags = append(e.Cashtags, tagEntity{from, to, s.word})
		}
	}
	write(escaper.Replace(string(runes[at:])))
	if e.URLs == nil && e.Mentions == nil && e.Hashtags == nil && e.Cashtags == nil {
		return b.String(), nil
	}
	return b.String(), &e
}

func expand(url string) string {
	if strings.Contains(url, "://") {
		return url
	}
	return "http://" + url
}

func display(url string) string {
	_, rest, found := strings.Cut(url, "://")
	if !found {
		rest = url
	}
	rest = strings.TrimPrefix(rest, "www.")
	if r := []rune(rest); len(r) > 27 {
		return string(r[:26]) + "…"
	}
	return rest
}

// mentioned lists the accounts a text names, each once, in order.
func (w *World) mentioned(text string) []string {
	var ids []string
	seen := map[string]bool{}
	for _, s := range spans(text) {
		if s.kind != spanMention {
			continue
		}
		if u := w.named(s.word); u != nil && !seen[u.ID] {
			seen[u.ID] = true
			ids = append(ids, u.ID)
		}
	}
	return ids
}

func cashtags(text string) int {
	n := 0
	for _, s := range spans(text) {
		if s.kind == spanCashtag {
			n++
		}
	}
	return n
}
