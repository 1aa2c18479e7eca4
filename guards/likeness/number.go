package likeness

import "strings"

// unleet turns digits written for letters into these, only where a word has
// letters at both ends and more letters than digits: 10km, M4.2 and iphone4
// stay as they are.
func unleet(run []rune) {
	abc, digits := 0, 0
	for i, r := range run {
		switch {
		case asciiLetter(r):
			abc++
		case isDigit(r) && leet(r) != 0 && i > 0 && i < len(run)-1:
			digits++
		default:
			return
		}
	}
	if abc <= digits {
		return
	}
	for i, r := range run {
		if isDigit(r) {
			run[i] = leet(r)
		}
	}
}

func leet(r rune) rune {
	switch r {
	case '0':
		return 'o'
	case '1':
		return 'i'
	case '3':
		return 'e'
	case '4', '@':
		return 'a'
	case '5', '$':
		return 's'
	case '7':
		return 't'
	case '8':
		return 'b'
	case '9':
		return 'g'
	}
	return 0
}

// number writes a number in one way: without signs between thousands, with a
// point before decimals.
func number(s string) string {
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if len(s) < 3 {
		return sign + s
	}
	commas, points := strings.Count(s, ","), strings.Count(s, ".")
	last := strings.LastIndexAny(s, ",.")
	switch {
	case commas == 0:
	case points == 0 && thousands(s):
		s = strings.ReplaceAll(s, ",", "")
	case commas == 1 && points == 0:
		s = strings.ReplaceAll(s, ",", ".")
	case points == 1 && s[last] == '.':
		s = strings.ReplaceAll(s, ",", "")
	case commas == 1 && s[last] == ',':
		s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	default:
		s = strings.ReplaceAll(s, ",", ".")
	}
	return sign + s
}

// thousands tells whether every comma is followed by a group of three.
func thousands(s string) bool {
	groups := strings.Split(s, ",")
	for _, g := range groups[1:] {
		if len(g) != 3 {
			return false
		}
	}
	return len(groups[0]) <= 3
}
