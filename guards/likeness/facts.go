package likeness

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// factsKey hashes those declared facts that count for a text of these tokens:
// 0 when none does.
func factsKey(text []token, facts map[string]string) uint64 {
	whole := squeeze(text)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		value := tokens(plain(facts[name]))
		if !telling(name, facts[name], value) || !occurs(value, text, whole) {
			continue
		}
		b.WriteString(name)
		b.WriteByte(0)
		for _, t := range value {
			b.WriteString(t.text)
			b.WriteByte(' ')
		}
		b.WriteByte(0)
	}
	if b.Len() == 0 {
		return 0
	}
	return hash64(b.String()) | 1
}

// telling tells whether a value can be what makes a post another message.
func telling(name, raw string, value []token) bool {
	if serialName(name) || serialValue(raw) {
		return false
	}
	for _, t := range value {
		if !t.tag && !greetings()[t.text] {
			return true
		}
	}
	return false
}

// serialName tells names of facts that only number the posts.
func serialName(name string) bool {
	switch strings.ToLower(strings.Trim(name, "_-. ")) {
	case "id", "uid", "uuid", "guid", "serial", "seq", "sequence", "counter", "nonce", "ref", "hash", "random", "salt",
		"post_id", "run", "run_id", "url", "link", "href", "tag", "tags", "hashtag", "hashtags", "greeting", "mention", "handle":
		return true
	}
	return false
}

// serialValue tells values that look like an id made by a machine: one long
// run of letters and digits in turns.
func serialValue(raw string) bool {
	raw = strings.TrimSpace(raw)
	turns, n := 0, 0
	var before rune
	for _, r := range raw {
		if r == '-' || r == '_' {
			continue
		}
		if r > unicode.MaxASCII || !asciiLetter(r) && !isDigit(r) {
			return false
		}
		if before != 0 && isDigit(r) != isDigit(before) {
			turns++
		}
		before = r
		n++
	}
	return n >= 10 && turns >= 3
}

// greetings are folded words that open or close a post and tell nothing.
var greetings = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields("hi hello hey hallo hola bonjour salut ciao olá hei hej moin servus welcome thanks thank you " +
		"good morning evening afternoon night day dear all everyone everybody friends folks there guten morgen tag abend " +
		"buenos días buenas tardes noches buongiorno buonasera bom dia boa noite привет здравствуйте salam namaste happy") {
		set[Fold(w)] = true
	}
	return set
})

// occurs tells whether the value's tokens stand in the text, one after the
// other. Words may also stand in one piece, as in a hashtag; a number must
// stand on its own, where a minus may precede it.
func occurs(value, text []token, whole string) bool {
	if len(value) == 0 {
		return false
	}
	for i := 0; i+len(value) <= len(text); i++ {
		if matchesAt(value, text[i:]) {
			return true
		}
	}
	for _, t := range value {
		if t.number() {
			return false
		}
	}
	return strings.Contains(whole, squeeze(value))
}

func matchesAt(value, text []token) bool {
	for i, v := range value {
		t := text[i]
		if t.text != v.text && !(v.number() && strings.TrimPrefix(t.text, "-") == v.text) {
			return false
		}
	}
	return true
}

func squeeze(toks []token) string {
	var b strings.Builder
	for _, t := range toks {
		b.WriteString(t.text)
	}
	return b.String()
}
