package scripts

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable makes a script's words safe to show: control characters, terminal
// escapes, marks of writing direction, characters without width and bytes that are no
// UTF-8 appear by their number. Tabs become a space.
func Printable(s []byte) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\t':
			b.WriteByte(' ')
		case r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		}
		s = s[n:]
	}
	return b.String()
}
