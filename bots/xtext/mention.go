package xtext

import "strings"

// Mention is an @name in a text, or a list of that account.
type Mention struct {
	Span
	Name string // without the sign, as written; handles ignore case
	List string // "/list-name" when a list is named, else ""
}

const (
	maxName = 20 // X reads up to 20 characters, though new handles have at most 15
	maxList = 24 // characters of a list name after its first letter
)

// Mentions finds the accounts a text mentions. A name inside a link counts here;
// Parse leaves such names out.
func Mentions(text string) []Mention { return findMentions([]rune(text)) }

func findMentions(t []rune) []Mention {
	var found []Mention
	for i := 0; i < len(t); i++ {
		if !atSign(t[i]) || !mayPrecedeMention(t, i) {
			continue
		}
		end := nameEnd(t, i+1)
		if end == i+1 {
			continue
		}
		m := Mention{Name: string(t[i+1 : end])}
		if slash := listEnd(t, end); slash > end {
			m.List = string(t[end:slash])
			end = slash
		}
		if endsMention(t[end:]) {
			m.Span = Span{i, end}
			found = append(found, m)
		}
		i = end - 1
	}
	return found
}

// ReplyTo is the account that a text which begins with @name answers, "" if none.
func ReplyTo(text string) string {
	t := []rune(text)
	i := 0
	for i < len(t) && (space(t[i]) || directional(t[i])) {
		i++
	}
	if i == len(t) || !atSign(t[i]) {
		return ""
	}
	end := nameEnd(t, i+1)
	if end == i+1 || !endsMention(t[end:]) {
		return ""
	}
	return string(t[i+1 : end])
}

func nameEnd(t []rune, i int) int {
	end := i
	for end < len(t) && end-i < maxName && in(t[end], "_") {
		end++
	}
	return end
}

// listEnd is the end of the list name that begins with the slash at i, or i.
func listEnd(t []rune, i int) int {
	if i+1 >= len(t) || t[i] != '/' || !asciiLetter(t[i+1]) {
		return i
	}
	end := i + 2
	for end < len(t) && end-(i+2) < maxList && in(t[end], "_-") {
		end++
	}
	return end
}

// mayPrecedeMention keeps out the inside of words and addresses, but lets an
// "RT" that is a word of its own stand right before the sign.
func mayPrecedeMention(t []rune, i int) bool {
	if i == 0 {
		return true
	}
	r := t[i-1]
	if !in(r, "_!#$%&*") && !atSign(r) {
		return true
	}
	if i < 2 || !hasPrefix(t[i-2:i], "rt") {
		return false
	}
	return i == 2 || !in(t[i-3], "_+~.-")
}

// endsMention is false where the text goes on in a way that makes it no mention:
// another sign (an address), an accented letter (a word), or "://".
func endsMention(rest []rune) bool {
	if len(rest) == 0 {
		return true
	}
	return !atSign(rest[0]) && !accented(rest[0]) && !strings.HasPrefix(string(rest[:min(3, len(rest))]), "://")
}
