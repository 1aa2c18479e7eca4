package xtext

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// URL is a link in a text.
type URL struct {
	Span
	Text string // as written
	Host string // the domain as written, without port; compare it in lower case
}

const (
	maxURL   = 4096 // code points of a link, its domain in ASCII form
	maxLabel = 63   // bytes of one domain label, in ASCII form
	maxSlug  = 40   // characters of the path of a t.co link
)

// URLs finds the links of a text: with http or https in front, or bare domains
// under a known top-level domain.
func URLs(text string) []URL { return AppendURLs(nil, text) }

// AppendURLs adds the links of a text to found. Those in plain ASCII cost no memory.
func AppendURLs(found []URL, text string) []URL {
	at, place := 0, 0 // the byte from which text is still to be read, and its code point
	for {
		start, end := linkStretch(text, at)
		if start < 0 {
			return found
		}
		place += utf8.RuneCountInString(text[at:start])
		var room [256]rune
		t, source := room[:0], text[start:end]
		for _, r := range source {
			t = append(t, r)
		}
		if !ascii(source) {
			source = ""
		}
		n := len(found)
		found = scanURLs(found, t, source)
		shift(found[n:], place)
		at, place = end, place+len(t)
	}
}

// linkStretch is the next part of a text, from one blank to another, that may hold a
// link, -1 if there is none. Every link has a dot with the first character of a
// top-level domain behind it, and none reaches over a blank.
func linkStretch(text string, at int) (start, end int) {
	const blanks = " \n"
	for from := at; ; {
		dot := strings.IndexByte(text[from:], '.')
		if dot < 0 || from+dot+1 >= len(text) {
			return -1, -1
		}
		dot += from
		if from = dot + 1; !mayBeginTLD(rune(text[from])) {
			continue
		}
		start, end = at+strings.LastIndexAny(text[at:dot], blanks)+1, len(text)
		if i := strings.IndexAny(text[dot:], blanks); i >= 0 {
			end = dot + i
		}
		return start, end
	}
}

// mayBeginTLD takes the first byte of a character too.
func mayBeginTLD(r rune) bool { return asciiLetter(r) || r >= utf8.RuneSelf }

func shift(urls []URL, places int) {
	for i := range urls {
		urls[i].Start += places
		urls[i].End += places
	}
}

// findURLs finds the links of a text in code points.
func findURLs(t []rune) []URL {
	var found []URL
	blank := func(r rune) bool { return r == ' ' || r == '\n' }
	for at, dot := 0, 0; dot+1 < len(t); dot++ {
		if t[dot] != '.' || !mayBeginTLD(t[dot+1]) {
			continue
		}
		start, end := dot, dot
		for start > at && !blank(t[start-1]) {
			start--
		}
		for end < len(t) && !blank(t[end]) {
			end++
		}
		n := len(found)
		found = scanURLs(found, t[start:end], "")
		shift(found[n:], start)
		at, dot = end, end
	}
	return found
}

// scanURLs adds the links of a stretch of text. source is the same stretch where it is
// ASCII, else "": what is found there is a part of it, and no copy.
func scanURLs(found []URL, t []rune, source string) []URL {
	var run domainRun
	s := scanner{t, &run}
	last := 0 // end of the last match; the character before a link lies past it
	for i := 0; i < len(t); i++ {
		if i > 0 && (i-1 < last || !mayPrecede(t[i-1])) {
			continue
		}
		m, ok := s.match(i)
		if !ok {
			continue
		}
		if m.protocol {
			found = s.withProtocol(found, source, m)
		} else if i == 0 || !strings.ContainsRune("-_./", t[i-1]) {
			found = s.bare(found, source, m)
		}
		last = m.end
		i = m.end - 1
	}
	return found
}

func mayPrecede(r rune) bool {
	return !asciiAlnum(r) && !atSign(r) && !hashSign(r) && r != '$' && !forbidden(r)
}

// match is one candidate: the link, its domain, and whether it has a path.
type match struct {
	start, domain, domainEnd, end int
	protocol, path                bool
}

type scanner struct {
	t   []rune
	run *domainRun // the one last asked for a domain
}

