package likeness

import "strings"

// linkLen returns how many characters at i are a link, or 0.
func linkLen(in []rune, i int) int {
	start := i + schemeLen(in[i:])
	switch {
	case start > i: // A scheme begins a link even in the middle of a word.
	case i > 0 && (wordRune(in[i-1]) || in[i-1] == '@' || in[i-1] == '.'):
		return 0
	case !bareDomain(in[i:]):
		return 0
	}
	end := start
	for end < len(in) && linkRune(in[end]) {
		end++
	}
	return end - i
}

func schemeLen(in []rune) int {
	for _, s := range []string{"http://", "https://"} {
		if hasPrefix(in, s) {
			return len(s)
		}
	}
	return 0
}

func hasPrefix(in []rune, prefix string) bool {
	if len(in) < len(prefix) {
		return false
	}
	for i, r := range prefix {
		if in[i] != r {
			return false
		}
	}
	return true
}

// linkRune tells what may stand in a link: what has ended the link in people's
// texts is spaces, brackets, quotes and the scripts without spaces.
func linkRune(r rune) bool {
	if r < 0x80 {
		return r > ' ' && !strings.ContainsRune("\"<>[]{}|\\^`", r)
	}
	return wordRune(r) && !dense(r)
}

// bareDomain tells links written without a scheme: www.x.y, x.com, t.co/abc.
func bareDomain(in []rune) bool {
	dot, n := -1, 0
	for n < len(in) && n < 100 && (asciiLetter(in[n]) || isDigit(in[n]) || in[n] == '-' || in[n] == '.') {
		if in[n] == '.' && n+1 < len(in) && (asciiLetter(in[n+1]) || isDigit(in[n+1])) {
			dot = n
		}
		n++
	}
	if dot < 1 {
		return false
	}
	end := dot + 1
	for end < n && asciiLetter(in[end]) {
		end++
	}
	top := string(in[dot+1 : end])
	if len(top) < 2 || end < n && in[end] != '.' {
		return false
	}
	if hasPrefix(in, "www.") {
		return true
	}
	if end < len(in)-1 && in[end] == '/' && linkRune(in[end+1]) {
		return len(top) <= 10
	}
	switch top {
	case "com", "org", "net", "gov", "edu", "io", "info":
		return true
	}
	return false
}

// linkKey is what a link is for comparing: its host and path, without scheme,
// "www.", query, fragment and a last slash. Tracking parameters change nothing.
func linkKey(link []rune) string {
	s := string(link)
	s = strings.TrimPrefix(strings.TrimPrefix(s, "http://"), "https://")
	s = strings.TrimPrefix(s, "www.")
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimRight(s, "/.,;:!)'")
}

// entityLen returns the length of an HTML entity at the start, or 0. X hands
// texts out with &, < and > written so.
func entityLen(in []rune) int {
	for _, name := range []string{"&amp", "&lt", "&gt", "&quot", "&apos", "&nbsp"} {
		if hasPrefix(in, name) {
			n := len(name)
			if n < len(in) && in[n] == ';' {
				return n + 1
			}
			if n == len(in) || !wordRune(in[n]) {
				return n
			}
		}
	}
	return 0
}
