package guards

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"heed/bots/xtext"
)

// address is a link of a text: one that X makes, or one that only a reader would follow.
type address struct {
	scheme   string // in lower case; "" when the text names none
	host     string // in lower case, as people read it; without port
	userInfo bool   // something@ stands before the host
}

// maxScheme is how many letters of a scheme are read.
const maxScheme = 20

// addressesIn adds to the schemed links of a text those that X makes of it. X knows no
// other schemes than the web's, no user names before a host and no bare numbers; a
// reader's browser does, so that both are read.
func addressesIn(text string, links []xtext.URL, found []address) []address {
	named := len(found)
	plain := ascii(text)
	for _, u := range links {
		host := readable(u.Host)
		schemed := strings.Contains(u.Text, "://")
		if schemed && slices.ContainsFunc(found[:named], func(a address) bool { return a.host == host || a.userInfo }) {
			continue
		}
		if !schemed && !plain { // letters of another script right before are part of what one reads
			host = readable(lettersBefore([]rune(text), u.Start) + u.Host)
		}
		found = append(found, address{host: host})
	}
	return found
}

// schemed adds everything of the form scheme://host to found.
func schemed(text string, found []address) []address {
	for from := 0; ; {
		i := strings.Index(text[from:], "://")
		if i < 0 {
			return found
		}
		i += from
		from = i + len("://")
		start := i
		for start > 0 && i-start < maxScheme && schemeByte(text[start-1]) {
			start--
		}
		authority := text[from:]
		if end := strings.IndexFunc(authority, endsAuthority); end >= 0 {
			authority = authority[:end]
		}
		a := address{scheme: strings.ToLower(text[start:i])}
		for _, web := range []string{"https", "http"} {
			if strings.HasSuffix(a.scheme, web) { // a word glued to a link is no scheme
				a.scheme = web
				break
			}
		}
		authority = strings.ReplaceAll(authority, "＠", "@")
		host := authority
		if at := strings.LastIndexByte(authority, '@'); at > 0 {
			if after := authority[at+1:]; strings.Contains(strings.Trim(after, "."), ".") || numeric(hostname(after)) {
				a.userInfo, host = true, after
			} else { // a handle glued to the link
				host = authority[:strings.IndexByte(authority, '@')]
			}
		}
		a.host = readable(hostname(host))
		if a.host != "" && a.scheme != "" {
			found = append(found, a)
		}
	}
}

func schemeByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '+' || b == '-' || b == '.'
}

func endsAuthority(r rune) bool {
	switch {
	case r == '[' || r == ']': // an address of version 6
		return false
	case r < utf8.RuneSelf && r > ' ':
		return strings.IndexByte("/\\?#<>\"'(){}", byte(r)) >= 0
	}
	return r <= ' ' || unicode.IsSpace(r) || strings.ContainsRune("/\\?#<>\"'。、，！？", r) || unicode.In(r, unicode.Ps, unicode.Pe, unicode.Pi, unicode.Pf)
}

// hostname is an authority's host: without port, brackets and trailing punctuation.
func hostname(authority string) string {
	if strings.HasPrefix(authority, "[") {
		h, _, _ := strings.Cut(authority[1:], "]")
		return h
	}
	h, _, _ := strings.Cut(authority, ":")
	return strings.TrimRight(h, ".,;!…]*_")
}

// readable is a host as people read it: in lower case, its ASCII form decoded where that works.
func readable(host string) string {
	host = strings.ToLower(host)
	if strings.Contains(host, "xn--") {
		if plain, err := idna.Punycode.ToUnicode(host); err == nil {
			return plain
		}
	}
	return host
}

// lettersBefore are the Cyrillic and Greek letters that stand right before a place,
// with the letters and digits among them.
func lettersBefore(runes []rune, place int) string {
	start := min(place, len(runes))
	for start > 0 && place-start < 63 && (unicode.IsLetter(runes[start-1]) || unicode.IsDigit(runes[start-1]) || runes[start-1] == '-') {
		start--
	}
	before := runes[start:min(place, len(runes))]
	if !slices.ContainsFunc(before, func(r rune) bool { return unicode.In(r, unicode.Cyrillic, unicode.Greek) }) {
		return ""
	}
	return string(before)
}

// mixedScripts says whether one label of a host has letters of two of the scripts that
// look alike.
func mixedScripts(host string) bool {
	if ascii(host) {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		scripts := 0
		for _, s := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee} {
			if strings.ContainsFunc(label, func(r rune) bool { return unicode.Is(s, r) }) {
				scripts++
			}
		}
		if scripts > 1 {
			return true
		}
	}
	return false
}

// passingForLatin are Cyrillic and Greek letters that a reader takes for Latin ones.
const passingForLatin = "асԁеһіјӏорԛѕԝхуνοριυαωκ"

// lookalike says whether a label passes as a whole for Latin under an ordinary
// top-level domain, or is in an ASCII form that means nothing.
func lookalike(host string) bool {
	if !ascii(host[strings.LastIndexByte(host, '.')+1:]) {
		return false // рф and its like: the whole host is of one script
	}
	if ascii(host) {
		return strings.HasPrefix(host, "xn--") || strings.Contains(host, ".xn--")
	}
	for label := range strings.SplitSeq(host, ".") {
		if strings.HasPrefix(label, "xn--") {
			return true
		}
		letters := strings.Trim(label, "-0123456789")
		if letters != "" && !ascii(letters) && strings.Trim(letters, passingForLatin) == "" {
			return true
		}
	}
	return false
}

// numeric says whether a browser would take a host for a number: an address of four
// parts, of fewer, in hex, or of version 6.
func numeric(host string) bool {
	if strings.Contains(host, ":") {
		return true
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return false
	}
	if strings.HasPrefix(last, "0x") {
		return strings.Trim(last[2:], "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == "" && utf8.ValidString(host)
}
