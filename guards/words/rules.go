package words

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// leading judges a message that begins with a leading phrase.
func (m *Matcher) leading(tokens []token, cut bool) Hit {
	for {
		if hit, ok := m.leadingAt(tokens, cut); ok {
			return hit
		}
		rest := startless(tokens)
		if len(rest) == len(tokens) {
			return Hit{}
		}
		tokens = rest
	}
}

func (m *Matcher) leadingAt(tokens []token, cut bool) (Hit, bool) {
	if innocentAt(tokens, 0) > 0 {
		return Hit{}, false
	}
	for n := min(maxPhraseWords, len(tokens)); n >= 1; n-- {
		p := m.lookupLeading(join(textsOf(tokens[:n])))
		if p == nil {
			continue
		}
		rest := tokens[n:]
		glued := len(rest) > 0 && rest[0].glued
		for len(rest) > 0 {
			less := dropPolite(rest)
			if len(less) == len(rest) {
				break
			}
			rest = less
		}
		hit := p.hit()
		short := !cut && len(rest)+n <= shortMessage && len(rest) <= maxTopic
		switch {
		case p.outcome == Hold && !short:
			continue
		case glued:
			hit.Outcome = Hold
		case p.words >= 2 || short:
			hit.Argument = argument(rest, tokens[n-1].sentence)
		default:
			hit.Outcome = Hold
		}
		return hit, true
	}
	return Hit{}, false
}

// argument is the topic after a keyword, "" if there is none. What another
// sentence says is no topic.
func argument(rest []token, sentence int) string {
	text := strings.Join(textsOf(rest), " ")
	if len(rest) == 0 || rest[0].sentence != sentence || len(rest) > maxTopic || utf8.RuneCountInString(text) > maxArgument || strings.Contains(text, opaque) {
		return ""
	}
	return text
}

// sentences judges the sentences of a message by themselves.
func (m *Matcher) sentences(tokens []token, cut bool) Hit {
	var best Hit
	last := tokens[len(tokens)-1].sentence
	for start := 0; start < len(tokens); {
		end := start
		for end < len(tokens) && tokens[end].sentence == tokens[start].sentence {
			end++
		}
		p := m.whole(tokens[start:end])
		edge := start == 0 && end < len(tokens) || tokens[start].sentence == last && !cut
		if p != nil && (p.outcome == OptOut || p.outcome == Hold) {
			hit := p.hit()
			if !p.leading || !edge {
				hit.Outcome = Hold
			}
			if hit.Outcome > best.Outcome {
				best = hit
			}
		}
		start = end
	}
	return best
}

// inside looks for leading phrases that stand anywhere as words of their own.
func (m *Matcher) inside(tokens []token) Hit {
	for i := 0; i < len(tokens); {
		if n := innocentAt(tokens, i); n > 0 {
			i += n
			continue
		}
		for n := min(maxPhraseWords, len(tokens)-i); n >= 1; n-- {
			p := m.lookupLeading(join(textsOf(tokens[i : i+n])))
			gluedAfter := i+n < len(tokens) && tokens[i+n].glued
			if p != nil && p.outcome == OptOut && !tokens[i].glued && !gluedAfter {
				return held(p)
			}
		}
		i++
	}
	text := strings.Join(textsOf(tokens), "")
	if !hasCJK(text) {
		return Hit{}
	}
	for _, p := range table.inside {
		if strings.Contains(text, p.key) {
			return held(p)
		}
	}
	for _, p := range m.extraInside {
		if strings.Contains(text, p.key) {
			return held(p)
		}
	}
	return Hit{}
}

func held(p *phrase) Hit {
	hit := p.hit()
	hit.Outcome = Hold
	return hit
}

// innocentAt is the number of words of the innocent phrase that begins at i.
func innocentAt(tokens []token, i int) int {
	for n := min(4, len(tokens)-i); n >= 1; n-- {
		if table.innocent[join(textsOf(tokens[i:i+n]))] {
			return n
		}
	}
	return 0
}

// withoutOwn takes the bot's own texts out of a message.
func (m *Matcher) withoutOwn(tokens []token) []token {
	for _, own := range m.own {
		for i := 0; i+len(own) <= len(tokens); {
			if slices.Equal(textsOf(tokens[i:i+len(own)]), own) {
				tokens = slices.Concat(tokens[:i], tokens[i+len(own):])
				continue
			}
			i++
		}
	}
	return tokens
}
