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
func URLs(text string) []URL { return findURLs([]rune(text)) }

func findURLs(t []rune) []URL {
	var found []URL
	s := scanner{t: t}
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
			found = append(found, s.withProtocol(m)...)
		} else if i == 0 || !strings.ContainsRune("-_./", t[i-1]) {
			found = append(found, s.bare(m)...)
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
	run domainRun
}

func (s *scanner) match(i int) (match, bool) {
	for _, word := range []string{"https://", "http://"} {
		if hasPrefix(s.t[i:], word) {
			at := i + len(word)
			if end := s.domainEnd(at); end > 0 {
				return s.tail(match{start: i, domain: at, domainEnd: end, protocol: true}), true
			}
		}
	}
	if end := s.domainEnd(i); end > 0 {
		return s.tail(match{start: i, domain: i, domainEnd: end}), true
	}
	return match{}, false
}

// tail reads port, path and query after the domain.
func (s *scanner) tail(m match) match {
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

func (s *scanner) withProtocol(m match) []URL {
	u := URL{Span: Span{m.start, m.end}, Host: string(s.t[m.domain:m.domainEnd])}
	if strings.EqualFold(u.Host, "t.co") {
		end, ok := shortEnd(s.t, m)
		if !ok {
			return nil
		}
		u.End = end
	}
	if !fits(u.Host, m.end-m.start) {
		return nil
	}
	u.Text = string(s.t[u.Start:u.End])
	return []URL{u}
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
func (s *scanner) bare(m match) []URL {
	var found []URL
	domain := s.t[m.domain:m.domainEnd]
	for _, d := range latinDomains(domain) {
		found = append(found, URL{
			Span: Span{m.domain + d.Start, m.domain + d.End},
			Host: string(domain[d.Start:d.End]),
		})
	}
	if n := len(found); n > 0 && m.path {
		found[n-1].End = m.end
	}
	kept := found[:0]
	for _, u := range found {
		if fits(u.Host, u.End-u.Start+len("https://")) {
			u.Text = string(s.t[u.Start:u.End])
			kept = append(kept, u)
		}
	}
	return kept
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
	encoded, err := idna.Punycode.ToASCII(label)
	return len(encoded), err == nil && len(encoded) <= maxLabel
}