// text is a part of a scanned text.
func (s scanner) text(source string, from, to int) string {
	if source != "" {
		return source[from:to]
	}
	return string(s.t[from:to])
}

func (s scanner) match(i int) (match, bool) {
	if s.t[i]|0x20 == 'h' {
		for _, word := range []string{"https://", "http://"} {
			if hasPrefix(s.t[i:], word) {
				at := i + len(word)
				if end := s.run.domainEnd(s.t, at); end > 0 {
					return s.tail(match{start: i, domain: at, domainEnd: end, protocol: true}), true
				}
			}
		}
	}
	if end := s.run.domainEnd(s.t, i); end > 0 {
		return s.tail(match{start: i, domain: i, domainEnd: end}), true
	}
	return match{}, false
}

// tail reads port, path and query after the domain.
func (s scanner) tail(m match) match {
	t, at := s.t, m.domainEnd
	if at+1 < len(t) && t[at] == ':' && digit(t[at+1]) {
		for at++; at < len(t) && digit(t[at]); at++ {
		}
	}
	if at < len(t) && t[at] == '/' {
		m.path = true
		at = pathEnd(t, at+1)
	}
	m.end = queryEnd(t, at)
	return m
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

func (s scanner) withProtocol(found []URL, source string, m match) []URL {
	u := URL{Span: Span{m.start, m.end}, Host: s.text(source, m.domain, m.domainEnd)}
	if strings.EqualFold(u.Host, "t.co") {
		end, ok := shortEnd(s.t, m)
		if !ok {
			return found
		}
		u.End = end
	}
	if !fits(u.Host, m.end-m.start) {
		return found
	}
	u.Text = s.text(source, u.Start, u.End)
	return append(found, u)
}

// shortEnd is where a t.co link ends: after its slug and query, whatever path
// characters follow. A slug that is too long makes it no link.
func shortEnd(t []rune, m match) (end int, ok bool) {
	at := m.domainEnd
	if at >= m.end || t[at] != '/' {
		return m.end, true
	}
	slug := at + 1
	for at = slug; at < m.end && asciiAlnum(t[at]); at++ {
	}
	switch {
	case at == slug:
		return m.end, true
	case at-slug > maxSlug:
		return 0, false
	}
	return queryEnd(t, at), true
}

// bare finds the domains in a candidate without protocol: runs of Latin labels
// only, so that words of other scripts written right before or after a link
// stay out of it. The path belongs to the last one.
func (s scanner) bare(found []URL, source string, m match) []URL {
	var room [4]Span
	domains := latinDomains(room[:0], s.t[m.domain:m.domainEnd])
	for i, d := range domains {
		u := URL{Span: Span{m.domain + d.Start, m.domain + d.End}, Host: s.text(source, m.domain+d.Start, m.domain+d.End)}
		if m.path && i == len(domains)-1 {
			u.End = m.end
		}
		if fits(u.Host, u.End-u.Start+len("https://")) {
			u.Text = s.text(source, u.Start, u.End)
			found = append(found, u)
		}
	}
	return found
}

// fits checks the lengths of a domain in ASCII form and of its link.
func fits(host string, length int) bool {
	for label := range strings.SplitSeq(host, ".") {
		encoded, ok := asciiLabel(label)
		if !ok {
			return false
		}
		length += encoded - utf8.RuneCountInString(label)
	}
	return length <= maxURL
}

// asciiLabel is the length of a label in ASCII form. The rune count bounds the
// work before encoding: the ASCII form is never shorter.
func asciiLabel(label string) (length int, ok bool) {
	if utf8.RuneCountInString(label) > maxLabel {
		return 0, false
	}
	if plainLabel(label) {
		return len(label), true
	}
	encoded, err := idna.Punycode.ToASCII(label)
	return len(encoded), err == nil && len(encoded) <= maxLabel
}

// plainLabel says whether a label is its own ASCII form.
func plainLabel(label string) bool {
	return ascii(label) && (len(label) < len("xn--") || !strings.EqualFold(label[:len("xn--")], "xn--"))
}
