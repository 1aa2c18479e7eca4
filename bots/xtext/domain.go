package xtext

import "unicode/utf8"

// domainRun is a maximal run of domain characters, read once. Links may begin
// at any place in it, so what follows each label is worked out beforehand, from
// the right: that keeps the scan linear.
type domainRun struct {
	start, end int
	labels     labels
	cursor     int // the label last asked for; places are asked in order
}

// labels are those of a run. The usual few cost no memory of their own.
type labels struct {
	count int
	first [8]label
	more  []label
}

func (ls *labels) add(l label) {
	if ls.count < len(ls.first) {
		ls.first[ls.count] = l
	} else {
		ls.more = append(ls.more, l)
	}
	ls.count++
}

func (ls *labels) at(k int) *label {
	if k < len(ls.first) {
		return &ls.first[k]
	}
	return &ls.more[k-len(ls.first)]
}

type label struct {
	start, end int  // without the dot
	closed     bool // ends with a domain character and a dot
	underscore int  // position of the last underscore, -1 if none
	tld        int  // end of the top-level domain at its start, 0 if none
	beyond     int  // end of the longest domain with this label as a subdomain, 0 if none
}

func domainChar(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 0 && asciiDomain[r]
	}
	return !space(r) && !forbidden(r) && !directional(r)
}

// asciiDomain is domainChar's answer for ASCII.
var asciiDomain = func() (table [utf8.RuneSelf]bool) {
	for r := range table {
		table[r] = !punctuation(rune(r)) && !space(rune(r))
	}
	return table
}()

func runChar(r rune) bool {
	return r == '.' || r == '-' || r == '_' || domainChar(r)
}

// domainEnd is the end of the longest domain that begins exactly at i, 0 if none.
func (run *domainRun) domainEnd(t []rune, i int) int {
	if i >= len(t) || !domainChar(t[i]) {
		return 0
	}
	if i < run.start || i >= run.end {
		run.read(t, i)
	}
	if run.labels.at(run.cursor).start > i {
		run.cursor = 0
	}
	for run.labels.at(run.cursor).end < i {
		run.cursor++
	}
	l := run.labels.at(run.cursor)
	if !l.closed || run.cursor+1 >= run.labels.count {
		return 0
	}
	if l.beyond > 0 {
		return l.beyond
	}
	if l.underscore < i {
		return run.labels.at(run.cursor + 1).tld
	}
	return 0
}

// read makes it the run that begins at i.
func (run *domainRun) read(t []rune, i int) {
	run.start, run.cursor, run.labels.count, run.labels.more = i, 0, 0, nil
	l := label{start: i, underscore: -1}
	for ; i < len(t) && runChar(t[i]); i++ {
		switch t[i] {
		case '.':
			l.end, l.closed = i, i > l.start && domainChar(t[i-1])
			run.labels.add(l)
			l = label{start: i + 1, underscore: -1}
		case '_':
			l.underscore = i
		}
	}
	l.end, run.end = i, i
	run.labels.add(l)
	for k := 1; k < run.labels.count; k++ {
		next := run.labels.at(k)
		next.tld = tldEnd(t, next.start)
	}
	for k := run.labels.count - 3; k >= 0; k-- {
		run.labels.at(k).beyond = beyond(t, *run.labels.at(k + 1), *run.labels.at(k + 2))
	}
}

// beyond is the end of the longest domain that goes on after a subdomain label:
// next is the label after it, then the one after that.
func beyond(t []rune, next, then label) int {
	switch {
	case !next.closed || !domainChar(t[next.start]):
		return 0
	case next.beyond > 0:
		return next.beyond
	case next.underscore < 0:
		return then.tld
	}
	return 0
}

// latinDomains finds, in the domain of a link without protocol, the domains
// whose labels are Latin letters, digits and hyphens, and adds them to found.
func latinDomains(found []Span, t []rune) []Span {
	for i := 0; i < len(t); {
		if !latinLabel(t[i]) {
			i++
			continue
		}
		start, end := i, 0
		for i < len(t) && latinLabel(t[i]) {
			for ; i < len(t) && latinLabel(t[i]); i++ {
			}
			if i == len(t) || t[i] != '.' {
				break
			}
			i++
			if e := tldEnd(t, i); e > 0 {
				end = e
			}
		}
		if end > 0 {
			found = append(found, Span{start, end})
			i = end
		}
	}
	return found
}

func latinLabel(r rune) bool { return r == '-' || asciiAlnum(r) || accented(r) }
