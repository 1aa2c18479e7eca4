package xtext

// domainRun is a maximal run of domain characters, read once. Links may begin
// at any place in it, so what follows each label is worked out beforehand, from
// the right: that keeps the scan linear.
type domainRun struct {
	start, end int
	labels     []label
	cursor     int // the label last asked for; places are asked in order
}

type label struct {
	start, end int  // without the dot
	closed     bool // ends with a domain character and a dot
	underscore int  // position of the last underscore, -1 if none
	tld        int  // end of the top-level domain at its start, 0 if none
	beyond     int  // end of the longest domain with this label as a subdomain, 0 if none
}

func domainChar(r rune) bool {
	return !punctuation(r) && !space(r) && !forbidden(r) && !directional(r)
}

func runChar(r rune) bool {
	return r == '.' || r == '-' || r == '_' || domainChar(r)
}

// domainEnd is the end of the longest domain that begins exactly at i, 0 if none.
func (s *scanner) domainEnd(i int) int {
	if i >= len(s.t) || !domainChar(s.t[i]) {
		return 0
	}
	if i < s.run.start || i >= s.run.end {
		s.run = readRun(s.t, i)
	}
	run := &s.run
	if run.labels[run.cursor].start > i {
		run.cursor = 0
	}
	for run.labels[run.cursor].end < i {
		run.cursor++
	}
	l := run.labels[run.cursor]
	if !l.closed || run.cursor+1 >= len(run.labels) {
		return 0
	}
	if l.beyond > 0 {
		return l.beyond
	}
	if l.underscore < i {
		return run.labels[run.cursor+1].tld
	}
	return 0
}

func readRun(t []rune, i int) domainRun {
	run := domainRun{start: i}
	l := label{start: i, underscore: -1}
	for ; i < len(t) && runChar(t[i]); i++ {
		switch t[i] {
		case '.':
			l.end, l.closed = i, i > l.start && domainChar(t[i-1])
			run.labels = append(run.labels, l)
			l = label{start: i + 1, underscore: -1}
		case '_':
			l.underscore = i
		}
	}
	l.end, run.end = i, i
	run.labels = append(run.labels, l)
	for k := range run.labels[1:] {
		run.labels[k+1].tld = tldEnd(t, run.labels[k+1].start)
	}
	for k := len(run.labels) - 3; k >= 0; k-- {
		run.labels[k].beyond = beyond(t, run.labels[k+1], run.labels[k+2])
	}
	return run
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
// whose labels are Latin letters, digits and hyphens.
func latinDomains(t []rune) []Span {
	var found []Span
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
