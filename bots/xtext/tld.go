package xtext

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed tlds.txt
var tldFile string

var tlds, longestTLD = readTLDs(tldFile)

func readTLDs(file string) (names map[string]bool, longest int) {
	names = make(map[string]bool, 2048)
	for line := range strings.Lines(file) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		names[line] = true
		longest = max(longest, utf8.RuneCountInString(line))
	}
	return names, longest
}

// tldEnd is the end of the longest top-level domain that begins at i, 0 if none.
// What follows it must not go on with it: no ASCII letter, digit, @, + or -.
// Any punycode name is taken, as X does.
func tldEnd(t []rune, i int) int {
	if hasPrefix(t[i:], "xn--") {
		end := i + 4
		for end < len(t) && (t[end] == '-' || asciiAlnum(t[end])) {
			end++
		}
		if end > i+4 {
			return end
		}
	}
	end := 0
	buf := make([]byte, 0, 4*32)
	for n := 0; n < longestTLD && i+n < len(t) && latinOrOther(t[i+n]); n++ {
		buf = utf8.AppendRune(buf, unicode.ToLower(t[i+n]))
		next := i + n + 1
		if (next == len(t) || !in(t[next], "@+-")) && tlds[string(buf)] {
			end = next
		}
	}
	return end
}

func latinOrOther(r rune) bool { return r != '.' && runChar(r) }
