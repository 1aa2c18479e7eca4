package guards

import "strings"

// phrase is a sequence of words; unless the negator stands right before it.
type phrase struct {
	words   []int32 // by the lexicon
	negator int32   // 0: none
	spelled string  // as the table has it, for people
}

// part is a phrase of a script without spaces, by its place in the set of glued ones.
type part struct {
	place   int
	spelled string
}

// phrases is one table of them.
type phrases struct {
	table   tables
	byFirst map[int32][]phrase
	parts   []part
}

func readPhrases(list string) phrases {
	p := phrases{table: newTable(), byFirst: map[int32][]phrase{}}
	for _, line := range strings.FieldsFunc(list, func(r rune) bool { return r == '\n' || r == ';' }) {
		line = strings.TrimSpace(line)
		negator := int32(0)
		if strings.HasPrefix(line, "[") {
			in, rest, _ := strings.Cut(line[1:], "]")
			negator, line = numberOf(reduce(in).words[0]), strings.TrimSpace(rest)
		}
		key := reduce(line)
		if key.joined {
			p.parts = append(p.parts, part{glued.add(key), line})
			continue
		}
		p.table.begin(key.words[0])
		first := numberOf(key.words[0])
		p.byFirst[first] = append(p.byFirst[first], phrase{numbersOf(key.words), negator, line})
	}
	return p
}

// beginning are the phrases of the table that begin with a word.
func (ps phrases) beginning(w *word) []phrase {
	if w.begins&ps.table == 0 {
		return nil
	}
	return ps.byFirst[w.number]
}

// mayBe says, at a glance, whether a text may hold one of the phrases.
func (ps phrases) mayBe(t *reading) bool { return t.begins&ps.table != 0 || t.holding }

// in finds the first phrase that a text holds, "" if none.
func (ps phrases) in(t *reading) string {
	if !ps.mayBe(t) {
		return ""
	}
	for i := range t.words {
		for _, ph := range ps.beginning(&t.words[i]) {
			if ph.at(t.words, i) {
				return ph.spelled
			}
		}
	}
	for _, part := range ps.parts {
		if t.holds(part.place) {
			return part.spelled
		}
	}
	return ""
}

func (ph phrase) at(words []word, i int) bool {
	if len(words)-i < len(ph.words) || ph.negator != 0 && i > 0 && words[i-1].number == ph.negator {
		return false
	}
	for j, number := range ph.words {
		if words[i+j].number != number {
			return false
		}
	}
	return true
}

// each calls take with every phrase that a text holds, once for each place.
func (ps phrases) each(t *reading, take func(string) bool) {
	if !ps.mayBe(t) {
		return
	}
	for i := range t.words {
		w := &t.words[i]
		for _, ph := range ps.beginning(w) {
			if !w.named && ph.at(t.words, i) && take(ph.spelled) {
				break
			}
		}
	}
	for _, part := range ps.parts {
		if t.holds(part.place) {
			take(part.spelled)
		}
	}
}
