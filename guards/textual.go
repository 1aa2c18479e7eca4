package guards

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/bots"
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

// dots counts the dots of a text that may stand before a top-level domain. Each link
// has one at least.
func dots(text string) int {
	n := 0
	for i := 1; i+1 < len(text); i++ {
		next := strings.IndexByte(text[i:], '.')
		if next < 0 {
			break
		}
		if i += next; i+1 < len(text) && text[i-1] > ' ' && (text[i+1] >= utf8.RuneSelf || handleByte(text[i+1]) && text[i+1] > '9') {
			n++
		}
	}
	return n
}

// under says whether a host is one of some others, or a sub-domain of one. All are
// in lower case.
func under(host string, others []string) bool {
	for _, o := range others {
		before := len(host) - len(o)
		if before < 0 || o != "" && host[len(host)-1] != o[len(o)-1] { // most differ in their last letter
			continue
		}
		if host[before:] == o && (before == 0 || host[before-1] == '.') {
			return true
		}
	}
	return false
}

// tagsIn lists what may be the hashtags of a text, without the sign: every one that X
// makes, at a fraction of the cost, and some within links and words.
func tagsIn(text string) []string {
	var found []string
	for i, r := range text {
		if r != '#' && r != '＃' {
			continue
		}
		rest := text[i+utf8.RuneLen(r):]
		end := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.In(r, unicode.L, unicode.M, unicode.N) })
		if end < 0 {
			end = len(rest)
		}
		if end > 0 {
			found = append(found, rest[:end])
		}
	}
	return found
}

// hostForm says what is wrong with a host of the settings, "" if nothing.
func hostForm(h string) string {
	if !strings.Contains(strings.Trim(h, "."), ".") || strings.Trim(h, ".") != h || strings.ContainsAny(h, "/: @*") || h != strings.ToLower(h) {
		return fmt.Sprintf("%.60q is no host in lower case, such as example.org", h)
	}
	return ""
}

// written is everything of an intent that a reader may read: its text, its poll's
// options and its media's descriptions.
func written(in *bots.Intent) string {
	if in.Poll == nil && len(in.Media) == 0 {
		return in.Text
	}
	parts := []string{in.Text}
	if in.Poll != nil {
		parts = append(parts, in.Poll.Options...)
	}
	for _, m := range in.Media {
		parts = append(parts, m.Alt)
	}
	return strings.Join(parts, "\n")
}

// quoting adds a word of the text to a finding, unless the text is a message: no word
// of one leaves it (promise P7).
func quoting(found Finding, in bots.Intent, key, word string) Finding {
	if in.Action == bots.DM {
		return found
	}
	word = shorten(word, 100)
	found.Because += fmt.Sprintf(" (%q)", word)
	return found.With(key, word)
}
