package words

import (
	"strings"
	"unicode/utf8"
)

const (
	shortMessage = 6  // words: up to here a keyword may be followed by a topic
	maxTopic     = 2  // words of a topic
	maxArgument  = 64 // characters
	maxCompact   = 80 // characters of a CJK message that can still be a phrase
)

// Match reads one message.
func (m *Matcher) Match(text string) Hit {
	msg := read(text, true)
	hit := m.decide(msg)
	if msg.runs { // "stoppp" or "cancellla": the word may have two of the letter
		if other := m.decide(read(text, false)); other.Outcome > hit.Outcome {
			hit = other
		}
	}
	return hit
}

func (m *Matcher) decide(msg message) Hit {
	tokens := m.prepare(msg.tokens)
	if len(tokens) == 0 {
		if msg.sign && !msg.cut {
			return Hit{Outcome: Hold, Rule: "sign.stop", Tier: "community"}
		}
		return Hit{}
	}
	if !msg.cut {
		if p := m.whole(tokens); p != nil {
			return p.hit()
		}
	}
	if len(m.own) > 0 {
		if tokens = m.withoutOwn(tokens); len(tokens) == 0 {
			return Hit{}
		}
		if p := m.whole(tokens); p != nil && !msg.cut {
			return p.hit()
		}
	}
	best := m.leading(tokens, msg.cut)
	for _, hit := range []Hit{m.sentences(tokens, msg.cut), m.inside(tokens), m.plain(tokens)} {
		if hit.Outcome > best.Outcome {
			best = hit
		}
	}
	return best
}

// prepare drops names at the ends if asked, joins spelled words, and drops
// immediate repetitions (stop stop stop).
func (m *Matcher) prepare(tokens []token) []token {
	if m.mentions {
		for len(tokens) > 0 && tokens[0].mention {
			tokens = tokens[1:]
		}
		for len(tokens) > 0 && tokens[len(tokens)-1].mention {
			tokens = tokens[:len(tokens)-1]
		}
	}
	tokens = m.joinSpelled(tokens)
	var out []token
	for _, t := range tokens {
		if n := len(out); n > 0 && out[n-1].text == t.text && !t.glued && !isDigits(t.text) {
			out[n-1].sentence = t.sentence
			continue
		}
		out = append(out, t)
	}
	return out
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// joinSpelled joins runs of three or more single letters that make a keyword.
func (m *Matcher) joinSpelled(tokens []token) []token {
	var out []token
	for i := 0; i < len(tokens); {
		end := i
		for end < len(tokens) && end-i < 24 && utf8.RuneCountInString(tokens[end].text) == 1 {
			end++
		}
		n := end - i
		for ; n >= 3; n-- {
			text := strings.Join(textsOf(tokens[i:i+n]), "")
			if m.lookup(text) != nil {
				out = append(out, token{text: text, sentence: tokens[i+n-1].sentence})
				break
			}
		}
		if n < 3 {
			out = append(out, tokens[i])
			n = 1
		}
		i += n
	}
	return out
}

// lookup finds a phrase by its key; the table goes before the operator's words.
func (m *Matcher) lookup(key string) *phrase {
	if p := table.whole[key]; p != nil {
		return p
	}
	return m.extra[key]
}

func (m *Matcher) lookupLeading(key string) *phrase {
	if p := table.leading[key]; p != nil {
		return p
	}
	if table.whole[key] != nil {
		return nil
	}
	return m.extra[key]
}

// whole finds the phrase that all tokens make up, polite words at the ends
// aside. An opt-in must stand alone. Polite words are taken off the end first, and then
// off the start first: one order may eat a word of the phrase that the other leaves.
func (m *Matcher) whole(tokens []token) *phrase {
	p, bare := m.trimmed(tokens, dropPolite)
	if p == nil {
		p, _ = m.trimmed(tokens, dropFirst)
	}
	if p != nil {
		return p
	}
	if len(bare) > 2*maxPhraseWords || !hasCJK(join(textsOf(bare))) {
		return nil
	}
	return m.compact(strings.Join(textsOf(bare), ""))
}

// trimmed looks tokens up again and again, less one polite phrase each time, and gives
// what is left when there is none.
func (m *Matcher) trimmed(tokens []token, drop func([]token) []token) (found *phrase, rest []token) {
	for bare := true; ; bare = false {
		if len(tokens) <= 2*maxPhraseWords {
			if p := m.lookup(join(textsOf(tokens))); p != nil && (bare || p.outcome != OptIn) {
				return p, nil
			}
		}
		less := drop(tokens)
		if len(less) == len(tokens) {
			return nil, tokens
		}
		tokens = less
	}
}

// dropPolite takes one polite phrase off the end, or else off the start. It
// never takes the last word, nor one half of a hyphenated word.
func dropPolite(tokens []token) []token {
	for n := min(4, len(tokens)-1); n >= 1; n-- {
		if !tokens[len(tokens)-n].glued && table.polite[join(textsOf(tokens[len(tokens)-n:]))] {
			return tokens[:len(tokens)-n]
		}
	}
	return startless(tokens)
}

// dropFirst takes one polite phrase off the start, or else off the end.
func dropFirst(tokens []token) []token {
	if less := startless(tokens); len(less) < len(tokens) {
		return less
	}
	return dropPolite(tokens)
}

// startless is tokens without one polite phrase at the start.
func startless(tokens []token) []token {
	for n := min(4, len(tokens)-1); n >= 1; n-- {
		if !tokens[n].glued && table.polite[join(textsOf(tokens[:n]))] {
			return tokens[n:]
		}
	}
	return tokens
}

// compact compares CJK text, taking polite beginnings and endings off in any
// order, a few at most.
func (m *Matcher) compact(text string) *phrase {
	if utf8.RuneCountInString(text) > maxCompact {
		return nil
	}
	seen := map[string]bool{text: true}
	level := []string{text}
	for range 4 {
		var next []string
		for _, s := range level {
			for _, affix := range table.affixes {
				for _, rest := range []string{strings.TrimSuffix(s, affix), strings.TrimPrefix(s, affix)} {
					if rest == "" || seen[rest] {
						continue
					}
					if p := m.lookup(rest); p != nil && p.outcome != OptIn {
						return p
					}
					seen[rest] = true
					next = append(next, rest)
				}
			}
		}
		level = next
	}
	return nil
}
