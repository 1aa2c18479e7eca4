package likeness

import "unicode/utf8"

// maxLeft bounds the second pass: texts with more leftovers are not alike.
const maxLeft = 16

// fuzzyCredit is how much of a word's weight a slightly different word brings.
const fuzzyCredit = 0.8

// leftovers are the units that found no equal. Words among them get a second
// chance: a word with one or two letters changed, or with another ending, is
// the same word to a reader.
type leftovers struct {
	a, b []int32
}

func (l *leftovers) collect(m *matcher, r *matched) {
	l.a, l.b = l.a[:0], l.b[:0]
	for i, taken := range m.taken {
		if !taken {
			l.a = append(l.a, int32(i))
		}
	}
	for j, i := range m.partner {
		if i < 0 {
			l.b = append(l.b, int32(j))
		}
	}
	if len(l.a) <= maxLeft && len(l.b) <= maxLeft {
		l.second(m, r)
	}
	var numA, numB int
	var wordA, wordB, weightA, weightB float32
	for _, i := range l.a {
		count(m.a.units[i], &numA, &wordA, &weightA)
	}
	for _, j := range l.b {
		count(m.b.units[j], &numB, &wordB, &weightB)
	}
	r.numbers = min(numA, numB)
	r.numsLeft = max(numA, numB) - r.numbers
	r.words = min(wordA, wordB)
	r.wordWeight = min(weightA, weightB)
}

func count(u unit, numbers *int, words, weight *float32) {
	switch u.kind {
	case unitNumber:
		*numbers++
		return
	case unitPair:
		*words += pairWeight
	default:
		*words++
	}
	*weight += u.weight
}

// second matches similar words and takes them out of the leftovers.
func (l *leftovers) second(m *matcher, r *matched) {
	rest := l.b[:0]
	for _, j := range l.b {
		u := m.b.units[j]
		found := -1
		if u.kind == unitWord {
			for n, i := range l.a {
				v := m.a.units[i]
				if v.kind == unitWord && similar(m.b.toks[u.token].text, m.a.toks[v.token].text) {
					found = n
					r.weight += fuzzyCredit * min(u.weight, v.weight)
					m.partner[j] = i
					break
				}
			}
		}
		if found < 0 {
			rest = append(rest, j)
			continue
		}
		l.a = append(l.a[:found], l.a[found+1:]...)
	}
	l.b = rest
}

// similar tells words of four letters or more that differ by one edit (two
// from eight letters on, with the same first letter), and words that share a
// long beginning.
func similar(a, b string) bool {
	na, nb := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	short, long := min(na, nb), max(na, nb)
	if short < 4 || long > 40 {
		return false
	}
	limit := 1
	if short >= 8 {
		limit = 2
	}
	if p := commonPrefix(a, b); p >= 5 && 10*p >= 7*long {
		return true
	}
	if limit == 2 && firstRune(a) != firstRune(b) {
		limit = 1
	}
	// Two common words are two words, however alike: a misspelt word is rare.
	return long-short <= limit && !(known(a) && known(b)) && withinEdits(a, b, limit)
}

func known(word string) bool { return wordWeight(hash32(word)) < 1 }

func commonPrefix(a, b string) int {
	n := 0
	for a != "" && b != "" {
		ra, wa := utf8.DecodeRuneInString(a)
		rb, wb := utf8.DecodeRuneInString(b)
		if ra != rb {
			break
		}
		a, b = a[wa:], b[wb:]
		n++
	}
	return n
}

// withinEdits is the Damerau-Levenshtein distance (neighbours may swap),
// compared with a limit. Words have at most 40 letters here.
func withinEdits(sa, sb string, limit int) bool {
	var bufA, bufB [40]rune
	a, b := appendRunes(bufA[:0], sa), appendRunes(bufB[:0], sb)
	var rows [3][41]int
	for j := range len(b) + 1 {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur, prev, prev2 := &rows[(i+1)%3], &rows[i%3], &rows[(i+2)%3]
		cur[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			d := prev[j-1]
			if a[i-1] != b[j-1] {
				d++
			}
			d = min(d, prev[j]+1, cur[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, prev2[j-2]+1)
			}
			cur[j] = d
			best = min(best, d)
		}
		if best > limit {
			return false
		}
	}
	return rows[(len(a)+1)%3][len(b)] <= limit
}

func appendRunes(dst []rune, s string) []rune {
	for _, r := range s {
		dst = append(dst, r)
	}
	return dst
}
