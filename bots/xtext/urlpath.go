package xtext

// pathEnd is where the path that begins at i ends: after the last character,
// of the longest run of path characters and balanced parentheses, that may end
// a path.
func pathEnd(t []rune, i int) int {
	end := i
	for i < len(t) {
		switch r := t[i]; {
		case pathChar(r):
			i++
			if pathLast(r) {
				end = i
			}
		case r == '(':
			closed := parensEnd(t, i, 1)
			if closed == 0 {
				return end
			}
			i, end = closed, closed
		default:
			return end
		}
	}
	return end
}

// parensEnd is the end of the pair of parentheses opened at i, 0 if it is
// empty, never closed, or holds more than one pair. deeper is how many levels
// may be nested inside.
func parensEnd(t []rune, i, deeper int) int {
	start, nested := i+1, false
	for i = start; i < len(t); i++ {
		switch r := t[i]; {
		case pathChar(r):
		case r == '(' && deeper > 0 && !nested:
			closed := parensEnd(t, i, deeper-1)
			if closed == 0 {
				return 0
			}
			nested, i = true, closed-1
		case r == ')' && i > start:
			return i + 1
		default:
			return 0
		}
	}
	return 0
}

// queryEnd is where the query that begins at i ends, i itself if there is none.
func queryEnd(t []rune, i int) int {
	if i >= len(t) || t[i] != '?' {
		return i
	}
	end := i
	for at := i + 1; at < len(t) && asciiQuery.has(t[at]); at++ {
		if asciiQueryLast.has(t[at]) {
			end = at + 1
		}
	}
	return end
}

func pathChar(r rune) bool { return asciiPath.has(r) || r == '–' || cyrillic(r) || accented(r) }

func pathLast(r rune) bool { return asciiPathLast.has(r) || cyrillic(r) || accented(r) }

var (
	asciiPath      = asciiSetOf("!*';:=+,.$/%#[]-_~@|&")
	asciiPathLast  = asciiSetOf("+-=_#/")
	asciiQuery     = asciiSetOf("!?*'@();:&=+$/%#[]-_.,~|")
	asciiQueryLast = asciiSetOf("-_&=#/")
)
