package guards

import (
	"strings"

	"heed/bots/xtext"
)

// mentioned lists the accounts that X would notify of a text, without the sign.
func mentioned(text string) []string {
	if strings.IndexByte(text, '@') < 0 && !strings.Contains(text, "＠") {
		return nil
	}
	found := xtext.Parse(text).Mentions
	names := make([]string, len(found))
	for i, m := range found {
		names[i] = m.Name
	}
	return names
}

// isHandle says whether s, without its sign, can be an account's handle.
func isHandle(s string) bool {
	if len(s) < 1 || len(s) > 20 {
		return false
	}
	for i := range len(s) {
		if !handleByte(s[i]) {
			return false
		}
	}
	return true
}

func handleByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_'
}

// xLength is the greatest weighted length of an ordinary account's post.
const xLength = xtext.MaxLength

// length is a text's weighted length as X counts it.
func length(text string) int { return xtext.Weigh(text).Length }

// surelyFits says, at a glance, of most texts that their weighted length is at most
// n. In plain ASCII a letter counts 1, and only a link shorter than its flat price
// counts more than it is long; a link has a dot, and is no shorter than "a.co".
func surelyFits(text string, n int) bool {
	return ascii(text) && len(text)+strings.Count(text, ".")*(xtext.URLLength-len("a.co")) <= n
}

// cashtags counts the $SYMBOLs of a text.
func cashtags(text string) int {
	if strings.Count(text, "$") < 2 {
		return strings.Count(text, "$") // one sign is at most one cashtag
	}
	return len(xtext.Cashtags(text))
}

// leadsTo finds the first of some hosts, in lower case, that a link of the text leads
// to, "" if none. Only a text that has the host's name at all is read for its links.
func leadsTo(text string, among []string) string {
	if strings.IndexByte(text, '.') < 0 {
		return ""
	}
	lower := strings.ToLower(text)
	for i := range len(lower) {
		if lower[i] != '.' {
			continue
		}
		for _, host := range among {
			d := strings.IndexByte(host, '.')
			if d >= 0 && i >= d && strings.HasPrefix(lower[i-d:], host) && links(text, host) {
				return host
			}
		}
	}
	return ""
}

func links(text, host string) bool {
	for _, u := range xtext.URLs(text) {
		h := strings.ToLower(u.Host)
		if h == host || strings.HasSuffix(h, host) && h[len(h)-len(host)-1] == '.' {
			return true
		}
	}
	return false
}
